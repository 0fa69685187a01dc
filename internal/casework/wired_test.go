package casework_test

import (
	"slices"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/store"
)

// A case that becomes more urgent is due sooner, and never later; a case that is
// split off is due when the first one was.
func TestClocksOnlyComeNearer(t *testing.T) {
	t.Parallel()
	within := map[casework.Risk]time.Duration{casework.RiskImminent: time.Hour, casework.RiskThreat: 4 * time.Hour, casework.RiskNew: 24 * time.Hour, casework.RiskKnown: 48 * time.Hour}
	each(t, casework.Options{Clocks: func(f casework.Finding, now time.Time) []casework.Clock {
		return []casework.Clock{{What: "send_by", Profile: "test", Start: now, Due: now.Add(within[f.Risk])}}
	}}, func(t *testing.T, w *world) {
		ctx := t.Context()
		start := w.time()
		first := w.add(func(f *casework.Finding) { f.Account = "a" })
		a := first.Case
		due := func(id int64, want time.Time, after string) {
			t.Helper()
			if got := time.UnixMicro(w.get(id).DueAt); !got.Equal(want) {
				t.Errorf("after %s: due at %v, want %v", after, got, want)
			}
		}
		due(a, start.Add(24*time.Hour), "the first finding")
		w.turn(time.Minute)
		second := w.add(func(f *casework.Finding) { f.Account, f.Risk = "a", casework.RiskThreat })
		due(a, w.time().Add(4*time.Hour), "a threat")
		soon := w.time().Add(4 * time.Hour)
		w.turn(time.Minute)
		w.add(func(f *casework.Finding) { f.Account, f.Risk = "a", casework.RiskKnown })
		due(a, soon, "something known")
		fresh, err := w.s.Split(ctx, "person:1", a, []int64{second.Finding})
		w.must(err)
		due(fresh, soon, "the split")
		w.must(w.s.Triage(ctx, "person:1", a, "default", "csam", casework.RiskImminent))
		due(a, w.time().Add(time.Hour), "triage")
		w.must(w.s.Triage(ctx, "person:1", a, "default", "csam", casework.RiskKnown))
		due(a, w.time().Add(time.Hour), "triage that lowers the risk")
		w.verify(a)
		w.verify(fresh)
	})
}

// Whoever is told of changes is told of all but those of gold cases, in their
// transaction.
func TestChanged(t *testing.T) {
	t.Parallel()
	var told []casework.EventKind
	var fail error
	each(t, casework.Options{Changed: func(_ *store.Tx, _ int64, _ casework.Status, e casework.Event) error {
		told = append(told, e.Kind)
		return fail
	}}, func(t *testing.T, w *world) {
		told, fail = nil, nil
		gold, err := w.s.AddGold(t.Context(), "person:9", casework.Finding{Kind: casework.KindText, Ref: "gold-1", Text: "a short text"}, casework.NotConfirmed)
		w.must(err)
		if len(told) != 0 {
			t.Errorf("told %v of a gold case", told)
		}
		a := w.add(nil).Case
		w.must(w.s.Move(t.Context(), "person:1", a, "hotline"))
		if !slices.Equal(told, []casework.EventKind{casework.Opened, casework.Moved}) {
			t.Errorf("told %v", told)
		}
		fail = store.ErrNotFound
		if err := w.s.Move(t.Context(), "person:1", a, "default"); err == nil || w.get(a).Queue != "hotline" {
			t.Errorf("a change was kept although who was told refused it (%v)", err)
		}
		w.verify(a)
		w.verify(gold)
	})
}

// About counts the cases about an account, and those that became one as one.
func TestAbout(t *testing.T) {
	t.Parallel()
	each(t, casework.Options{Window: time.Hour}, func(t *testing.T, w *world) {
		about := func(account string) (n int64) {
			t.Helper()
			w.must(w.db.View(t.Context(), func(tx *store.Tx) (err error) { n, err = w.s.About(tx, account); return err }))
			return n
		}
		first := w.add(func(f *casework.Finding) { f.Account = "a" }).Case
		w.turn(2 * time.Hour)
		second := w.add(func(f *casework.Finding) { f.Account = "a" }).Case
		w.add(func(f *casework.Finding) { f.Account = "b" })
		if about("a") != 2 || about("b") != 1 || about("c") != 0 || about("") != 0 {
			t.Errorf("%d %d %d %d", about("a"), about("b"), about("c"), about(""))
		}
		w.must(w.s.Merge(t.Context(), "person:1", second, first))
		if about("a") != 1 {
			t.Errorf("%d cases about an account whose cases were merged", about("a"))
		}
	})
}
