package casework_test

import (
	"math"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/store"
)

func TestDecideUndoAndSendOnlyThen(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{Undo: 5 * time.Minute}, func(t *testing.T, w *world) {
		ctx := t.Context()
		a := w.add(nil)
		sent := func() (out []string) {
			_, err := w.s.TakeDue(ctx, 10, func(_ *store.Tx, o casework.Outgoing) error {
				out = append(out, o.Action)
				return nil
			})
			w.must(err)
			return out
		}
		d, err := w.s.Decide(ctx, w.next("person:1"), decision(casework.Confirmed, "account.hold"))
		w.must(err)
		if !d.Final || w.get(a.Case).State != casework.StateDecided || w.get(a.Case).Outcome != casework.Confirmed {
			t.Fatalf("%+v %+v", d, w.get(a.Case))
		}
		if got := sent(); got != nil {
			t.Errorf("%v went out before the time to undo was over", got)
		}
		w.refused(w.s.Close(ctx, "person:1", a.Case), jaga.CodeConflict, "close with something waiting")
		w.refused(w.s.Undo(ctx, "person:2", a.Case, d.ID), jaga.CodeDenied, "undo of somebody else's")
		w.must(w.s.Undo(ctx, "person:1", a.Case, d.ID))
		w.refused(w.s.Undo(ctx, "person:1", a.Case, d.ID), jaga.CodeConflict, "undo twice")
		w.turn(time.Hour)
		if got := sent(); got != nil {
			t.Errorf("%v went out after it was undone", got)
		}
		// Whoever took it back decides again.
		d, err = w.s.Decide(ctx, w.next("person:1"), decision(casework.Confirmed, "account.hold", "evidence.keep"))
		w.must(err)
		w.turn(6 * time.Minute)
		w.refused(w.s.Undo(ctx, "person:1", a.Case, d.ID), jaga.CodeConflict, "undo after its time")
		w.must(w.s.Hold(ctx, "person:1", a.Case, "a letter is on its way", w.time().Add(time.Hour)))
		if got := sent(); got != nil {
			t.Errorf("%v went out of a case on hold", got)
		}
		w.must(w.s.Unhold(ctx, "person:1", a.Case))
		if got := sent(); len(got) != 2 {
			t.Errorf("%v went out, want both", got)
		}
		if got := sent(); got != nil {
			t.Errorf("%v went out twice", got)
		}
		// The clock goes back to within the time to undo: what began stays.
		w.turn(-30 * time.Minute)
		w.refused(w.s.Undo(ctx, "person:1", a.Case, d.ID), jaga.CodeConflict, "undo of what has begun, with the clock turned back")
		w.must(w.s.Close(ctx, "person:1", a.Case))
		w.verify(a.Case)
	})
}

