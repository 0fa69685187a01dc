package console_test

import (
	"context"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/jaga-project/jaga/internal/need"
	"github.com/jaga-project/jaga/internal/storetest"
)

// browser is one Chromium for all tests of a run, on one server. It remembers
// every fault that the pages make.
type browser struct {
	t    *testing.T
	ctx  context.Context
	base string
	w    *world

	mu     sync.Mutex
	faults []string
}

// startBrowser starts Chromium on a world with a server of its own.
func startBrowser(t *testing.T) *browser {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	path := need.Tool(t, "chromium", "chromium-browser", "google-chrome")
	w := open(t, storetest.Open(t, storetest.SQLite(t)))
	server := httptest.NewServer(w.h)
	t.Cleanup(server.Close)
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-dev-shm-usage", true), chromedp.WSURLReadTimeout(60*time.Second))
	if os.Geteuid() == 0 {
		opts = append(opts, chromedp.NoSandbox) // Chromium refuses to run as root otherwise
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(func() { _ = chromedp.Cancel(ctx); cancel(); stop() })
	b := &browser{t: t, ctx: ctx, base: server.URL, w: w}
	if err := chromedp.Listen(ctx, b.watch); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	return b
}

// watch takes note of what no page may do.
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
	case *runtime.EventExceptionThrown:
		b.faults = append(b.faults, "a script failed: "+e.ExceptionDetails.Text)
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

// get runs a step that has an answer.
func get[T any](b *browser, step chromedp.Action[T]) T {
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

// signIn opens a sign-in link and presses its button.
func (b *browser) signIn() {
	b.t.Helper()
	b.open("/sign-in?token=" + b.w.link())
	b.run(chromedp.Click(chromedp.CSS(".gate .btn")), chromedp.WaitReady(chromedp.CSS(".side")))
	b.w.signIn() // the test itself also speaks to the server
}

// look sets the width of the window, the colours and the language.
func (b *browser) look(width int64, theme, lang string) {
	b.t.Helper()
	b.run(chromedp.EmulateViewport(width, 900))
	b.open("/keyboard?theme=" + theme + "&lang=" + lang)
}
