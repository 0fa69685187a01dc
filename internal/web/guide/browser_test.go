package guide_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/jaga-project/jaga/internal/browsertest"
	"github.com/jaga-project/jaga/internal/web/guide"
)

// browser is one Chromium on a server with the guide.
type browser struct {
	*browsertest.Browser
	g *guide.Guide
}

func startBrowser(t *testing.T) *browser {
	t.Helper()
	g := open(t, nil)
	return &browser{browsertest.Start(t, g), g}
}

// look sets the size of the window and the colours that the reader's system
// asks for.
func (b *browser) look(width, height int64, theme string) {
	b.T.Helper()
	b.Run(chromedp.EmulateViewport(width, height))
	if _, err := chromedp.Call(b.Ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}},
	}); err != nil {
		b.T.Fatal(err)
	}
}

// media sets the kind of output and one more thing that the reader's system
// asks for.
func (b *browser) media(kind string, feature ...string) {
	b.T.Helper()
	p := emulation.SetEmulatedMediaParams{Media: kind}
	if len(feature) == 2 {
		p.Features = []*emulation.MediaFeature{{Name: feature[0], Value: feature[1]}}
	}
	if _, err := chromedp.Call(b.Ctx, emulation.SetEmulatedMedia, p); err != nil {
		b.T.Fatal(err)
	}
}

// TestBrowser looks at every page in both languages and themes, on the
// smallest phone and on a wide screen.
func TestBrowser(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile("../console/testdata/third_party/axe-core/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	b := startBrowser(t)
	b.keyboardAlone()
	paths := slices.DeleteFunc(b.g.Paths(), func(p string) bool {
		// The pages of other countries are all made like one of them.
		return strings.Contains(p, "/help/") && !strings.HasSuffix(p, "/ca") && !strings.HasSuffix(p, "/id") && !strings.HasSuffix(p, "/la") && !strings.HasSuffix(p, "/zz")
	})
	slices.Sort(paths)
	paths = append(paths, "/guide/en/help?n=1&c=w", "/guide/id/help?n=1&a=g", "/guide/id/help/de?c=w", "/guide/en/help/de?c=w")
	for i, c := range []struct {
		width, height int64
		theme         string
	}{{320, 568, "light"}, {1280, 800, "dark"}, {320, 568, "dark"}, {1280, 800, "light"}} {
		b.look(c.width, c.height, c.theme)
		for j, path := range paths {
			if j%2 != i/2 {
				continue // every page is seen with every value, not with every combination
			}
			where := fmt.Sprintf("%s at %d, %s", path, c.width, c.theme)
			b.Open(path)
			b.Clean(where)
			if first := browsertest.Value(b.Browser, chromedp.Evaluate[float64](`(() => { const p = document.querySelector(".first"), bar = document.querySelector(".bar");
				return p ? Math.max(p.getBoundingClientRect().bottom - bar.getBoundingClientRect().top, 0) : 0 })()`)); first > 0 {
				b.T.Errorf("%s: the first sentence ends %.0f pixels under the first screen", where, first)
			}
			b.Run(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("details").forEach(d => { d.removeAttribute("name"); d.open = true })`))
			if over := browsertest.Value(b.Browser, chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`)); over > 0 {
				b.T.Errorf("%s: %d pixels too wide", where, over)
			}
			for _, small := range browsertest.Value(b.Browser, chromedp.Evaluate[[]string](`[...document.querySelectorAll("a.btn, .links a, .list a, summary, .foot a")].filter(a => a.offsetHeight < 44 && a.offsetParent).map(a => a.textContent)`)) {
				b.T.Errorf("%s: %q is a small target", where, small)
			}
			b.Run(chromedp.Evaluate[chromedp.Void](string(axe)))
			for _, v := range browsertest.Value(b.Browser, chromedp.Evaluate[[]string](`axe.run(document, { resultTypes: ["violations"] }).then(r =>
				r.passes.length < 10 ? ["axe looked at next to nothing"] : r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.target.join(" ") + " " + n.failureSummary)))`, chromedp.EvalAwaitPromise)) {
				b.T.Errorf("%s: %s", where, v)
			}
		}
	}
}

