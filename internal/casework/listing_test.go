package casework_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/taxonomy"
)

func TestSecondReviewsGoToThoseWhoMay(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{Second: func(casework.Decision, bool) bool { return true }}, func(t *testing.T, w *world) {
		ctx := t.Context()
		a := w.add(nil).Case
		l := w.next("person:1")
		_, err := w.s.Decide(ctx, l, casework.Decision{Outcome: casework.NotConfirmed, Facts: taxonomy.Unknown("own_review")})
		w.must(err)
		_, err = w.s.NextWith(ctx, "person:2", []string{"default"}, nil)
		w.refused(err, jaga.CodeNotFound, "a second review for somebody who decides first only")
		_, err = w.s.NextWith(ctx, "person:2", []string{"default"}, []string{"hotline"})
		w.refused(err, jaga.CodeNotFound, "a second review in a queue that they do not review a second time")
		// Everything at the front being second reviews, the rest is still found.
		for range 70 {
			w.add(nil)
			l := w.next("person:1")
			_, err := w.s.Decide(ctx, l, casework.Decision{Outcome: casework.NotConfirmed, Facts: taxonomy.Unknown("own_review")})
			w.must(err)
		}
		fresh := w.add(nil).Case
		if l, err = w.s.NextWith(ctx, "person:2", []string{"default"}, nil); err != nil || l.Case != fresh {
			t.Errorf("given %d, %v; want %d", l.Case, err, fresh)
		}
		if l, err = w.s.NextWith(ctx, "person:3", []string{"default"}, []string{"default"}); err != nil || l.Case != a {
			t.Errorf("a senior is given %d, %v; want the second review of %d", l.Case, err, a)
		}
	})
}

func TestListing(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{}, func(t *testing.T, w *world) {
		ctx := t.Context()
		a := w.add(func(f *casework.Finding) { f.Account = "x" }).Case
		w.add(func(f *casework.Finding) { f.Account, f.Kind = "x", casework.KindConversation })
		w.add(func(f *casework.Finding) { f.Account = "x" })
		b := w.add(func(f *casework.Finding) { f.Queue = "hotline" }).Case
		_, err := w.s.AddGold(ctx, "person:1", casework.Finding{Kind: casework.KindText, Ref: "g", Queue: "gold", Form: jaga.FormCSAM}, casework.Confirmed)
		w.must(err)
		// A queue that never had any but gold cases is none that people choose.
		if q, err := w.s.Queues(ctx); err != nil || !slices.Equal(q, []string{"default", "hotline"}) {
			t.Errorf("queues %v, %v", q, err)
		}
		for want, f := range map[int64]casework.Filter{3: {}, 1: {Queues: []string{"gold"}}, 0: {Held: true}} {
			if n, more, err := w.s.Count(ctx, f); n != want || more || err != nil {
				t.Errorf("%+v: %d %v %v, want %d", f, n, more, err, want)
			}
		}
		g, err := w.s.Gists(ctx, []int64{a, b})
		w.must(err)
		if !slices.Equal(g[a].Kinds, []casework.Kind{casework.KindMedia, casework.KindConversation}) || !slices.Equal(g[b].Kinds, []casework.Kind{casework.KindMedia}) {
			t.Errorf("%+v", g)
		}
		// With: assigned, or in hand while the lease lasts.
		w.must(w.s.Assign(ctx, "person:1", b, "person:2"))
		_, err = w.s.Take(ctx, "person:2", a)
		w.must(err)
		with := func() (ids []int64) {
			p, err := w.s.List(ctx, casework.Filter{With: "person:2"})
			w.must(err)
			for _, c := range p.Cases {
				ids = append(ids, c.ID)
			}
			slices.Sort(ids)
			return ids
		}
		if got := with(); !slices.Equal(got, []int64{a, b}) {
			t.Errorf("with person 2: %v", got)
		}
		w.turn(11 * time.Minute)
		if got := with(); !slices.Equal(got, []int64{b}) {
			t.Errorf("with person 2 after the lease: %v", got)
		}
		// Who may not do it to a case leaves it alone.
		out, err := w.s.Bulk(ctx, "person:1", []int64{a, b}, casework.BulkOp{Hold: &casework.BulkHold{Reason: "a letter", Until: w.time().Add(time.Hour)},
			May: func(c casework.Case) error {
				if c.Queue != "default" {
					return &jaga.Error{Code: jaga.CodeNotFound, Field: "case", Msg: "not there"}
				}
				return nil
			}})
		w.must(err)
		if !slices.Equal(out.Cases, []int64{a}) || jaga.CodeOf(out.Refused[b]) != jaga.CodeNotFound || w.get(b).Held {
			t.Errorf("%+v", out)
		}
	})
}

func TestFigures(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{Second: func(casework.Decision, bool) bool { return false }}, func(t *testing.T, w *world) {
		ctx := t.Context()
		since := w.time().Add(-time.Hour)
		for i := range 12 {
			w.add(func(f *casework.Finding) { f.Risk = casework.RiskThreat })
			w.turn(time.Duration(i) * time.Minute)
			l := w.next("person:1")
			w.must(w.s.Begin(ctx, l))
			outcome := casework.NotConfirmed
			if i < 3 {
				outcome = casework.Undetermined
			}
			_, err := w.s.Decide(ctx, l, casework.Decision{Outcome: outcome, Facts: taxonomy.Unknown("own_review")})
			w.must(err)
		}
		w.add(func(f *casework.Finding) { f.Risk = casework.RiskKnown })
		w.must(w.s.Begin(ctx, w.next("person:1")))
		f, err := w.s.Figures(ctx, since)
		w.must(err)
		if f.Decided != 12 || f.Second != 0 {
			t.Errorf("%+v", f)
		}
		if f.Outcomes[casework.Undetermined] != casework.Suppressed || f.Outcomes[casework.NotConfirmed] != casework.Suppressed {
			t.Errorf("outcomes %v: three can be told from twelve and nine", f.Outcomes)
		}
		if len(f.Looks) != 2 || f.Looks[0].Cases != 12 || f.Looks[0].Median != 5*time.Minute || f.Looks[0].Ninth != 10*time.Minute || f.Looks[1] != (casework.FirstLook{Risk: casework.RiskKnown, Cases: casework.Suppressed}) {
			t.Errorf("looks %+v", f.Looks)
		}
		if f, err = w.s.Figures(ctx, w.time().Add(time.Hour)); err != nil || f.Decided != 0 || len(f.Looks) != 0 {
			t.Errorf("of the future: %+v, %v", f, err)
		}
	})
}

// TestTellHidesSmallNumbers: none of one to four is told, none can be got by
// subtracting, and what is told is right.
func TestTellHidesSmallNumbers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.SliceOf(rapid.Int64Range(0, 9)).Draw(t, "numbers")
		out := casework.Tell(in)
		hidden, some := 0, 0
		for i, n := range out {
			if n == casework.Suppressed {
				hidden++
			} else if n != in[i] || n > 0 && n < 5 {
				t.Fatalf("%v told as %v", in, out)
			}
			if in[i] > 0 {
				some++
			}
		}
		if hidden == 1 && some > 1 {
			t.Fatalf("%v told as %v: the sum gives one away", in, out)
		}
	})
}
