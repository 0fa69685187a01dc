package action_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/store"
)

// hijack takes the connection of a request.
func hijack(w http.ResponseWriter) net.Conn {
	c, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	return c
}

// lies are receivers that misbehave at first; how many tries each spoils.
var lies = map[string]struct {
	spoils int
	why    string
	do     func(w http.ResponseWriter, r *http.Request)
}{
	"answers 500": {2, "answered 500", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }},
	"hangs":       {1, "no answer in time", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }},
	"closes before an answer": {2, "the connection was cut", func(w http.ResponseWriter, _ *http.Request) {
		_ = hijack(w).Close()
	}},
	"closes in the middle of its answer": {1, "not to its end", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("half"))
	}},
	"drips": {1, "", func(w http.ResponseWriter, r *http.Request) {
		c := hijack(w)
		defer c.Close()
		for _, b := range []byte("HTTP/1.1 204 No Content\r\n" + strings.Repeat("X: y\r\n", 1000) + "\r\n") {
			if _, err := c.Write([]byte{b}); err != nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
	}},
	"drips its body": {1, "not to its end", func(w http.ResponseWriter, r *http.Request) {
		for range 500 {
			if _, err := w.Write([]byte("x")); err != nil {
				return
			}
			w.(http.Flusher).Flush()
			time.Sleep(20 * time.Millisecond)
		}
	}},
	"sends headers without end": {1, "the connection was cut", func(w http.ResponseWriter, _ *http.Request) {
		c := hijack(w)
		defer c.Close()
		_, _ = c.Write([]byte("HTTP/1.1 200 OK\r\n"))
		for i := range 100_000 {
			if _, err := fmt.Fprintf(c, "X-%d: y\r\n", i); err != nil {
				return
			}
		}
	}},
	"speaks something else": {1, "the connection was cut", func(w http.ResponseWriter, _ *http.Request) {
		c := hijack(w)
		defer c.Close()
		_, _ = c.Write([]byte("220 mail.example ESMTP\r\n"))
	}},
	"redirects to this machine": {1, "answered 302: redirects are not followed", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	}},
	"asks to wait": {1, "answered 429", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(429)
	}},
	"answers 404": {1, "answered 404", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }},
}

// TestReceiversThatLie expects every event to arrive at last, with the same
// identifier and body at each try.
func TestReceiversThatLie(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		opt := options()
		opt.Timeout = 700 * time.Millisecond
		w := open(t, db, opt).run()
		type pair struct {
			rec *receiver
			id  int64
		}
		targets := map[string]pair{}
		for name, lie := range lies {
			rec := newReceiver(t, func(rw http.ResponseWriter, r *http.Request, n int) {
				if r.URL.Path == "/elsewhere" {
					t.Errorf("%s: the redirect was followed", name)
				}
				if n <= lie.spoils {
					lie.do(rw, r)
				}
			})
			id, _ := w.add(name, rec.URL)
			targets[name] = pair{rec, id}
		}
		begun := time.Now()
		w.start(hold(5))
		seen := map[string]bool{}
		until(t, "everything arrives", func() bool {
			waiting := 0
			for _, d := range w.deliveries(action.Filter{}) {
				if lie := lies[d.Target]; d.Error != "" && lie.why != "" && strings.Contains(d.Error, lie.why) {
					seen[d.Target] = true
				}
				if d.State == action.Waiting {
					waiting++
				}
			}
			return waiting == 0
		})
		for name, p := range targets {
			d := w.deliveries(action.Filter{Target: p.id})[0]
			got := p.rec.all()
			if d.State != action.Delivered || len(got) != lies[name].spoils+1 || d.Attempts != int64(len(got)) || d.Error != "" {
				t.Errorf("%s: %d tries, %+v", name, len(got), d)
			}
			for _, x := range got {
				if x.body != got[0].body || x.header.Get(action.HeaderID) != got[0].header.Get(action.HeaderID) {
					t.Errorf("%s: a try differs from the first", name)
				}
				if x.header.Get("Referer") != "" || x.header.Get("Cookie") != "" || x.header.Get("Authorization") != "" || x.header.Get("User-Agent") != "jaga" {
					t.Errorf("%s: %v", name, x.header)
				}
			}
			if lies[name].why != "" && !seen[name] && lies[name].spoils > 1 {
				t.Errorf("%s: its reason was never shown", name)
			}
		}
		if p := targets["asks to wait"]; time.Since(begun) < time.Second {
			t.Errorf("the receiver that asked for a second was asked again after %s: %d", time.Since(begun), p.rec.count())
		}
	})
}

// TestAnswerLostAfterItActed repeats, and the receiver can tell.
func TestAnswerLostAfterItActed(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db, options()).run()
		acted := map[string]bool{}
		var did atomic.Int64
		rec := newReceiver(t, func(rw http.ResponseWriter, r *http.Request, n int) {
			if id := r.Header.Get(action.HeaderID); !acted[id] { // one request at a time: see Each
				acted[id] = true
				did.Add(1)
				_ = hijack(rw).Close()
			}
		})
		id, _ := w.add("a", rec.URL)
		w.start(hold(1))
		w.settled(id)
		if did.Load() != 1 || rec.count() != 2 {
			t.Errorf("acted %d times on %d deliveries", did.Load(), rec.count())
		}
	})
}

