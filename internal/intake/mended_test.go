package intake_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// house is a bank A, and what takes items in.
type house struct {
	db    *store.DB
	eng   *engine.Engine
	banks *bank.Service
	in    *intake.Service
}

func newHouse(t *testing.T, db *store.DB, dir string) *house {
	t.Helper()
	h := &house{db: db, eng: engine.New()}
	var err error
	if h.banks, err = bank.Open(t.Context(), db, h.eng, bank.Options{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	h.in = intake.New(t.Context(), db, h.eng, media.NewDecoder(media.DefaultLimits(), 1), intake.Options{Settle: h.banks.Settle})
	if _, err := h.banks.Create(t.Context(), "test", bank.Defaults("A")); err != nil && jaga.CodeOf(err) != jaga.CodeConflict {
		t.Fatal(err)
	}
	return h
}

func (h *house) add(t *testing.T, name string, typ jaga.SignalType, hash string) bank.Entry {
	t.Helper()
	v, err := engine.ParseValue(typ, hash)
	if err != nil {
		t.Fatal(err)
	}
	e, err := h.banks.Add(t.Context(), "test", name, bank.NewEntry{Values: []engine.Value{v}})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func (h *house) take(t *testing.T, signals ...jaga.Signal) string {
	t.Helper()
	rec, err := h.in.Take(t.Context(), intake.Request{Signals: signals})
	if err != nil {
		t.Fatal(err)
	}
	return rec.Item.ID
}

func (h *house) look(t *testing.T, r intake.Request) jaga.Outcome {
	t.Helper()
	rec, err := h.in.Look(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return rec.Outcome
}

// settle runs the jobs until none is left.
func (h *house) settle(t *testing.T) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() {
		_ = h.db.Work(ctx, 2, map[string]store.Handler{bank.GrewJob: h.in.Rematch, bank.RebuildJob: h.banks.RebuildWork})
	})
	defer work.Wait()
	defer stop()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if n, err := jobsOpen(t.Context(), h.db); err != nil || n == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("jobs never ended")
		}
	}
}

// Two looks at one item, at the same time, keep what both find and count the
// item once.
func TestLooksAtOneItemDoNotOverwriteEachOther(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "")
		h.add(t, "A", jaga.SHA1, strings.Repeat("ab", 20))
		var items []string
		var busy sync.WaitGroup
		for i := range 30 {
			m, s := fmt.Sprintf("%032x", i+1), fmt.Sprintf("%064x", i+1)
			busy.Go(func() { h.add(t, "A", jaga.MD5, m) })
			busy.Go(func() { h.add(t, "A", jaga.SHA256, s) })
			items = append(items, h.take(t, jaga.Signal{Type: jaga.MD5, Value: m}, jaga.Signal{Type: jaga.SHA256, Value: s}))
		}
		busy.Wait()
		h.in.Wait()
		h.settle(t)
		for i, id := range items {
			rec, err := h.in.Get(t.Context(), id)
			if err != nil || len(rec.Outcome.Matches) != 2 {
				t.Errorf("item %d: %d matches, %v; want two", i, len(rec.Outcome.Matches), err)
			}
		}
		hours, err := h.in.Hourly(t.Context(), time.Now().Add(-2*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		sum := map[jaga.State]int64{}
		for _, x := range hours {
			for state, n := range x.Count {
				sum[state] += n
			}
		}
		if sum[jaga.StateFindings] != 30 || sum[jaga.StateClear] != 0 || sum[jaga.StateNotChecked] != 0 {
			t.Errorf("tallies %v, want 30 findings", sum)
		}
	})
}

func TestSeveralHashesOfOneTypeAreKept(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		h := newHouse(t, db, "")
		h.add(t, "A", jaga.MD5, strings.Repeat("ab", 16))
		second := strings.Repeat("cd", 16)
		id := h.take(t, jaga.Signal{Type: jaga.MD5, Value: strings.Repeat("11", 16)}, jaga.Signal{Type: jaga.MD5, Value: second})
		h.add(t, "A", jaga.MD5, second)
		h.settle(t)
		if rec, err := h.in.Get(t.Context(), id); err != nil || rec.Outcome.State() != jaga.StateFindings || len(rec.Signals) != 2 {
			t.Errorf("%+v, %v", rec.Outcome, err)
		}
	})
}

