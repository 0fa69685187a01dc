package guide_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/jaga-project/jaga/internal/browsertest"
)

// TestTellByKeyboard writes, comes back, reads the answer, writes on and deletes
// with the keyboard alone, on a phone and on a laptop, in both languages, and
// looks at every state as TestBrowser does at pages. Pictures are saved in the
// folder that JAGA_SCREENSHOTS names, if it names one.
func TestTellByKeyboard(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile("../console/testdata/third_party/axe-core/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	g, s, now := openTell(t)
	b := &browser{browsertest.Start(t, g), g}
	text := func(css string) string {
		return browsertest.Value(b.Browser, chromedp.Evaluate[string](fmt.Sprintf(`(document.querySelector(%q) || {textContent: ""}).textContent`, css)))
	}
	until := func(script string) {
		t.Helper()
		b.Until("the page", script)
	}
	for i, c := range []struct {
		width, height int64
		theme, lang   string
		shut          bool
	}{{360, 740, "light", "en", false}, {1280, 800, "dark", "id", false}, {360, 740, "dark", "id", true}, {1280, 800, "light", "en", true}, {320, 568, "light", "id", false}} {
		*now = tellNow().Add(time.Duration(i) * time.Second)
		if c.shut {
			*now = now.Add(36 * time.Hour)
		}
		b.look(c.width, c.height, c.theme)
		look := func(state string) {
			t.Helper()
			where := fmt.Sprintf("%s at %d, %s, %s", state, c.width, c.theme, c.lang)
			if dir := os.Getenv("JAGA_SCREENSHOTS"); dir != "" {
				file := filepath.Join(dir, fmt.Sprintf("tell-%s-%s-%d-%s.png", state, c.lang, c.width, c.theme))
				if err := os.WriteFile(file, browsertest.Value(b.Browser, chromedp.FullScreenshot(100)), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			b.Run(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("details").forEach(d => { d.open = true })`))
			if over := browsertest.Value(b.Browser, chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`)); over > 0 {
				t.Errorf("%s: %d pixels too wide", where, over)
			}
			for _, small := range browsertest.Value(b.Browser, chromedp.Evaluate[[]string](`[...document.querySelectorAll(".btn, summary, input[name=number], input[name=pin], textarea")].filter(a => a.offsetParent && a.offsetHeight < 44).map(a => a.outerHTML)`)) {
				t.Errorf("%s: %q is a small target", where, small)
			}
			b.Run(chromedp.Evaluate[chromedp.Void](string(axe)))
			for _, v := range browsertest.Value(b.Browser, chromedp.Evaluate[[]string](`axe.run(document, { resultTypes: ["violations"] }).then(r =>
				r.passes.length < 10 ? ["axe looked at next to nothing"] : r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.target.join(" ") + " " + n.failureSummary)))`, chromedp.EvalAwaitPromise)) {
				t.Errorf("%s: %s", where, v)
			}
			b.Clean(where)
		}
		page := "/guide/" + c.lang + "/m"
		b.Open(page)
		look("start")
		b.Open(page)
		words := "Somebody asks me for pictures & says <keep it secret>."
		b.tabTo(`el.id === "text"`)
		b.Run(chromedp.KeyEvent(words))
		b.tabTo(`el.matches("#write button")`)
		b.press(kb.Enter)
		until(`!!document.querySelector(".slip")`)
		number, pin := text(".slip dd"), text(".slip dd:last-child")
		look("sent")
		comeBack := func(number string) {
			t.Helper()
			b.Open(page)
			b.tabTo(`el.id === "number"`)
			b.Run(chromedp.KeyEvent(number))
			b.tabTo(`el.id === "pin"`)
			b.Run(chromedp.KeyEvent(pin))
			b.press(kb.Enter)
		}
		id, ok, err := s.Next(t.Context(), "person:1")
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		if err := s.Answer(t.Context(), "person:1", id, 1, "Thank you for writing. That took courage, and it is not your fault.\n\nAre you safe today?"); err != nil {
			t.Fatal(err)
		}
		wrong := strings.Replace(number, number[:1], map[bool]string{true: "A", false: "B"}[number[0] != 'A'], 1)
		comeBack(wrong)
		until(`!!document.querySelector("[role=alert]")`)
		look("typo")
		comeBack(strings.ToLower(strings.ReplaceAll(number, "-", " ")))
		until(`document.querySelectorAll(".thread li").length === 2`)
		if got := text(".thread li .typed"); got != words {
			t.Errorf("%q became %q", words, got)
		}
		b.tabTo(`el.id === "text"`)
		b.Run(chromedp.KeyEvent("Yes. What can I do?"))
		b.tabTo(`el.matches("#write button")`)
		b.press(kb.Enter)
		until(`document.querySelectorAll(".thread li").length === 3`)
		look("thread")
		comeBack(number)
		until(`document.querySelectorAll(".thread li").length === 3`)
		b.tabTo(`el.matches(".pick summary")`)
		b.press(kb.Enter)
		b.tabTo(`el.matches(".pick button")`)
		b.press(kb.Enter)
		until(`!document.querySelector(".thread") && document.querySelectorAll("h1").length === 1 && !document.querySelector("form")`)
		look("gone")
	}
}

// TestTellLeaves: what was typed is not there any more for whoever goes back.
func TestTellLeaves(t *testing.T) {
	t.Parallel()
	g, _, _ := openTell(t)
	b := &browser{browsertest.Start(t, g), g}
	b.look(360, 740, "light")
	for name, leave := range map[string]func(){
		"by the button": func() { b.Run(chromedp.Evaluate[chromedp.Void](`document.querySelector(".leave").click()`)) },
		"by Escape":     func() { b.press(kb.Escape) },
	} {
		b.Open("/guide/en")
		b.Open("/guide/en/m")
		b.Run(chromedp.Focus(chromedp.CSS("#text")), chromedp.KeyEvent("secret words"))
		b.Run(chromedp.Evaluate[chromedp.Void](`document.querySelector(".leave").href = "/guide/elsewhere"`))
		leave()
		b.at("/guide/elsewhere")
		b.Run(chromedp.Evaluate[chromedp.Void](`history.back()`))
		time.Sleep(500 * time.Millisecond)
		if got := browsertest.Value(b.Browser, chromedp.Evaluate[string](`document.documentElement.innerHTML + [...document.querySelectorAll("textarea")].map(x => x.value).join()`)); strings.Contains(got, "secret words") {
			t.Errorf("%s: what was typed is still there", name)
		}
	}
}
