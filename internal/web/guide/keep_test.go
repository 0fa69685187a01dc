package guide_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/jaga-project/jaga/internal/browsertest"
)

// line is a server behind a connection that can break.
type line struct {
	to    atomic.Value // of http.Handler, in a holder
	left  atomic.Int64 // how many more requests are answered
	asked atomic.Int64
}

type holder struct{ http.Handler }

func newLine(h http.Handler) *line {
	l := &line{}
	l.to.Store(holder{h})
	l.up()
	return l
}

func (l *line) up()   { l.left.Store(1 << 30) }
func (l *line) down() { l.left.Store(0) }

func (l *line) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if l.left.Add(-1) < 0 {
		panic(http.ErrAbortHandler) // the connection ends without an answer
	}
	l.asked.Add(1)
	l.to.Load().(holder).ServeHTTP(w, r)
}

func keepBrowser(t *testing.T) (*browser, *line) {
	t.Helper()
	g := open(t, nil)
	l := newLine(g)
	return &browser{browsertest.Start(t, l), g}, l
}

// waits until a script is true.
func (b *browser) waits(what, script string) {
	b.T.Helper()
	b.Await(what, script)
}

// state waits until the page on which the guide is kept shows a state.
func (b *browser) state(name string) {
	b.T.Helper()
	b.waits("the state "+name, fmt.Sprintf(`[...document.querySelectorAll(".stow [role=status] p")].some(p => p.dataset.when === %q && p.offsetParent)`, name))
}

func (b *browser) tap(button string) {
	b.T.Helper()
	b.Run(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`[...document.querySelectorAll("button")].find(x => x.textContent === %q && x.offsetParent).click()`, button)))
}

// fails goes to an address and returns the browser's reason for not showing it.
func (b *browser) fails(path string) string {
	b.T.Helper()
	r, err := chromedp.Call(b.Ctx, page.Navigate, page.NavigateParams{URL: b.Base + path})
	if err != nil {
		b.T.Fatal(err)
	}
	return r.ErrorText
}

func (b *browser) text() string {
	b.T.Helper()
	return browsertest.Value(b.Browser, chromedp.Evaluate[string](`document.body.innerText`))
}

// TestKeepAndRemove keeps the guide, reads every kind of page without a
// network, and removes it: then no page comes.
func TestKeepAndRemove(t *testing.T) {
	t.Parallel()
	b, l := keepBrowser(t)
	b.Open("/guide/en/t/d")
	if n := browsertest.Value(b.Browser, chromedp.Evaluate[int](`Promise.all([caches.keys(), navigator.serviceWorker.getRegistrations()]).then(x => x[0].length + x[1].length)`, chromedp.EvalAwaitPromise)); n != 0 {
		t.Fatalf("%d things are kept before the reader asks", n)
	}
	b.Open("/guide/en/off")
	b.state("none")
	b.tap("Keep it on this phone")
	b.state("whole")
	b.Clean("while it is saved")

	l.down()
	asked := l.asked.Load()
	b.Offline(true)
	for path, want := range map[string]string{
		"/guide/en":          "Does something feel wrong?",
		"/guide/en/":         "Does something feel wrong?",
		"/guide/":            "Does something feel wrong?",
		"/guide/id/t/d":      "Sudah telanjur",
		"/guide/en/help/gb":  "Childline",
		"/guide/id/zzz":      "Halaman ini tidak ada",
		"/guide/en/t/zzz":    "This page is not here",
		"/guide/en/now?x=1":  "In danger right now",
		"/guide/en/off":      "It is saved.",
		"/guide/en/help#top": "People who can help",
	} {
		b.Run(chromedp.Navigate("about:blank"))
		b.Open(path)
		// Style and scripts come after the text.
		b.waits(path+" without a network", fmt.Sprintf(`document.body.innerText.includes(%q) && getComputedStyle(document.querySelector(".hero")).borderRadius === "24px"`, want))
		if n := browsertest.Value(b.Browser, chromedp.Evaluate[int](`document.scripts.length`)); n == 0 {
			t.Errorf("%s without a network has no script to leave with", path)
		}
		b.Clean(path + " without a network")
	}
	if n := l.asked.Load() - asked; n != 0 {
		t.Errorf("%d requests were answered by a server that is away", n)
	}

	l.up()
	b.Offline(false)
	b.Open("/guide/en/off")
	b.state("whole")
	b.tap("Remove from this phone")
	b.waits("the answer of the server", `(el => !!el && el.textContent === "It is gone from this phone." && !el.dataset.when && el.offsetParent !== null)(document.querySelector(".stow [role=status] p"))`)
	if n := browsertest.Value(b.Browser, chromedp.Evaluate[int](`Promise.all([caches.keys(), navigator.serviceWorker.getRegistrations()]).then(x => x[0].length + x[1].length)`, chromedp.EvalAwaitPromise)); n != 0 {
		t.Errorf("%d things stay", n)
	}
	l.down()
	b.Run(chromedp.Navigate("about:blank"))
	for _, path := range []string{"/guide/en", "/guide/en/t/d"} {
		if b.fails(path) == "" {
			t.Errorf("%s comes after it was removed", path)
		}
	}
}

