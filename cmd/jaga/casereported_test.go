package main

import (
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/taxonomy"
)

// A report that people file begins the keeping times of the law, meets the clock of
// its profile, keeps the reference, and is told to other servers.
func TestAReportBeginsTheKeepingTimes(t *testing.T) {
	t.Parallel()
	s := openTestSite(t, "JAGA_LAW_PROFILES=us-2258a,uk-csea", "JAGA_CASES_SECOND_PERCENT=0", "JAGA_HOOKS_INTERNAL=127.0.0.1")
	if _, _, err := s.actions.AddTarget(t.Context(), "person:1", action.NewTarget{Name: "nowhere", URL: "http://127.0.0.1:1/"}); err != nil {
		t.Fatal(err)
	}
	upload(t, s, "account-a", knownPicture(t, s, 1))
	id := casesOf(t, s)[0].ID
	var part int64
	if err := s.db.Bulk(t.Context(), func(tx *store.Tx) error {
		a, err := s.work.cases.Add(tx, casework.Finding{Kind: casework.KindText, Ref: "a part", Risk: casework.RiskContact, Band: jaga.BandReview})
		part = a.Case
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.work.cases.Merge(t.Context(), "person:1", part, id); err != nil {
		t.Fatal(err)
	}
	for _, who := range []string{"person:1", "person:2"} {
		l, err := s.work.cases.Take(t.Context(), who, id)
		if err == nil {
			_, err = s.work.cases.Decide(t.Context(), l, casework.Decision{Facts: taxonomy.Unknown("own_review"), Outcome: casework.Confirmed, Actions: []string{"report"}})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := s.db.Bulk(t.Context(), func(tx *store.Tx) error { _, err := tx.Exec(`UPDATE case_outbox SET due_at = 0`); return err }); err != nil {
		t.Fatal(err)
	}
	if _, err := s.work.cases.BeginReport(t.Context(), "person:1", id, casework.ReportTo{Profile: "id-komdigi", Receiver: "police"}); err == nil {
		t.Error("a receiver of a law that is not in force")
	}
	n, err := s.work.cases.BeginReport(t.Context(), "person:1", id, casework.ReportTo{Profile: "us-2258a", Receiver: "ncmec"})
	if err != nil {
		t.Fatal(err)
	}
	sent := time.Now().Add(-time.Minute)
	if err := s.work.cases.SentReport(t.Context(), "person:1", id, n, casework.Receipt{Reference: "CT-1", Sent: sent}); err != nil {
		t.Fatal(err)
	}
	file := keptIn(t, s, id)[0].ID
	var standing evidence.Standing
	if err := s.db.View(t.Context(), func(tx *store.Tx) (err error) {
		standing, err = s.evidence.Standing(tx, file)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	year := sent.AddDate(0, 0, 365).UnixMicro()
	if standing.Waits() || standing.Until < year || standing.Until > year+(48*time.Hour).Microseconds() {
		t.Errorf("%+v, want a year from the report", standing)
	}
	list, err := s.work.cases.Reports(t.Context(), id)
	if err != nil || len(list) != 1 || list[0].To != "NCMEC CyberTipline" || list[0].KeepUntil < sent.AddDate(5, 0, 0).UnixMicro() {
		t.Errorf("%+v (%v)", list, err)
	}
	told, err := s.actions.Deliveries(t.Context(), action.Filter{})
	filed := 0
	for _, d := range told {
		if d.Kind == action.EventReportFiled {
			filed++
		}
	}
	if err != nil || filed != 1 {
		t.Errorf("told %d times of the report (%v)", filed, err)
	}
	// A letter that asks to preserve holds the case and what is part of it.
	letter := casework.Clock{What: casework.ClockLetter, Profile: "own", Start: sent, Due: time.Now().Add(90 * 24 * time.Hour), Authority: "Police", Letter: "B-19"}
	if _, err := s.work.cases.AddClock(t.Context(), "person:2", id, letter, strings.Repeat("é", 800)); err != nil {
		t.Fatal(err)
	}
	if err := s.db.View(t.Context(), func(tx *store.Tx) error {
		for _, c := range []int64{id, part} {
			holds, err := s.evidence.Holds(tx, evidence.Scope{Case: c})
			if err != nil || len(holds) != 1 {
				t.Fatalf("case %d: %+v (%v)", c, holds, err)
			}
			h := holds[0]
			if h.Letter != "B-19" || h.Authority != "Police" || !h.From.Equal(sent.Truncate(time.Microsecond)) || !h.Asked.Equal(letter.Due.Truncate(time.Microsecond)) ||
				!h.Until.IsZero() || h.By != "person:2" || len(h.Reason) > 900 || !strings.HasSuffix(h.Reason, "é…") {
				t.Errorf("case %d: %+v", c, h)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	// It does not end with the clock.
	clocks, err := s.work.cases.Clocks(t.Context(), id)
	for _, k := range clocks {
		if err == nil && k.Kind() == casework.ClockLetter {
			err = s.work.cases.EndClock(t.Context(), "person:1", id, k, true, "")
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := s.db.View(t.Context(), func(tx *store.Tx) (err error) { standing, err = s.evidence.Standing(tx, file); return err }); err != nil || standing.Held != 1 {
		t.Errorf("%+v (%v), want it held", standing, err)
	}
	if _, err := s.verify(t.Context()); err != nil {
		t.Error(err)
	}
}

// What profiles in force do not say alike is told to whoever chooses them.
func TestConflictsOfLawsAreTold(t *testing.T) {
	t.Parallel()
	i := &installation{t: t, data: t.TempDir() + "/data"}
	i.ok("init")
	i.environ = []string{"JAGA_LAW_PROFILES=us-2258a,id-komdigi"}
	for _, args := range [][]string{{"law", "list"}, {"doctor"}} {
		if _, out, _ := i.run(args...); !strings.Contains(out, "keeping content (us-2258a, id-komdigi): One law has content kept") || !strings.Contains(out, "scanning private messages") {
			t.Errorf("%v:\n%s", args, out)
		}
	}
	if out := i.ok("law", "list", "--json"); !strings.Contains(out, `"about": "keeping content"`) {
		t.Errorf("as JSON:\n%s", out)
	}
	i.environ = []string{"JAGA_LAW_PROFILES=us-2258a"}
	if out := i.ok("law", "list"); strings.Contains(out, "do not say the same") {
		t.Errorf("one profile disagrees:\n%s", out)
	}
}