// TestHugeAnswer reads no more than it needs.
func TestHugeAnswer(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db, options()).run()
		var wrote atomic.Int64
		rec := newReceiver(t, func(rw http.ResponseWriter, _ *http.Request, _ int) {
			chunk := make([]byte, 1<<20)
			for range 200 {
				n, err := rw.Write(chunk)
				wrote.Add(int64(n))
				if err != nil {
					return
				}
			}
		})
		id, _ := w.add("huge", rec.URL)
		w.start(hold(1))
		if d := w.settled(id); d[0].State != action.Delivered {
			t.Errorf("%+v", d[0])
		}
		if n := wrote.Load(); n > 32<<20 {
			t.Errorf("%d bytes of the answer were taken", n)
		}
	})
}

// TestAHangingTargetDelaysNobody gives one target, that never answers, a long
// row of events, and another one the same.
func TestAHangingTargetDelaysNobody(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		opt := options()
		opt.Workers, opt.Timeout = 4, 5*time.Second
		w := open(t, db, opt).run()
		var busy, most atomic.Int64
		hangs := newReceiver(t, func(_ http.ResponseWriter, r *http.Request, _ int) {
			for n := busy.Add(1); ; {
				if m := most.Load(); n <= m || most.CompareAndSwap(m, n) {
					break
				}
			}
			<-r.Context().Done()
			busy.Add(-1)
		})
		works := newReceiver(t, nil)
		w.add("hangs", hangs.URL)
		id, _ := w.add("works", works.URL)
		const events = 60
		begun := time.Now()
		for i := range events {
			w.start(hold(int64(i + 1)))
		}
		w.settled(id)
		took := time.Since(begun)
		if works.count() != events || took > time.Minute {
			t.Errorf("%d of %d arrived in %s", works.count(), events, took)
		}
		if most.Load() > 2 {
			t.Errorf("the hanging target was asked %d times at once", most.Load())
		}
		t.Logf("%d events arrived in %s beside a target that hangs", events, took.Round(time.Millisecond))
	})
}

// TestDeadLetters gives up, lists, and replays one and all.
func TestDeadLetters(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		opt := options()
		opt.Waits = []time.Duration{time.Millisecond, time.Millisecond}
		w := open(t, db, opt).run()
		var up atomic.Bool
		rec := newReceiver(t, func(rw http.ResponseWriter, _ *http.Request, _ int) {
			if !up.Load() {
				rw.WriteHeader(503)
			}
		})
		id, _ := w.add("down", rec.URL)
		first := w.start(hold(1))
		list := w.settled(id)
		if len(list) != 1 || list[0].State != action.Dead || list[0].Attempts != 3 || list[0].Status != 503 || list[0].Error != "answered 503" || list[0].NextAt != 0 {
			t.Fatalf("%+v", list)
		}
		if a, err := w.Get(t.Context(), first.ID); err != nil || a.Dead != 1 {
			t.Errorf("%+v, %v", a, err)
		}
		if ts, err := w.Targets(t.Context()); err != nil || ts[0].Dead != 1 || ts[0].LastError != "answered 503" || ts[0].LastFailure == 0 || ts[0].LastOK != 0 {
			t.Errorf("%+v, %v", ts, err)
		}
		up.Store(true)
		if err := w.Replay(t.Context(), "person:1", list[0].ID); err != nil {
			t.Fatal(err)
		}
		if d := w.settled(id)[0]; d.State != action.Delivered || d.Event != list[0].Event {
			t.Errorf("%+v", d)
		}
		// Also what arrived can be sent again, for a receiver that lost it; the
		// records of the case say so each time.
		if err := w.Replay(t.Context(), "person:1", list[0].ID); err != nil {
			t.Fatal(err)
		}
		if err := db.View(t.Context(), func(tx *store.Tx) error {
			told, err := store.CustodyPage(tx, store.CustodyFilter{Subject: fmt.Sprint("case:", first.Case), Action: "hook.replay"}, -1, 10)
			if len(told) != 2 || told[0].Details()["delivery"] != fmt.Sprint(list[0].ID) {
				t.Errorf("the records of the case: %v", told)
			}
			return err
		}); err != nil {
			t.Error(err)
		}
		w.settled(id)
		if n := rec.ids()[list[0].Event]; n != 5 {
			t.Errorf("the event came %d times, want 3 failures and 2 more", n)
		}
		up.Store(false)
		for i := range 3 {
			w.start(hold(int64(10 + i)))
		}
		// The breaker has opened meanwhile; a test that succeeds closes it.
		until(t, "the breaker opens or all are given up", func() bool {
			ts, err := w.Targets(t.Context())
			return err == nil && (ts[0].PausedUntil > 0 || ts[0].Dead == 3)
		})
		up.Store(true)
		if r, err := w.Test(t.Context(), "person:1", id); err != nil || !r.OK {
			t.Errorf("%+v, %v", r, err)
		}
		w.settled(id)
		if _, err := w.ReplayDead(t.Context(), "person:1", id); err != nil {
			t.Fatal(err)
		}
		w.settled(id)
		if dead := w.deliveries(action.Filter{State: action.Dead}); len(dead) != 0 {
			t.Errorf("%+v", dead)
		}
		refused(t, w.Replay(t.Context(), "person:1", 9999), jaga.CodeNotFound, "")
		if hours, err := w.Hours(t.Context(), 0); err != nil || len(hours) == 0 || hours[len(hours)-1].State != action.Delivered {
			t.Errorf("%+v, %v", hours, err)
		}
		// Failed deliveries are no failed jobs: people see them in one place.
		if jobs, err := db.Jobs(t.Context(), 100); err != nil || len(jobs) != 0 {
			t.Errorf("%+v, %v", jobs, err)
		}
	})
}