func TestSecondReviewIsBlind(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{}, func(t *testing.T, w *world) {
		ctx := t.Context()
		a := w.add(nil)
		first := hard(casework.Confirmed, "evidence.keep")
		first.Note = "what I saw"
		d, err := w.s.Decide(ctx, w.next("person:1"), first)
		w.must(err)
		if c := w.get(a.Case); d.Final || c.State != casework.StateSecondReview || c.Outcome != "" {
			t.Fatalf("%+v %+v, want a second review that does not tell the outcome", d, c)
		}
		if _, err := w.s.Next(ctx, "person:1", []string{"default"}); jaga.CodeOf(err) != jaga.CodeNotFound {
			t.Errorf("the first person is offered the case again: %v", err)
		}
		_, err = w.s.Take(ctx, "person:1", a.Case)
		w.refused(err, jaga.CodeDenied, "the first person takes it")
		w.refused(w.s.Assign(ctx, "person:9", a.Case, "person:1"), jaga.CodeDenied, "the first person is given it")
		for _, reader := range []string{"person:2", "person:3", "auditor"} {
			v, err := w.s.Decisions(ctx, reader, a.Case)
			w.must(err)
			if len(v) != 1 || !v[0].Withheld || v[0].Outcome != "" || v[0].Note != "" || v[0].Actor != "" || len(v[0].Derived.Results) != 0 || v[0].Facts.Age != "" {
				t.Errorf("%s reads %+v", reader, v)
			}
		}
		if v, err := w.s.Decisions(ctx, "person:1", a.Case); err != nil || v[0].Withheld || v[0].Note != "what I saw" || v[0].Derived.Version != 1 {
			t.Errorf("the author reads %+v (%v)", v, err)
		}
		events, err := w.s.Events(ctx, a.Case, 0, 100)
		w.must(err)
		for _, e := range events {
			if e.Data.Outcome != "" {
				t.Errorf("event %s tells the outcome", e.Kind)
			}
		}
		l := w.next("person:2")
		w.refused(w.s.Undo(ctx, "person:1", a.Case, d.ID), jaga.CodeConflict, "undo while the second person is at it")
		d, err = w.s.Decide(ctx, l, hard(casework.Undetermined))
		w.must(err)
		if c := w.get(a.Case); d.Final || d.Agrees || c.Round != 3 {
			t.Fatalf("%+v %+v, want a third person to settle it", d, c)
		}
		// The third person sees both, which stay as they are.
		l = w.next("person:3")
		v, err := w.s.Decisions(ctx, "person:3", a.Case)
		w.must(err)
		if len(v) != 2 || v[0].Outcome != casework.Confirmed || v[1].Outcome != casework.Undetermined {
			t.Errorf("the third person reads %+v", v)
		}
		d, err = w.s.Decide(ctx, l, hard(casework.Confirmed, "evidence.keep"))
		w.must(err)
		if c := w.get(a.Case); !d.Final || c.State != casework.StateDecided || c.Outcome != casework.Confirmed {
			t.Errorf("%+v %+v", d, c)
		}
		w.verify(a.Case)
	})
}

func TestSecondReviewThatAgrees(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{}, func(t *testing.T, w *world) {
		ctx := t.Context()
		a := w.add(nil)
		_, err := w.s.Decide(ctx, w.next("person:1"), hard(casework.Confirmed))
		w.must(err)
		d, err := w.s.Decide(ctx, w.next("person:2"), hard(casework.Confirmed))
		w.must(err)
		if !d.Final || !d.Agrees || w.get(a.Case).State != casework.StateDecided {
			t.Errorf("%+v %+v", d, w.get(a.Case))
		}
		// It can be taken back by the second person, and then decided again.
		w.must(w.s.Undo(ctx, "person:2", a.Case, d.ID))
		if c := w.get(a.Case); c.State != casework.StateSecondReview || c.Round != 2 {
			t.Errorf("%+v", c)
		}
		w.verify(a.Case)
	})
}

// The first report of an installation always takes two.
func TestFirstReportTakesTwo(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{}, func(t *testing.T, w *world) {
		ctx := t.Context()
		a := w.add(nil)
		d, err := w.s.Decide(ctx, w.next("person:1"), decision(casework.Confirmed, "report.ncmec"))
		w.must(err)
		if d.Final {
			t.Fatal("the first report needed one person")
		}
		_, err = w.s.Decide(ctx, w.next("person:2"), decision(casework.Confirmed, "report.ncmec"))
		w.must(err)
		w.turn(time.Hour)
		n, err := w.s.TakeDue(ctx, 10, func(tx *store.Tx, o casework.Outgoing) error { return w.s.StartReport(tx, "system", o.Case) })
		if n != 1 || err != nil {
			t.Fatal(n, err)
		}
		w.must(w.db.Bulk(ctx, func(tx *store.Tx) error { return w.s.ReportFailed(tx, "system", a.Case, "refused") }))
		w.must(w.db.Bulk(ctx, func(tx *store.Tx) error { return w.s.ReportDone(tx, "system", a.Case, "receipt 4") }))
		b := w.add(nil)
		d, err = w.s.Decide(ctx, w.next("person:1"), decision(casework.Confirmed, "report.ncmec"))
		w.must(err)
		if !d.Final {
			t.Error("a later report needed two people")
		}
		w.verify(a.Case, b.Case)
	})
}