// TestKeepIsInterrupted: a part that is saved does not count, and is not
// fetched twice.
func TestKeepIsInterrupted(t *testing.T) {
	t.Parallel()
	b, l := keepBrowser(t)
	all := len(listIn(t, get(t, b.g, "/guide/sw.js")).Files)
	b.Open("/guide/id/off")
	b.state("none")
	l.left.Store(60)
	b.tap("Simpan di HP ini")
	b.state("half")
	l.down()
	if b.fails("/guide/id/t/d") == "" {
		t.Error("a page comes from a part of the guide, and others would not")
	}
	l.up()
	b.Open("/guide/id/off")
	b.state("half")
	asked := l.asked.Load()
	b.tap("Lanjut menyimpan")
	b.state("whole")
	if again := int(l.asked.Load() - asked); again > all-30 {
		t.Errorf("%d of %d files are fetched after the interruption", again, all)
	}
	l.down()
	b.Open("/guide/id/t/d")
	b.Clean("after an interruption")
}

// TestKeepIsUpdated: a new text comes to the phone in the background, and what
// is old goes.
func TestKeepIsUpdated(t *testing.T) {
	t.Parallel()
	b, l := keepBrowser(t)
	b.Open("/guide/en/off")
	b.state("none")
	b.tap("Keep it on this phone")
	b.state("whole")
	l.to.Store(holder{open(t, replaced(t, "en/about.md", "It is made by the Jaga project", "It is kept by a school"))})
	asked := l.asked.Load()
	comes := false
	for began := time.Now(); !comes && time.Since(began) < time.Minute; time.Sleep(3 * time.Second) { // Chromium looks for a new version a while after a page has come
		b.Open("/guide/en/about")
		comes = strings.Contains(b.text(), "kept by a school")
	}
	if !comes {
		t.Fatal("the new text does not come")
	}
	l.down()
	b.Run(chromedp.Navigate("about:blank"))
	b.Open("/guide/en/about")
	if !strings.Contains(b.text(), "kept by a school") {
		t.Error("without a network the old text comes")
	}
	if n := browsertest.Value(b.Browser, chromedp.Evaluate[int](`caches.keys().then(x => x.length)`, chromedp.EvalAwaitPromise)); n != 1 {
		t.Errorf("%d versions are kept", n)
	}
	if n := l.asked.Load() - asked; n > 40 {
		t.Errorf("%d requests for one text that is new", n)
	}
	b.Clean("after a new version")
}

// TestKeepRefusesAHostThatChangesPages: what is added to a page on its way is
// not kept.
func TestKeepRefusesAHostThatChangesPages(t *testing.T) {
	t.Parallel()
	g := open(t, nil)
	b := &browser{browsertest.Start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Accept-Encoding")
		if strings.HasSuffix(r.URL.Path, "/t/d") {
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte("<main>Sign in to this network</main>"))
			return
		}
		g.ServeHTTP(w, r)
	})), g}
	b.Open("/guide/en/off")
	b.state("none")
	b.tap("Keep it on this phone")
	b.state("half")
}

// TestKeepWhereItCannot: a browser that has no service workers, or refuses
// them, is told so, and can still print.
func TestKeepWhereItCannot(t *testing.T) {
	t.Parallel()
	b, _ := keepBrowser(t)
	for name, script := range map[string]string{
		"no caches":          `Object.defineProperty(window, "caches", { value: undefined })`,
		"caches that refuse": `CacheStorage.prototype.keys = () => Promise.reject(new DOMException("", "SecurityError"))`,
		"a worker refused":   `ServiceWorkerContainer.prototype.register = () => Promise.reject(new DOMException("", "SecurityError"))`,
	} {
		id, err := chromedp.Call(b.Ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
		if err != nil {
			t.Fatal(err)
		}
		b.Open("/guide/en/off")
		if name == "a worker refused" {
			b.state("none")
			b.tap("Keep it on this phone")
		}
		b.state("cannot")
		b.Clean(name)
		if _, err := chromedp.Call(b.Ctx, page.RemoveScriptToEvaluateOnNewDocument, page.RemoveScriptToEvaluateOnNewDocumentParams(id)); err != nil {
			t.Fatal(err)
		}
	}
}