// TestPrivateAddressesAreRefused has names and addresses that lead into the own
// network, and asks nobody there.
func TestPrivateAddressesAreRefused(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		asked := new(atomic.Int64)
		srv := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
		t.Cleanup(srv.Close)
		port := srv.URL[strings.LastIndex(srv.URL, ":"):]
		opt := options()
		opt.Internal = nil
		opt.Transport = func(tr *http.Transport) { tr.TLSClientConfig = &tls.Config{InsecureSkipVerify: true} }
		w := open(t, db, opt)
		for i, host := range []string{"127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]", "10.0.0.1", "192.168.1.1", "169.254.169.254", "[fe80::1]", "[fd00::1]", "100.64.0.1"} {
			id, _ := w.add(fmt.Sprint(i), "https://"+host+port+"/")
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			r, err := w.Test(ctx, "person:1", id)
			cancel()
			if err != nil || r.OK || !strings.Contains(r.Error, "not allowed") && !strings.Contains(r.Error, "does not resolve") {
				t.Errorf("%s: %+v, %v", host, r, err)
			}
		}
		if asked.Load() != 0 {
			t.Errorf("%d requests reached this machine", asked.Load())
		}
		// Not even a host that is internal reaches the addresses where clouds
		// hand out credentials.
		opt.Internal = []string{"169.254.169.254"}
		w = open(t, db, opt)
		id, _ := w.add("metadata", "http://169.254.169.254/latest/")
		if r, err := w.Test(t.Context(), "person:1", id); err != nil || r.OK || !strings.Contains(r.Error, "not allowed") {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// TestCertificates refuses one that nobody vouches for, and one of another name.
func TestCertificates(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		asked := new(atomic.Int64)
		srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
		srv.Config.ErrorLog = nil
		srv.StartTLS()
		t.Cleanup(srv.Close)
		pool := x509.NewCertPool()
		pool.AddCert(srv.Certificate()) // it is for 127.0.0.1 and example.com
		port := srv.URL[strings.LastIndex(srv.URL, ":"):]
		opt := options()
		opt.Internal = []string{"127.0.0.1", "localhost"}
		unknown := open(t, db, opt)
		opt.Transport = func(tr *http.Transport) { tr.TLSClientConfig = &tls.Config{RootCAs: pool} }
		known := open(t, db, opt)
		right, _ := known.add("right", "https://127.0.0.1"+port)
		wrong, _ := known.add("wrong", "https://localhost"+port)
		for _, c := range []struct {
			w  *world
			id int64
			ok bool
		}{{unknown, right, false}, {known, wrong, false}, {known, right, true}} {
			r, err := c.w.Test(t.Context(), "person:1", c.id)
			if err != nil || r.OK != c.ok || !c.ok && !strings.Contains(r.Error, "certificate") {
				t.Errorf("%+v, %v, want %v", r, err, c.ok)
			}
		}
		if asked.Load() != 1 {
			t.Errorf("%d requests", asked.Load())
		}
	})
}

// TestRemovedAndPurged drops what waits, and keeps what is young.
func TestRemovedAndPurged(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db, options())
		id, _ := w.add("a", "https://hooks.example/")
		a := w.start(hold(1))
		if err := w.Remove(t.Context(), "person:1", id); err != nil {
			t.Fatal(err)
		}
		list := w.deliveries(action.Filter{})
		if len(list) != 1 || list[0].State != action.Dropped {
			t.Errorf("%+v", list)
		}
		refused(t, w.Replay(t.Context(), "person:1", list[0].ID), jaga.CodeNotFound, "target")
		if err := w.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := len(w.deliveries(action.Filter{})); n != 1 {
			t.Errorf("%d deliveries are left", n)
		}
		if err := db.Bulk(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE hook_deliveries SET done_at = done_at - $1`, (action.KeepFor + time.Hour).Microseconds())
			if err == nil {
				_, err = tx.Exec(`UPDATE hook_events SET at = at - $1`, (action.KeepFor + time.Hour).Microseconds())
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := w.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := len(w.deliveries(action.Filter{})); n != 0 {
			t.Errorf("%d deliveries are left", n)
		}
		if _, err := w.Get(t.Context(), a.ID); err != nil {
			t.Errorf("the action is gone: %v", err)
		}
	})
}
