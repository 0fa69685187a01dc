// Package browsertest opens pages in a real Chromium for tests, and takes note
// of what no page may do: ask another host, break its policy, fail in a script.
package browsertest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/jaga-project/jaga/internal/need"
)

// stepTime is how long one step may take; a machine under load needs some.
const stepTime = 60 * time.Second

// loadTime is how long a step waits for the page it led to: some tests keep a page
// from ever being there whole.
const loadTime = 5 * time.Second

// Browser is one Chromium on a server of its own. It is for one goroutine.
type Browser struct {
	T    *testing.T
	Ctx  context.Context // of the tab, for calls of the protocol
	Base string          // where the server is

	mu      sync.Mutex
	faults  []string
	loading map[cdp.FrameID]bool
}

// Start serves the handler on loopback and starts Chromium. Short tests, and
// machines without Chromium where it is not required, skip the test.
func Start(t *testing.T, h http.Handler) *Browser {
	t.Helper()
	path := chromium(t)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return start(t, path, server.URL)
}

// StartAt is Start for a server that runs already, such as the program itself.
func StartAt(t *testing.T, base string) *Browser {
	t.Helper()
	return start(t, chromium(t), base)
}

func chromium(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	return need.Tool(t, "chromium", "chromium-browser", "google-chrome")
}

func start(t *testing.T, path, base string) *Browser {
	t.Helper()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-dev-shm-usage", true), chromedp.WSURLReadTimeout(stepTime))
	if os.Geteuid() == 0 {
		opts = append(opts, chromedp.NoSandbox) // Chromium refuses to run as root otherwise
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(func() { _ = chromedp.Cancel(ctx); cancel(); stop() })
	return open(t, ctx, base)
}

func open(t *testing.T, ctx context.Context, base string) *Browser {
	t.Helper()
	b := &Browser{T: t, Ctx: ctx, Base: base, loading: map[cdp.FrameID]bool{}}
	if err := chromedp.Listen(ctx, b.watch); err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		t.Fatal(err)
	}
	return b
}

// Another is a window of somebody else on the same server: nothing that the
// first one keeps, such as who is signed in, is known in it. Both pages take
// themselves for the one in front.
func (b *Browser) Another() *Browser {
	b.T.Helper()
	ctx, cancel := chromedp.NewContext(b.Ctx, chromedp.WithNewBrowserContext())
	b.T.Cleanup(cancel)
	other := open(b.T, ctx, b.Base)
	for _, w := range []*Browser{b, other} {
		if _, err := chromedp.Call(w.Ctx, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}); err != nil {
			b.T.Fatal(err)
		}
	}
	return other
}

// watch takes note of what no page may do, and of pages that are loading.
func (b *Browser) watch(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := ev.(type) {
	case *network.EventRequestWillBeSent:
		// A blob is of the page itself.
		if u := strings.TrimPrefix(e.Request.URL, "blob:"); !strings.HasPrefix(u, b.Base) && !strings.HasPrefix(u, "data:") && !strings.HasPrefix(u, "about:") {
			b.faults = append(b.faults, "a request to another host: "+u)
		}
	case *page.EventFrameStartedLoading:
		b.loading[e.FrameID] = true
	case *page.EventFrameStoppedLoading:
		delete(b.loading, e.FrameID)
	case *page.EventFrameDetached:
		delete(b.loading, e.FrameID)
	case *cdplog.EventEntryAdded:
		if e.Entry.Source == "security" || strings.Contains(e.Entry.Text, "Content Security Policy") {
			b.faults = append(b.faults, e.Entry.Text)
		}
	case *runtime.EventExceptionThrown:
		b.faults = append(b.faults, "a script failed: "+e.ExceptionDetails.Text)
	}
}

// Clean fails the test for faults since the last call.
func (b *Browser) Clean(where string) {
	b.T.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, f := range b.faults {
		b.T.Errorf("%s: %s", where, f)
	}
	b.faults = nil
}

