package main

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/taxonomy"
)

// decideNow decides on a case and makes what it asks for due.
func decideNow(t *testing.T, s *site, id int64, actions ...string) casework.Decided {
	t.Helper()
	l, err := s.work.cases.Take(t.Context(), "person:1", id)
	if err != nil {
		t.Fatal(err)
	}
	d, err := s.work.cases.Decide(t.Context(), l, casework.Decision{Facts: taxonomy.Unknown("own_review"), Outcome: casework.Undetermined, Actions: actions})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.db.Update(t.Context(), custody.Event{Actor: "system", Action: "test.clock"}, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE case_outbox SET due_at = 0 WHERE decision_id = $1`, d.ID)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return d
}

func startedIn(t *testing.T, s *site, id int64) (out []action.Action) {
	t.Helper()
	if err := s.db.View(t.Context(), func(tx *store.Tx) (err error) { out, err = action.OfCase(tx, id); return err }); err != nil {
		t.Fatal(err)
	}
	return out
}

// What a decision asks for is started once, when its time to be undone is over,
// and other servers are told of the case.
func TestDecisionsStartActions(t *testing.T) {
	t.Parallel()
	s := openTestSite(t, "JAGA_CASES_SECOND_PERCENT=0", "JAGA_HOOKS_INTERNAL=127.0.0.1")
	if _, _, err := s.actions.AddTarget(t.Context(), "person:1", action.NewTarget{Name: "nowhere", URL: "http://127.0.0.1:1/"}); err != nil {
		t.Fatal(err)
	}
	upload(t, s, "account-a", knownPicture(t, s, 1))
	id := casesOf(t, s)[0].ID
	decided := decideNow(t, s, id, "hold", "remove", "suspend", "limit_reach", "warn_target", "keep_evidence", "page", "report")
	if n, err := s.sendDue(t.Context()); n != 7 || err != nil {
		t.Fatalf("%d were handed over (%v), want all but the report", n, err)
	}
	if n, err := s.sendDue(t.Context()); n != 0 || err != nil {
		t.Errorf("%d were handed over again (%v)", n, err)
	}
	var kinds []string
	for _, a := range startedIn(t, s, id) {
		kinds = append(kinds, string(a.Kind))
		if a.Who != "person:1" || a.Automatic || a.Decision != fmt.Sprintf("decision:%d", decided.ID) || a.Account != "account-a" || a.Waiting != 1 {
			t.Errorf("%+v", a)
		}
	}
	slices.Sort(kinds)
	if want := []string{"hold", "keep_evidence", "limit_reach", "page", "remove", "suspend"}; !slices.Equal(kinds, want) {
		t.Errorf("started %v, want %v", kinds, want)
	}
	if custodyOf(t, s, "case.action_not_started") != 1 { // nobody to warn
		t.Error("nothing says that nobody was warned")
	}
	told, err := s.actions.Deliveries(t.Context(), action.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	for _, d := range told {
		count[d.Kind]++
	}
	if count[action.EventCaseOpened] != 1 || count[action.EventCaseDecided] != 1 || count["action.hold"] != 1 {
		t.Errorf("told %v", count)
	}
	if _, err := s.verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// In a case about several accounts nothing is done to any of them by guessing.
func TestNoActionIsGuessed(t *testing.T) {
	t.Parallel()
	s := openTestSite(t, "JAGA_CASES_SECOND_PERCENT=0")
	var id int64
	for i, account := range []string{"a", "b"} {
		if err := s.db.Bulk(t.Context(), func(tx *store.Tx) error {
			a, err := s.work.cases.Add(tx, casework.Finding{Kind: casework.KindText, Ref: fmt.Sprint(i), Account: account, Conversation: "one", Band: jaga.BandReview, At: time.Now()})
			id = a.Case
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	decideNow(t, s, id, "suspend", "hold")
	if n, err := s.sendDue(t.Context()); n != 2 || err != nil {
		t.Errorf("%d (%v)", n, err)
	}
	if a := startedIn(t, s, id); len(a) != 0 || custodyOf(t, s, "case.action_not_started") != 2 {
		t.Errorf("%+v", a)
	}
}

// A process that dies between two actions starts each once: taking one out of the
// outbox and starting it are one transaction.
func TestAnActionThatFailsWaits(t *testing.T) {
	t.Parallel()
	s := openTestSite(t, "JAGA_CASES_SECOND_PERCENT=0")
	upload(t, s, "account-a", knownPicture(t, s, 1))
	id := casesOf(t, s)[0].ID
	decideNow(t, s, id, "hold", "suspend")
	broken := fmt.Errorf("the process died")
	for range 3 {
		if n, err := s.work.cases.TakeDue(t.Context(), 10, func(tx *store.Tx, o casework.Outgoing) error {
			if err := s.startAction(tx, asked{name: o.Action, caseID: o.Case, who: o.Actor, reason: "case.test"}); err != nil {
				return err
			}
			return broken
		}, platformActions()...); n != 0 || err == nil {
			t.Fatalf("%d (%v)", n, err)
		}
	}
	if a := startedIn(t, s, id); len(a) != 0 {
		t.Fatalf("started by a transaction that was undone: %+v", a)
	}
	// One that cannot be handed over holds the other up no longer.
	if n, err := s.work.cases.TakeDue(t.Context(), 10, func(tx *store.Tx, o casework.Outgoing) error {
		if o.Action == "hold" {
			return broken
		}
		return s.startAction(tx, asked{name: o.Action, caseID: o.Case, who: o.Actor, reason: "case.test"})
	}, platformActions()...); n != 1 || err == nil {
		t.Errorf("%d (%v)", n, err)
	}
	if n, err := s.sendDue(t.Context()); n != 1 || err != nil {
		t.Errorf("%d (%v)", n, err)
	}
	if a := startedIn(t, s, id); len(a) != 2 {
		t.Errorf("%d actions, want each once", len(a))
	}
}
