package guide_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/jaga-project/jaga/internal/need"
	"github.com/jaga-project/jaga/internal/web/guide"
)

// browser is one Chromium on a server with the guide. It remembers every
// request and every breach of the policy.
type browser struct {
	t    *testing.T
	ctx  context.Context
	base string
	g    *guide.Guide

	mu     sync.Mutex
	faults []string
}

func startBrowser(t *testing.T) *browser {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	path := need.Tool(t, "chromium", "chromium-browser", "google-chrome")
	g := open(t, nil)
	server := httptest.NewServer(g)
	t.Cleanup(server.Close)
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-dev-shm-usage", true), chromedp.WSURLReadTimeout(60*time.Second))
	if os.Geteuid() == 0 {
		opts = append(opts, chromedp.NoSandbox) // Chromium refuses to run as root otherwise
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(func() { _ = chromedp.Cancel(ctx); cancel(); stop() })
	b := &browser{t: t, ctx: ctx, base: server.URL, g: g}
	if err := chromedp.Listen(ctx, b.watch); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *browser) watch(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := ev.(type) {
	case *network.EventRequestWillBeSent:
		if u := e.Request.URL; !strings.HasPrefix(u, b.base) && !strings.HasPrefix(u, "data:") && !strings.HasPrefix(u, "about:") {
			b.faults = append(b.faults, "a request to another host: "+u)
		}
	case *cdplog.EventEntryAdded:
		if e.Entry.Source == "security" || strings.Contains(e.Entry.Text, "Content Security Policy") {
			b.faults = append(b.faults, e.Entry.Text)
		}
	}
}

// clean fails the test for faults since the last call.
func (b *browser) clean(where string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.faults {
		b.t.Errorf("%s: %s", where, f)
	}
	b.faults = nil
}

func (b *browser) run(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 60*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// value runs a step that has an answer.
func value[T any](b *browser, step chromedp.Action[T]) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 60*time.Second)
	defer cancel()
	v, err := chromedp.Run(ctx, step)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

func (b *browser) open(path string) {
	b.t.Helper()
	b.run(chromedp.Navigate(b.base+path), chromedp.WaitReady(chromedp.CSS("main")))
}

// look sets the size of the window and the colours that the reader's system
// asks for.
func (b *browser) look(width, height int64, theme string) {
	b.t.Helper()
	b.run(chromedp.EmulateViewport(width, height))
	if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}},
	}); err != nil {
		b.t.Fatal(err)
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
		return strings.Contains(p, "/help/") && !strings.HasSuffix(p, "/ca") && !strings.HasSuffix(p, "/id")
	})
	slices.Sort(paths)
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
			b.open(path)
			b.clean(where)
			if first := value(b, chromedp.Evaluate[float64](`(() => { const p = document.querySelector(".first"), bar = document.querySelector(".bar");
				return p ? Math.max(p.getBoundingClientRect().bottom - bar.getBoundingClientRect().top, 0) : 0 })()`)); first > 0 {
				b.t.Errorf("%s: the first sentence ends %.0f pixels under the first screen", where, first)
			}
			b.run(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll("details").forEach(d => { d.removeAttribute("name"); d.open = true })`))
			if over := value(b, chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`)); over > 0 {
				b.t.Errorf("%s: %d pixels too wide", where, over)
			}
			for _, small := range value(b, chromedp.Evaluate[[]string](`[...document.querySelectorAll("a.btn, .links a, .list a, summary, .foot a")].filter(a => a.offsetHeight < 44 && a.offsetParent).map(a => a.textContent)`)) {
				b.t.Errorf("%s: %q is a small target", where, small)
			}
			b.run(chromedp.Evaluate[chromedp.Void](string(axe)))
			for _, v := range value(b, chromedp.Evaluate[[]string](`axe.run(document, { resultTypes: ["violations"] }).then(r =>
				r.passes.length < 10 ? ["axe looked at next to nothing"] : r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.target.join(" ") + " " + n.failureSummary)))`, chromedp.EvalAwaitPromise)) {
				b.t.Errorf("%s: %s", where, v)
			}
		}
	}
}

// keyboardAlone goes from the home page to a way to help and to people who
// help.
func (b *browser) keyboardAlone() {
	b.look(320, 568, "light")
	b.open("/guide/en")
	b.press(kb.Tab)
	if got := value(b, chromedp.Evaluate[string](`document.activeElement.className`)); got != "skip" {
		b.t.Errorf("the first stop is %q, want the link over the head", got)
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
	b.clean("by keyboard")
}

func (b *browser) press(key string) { b.t.Helper(); b.run(chromedp.KeyEvent(key)) }

// tabTo presses the tabulator until a script is true of the element with the
// focus, and looks whether one can see where the focus is.
func (b *browser) tabTo(script string) {
	b.t.Helper()
	for range 60 {
		b.press(kb.Tab)
		if value(b, chromedp.Evaluate[bool](`(() => { const el = document.activeElement; return `+script+` })()`)) {
			if value(b, chromedp.Evaluate[bool](`getComputedStyle(document.activeElement).outlineStyle === "none"`)) {
				b.t.Errorf("the focus on %s is not seen", script)
			}
			return
		}
	}
	b.t.Fatalf("the tabulator does not reach %s", script)
}

func (b *browser) at(path string) {
	b.t.Helper()
	for began := time.Now(); time.Since(began) < 15*time.Second; time.Sleep(25 * time.Millisecond) {
		if value(b, chromedp.Evaluate[bool](fmt.Sprintf(`document.readyState === "complete" && location.pathname === %q`, path))) {
			return
		}
	}
	b.t.Fatalf("the page %s does not come", path)
}
