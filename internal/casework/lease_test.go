package casework_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// fill adds n cases in large transactions.
func fill(t testing.TB, db *store.DB, s *casework.Service, n int, change func(i int, f *casework.Finding)) {
	t.Helper()
	for at := 0; at < n; {
		err := db.Bulk(context.Background(), func(tx *store.Tx) error {
			for end := min(at+500, n); at < end; at++ {
				f := casework.Finding{Kind: casework.KindMedia, Ref: fmt.Sprintf("fill-%d", at), Form: jaga.FormCSAM, Band: jaga.BandReview, Risk: casework.Risk(1 + at%6)}
				if change != nil {
					change(at, &f)
				}
				if _, err := s.Add(tx, f); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Two hundred people take, give back, skip and decide ten thousand cases at
// once, and no case is ever in two hands: whoever gets one puts their number
// where nobody's is, and takes it away before giving it back.
func TestTwoPeopleNeverHoldOneCase(t *testing.T) {
	t.Parallel()
	cases, people, each := 10_000, 200, 20
	if testing.Short() {
		cases, people, each = 500, 50, 8
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, err := casework.Open(db, casework.Options{Key: secret})
		if err != nil {
			t.Fatal(err)
		}
		fill(t, db, s, cases, nil)
		holder := make([]atomic.Int64, cases+1)
		var double, leases, decided, skipped atomic.Int64
		var mu sync.Mutex
		var took []time.Duration
		var wg sync.WaitGroup
		ctx := t.Context()
		for p := 1; p <= people; p++ {
			wg.Go(func() {
				r := rand.New(rand.NewPCG(uint64(p), 7))
				actor := fmt.Sprintf("person:%d", p)
				// People do not all come in the same instant.
				time.Sleep(time.Duration(r.IntN(1000)) * time.Millisecond)
				var own []time.Duration
				for i := range each {
					start := time.Now()
					l, err := s.Next(ctx, actor, []string{"default"})
					own = append(own, time.Since(start))
					if err != nil {
						t.Errorf("%s: %v", actor, err)
						return
					}
					leases.Add(1)
					if !holder[l.Case].CompareAndSwap(0, int64(p)) {
						double.Add(1)
					}
					time.Sleep(time.Duration(200+r.IntN(600)) * time.Millisecond)
					free := func() {
						if !holder[l.Case].CompareAndSwap(int64(p), 0) {
							double.Add(1)
						}
					}
					free()
					switch {
					case i%10 == 9:
						_, err = s.Decide(ctx, l, decision(casework.NotConfirmed))
						decided.Add(1)
					case i%10 == 4:
						err = s.Skip(ctx, l)
						skipped.Add(1)
					default:
						err = s.Release(ctx, l)
					}
					if err != nil {
						t.Errorf("%s, case %d: %v", actor, l.Case, err)
						return
					}
				}
				mu.Lock()
				took = append(took, own...)
				mu.Unlock()
			})
		}
		wg.Wait()
		slices.Sort(took)
		if len(took) == 0 {
			t.Fatal("nobody got a case")
		}
		t.Logf("%s: %d people, %d cases, %d leases (%d decided, %d skipped): p50 %v, p99 %v, longest %v, %d in two hands", db.Engine(), people, cases, leases.Load(), decided.Load(), skipped.Load(),
			took[len(took)/2].Round(100*time.Microsecond), took[len(took)*99/100].Round(100*time.Microsecond), took[len(took)-1].Round(100*time.Microsecond), double.Load())
		if double.Load() > 0 {
			t.Errorf("%d times a case was in two hands", double.Load())
		}
		if want := int64(people * each); leases.Load() != want {
			t.Errorf("%d leases, want %d", leases.Load(), want)
		}
	})
}

// Risk comes first, age breaks ties, and what waits is handed out in time: with
// more urgent cases coming in faster than anybody works, a known one still
// comes after at most AgeShare times the older ones, and one.
func TestNothingStarves(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{}, func(t *testing.T, w *world) {
		ctx := t.Context()
		born := map[int64]int{}  // case: how many were older when it came
		since := map[int64]int{} // case: turns when it came
		turns, waited := 0, map[int64]int{}
		waiting := map[int64]casework.Risk{}
		r := rand.New(rand.NewPCG(3, 1))
		come := func(risk casework.Risk) {
			w.turn(time.Second)
			a := w.add(func(f *casework.Finding) { f.Risk = risk })
			born[a.Case], since[a.Case], waiting[a.Case] = len(waiting), turns, risk
		}
		for range 8 {
			come(casework.RiskKnown)
		}
		byRisk, byAge := 0, 0
		for range 160 {
			// Two urgent ones come for each that is done.
			come(casework.Risk(1 + r.IntN(4)))
			come(casework.Risk(1 + r.IntN(4)))
			l := w.next("person:1")
			turns++
			oldest, first := int64(1<<62), casework.RiskKnown
			for id, risk := range waiting {
				oldest, first = min(oldest, id), min(first, risk)
			}
			switch {
			case waiting[l.Case] == first:
				byRisk++
			case l.Case == oldest:
				byAge++
			default:
				t.Fatalf("case %d of risk %d came; it is neither among the most urgent (%d) nor the oldest (%d)", l.Case, waiting[l.Case], first, oldest)
			}
			waited[l.Case] = turns - since[l.Case]
			if bound := casework.AgeShare * (born[l.Case] + 1); waited[l.Case] > bound {
				t.Errorf("case %d waited %d turns, the bound is %d", l.Case, waited[l.Case], bound)
			}
			delete(waiting, l.Case)
			_, err := w.s.Decide(ctx, l, decision(casework.NotConfirmed))
			w.must(err)
		}
		for id := range waiting {
			if bound := casework.AgeShare * (born[id] + 1); turns-since[id] > bound {
				t.Errorf("case %d waits since %d turns, the bound is %d", id, turns-since[id], bound)
			}
		}
		for id := int64(1); id <= 8; id++ {
			if _, ok := waited[id]; !ok {
				t.Errorf("known case %d was never handed out", id)
			}
		}
		t.Logf("%d turns by risk, %d by age alone", byRisk, byAge)
		if byAge == 0 || byRisk < 2*byAge {
			t.Errorf("%d turns by risk, %d by age", byRisk, byAge)
		}
	})
}

// Within a risk the band urgent comes before age, in the order of lists and of
// hand-outs alike, and never before a higher risk.
func TestBandBreaksTies(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{}, func(t *testing.T, w *world) {
		add := func(risk casework.Risk, band jaga.Band) int64 {
			w.turn(time.Second)
			return w.add(func(f *casework.Finding) { f.Risk, f.Band = risk, band }).Case
		}
		old := add(casework.RiskNew, jaga.BandObserve)
		review := add(casework.RiskNew, jaga.BandReview)
		urgent := add(casework.RiskNew, jaga.BandUrgent)
		live := add(casework.RiskLive, jaga.BandReview)
		known := add(casework.RiskKnown, jaga.BandUrgent)
		want := []int64{live, urgent, old, review, known}
		var list []int64
		for f := (casework.Filter{Limit: 2}); ; {
			p, err := w.s.List(t.Context(), f)
			w.must(err)
			for _, c := range p.Cases {
				list = append(list, c.ID)
			}
			if f.After = p.Next; p.Next == nil || len(list) > 9 {
				break
			}
		}
		if !slices.Equal(list, want) {
			t.Errorf("the list is %v, want %v", list, want)
		}
		for i, id := range want[:3] { // the fourth is the oldest
			if got := w.next(fmt.Sprint("person:", i+1)); got.Case != id {
				t.Errorf("hand-out %d is case %d, want %d", i, got.Case, id)
			}
		}
	})
}

func TestWhoIsOfferedWhat(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{}, func(t *testing.T, w *world) {
		ctx := t.Context()
		a := w.add(func(f *casework.Finding) { f.Risk = casework.RiskLive })
		b := w.add(nil)
		c := w.add(func(f *casework.Finding) { f.Risk, f.Queue = casework.RiskImminent, "hotline" })
		first := w.next("person:1")
		if first.Case != a.Case {
			t.Errorf("case %d, want the most urgent of the queue", first.Case)
		}
		if again := w.next("person:1"); again.Case != first.Case || again.Fence != first.Fence {
			t.Errorf("asking again gave %+v, want what they have", again)
		}
		second := w.next("person:2")
		if second.Case != b.Case {
			t.Errorf("%+v", second)
		}
		if _, err := w.s.Next(ctx, "person:3", []string{"default"}); jaga.CodeOf(err) != jaga.CodeNotFound {
			t.Errorf("a third person in a queue of two: %v", err)
		}
		if l, err := w.s.Next(ctx, "person:3", []string{"hotline", "default"}); err != nil || l.Case != c.Case {
			t.Errorf("%+v %v", l, err)
		}
		_, err := w.s.Take(ctx, "person:4", a.Case)
		w.refused(err, jaga.CodeConflict, "take what somebody has")
		// Skipped: not offered again, to this person only.
		w.must(w.s.Skip(ctx, first))
		if _, err := w.s.Next(ctx, "person:1", []string{"default"}); jaga.CodeOf(err) != jaga.CodeNotFound {
			t.Errorf("what was skipped came again: %v", err)
		}
		if l := w.next("person:3"); l.Case != a.Case {
			t.Errorf("%+v", l)
		}
		// Given to one person: others lose it, and it comes first for them.
		w.must(w.s.Assign(ctx, "person:9", b.Case, "person:5"))
		w.refused(w.s.Begin(ctx, second), jaga.CodeConflict, "begin what was given away")
		if l := w.next("person:5"); l.Case != b.Case {
			t.Errorf("%+v", l)
		}
		_, err = w.s.Take(ctx, "person:2", b.Case)
		w.refused(err, jaga.CodeConflict, "take what is somebody else's")
		// A lease that ends goes back.
		w.turn(11 * time.Minute)
		if l := w.next("person:6"); l.Case != a.Case {
			t.Errorf("%+v", l)
		}
		w.verify(a.Case, b.Case, c.Case)
	})
}

// A person who skipped everything at the front still gets what lies behind.
func TestSkippingTheFront(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{}, func(t *testing.T, w *world) {
		fill(t, w.db, w.s, 100, func(i int, f *casework.Finding) { f.Risk = casework.RiskNew })
		seen := map[int64]bool{}
		for range 100 {
			l := w.next("person:1")
			if seen[l.Case] {
				t.Fatalf("case %d came twice", l.Case)
			}
			seen[l.Case] = true
			w.must(w.s.Skip(t.Context(), l))
		}
		_, err := w.s.Next(t.Context(), "person:1", []string{"default"})
		w.refused(err, jaga.CodeNotFound, "everything is skipped")
	})
}

// Many decide on the same lease at once: one decision counts.
func TestDecidingTwiceAtOnce(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{}, func(t *testing.T, w *world) {
		a := w.add(nil)
		l := w.next("person:1")
		var won atomic.Int64
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if _, err := w.s.Decide(t.Context(), l, decision(casework.NotConfirmed)); err == nil {
					won.Add(1)
				} else if jaga.CodeOf(err) != jaga.CodeConflict {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Errorf("%d decisions counted", won.Load())
		}
		w.verify(a.Case)
	})
}