func TestShareOfSecondReviews(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{SecondPercent: 25}, func(t *testing.T, w *world) {
		second := 0
		const n = 200
		for range n {
			w.add(nil)
			d, err := w.s.Decide(t.Context(), w.next("person:1"), decision(casework.NotConfirmed))
			w.must(err)
			if !d.Final {
				second++
			}
		}
		// 25 % of 200 is 50; four standard deviations are 24.
		if second < 26 || second > 74 {
			t.Errorf("%d of %d got a second review, want about %d", second, n, n/4)
		}
	})
}

func TestAppealGoesToAnotherPerson(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{}, func(t *testing.T, w *world) {
		ctx := t.Context()
		a := w.add(nil)
		w.refused(w.s.Reopen(ctx, "person:9", a.Case, casework.WhyAppeal, "too early"), jaga.CodeConflict, "appeal against nothing")
		_, err := w.s.Decide(ctx, w.next("person:1"), decision(casework.Confirmed, "account.hold"))
		w.must(err)
		w.turn(time.Hour)
		w.must(w.s.Reopen(ctx, "person:9", a.Case, casework.WhyAppeal, "the account says that it was a mistake"))
		if _, err := w.s.Next(ctx, "person:1", []string{"default"}); jaga.CodeOf(err) != jaga.CodeNotFound {
			t.Errorf("the same person is offered the appeal: %v", err)
		}
		_, err = w.s.Decide(ctx, w.next("person:2"), decision(casework.NotConfirmed))
		w.must(err)
		if c := w.get(a.Case); c.Outcome != casework.NotConfirmed || c.Cycle != 2 {
			t.Errorf("%+v", c)
		}
		// A correction may be by anybody.
		w.must(w.s.Reopen(ctx, "person:9", a.Case, casework.WhyCorrection, ""))
		if l := w.next("person:1"); l.Case != a.Case {
			t.Errorf("%+v", l)
		}
		w.verify(a.Case)
	})
}

func TestLateDecisionIsRefusedAndKept(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{Lease: 10 * time.Minute}, func(t *testing.T, w *world) {
		ctx := t.Context()
		a := w.add(nil)
		l := w.next("person:1")
		w.turn(9 * time.Minute)
		l, err := w.s.Renew(ctx, l)
		w.must(err)
		w.turn(9 * time.Minute)
		d := decision(casework.Confirmed)
		d.Note = "half an hour of work"
		w.turn(2 * time.Minute)
		_, err = w.s.Decide(ctx, l, d)
		w.refused(err, jaga.CodeConflict, "late decision")
		if _, err := w.s.Renew(ctx, l); jaga.CodeOf(err) != jaga.CodeConflict {
			t.Errorf("renew after the end: %v", err)
		}
		kept, err := w.s.Draft(ctx, "person:1", a.Case)
		w.must(err)
		if kept.Note != d.Note || kept.Outcome != d.Outcome {
			t.Errorf("kept %+v", kept)
		}
		if _, err := w.s.Draft(ctx, "person:2", a.Case); jaga.CodeOf(err) != jaga.CodeNotFound {
			t.Errorf("somebody else reads the draft: %v", err)
		}
		// Somebody else has it; the clock jumps back into the old lease.
		other := w.next("person:2")
		w.turn(-15 * time.Minute)
		_, err = w.s.Decide(ctx, l, d)
		w.refused(err, jaga.CodeConflict, "decision under an old lease, with the clock turned back")
		if _, err := w.s.Decide(ctx, other, decision(casework.NotConfirmed)); err != nil {
			t.Errorf("the decision of whoever has the case: %v", err)
		}
		if c := w.get(a.Case); c.Outcome != casework.NotConfirmed {
			t.Errorf("%+v", c)
		}
		w.verify(a.Case)
	})
}

