//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/storetest"
)

// The database is gone for a while: what was acknowledged before and meanwhile is
// there afterwards, everybody is told so clearly, nobody is signed out, and pages,
// programs and webhooks work again by themselves.
func TestTheDatabaseIsLostForAWhile(t *testing.T) {
	t.Parallel()
	address, cut, mend := storetest.Cut(t, storetest.Postgres(t))
	var logged lockedBuffer
	a := &app{Streams: Streams{In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: &logged}, environ: []string{"JAGA_DATA=" + t.TempDir(), "JAGA_STORE_URL=" + address, "JAGA_HOOKS_INTERNAL=127.0.0.1"}}
	if err := a.load(); err != nil {
		t.Fatal(err)
	}
	log, err := a.logger()
	if err != nil {
		t.Fatal(err)
	}
	s, err := a.openSite(t.Context(), true, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	h, err := a.handler(s, "http://jaga.test")
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	ctx, stop := context.WithCancel(context.Background())
	tended := make(chan struct{})
	go func() { defer close(tended); s.tend(ctx) }()
	defer func() { stop(); <-tended }()

	arrived := make(chan string, 100)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var e struct{ Kind string }
		_ = json.NewDecoder(r.Body).Decode(&e)
		arrived <- e.Kind
	}))
	t.Cleanup(receiver.Close)
	if _, _, err := s.actions.AddTarget(ctx, "person:1", action.NewTarget{Name: "forum", URL: receiver.URL, Kinds: []string{action.EventCaseOpened}}); err != nil {
		t.Fatal(err)
	}
	person, _, err := s.auth.Operator(ctx)
	if err != nil {
		t.Fatal(err)
	}
	link, err := s.auth.NewLink(ctx, "system", person)
	if err != nil {
		t.Fatal(err)
	}
	session, err := s.auth.SignIn(ctx, link)
	if err != nil {
		t.Fatal(err)
	}
	_, key, err := s.auth.CreateKey(ctx, "system", "test", []auth.Scope{auth.ItemsWrite, auth.ItemsRead, auth.StatusRead}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	call := func(r *http.Request) (int, http.Header, string) {
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Error(err)
			return 0, nil, ""
		}
		defer resp.Body.Close()
		var body bytes.Buffer
		_, _ = body.ReadFrom(resp.Body)
		return resp.StatusCode, resp.Header, body.String()
	}
	page := func() (int, http.Header, string) {
		r, _ := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL+"/cases", nil)
		r.AddCookie(&http.Cookie{Name: "jaga_session", Value: session})
		return call(r)
	}
	// send hands in a hash and returns what the item is called, if it was taken.
	send := func(n int) (id string, status int) {
		body := fmt.Sprintf(`{"ref":"r-%d","author":"a-%d","signals":[{"type":"md5","value":"%s"}]}`, n, n, pseudo(uint64(n), 0)[:32])
		r, _ := http.NewRequestWithContext(ctx, http.MethodPost, srv.URL+"/v1/items", strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+key)
		r.Header.Set("Content-Type", "application/json")
		status, _, text := call(r)
		var rec struct {
			Item struct{ ID string } `json:"item"`
		}
		_ = json.Unmarshal([]byte(text), &rec)
		return rec.Item.ID, status
	}
	if status, _, body := page(); status != http.StatusOK {
		t.Fatalf("before: %d %s", status, body)
	}

	// Somebody hands things in all the time.
	var mu sync.Mutex
	taken, refused := []string{}, map[int]int{}
	counts := func() (n, no int) {
		mu.Lock()
		defer mu.Unlock()
		return len(taken), refused[http.StatusServiceUnavailable]
	}
	done := make(chan struct{})
	end := sync.OnceFunc(func() { close(done) })
	var sender sync.WaitGroup
	defer func() { end(); sender.Wait() }()
	sender.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-done:
				return
			default:
			}
			id, status := send(n)
			mu.Lock()
			if status/100 == 2 && id != "" {
				taken = append(taken, id)
			} else {
				refused[status]++
			}
			mu.Unlock()
			time.Sleep(5 * time.Millisecond)
		}
	})
	until(t, "some are taken", func() bool { n, _ := counts(); return n >= 5 })
	// A case is opened and its webhook is on its way when the database goes.
	upload(t, s, "account-a", knownPicture(t, s, 1))
	cut()
	until(t, "some are refused", func() bool { _, no := counts(); return no >= 5 })
	began := time.Now()
	status, header, body := page()
	if status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" || !strings.Contains(body, "cannot reach its database") || !strings.Contains(body, "tidak dapat mencapai basis datanya") || header.Get("Set-Cookie") != "" {
		t.Errorf("while it is gone: %d %v %s", status, header, body)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the answer took %v", took)
	}
	if _, err := s.intake.Get(ctx, "x"); jaga.CodeOf(err) != jaga.CodeUnavailable || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("a service says %v", err)
	}
	before, _ := counts()
	mend()
	until(t, "things are taken again", func() bool { n, _ := counts(); return n >= before+5 })
	end()
	sender.Wait()
	if status, _, body := page(); status != http.StatusOK {
		t.Errorf("afterwards, with the same session: %d %.300s", status, body)
	}
	for _, id := range taken {
		if _, err := s.intake.Get(ctx, id); err != nil {
			t.Errorf("an item that was acknowledged is lost: %v", err)
		}
	}
	for status, n := range refused {
		if status != http.StatusServiceUnavailable {
			t.Errorf("%d answers with status %d", n, status)
		}
	}
	select {
	case <-arrived:
	case <-time.After(2 * time.Minute): // whoever had it when the database went has it for a minute
		t.Error("the webhook of the case did not arrive")
	}
	if _, err := s.verify(ctx); err != nil {
		t.Error(err)
	}
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it did not happen: %s", what)
		}
	}
}
