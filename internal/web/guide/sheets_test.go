package guide_test

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/jaga-project/jaga/internal/browsertest"
)

// sheetNumbers are the sheets as addresses name them.
var sheetNumbers = []string{"1", "2", "3", "4", "5", "6", "7", "8"}

// squeezed leaves out all that a printer may place elsewhere.
func squeezed(s string) string { return regexp.MustCompile(`\s+`).ReplaceAllString(s, "") }

// TestSheetsPrint prints every sheet as a teacher would, at 100 %.
func TestSheetsPrint(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	yes := true
	for _, lang := range []string{"en", "id"} {
		for _, no := range sheetNumbers {
			path := "/guide/" + lang + "/s/" + no
			b.look(1280, 800, "dark") // the theme of the screen must not reach the paper
			b.Open(path)
			out, err := chromedp.Call(b.Ctx, page.PrintToPDF, page.PrintToPDFParams{PreferCSSPageSize: &yes})
			if err != nil {
				t.Fatal(err)
			}
			b.Clean(path)
			p := readPDF(t, out.Data)
			if p.pages != 1 {
				t.Errorf("%s fills %d sides, want one", path, p.pages)
			}
			if !regexp.MustCompile(`/MediaBox \[0 0 59[4-6](\.\d+)? 84[1-3](\.\d+)?\]`).Match(out.Data) {
				t.Errorf("%s is not printed on A4", path)
			}
			_, article, _ := strings.Cut(get(t, b.g, path), `<article`)
			article, _, _ = strings.Cut(article, "</article>")
			_, article, _ = strings.Cut(article, "</p>") // the way back to the list
			for _, block := range regexp.MustCompile(`(?s)<(?:h1|h2|li|p)[ >].*?</(?:h1|h2|li|p)>`).FindAllString(article, -1) {
				if words := squeezed(html.UnescapeString(tags.ReplaceAllString(block, ""))); !strings.Contains(p.text, words) {
					t.Errorf("%s: the paper lacks %q", path, words)
				}
			}
			for _, never := range []string{"Leavenow", "Keluarcepat", "Talktoaperson", "Bantuanlain", "BahasaIndonesia"} {
				if strings.Contains(p.text, never) {
					t.Errorf("%s: the paper holds %q, which is for the screen", path, never)
				}
			}
		}
	}
}

// TestSheetsWithoutScript: the button that prints is not shown until a script
// has made it work, and what it is for stands beside it.
func TestSheetsWithoutScript(t *testing.T) {
	t.Parallel()
	g := open(t, nil)
	for path, how := range map[string]string{"/guide/en/s/1": "open the menu of your browser", "/guide/id/s/7": "buka menu browser"} {
		if body := get(t, g, path); !strings.Contains(body, `<button class="btn" type="button" hidden>`) || !strings.Contains(body, how) {
			t.Errorf("%s does not say how to print without a script", path)
		}
	}
	b := startBrowser(t)
	b.Open("/guide/en/s/1")
	b.Run(chromedp.Evaluate[chromedp.Void](`print = () => { document.title = "printed" }; document.querySelector(".print button").click()`))
	if got := browsertest.Value(b.Browser, chromedp.Title()); got != "printed" {
		t.Errorf("the button prints nothing: %q", got)
	}
	if shown := browsertest.Value(b.Browser, chromedp.Evaluate[bool](`document.querySelector(".print button").offsetHeight >= 48`)); !shown {
		t.Error("the button is not shown where a script can print")
	}
}

// TestSheetsAreFound: two taps from the home page, one from the pages of
// teachers; parents find the family sheet.
func TestSheetsAreFound(t *testing.T) {
	t.Parallel()
	g := open(t, nil)
	for _, lang := range []string{"en", "id"} {
		for from, to := range map[string]string{"": "/s", "/e": "/s", "/p": "/s/7", "/s": "/s/1"} {
			if !strings.Contains(get(t, g, "/guide/"+lang+from), `href="/guide/`+lang+to+`"`) {
				t.Errorf("/guide/%s%s does not lead to %s", lang, from, to)
			}
		}
		for _, no := range sheetNumbers {
			if !strings.Contains(get(t, g, "/guide/"+lang+"/s"), `href="/guide/`+lang+"/s/"+no+`"`) {
				t.Errorf("the list in %s does not lead to sheet %s", lang, no)
			}
		}
	}
}

// TestPostersSayWhatTheDirectorySays: a number that changes there changes here.
func TestPostersSayWhatTheDirectorySays(t *testing.T) {
	t.Parallel()
	g := open(t, replaced(t, "help.toml", `value = "+628111129129"`, `value = "+628000000001"`))
	for _, path := range []string{"/guide/en/s/5", "/guide/id/s/6", "/guide/id/s/8"} {
		poster, _, _ := strings.Cut(get(t, g, path), "</article>")
		_, poster, _ = strings.Cut(poster, "<article")
		if !strings.Contains(poster, `href="https://wa.me/628000000001">`) || strings.Contains(poster, "628111129129") {
			t.Errorf("%s holds a number of its own", path)
		}
	}
}
