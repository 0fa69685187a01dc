package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/taxonomy"
)

// decideAs decides on a case, which is reopened first where somebody decided.
func decideAs(t *testing.T, s *site, person string, id int64, outcome casework.Outcome, actions ...string) casework.Decided {
	t.Helper()
	if c, _, err := s.work.cases.Get(t.Context(), id); err != nil {
		t.Fatal(err)
	} else if c.State == casework.StateDecided {
		if err := s.work.cases.Reopen(t.Context(), person, id, "appeal", "it was a lesson"); err != nil {
			t.Fatal(err)
		}
	}
	l, err := s.work.cases.Take(t.Context(), person, id)
	if err != nil {
		t.Fatal(err)
	}
	d, err := s.work.cases.Decide(t.Context(), l, casework.Decision{Facts: taxonomy.Unknown("own_review"), Outcome: outcome, Actions: actions})
	if err != nil || !d.Final {
		t.Fatal(d, err)
	}
	return d
}

// over makes what follows from a decision due.
func over(t *testing.T, s *site, d casework.Decided) {
	t.Helper()
	if err := s.db.Update(t.Context(), custody.Event{Actor: "system", Action: "test.clock"}, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE case_outbox SET due_at = 0 WHERE decision_id = $1`, d.ID)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func send(t *testing.T, s *site) int {
	t.Helper()
	n, err := s.sendDue(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// undone counts the actions of a case that were taken back, by kind.
func undone(t *testing.T, s *site, id int64) string {
	t.Helper()
	out := map[action.Kind]int{}
	for _, a := range startedIn(t, s, id) {
		if a.UndoneBy != "" {
			out[a.Kind]++
		}
	}
	return fmt.Sprint(out)
}

// toldOf counts the events of a kind that were sent to anybody.
func toldOf(t *testing.T, s *site, kind string) (n int) {
	t.Helper()
	list, err := s.actions.Deliveries(t.Context(), action.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		if d.Kind == kind {
			n++
		}
	}
	return n
}

// platform is a receiver that keeps what it was told.
type platform struct {
	mu    sync.Mutex
	kinds map[string][]string // by kind of event, the actions that it is about
}

func newPlatform(t *testing.T, s *site) *platform {
	t.Helper()
	p := &platform{kinds: map[string][]string{}}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Kind   string
			Action struct{ ID, Undoes string }
		}
		if json.NewDecoder(r.Body).Decode(&body) == nil {
			p.mu.Lock()
			defer p.mu.Unlock()
			id := body.Action.ID
			if body.Action.Undoes != "" {
				id = body.Action.Undoes
			}
			p.kinds[body.Kind] = append(p.kinds[body.Kind], id)
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(srv.Close)
	if _, _, err := s.actions.AddTarget(t.Context(), "person:1", action.NewTarget{Name: "forum", URL: srv.URL}); err != nil {
		t.Fatal(err)
	}
	return p
}

// deliver sends everything that waits.
func deliver(t *testing.T, s *site) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); _ = s.actions.Run(ctx) }()
	defer func() { stop(); <-ended }()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		list, err := s.actions.Deliveries(t.Context(), action.Filter{State: action.Waiting})
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%d deliveries wait", len(list))
		}
	}
}

// After an appeal that is upheld the platform is told to undo what was done,
// once, whatever dies in between, and not before the time to undo is over.
func TestAnAppealUndoesWhatWasDone(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := openTestSite(t, "JAGA_STORE_URL="+url, "JAGA_CASES_SECOND_PERCENT=0", "JAGA_HOOKS_INTERNAL=127.0.0.1")
		p := newPlatform(t, s)
		upload(t, s, "account-a", knownPicture(t, s, 1))
		over(t, s, decideAs(t, s, "person:1", 1, casework.Confirmed, "suspend", "hold"))
		if n := send(t, s); n != 2 {
			t.Fatalf("%d handed over", n)
		}
		d := decideAs(t, s, "person:3", 1, casework.NotConfirmed)
		if n := send(t, s); n != 0 || undone(t, s, 1) != "map[]" {
			t.Fatalf("%d handed over while the decision can be undone", n)
		}
		over(t, s, d)
		broken := fmt.Errorf("the process died")
		if n, err := s.work.cases.TakeDue(t.Context(), 10, func(tx *store.Tx, o casework.Outgoing) error {
			if err := s.takeBack(tx, o); err != nil {
				return err
			}
			return broken
		}, takeBack); n != 0 || err == nil || undone(t, s, 1) != "map[]" {
			t.Fatal(n, err)
		}
		var both sync.WaitGroup
		for range 2 {
			both.Go(func() { _, _ = s.sendDue(context.Background()) })
		}
		both.Wait()
		send(t, s)
		if got := undone(t, s, 1); got != "map[hold:1 suspend:1]" {
			t.Errorf("taken back: %s", got)
		}
		deliver(t, s)
		done := slices.Concat(p.kinds["action.hold"], p.kinds["action.suspend"])
		slices.Sort(done)
		back := slices.Clone(p.kinds["action.undo"])
		slices.Sort(back)
		if len(done) != 2 || !slices.Equal(done, back) || len(p.kinds["case.decided"]) != 2 {
			t.Errorf("the platform was told %v", p.kinds)
		}
		if _, err := s.verify(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A decision that asks for what is in force neither undoes nor repeats it, and
// takes back what it does not ask for.
func TestTheSameAgainIsNeitherUndoneNorRepeated(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := openTestSite(t, "JAGA_STORE_URL="+url, "JAGA_CASES_SECOND_PERCENT=0", "JAGA_HOOKS_INTERNAL=127.0.0.1")
		newPlatform(t, s)
		upload(t, s, "account-a", knownPicture(t, s, 1))
		over(t, s, decideAs(t, s, "person:1", 1, casework.Confirmed, "hold", "limit_reach", "keep_evidence", "suspend"))
		send(t, s)
		before := startedIn(t, s, 1)
		over(t, s, decideAs(t, s, "person:2", 1, casework.Confirmed, "hold", "keep_evidence", "suspend"))
		send(t, s)
		if got := startedIn(t, s, 1); len(got) != len(before) || undone(t, s, 1) != "map[]" {
			t.Errorf("%d actions became %d, taken back %s: a limit stays while the account is suspended", len(before), len(got), undone(t, s, 1))
		}
		over(t, s, decideAs(t, s, "person:3", 1, casework.Undetermined, "hold"))
		send(t, s)
		if got := undone(t, s, 1); got != "map[limit_reach:1 suspend:1]" {
			t.Errorf("taken back: %s", got)
		}
		// What was taken back, and what the platform says that it did not do,
		// is asked for again.
		holds := 0
		for _, a := range startedIn(t, s, 1) {
			if a.Kind == action.KindHold {
				if err := s.actions.Result(t.Context(), "key:1", a.ID, action.Result{Status: action.StatusFailed}); err != nil {
					t.Fatal(err)
				}
			}
		}
		over(t, s, decideAs(t, s, "person:4", 1, casework.Confirmed, "hold", "suspend"))
		send(t, s)
		for _, a := range startedIn(t, s, 1) {
			if a.UndoneBy == "" && (a.Kind == action.KindHold || a.Kind == action.KindSuspend) {
				holds++
			}
		}
		if holds != 3 { // the hold that failed, the new one, and the suspension
			t.Errorf("%d in force", holds)
		}
	})
}

// What a rule holds is held until a person decides: it is released by a decision
// that does not ask for it, and stays by one that does.
func TestARuleHoldsUntilAPersonDecides(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := openTestSite(t, "JAGA_STORE_URL="+url, "JAGA_CASES_SECOND_PERCENT=0", "JAGA_HOOKS_INTERNAL=127.0.0.1")
		newPlatform(t, s)
		activeRule(t, s, ruleThat("young", "grooming", jaga.BandReview, `do = "hold"`, "do = \"webhook\"\nwebhook = \"forum\""))
		for i, c := range []struct {
			outcome casework.Outcome
			asks    []string
			undone  string
		}{
			{casework.NotConfirmed, nil, "map[hold:1 webhook:1]"},
			{casework.Undetermined, nil, "map[hold:1]"},
			{casework.Confirmed, []string{"hold"}, "map[]"},
			{casework.Confirmed, []string{"suspend"}, "map[]"},
			{casework.Confirmed, []string{"warn_target"}, "map[hold:1]"},
		} {
			id := int64(i + 1)
			talkFound(t, s, fmt.Sprint("f-", id), fmt.Sprint("account-", id), jaga.BandReview)
			d := decideAs(t, s, "person:1", id, c.outcome, c.asks...)
			send(t, s)
			if got := undone(t, s, id); got != "map[]" {
				t.Errorf("%s: taken back at once: %s", c.outcome, got)
			}
			over(t, s, d)
			send(t, s)
			if got := undone(t, s, id); got != c.undone {
				t.Errorf("%s that asks for %v: taken back %s, want %s", c.outcome, c.asks, got, c.undone)
			}
			holds := 0
			for _, a := range startedIn(t, s, id) {
				if a.Kind == action.KindHold {
					holds++
				}
			}
			if holds != 1 {
				t.Errorf("%s that asks for %v: %d holds", c.outcome, c.asks, holds)
			}
		}
	})
}

// Other servers learn of a decision when it can no longer be undone: never of one
// that was, and at once of one whose case is closed.
func TestDecisionsAreToldWhenTheyStand(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		s := openTestSite(t, "JAGA_STORE_URL="+url, "JAGA_CASES_SECOND_PERCENT=0", "JAGA_HOOKS_INTERNAL=127.0.0.1")
		newPlatform(t, s)
		activeRule(t, s, ruleThat("young", "grooming", jaga.BandReview, `do = "hold"`))
		talkFound(t, s, "f-1", "account-1", jaga.BandReview)
		d := decideAs(t, s, "person:1", 1, casework.NotConfirmed)
		send(t, s)
		if n := toldOf(t, s, action.EventCaseDecided); n != 0 {
			t.Errorf("%d told before the time to undo is over", n)
		}
		if err := s.work.cases.Undo(t.Context(), "person:1", 1, d.ID); err != nil {
			t.Fatal(err)
		}
		over(t, s, d)
		send(t, s)
		if n := toldOf(t, s, action.EventCaseDecided); n != 0 || undone(t, s, 1) != "map[]" {
			t.Errorf("%d told of a decision that was undone, taken back %s", n, undone(t, s, 1))
		}
		d = decideAs(t, s, "person:1", 1, casework.NotConfirmed)
		if err := s.work.cases.Close(t.Context(), "person:1", 1); err != nil {
			t.Fatal(err)
		}
		send(t, s)
		send(t, s)
		if n := toldOf(t, s, action.EventCaseDecided); n != 1 || undone(t, s, 1) != "map[hold:1]" {
			t.Errorf("%d told of a case that is closed, taken back %s", n, undone(t, s, 1))
		}
		// What was asked for keeps a case open, as ever.
		talkFound(t, s, "f-2", "account-2", jaga.BandReview)
		decideAs(t, s, "person:1", 2, casework.Confirmed, "hold")
		if err := s.work.cases.Close(t.Context(), "person:1", 2); jaga.CodeOf(err) != jaga.CodeConflict {
			t.Errorf("closed while something waits: %v", err)
		}
	})
}
