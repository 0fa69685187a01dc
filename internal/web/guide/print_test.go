package guide_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/jaga-project/jaga/internal/browsertest"
)

var pdfPage = regexp.MustCompile(`/Type\s*/Page\b`)

// TestPrint prints every way to help: two sheets of A4 at most, which end with
// numbers and hold nothing that paper cannot do.
func TestPrint(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	paths := slices.DeleteFunc(b.g.Paths(), func(p string) bool { return !route.MatchString(p) })
	slices.Sort(paths)
	for i, path := range paths {
		if (i+i/4)%2 == 1 {
			continue // every form for every reader, in one of the languages
		}
		b.Open(path)
		// A4, in inches.
		r, err := chromedp.Call(b.Ctx, page.PrintToPDF, page.PrintToPDFParams{PaperWidth: 8.27, PaperHeight: 11.69})
		if err != nil {
			t.Fatal(err)
		}
		if n := len(pdfPage.FindAll(r.Data, -1)); n < 1 || n > 2 {
			t.Errorf("%s is printed on %d sheets", path, n)
		}
	}
	b.media("print")
	for _, path := range []string{"/guide/en/t/d", "/guide/id/now", "/guide/id/help", "/guide/en/off"} {
		b.Open(path)
		for _, gone := range []string{".leave", ".bar", ".foot", ".skip", "button", "progress"} {
			if n := browsertest.Value(b.Browser, chromedp.Evaluate[int](`[...document.querySelectorAll("`+gone+`")].filter(e => e.offsetParent || e.getClientRects().length).length`)); n > 0 {
				t.Errorf("%s: %s is printed", path, gone)
			}
		}
		if paper := browsertest.Value(b.Browser, chromedp.Evaluate[string](`document.querySelector(".paper").innerText`)); !strings.Contains(paper, "129") {
			t.Errorf("%s: the sheet ends without a number: %q", path, paper)
		}
	}
}

// TestLargeLetters reads with letters of twice the size on the smallest phone:
// nothing is cut off at the side, and nothing lies under the bar at the end.
func TestLargeLetters(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	b.look(320, 568, "light")
	for _, path := range []string{"/guide/en", "/guide/id", "/guide/en/t/d", "/guide/id/p/b", "/guide/id/k/a", "/guide/id/help", "/guide/en/help/gb", "/guide/id/law/id", "/guide/id/now", "/guide/id/off", "/guide/en/words", "/guide/id/terms"} {
		b.Open(path)
		b.Run(chromedp.Evaluate[chromedp.Void](`document.documentElement.style.fontSize = "200%"; document.querySelectorAll("details").forEach(d => { d.removeAttribute("name"); d.open = true })`))
		for _, wide := range browsertest.Value(b.Browser, chromedp.Evaluate[[]string](`[...document.querySelectorAll("body *")].filter(e => e.getClientRects().length && !e.matches(".skip, svg *") && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.tagName + "." + e.className + " " + e.textContent.slice(0, 30))`)) {
			t.Errorf("%s: cut off at the side: %s", path, wide)
		}
		if under := browsertest.Value(b.Browser, chromedp.Evaluate[float64](`(() => { scrollTo(0, 1e6); const bar = document.querySelector(".bar"); return getComputedStyle(bar).position === "static" ? 0 : document.querySelector(".foot").getBoundingClientRect().bottom - bar.getBoundingClientRect().top })()`)); under > 0 {
			t.Errorf("%s: %.0f pixels of the foot lie under the bar", path, under)
		}
		if high := browsertest.Value(b.Browser, chromedp.Evaluate[float64](`(() => { const bar = document.querySelector(".bar"); return getComputedStyle(bar).position === "static" ? 0 : bar.offsetHeight / innerHeight })()`)); high > 0.34 {
			t.Errorf("%s: the bar covers %.0f %% of the screen", path, 100*high)
		}
	}
}

// TestNothingMoves for readers whose system asks for stillness.
func TestNothingMoves(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	b.media("", "prefers-reduced-motion", "reduce")
	for _, path := range []string{"/guide/en", "/guide/id/off", "/guide/en/t/d"} {
		b.Open(path)
		if n := browsertest.Value(b.Browser, chromedp.Evaluate[int](`[...document.querySelectorAll("*")].filter(e => { const s = getComputedStyle(e); return s.animationName !== "none" || s.transitionDuration.split(", ").some(d => parseFloat(d) > 0) }).length`)); n > 0 {
			t.Errorf("%s: %d things move", path, n)
		}
	}
}