// A benign hash beside another hash says nothing about that one.
func TestAllowSpeaksOfItsOwnHash(t *testing.T) {
	t.Parallel()
	h := newHouse(t, storetest.Open(t, storetest.SQLite(t)), "")
	benign := bank.Defaults("BENIGN")
	benign.Role = jaga.RoleAllow
	if _, err := h.banks.Create(t.Context(), "test", benign); err != nil {
		t.Fatal(err)
	}
	known, meme := strings.Repeat("5a", 32), strings.Repeat("0f", 32)
	h.add(t, "A", jaga.PDQ, known)
	h.add(t, "BENIGN", jaga.PDQ, meme)
	near := jaga.Signal{Type: jaga.PDQ, Value: "5b" + known[2:], Quality: 100}
	if s := h.look(t, intake.Request{Signals: []jaga.Signal{near, {Type: jaga.PDQ, Value: meme, Quality: 100}}}).State(); s != jaga.StateFindings {
		t.Errorf("with a benign hash beside it: %s", s)
	}
	// A radius that is smaller than the bank's threshold cannot clear it.
	far := jaga.Signal{Type: jaga.PDQ, Value: "ff" + known[2:], Quality: 100}
	if s := h.look(t, intake.Request{Signals: []jaga.Signal{far}, Radius: 1}).State(); s != jaga.StateNotChecked {
		t.Errorf("within a radius of 1: %s, want not checked", s)
	}
}

// Whatever makes a bank match more looks at recent items again.
func TestChangesLookAgain(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before, after func(t *testing.T, h *house, e bank.Entry)
	}{
		"a deleted bank is restored": {
			func(t *testing.T, h *house, _ bank.Entry) {
				if _, err := h.banks.Delete(t.Context(), "test", "B"); err != nil {
					t.Fatal(err)
				}
			},
			func(t *testing.T, h *house, _ bank.Entry) {
				if _, err := h.banks.Restore(t.Context(), "test", 2); err != nil {
					t.Fatal(err)
				}
			},
		},
		"a bank is switched on": {ratio(0), ratio(1)},
		"an entry is switched on": {
			func(t *testing.T, h *house, e bank.Entry) { disable(t, h, e, 0) },
			func(t *testing.T, h *house, e bank.Entry) { disable(t, h, e, 1) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				h := newHouse(t, db, "")
				h.add(t, "A", jaga.MD5, strings.Repeat("ab", 16))
				if _, err := h.banks.Create(t.Context(), "test", bank.Defaults("B")); err != nil {
					t.Fatal(err)
				}
				hash := strings.Repeat("cd", 16)
				e := h.add(t, "B", jaga.MD5, hash)
				h.settle(t)
				c.before(t, h, e)
				id := h.take(t, jaga.Signal{Type: jaga.MD5, Value: hash})
				if rec, err := h.in.Get(t.Context(), id); err != nil || rec.Outcome.State() != jaga.StateClear {
					t.Fatalf("before: %+v, %v", rec.Outcome, err)
				}
				c.after(t, h, e)
				h.settle(t)
				if rec, err := h.in.Get(t.Context(), id); err != nil || !rec.Late {
					t.Errorf("after: %+v, %v; want a late match", rec.Outcome, err)
				}
			})
		})
	}
}

func ratio(r float64) func(*testing.T, *house, bank.Entry) {
	return func(t *testing.T, h *house, _ bank.Entry) {
		t.Helper()
		if _, err := h.banks.Update(t.Context(), "test", "B", func(s *bank.Settings) { s.EnabledRatio = r }); err != nil {
			t.Fatal(err)
		}
	}
}

func disable(t *testing.T, h *house, e bank.Entry, until int64) {
	t.Helper()
	if _, err := h.banks.UpdateEntry(t.Context(), "test", "B", e.ID, bank.EntryChange{DisableUntil: &until}); err != nil {
		t.Fatal(err)
	}
}