func TestDecisionOnWhatWasNotSeen(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{}, func(t *testing.T, w *world) {
		w.add(func(f *casework.Finding) { f.Account = "a" })
		l := w.next("person:1")
		w.add(func(f *casework.Finding) { f.Account = "a" })
		d := decision(casework.NotConfirmed)
		d.Seen = 1
		_, err := w.s.Decide(t.Context(), l, d)
		w.refused(err, jaga.CodeConflict, "a finding came meanwhile")
		d.Seen = 2
		_, err = w.s.Decide(t.Context(), l, d)
		w.must(err)
	})
}

func TestAgreementStatistics(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{Second: func(casework.Decision, bool) bool { return true }}, func(t *testing.T, w *world) {
		ctx := t.Context()
		pair := func(a, b casework.Outcome) {
			w.add(nil)
			_, err := w.s.Decide(ctx, w.next("person:1"), decision(a))
			w.must(err)
			_, err = w.s.Decide(ctx, w.next("person:2"), decision(b))
			w.must(err)
			if a != b {
				_, err = w.s.Decide(ctx, w.next("person:3"), decision(a))
				w.must(err)
			}
		}
		for range 4 {
			pair(casework.Confirmed, casework.Confirmed)
		}
		a, err := w.s.Agreement(ctx, time.Time{})
		w.must(err)
		if !a.Suppressed || a.Pairs != 4 || a.Percent != 0 {
			t.Errorf("four pairs: %+v, want them suppressed", a)
		}
		pair(casework.NotConfirmed, casework.NotConfirmed)
		pair(casework.NotConfirmed, casework.NotConfirmed)
		pair(casework.NotConfirmed, casework.NotConfirmed)
		pair(casework.Confirmed, casework.NotConfirmed)
		pair(casework.Confirmed, casework.NotConfirmed)
		pair(casework.NotConfirmed, casework.Confirmed)
		// 10 pairs: 4 and 3 alike. First: 6 confirmed, 4 not. Second: 5 and 5.
		// Chance is 0.6*0.5 + 0.4*0.5 = 0.5, kappa (0.7-0.5)/(1-0.5) = 0.4.
		if a, err = w.s.Agreement(ctx, time.Time{}); err != nil || a.Pairs != 10 || a.Same != 7 || a.Percent != 70 || math.Abs(a.Kappa-0.4) > 1e-9 || !a.Defined || a.Settled != 3 {
			t.Errorf("%+v (%v)", a, err)
		}
	})
}

func TestGoldCases(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{SecondPercent: 100}, func(t *testing.T, w *world) {
		ctx := t.Context()
		for i := range 5 {
			id, err := w.s.AddGold(ctx, "person:9", casework.Finding{Kind: casework.KindUser, Ref: "gold-" + string(rune('a'+i)), Text: "a leaflet about safe chats"}, casework.NotConfirmed)
			w.must(err)
			outcome := casework.NotConfirmed
			if i == 0 {
				outcome = casework.Confirmed
			}
			l := w.next("person:1")
			if l.Case != id {
				t.Fatalf("case %d, want %d", l.Case, id)
			}
			_, err = w.s.Decide(ctx, l, decision(outcome, "account.hold"))
			w.must(err)
			w.turn(time.Hour)
			w.verify(id)
		}
		if n, err := w.s.TakeDue(ctx, 10, func(*store.Tx, casework.Outgoing) error { return nil }); n != 0 || err != nil {
			t.Errorf("%d actions of gold cases went out (%v)", n, err)
		}
		q, err := w.s.Quality(ctx, time.Time{})
		w.must(err)
		if q.Decisions != 5 || q.Right != 4 || q.Suppressed {
			t.Errorf("%+v", q)
		}
		st, err := w.s.Stats(ctx, nil)
		w.must(err)
		if len(st.Counts) != 0 {
			t.Errorf("gold cases are counted: %+v", st)
		}
		hours, err := w.s.Hours(ctx, time.Time{})
		w.must(err)
		for _, h := range hours {
			if h.N != 0 {
				t.Errorf("gold cases are counted: %+v", h)
			}
		}
	})
}