// Run takes steps one after the other, and waits after each for the page that it
// led to, if any. A step whose page went away before it was taken is taken again on
// the page that came instead.
func (b *Browser) Run(steps ...chromedp.Action[chromedp.Void]) {
	b.T.Helper()
	ctx, cancel := context.WithTimeout(b.Ctx, stepTime)
	defer cancel()
	for _, step := range steps {
		err := chromedp.Do(ctx, step)
		for ; stale(err) || aborted(err); err = chromedp.Do(ctx, step) {
			b.settle(ctx)
		}
		// A step that leads to another page may lose its own answer with the page it
		// was on: what it did is for the next step to see.
		if err != nil && !left(err) {
			b.T.Fatal(err)
		}
		b.settle(ctx)
	}
}

// Value takes a step that only asks, and asks again when the page goes away
// meanwhile.
func Value[T any](b *Browser, step chromedp.Action[T]) T {
	b.T.Helper()
	ctx, cancel := context.WithTimeout(b.Ctx, stepTime)
	defer cancel()
	v, err := chromedp.Run(ctx, step)
	for ; stale(err) || left(err); v, err = chromedp.Run(ctx, step) {
		b.settle(ctx)
	}
	if err != nil {
		b.T.Fatal(err)
	}
	return v
}

// settle waits, not for ever, while a page is loading.
func (b *Browser) settle(ctx context.Context) {
	for end := time.Now().Add(loadTime); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(5 * time.Millisecond) {
		b.mu.Lock()
		loading := len(b.loading)
		b.mu.Unlock()
		if loading == 0 {
			return
		}
	}
}

// left reports whether a page went away while it was asked: what was asked for may
// have been done.
func left(err error) bool {
	return err != nil && strings.Contains(err.Error(), "Inspected target navigated or closed")
}

// aborted reports whether going to a page was broken off by another one that came
// in its place, such as one that a step before had asked for.
func aborted(err error) bool {
	return err != nil && strings.Contains(err.Error(), "net::ERR_ABORTED")
}

// stale reports whether an element that was found belongs to a page that is gone:
// nothing was done with it.
func stale(err error) bool {
	return err != nil && slices.ContainsFunc([]string{
		"No node with given id found", "Could not find node with given id", "Node is detached from document", "Cannot find context with specified id",
	}, func(s string) bool { return strings.Contains(err.Error(), s) })
}

// Until waits until a script is true of a page that is there whole, with its own
// scripts run: what is pressed before goes nowhere. A script that asks for what is
// not there yet is not true yet.
func (b *Browser) Until(what, script string) {
	b.T.Helper()
	b.Await(what, `document.readyState === "complete" && (`+script+`)`)
}

// Await is Until for pages that never are there whole.
func (b *Browser) Await(what, script string) {
	b.T.Helper()
	for began := time.Now(); time.Since(began) < stepTime; time.Sleep(25 * time.Millisecond) {
		if Value(b, chromedp.Evaluate[bool](`(() => { try { return !!(`+script+`) } catch { return false } })()`)) {
			return
		}
	}
	b.T.Fatalf("%s: %s does not come true at %s; the page shows %q", what, script, Value(b, chromedp.Location()), Value(b, chromedp.Evaluate[string](`document.body.innerText`)))
}

// Offline takes the network away, from the pages and from their service worker, or
// gives it back.
func (b *Browser) Offline(yes bool) {
	b.T.Helper()
	if _, err := chromedp.Call(b.Ctx, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: yes, DownloadThroughput: -1, UploadThroughput: -1}); err != nil {
		b.T.Fatal(err)
	}
	var rules []*network.Conditions
	if yes {
		rules = append(rules, &network.Conditions{Offline: true, DownloadThroughput: -1, UploadThroughput: -1})
	}
	if _, err := chromedp.Call(b.Ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: rules, EmulateOfflineServiceWorker: &yes}); err != nil {
		b.T.Fatal(err)
	}
}

// Open goes to a path of the server and waits for the page.
func (b *Browser) Open(path string) {
	b.T.Helper()
	b.Run(chromedp.Navigate(b.Base+path), chromedp.WaitReady(chromedp.CSS("main")))
}
