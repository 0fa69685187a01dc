package main

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/look"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/taxonomy"
)

// TestWhoMayLookWhen takes a case through its life and asks, at every state, for
// every purpose as every person: what opens is what the table says, and nothing
// else.
func TestWhoMayLookWhen(t *testing.T) {
	t.Parallel()
	s := openTestSite(t, "JAGA_CASES_SECOND_PERCENT=100")
	upload(t, s, "account-a", knownPicture(t, s, 1))
	id := casesOf(t, s)[0].ID
	senior := auth.Grant{Role: auth.Senior, Queue: "default"}
	people := []struct {
		actor string
		ctx   context.Context
	}{
		{"person:1", as(t.Context(), "person:1", reviewer("default"))}, // decides first
		{"person:2", as(t.Context(), "person:2", senior)},              // decides second
		{"person:3", as(t.Context(), "person:3", senior)},              // checks
		{"person:4", as(t.Context(), "person:4", reviewer("hotline"))},
		{"person:5", t.Context()}, // nobody is signed in
	}
	check := func(state string, want map[string][]look.Purpose) {
		t.Helper()
		for _, p := range people {
			for _, purpose := range look.Purposes() {
				_, err := s.look.Open(p.ctx, p.actor, look.Ask{Case: id, Purpose: purpose})
				if may := slices.Contains(want[p.actor], purpose); (err == nil) != may || err != nil && jaga.CodeOf(err) != jaga.CodeDenied {
					t.Errorf("%s: %s for %s: %v, want it open: %v", state, p.actor, purpose, err, may)
				}
			}
		}
	}
	first := []look.Purpose{look.Triage, look.Review}
	take := func(actor string) casework.Lease {
		t.Helper()
		l, err := s.work.cases.Take(t.Context(), actor, id)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	decide := func(l casework.Lease) {
		t.Helper()
		if _, err := s.work.cases.Decide(t.Context(), l, casework.Decision{Facts: taxonomy.Unknown("own_review"), Outcome: casework.Undetermined, Actions: []string{"report"}}); err != nil {
			t.Fatal(err)
		}
	}
	act := func(fn func(*store.Tx) error) {
		t.Helper()
		if err := s.db.Bulk(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	check("nobody has it", nil)
	l := take("person:1")
	check("in the first review", map[string][]look.Purpose{"person:1": first})
	decide(l)
	check("waiting for a second review", nil)
	l = take("person:2")
	check("in the second review", map[string][]look.Purpose{"person:2": {look.SecondReview}})
	decide(l)
	done := func() map[string][]look.Purpose {
		return map[string][]look.Purpose{"person:2": {look.Integrity}, "person:3": {look.Quality, look.Integrity}}
	}
	check("decided", done())
	var hold int64
	act(func(tx *store.Tx) (err error) {
		hold, err = s.evidence.AddHold(tx, "person:3", evidence.Scope{Case: id}, evidence.NewHold{Reason: "a letter", Authority: "police", Letter: "7/2026", From: time.Now()})
		return err
	})
	held := done()
	held["person:2"] = append(held["person:2"], look.Authority)
	held["person:3"] = append(held["person:3"], look.Authority)
	check("under a legal hold", held)
	act(func(tx *store.Tx) error { return s.evidence.ReleaseHold(tx, "person:3", hold) })
	check("after the hold", done())
	// The time to undo is over.
	act(func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE case_outbox SET due_at = 1 WHERE case_id = $1`, id)
		return err
	})
	act(func(tx *store.Tx) error { return s.work.cases.StartReport(tx, "person:1", id) })
	reporting := done()
	reporting["person:1"] = []look.Purpose{look.Report}
	reporting["person:2"] = append(reporting["person:2"], look.Report)
	reporting["person:3"] = append(reporting["person:3"], look.Report)
	check("while a report is on its way", reporting)
	act(func(tx *store.Tx) error { return s.work.cases.ReportDone(tx, "person:1", id, "receipt") })
	check("reported", held)
	if err := s.work.cases.Reopen(t.Context(), "person:3", id, casework.WhyAppeal, "please look again"); err != nil {
		t.Fatal(err)
	}
	ordered := map[string][]look.Purpose{"person:2": {look.Authority}, "person:3": {look.Authority}}
	check("reopened by an appeal", ordered)
	take("person:3")
	ordered["person:3"] = append([]look.Purpose{look.Appeal, look.Authority}, first...)
	check("an appeal in somebody's hands", ordered)
	if _, err := s.verify(t.Context()); err != nil {
		t.Error(err)
	}
}
