package action_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// quick are waits that a test can afford.
var quick = []time.Duration{20 * time.Millisecond, 20 * time.Millisecond, 50 * time.Millisecond}

func options() action.Options {
	return action.Options{Key: bytes.Repeat([]byte{7}, 32), PublicURL: "https://jaga.example", Internal: []string{"127.0.0.1"}, Waits: quick, Timeout: 10 * time.Second}
}

// world is a service at work.
type world struct {
	*action.Service
	t  *testing.T
	db *store.DB
}

func open(t *testing.T, db *store.DB, opt action.Options) *world {
	t.Helper()
	s, err := action.New(db, opt)
	if err != nil {
		t.Fatal(err)
	}
	return &world{s, t, db}
}

// run delivers until the test ends.
func (w *world) run() *world {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = w.Run(ctx) }()
	w.t.Cleanup(func() { stop(); <-done })
	return w
}

func each(t *testing.T, fn func(t *testing.T, db *store.DB)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, fn)
}

// add adds a target and returns its number and secret.
func (w *world) add(name, url string, kinds ...string) (int64, string) {
	w.t.Helper()
	target, secret, err := w.AddTarget(w.t.Context(), "person:1", action.NewTarget{Name: name, URL: url, Kinds: kinds})
	if err != nil {
		w.t.Fatal(err)
	}
	return target.ID, secret
}

// start starts an action in a transaction of its own.
func (w *world) start(r action.Request) action.Action {
	w.t.Helper()
	var a action.Action
	if err := w.db.Bulk(w.t.Context(), func(tx *store.Tx) (err error) {
		a, err = w.Start(tx, r)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return a
}

func (w *world) undo(id string) (a action.Action, err error) {
	w.t.Helper()
	err = w.db.Bulk(w.t.Context(), func(tx *store.Tx) (err error) {
		a, err = w.Undo(tx, id, "person:2", "mistake")
		return err
	})
	return a, err
}

func (w *world) deliveries(f action.Filter) []action.Delivery {
	w.t.Helper()
	list, err := w.Deliveries(w.t.Context(), f)
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// settled waits until no delivery waits, and returns those of the target.
func (w *world) settled(target int64) []action.Delivery {
	w.t.Helper()
	until(w.t, "no delivery waits", func() bool { return len(w.deliveries(action.Filter{Target: target, State: action.Waiting})) == 0 })
	return w.deliveries(action.Filter{Target: target})
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it did not happen: %s", what)
		}
	}
}

func hold(n int64) action.Request {
	return action.Request{Params: action.Hold{Items: []string{"post-1"}}, Case: n, Form: jaga.FormSextortion, Band: jaga.BandUrgent, Account: "acct-77",
		Reason: "sextortion.threat", Who: "person:1", Decision: "d-1"}
}

// receiver is a server that keeps what is sent to it.
type receiver struct {
	*httptest.Server
	mu  sync.Mutex
	got []received
}

type received struct {
	header http.Header
	body   string
}

// newReceiver answers as lie does, or with 204.
func newReceiver(t *testing.T, lie func(w http.ResponseWriter, r *http.Request, n int)) *receiver {
	t.Helper()
	rec := &receiver{}
	rec.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		rec.mu.Lock()
		rec.got = append(rec.got, received{r.Header.Clone(), string(body)})
		n := len(rec.got)
		rec.mu.Unlock()
		if lie == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		lie(w, r, n)
	}))
	t.Cleanup(func() {
		rec.CloseClientConnections()
		rec.Close()
	})
	return rec
}

func (r *receiver) all() []received {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]received(nil), r.got...)
}

func (r *receiver) count() int { return len(r.all()) }

// ids returns how often each event came.
func (r *receiver) ids() map[string]int {
	out := map[string]int{}
	for _, x := range r.all() {
		out[x.header.Get(action.HeaderID)]++
	}
	return out
}

func decode(t *testing.T, body string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	return v
}

func refused(t *testing.T, err error, code jaga.Code, part string) {
	t.Helper()
	if jaga.CodeOf(err) != code || !strings.Contains(err.Error(), part) {
		t.Errorf("%v, want %s with %q", err, code, part)
	}
}