// keyboardAlone goes from the home page to a way to help and to people who
// help.
func (b *browser) keyboardAlone() {
	b.look(320, 568, "light")
	b.Open("/guide/en")
	b.press(kb.Tab)
	if got := browsertest.Value(b.Browser, chromedp.Evaluate[string](`document.activeElement.className`)); got != "skip" {
		b.T.Errorf("the first stop is %q, want the link over the head", got)
	}
	b.tabTo(`el.matches(".leave")`)
	b.tabTo(`el.matches("summary") && el.textContent.includes("12 to 17")`)
	b.press(kb.Enter)
	b.tabTo(`el.getAttribute("href") === "/guide/en/t/d"`)
	b.press(kb.Enter)
	b.at("/guide/en/t/d")
	b.tabTo(`el.matches(".bar .main")`)
	b.press(kb.Enter)
	b.at("/guide/en/help")
	b.tabTo(`el.matches(".filter summary")`)
	b.press(kb.Enter)
	b.tabTo(`el.matches(".chip[data-v=w]")`)
	b.press(kb.Enter)
	if got := browsertest.Value(b.Browser, chromedp.Evaluate[string](`document.querySelectorAll(".way:not([hidden])")[0].id + " " + document.querySelector(".chip[data-v=w]").getAttribute("aria-current") + " " + location.search`)); got != "id-sapa-129-whatsapp true " {
		b.T.Errorf("a choice by keyboard shows %q", got)
	}
	b.Clean("by keyboard")
}

// TestEveryRouteByKeyboard goes from the first page to each of the 40 ways to
// help, and on to people who help, with the tabulator and Enter alone.
func TestEveryRouteByKeyboard(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	for _, lang := range []string{"en", "id"} {
		for i, letter := range []string{"k", "t", "p", "e", "f"} {
			width := []int64{320, 1280}[i%2]
			for _, form := range []string{"a", "b", "c", "d"} {
				b.look(width, 740, "light")
				route := "/guide/" + lang + "/" + letter + "/" + form
				b.Open("/guide/" + lang)
				link := fmt.Sprintf(`el.getAttribute("href") === %q`, route)
				b.tabTo(fmt.Sprintf(`el.matches("summary") && !!el.parentElement.querySelector("a[href='%s']")`, route))
				b.press(kb.Enter)
				b.tabTo(link)
				b.press(kb.Enter)
				b.at(route)
				b.tabTo(fmt.Sprintf(`!!el.closest(".bar") && el.getAttribute("href") === "/guide/%s/help"`, lang))
				b.press(kb.Enter)
				b.at("/guide/" + lang + "/help")
				b.tabTo(`el.matches(".way .btn")`) // somebody to call or write to
				b.Clean(route)
			}
		}
	}
}

func (b *browser) press(key string) { b.T.Helper(); b.Run(chromedp.KeyEvent(key)) }

// tabTo presses the tabulator until a script is true of the element with the
// focus, and looks whether one can see where the focus is.
func (b *browser) tabTo(script string) {
	b.T.Helper()
	for range 60 {
		b.press(kb.Tab)
		if browsertest.Value(b.Browser, chromedp.Evaluate[bool](`(() => { const el = document.activeElement; return `+script+` })()`)) {
			if browsertest.Value(b.Browser, chromedp.Evaluate[bool](`getComputedStyle(document.activeElement).outlineStyle === "none"`)) {
				b.T.Errorf("the focus on %s is not seen", script)
			}
			return
		}
	}
	b.T.Fatalf("the tabulator does not reach %s", script)
}

func (b *browser) at(path string) {
	b.T.Helper()
	b.Until("the page", fmt.Sprintf(`location.pathname === %q`, path))
}
