package bank_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// TestSeveral adds and deletes entries together with what a caller writes: all
// takes effect or nothing does, and what was deleted leaves no hash behind.
func TestSeveral(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		s, eng := open(t, db, t.TempDir())
		b := create(t, s, "A")
		a, c := value(jaga.PDQ, 1), value(jaga.SHA256, 2)
		list := []bank.NewEntry{{Values: []engine.Value{a}}, {Values: []engine.Value{c}}}
		no := errors.New("no")
		if err := s.AddSeveral(ctx, actor, "A", list, func(*store.Tx, int64, []int64) error { return no }); !errors.Is(err, no) {
			t.Fatal(err)
		}
		if eng.Has(b.ID, a, 0) {
			t.Fatal("an entry that was refused matches")
		}
		var ids []int64
		if err := s.AddSeveral(ctx, actor, "A", list, func(_ *store.Tx, bank int64, new []int64) error {
			ids = new
			if bank != b.ID {
				t.Errorf("bank %d, want %d", bank, b.ID)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if len(ids) != 2 || !eng.Has(b.ID, a, 0) || !eng.Has(b.ID, c, 0) {
			t.Fatalf("entries %v do not match", ids)
		}
		if err := s.DeleteSeveral(ctx, actor, b.ID, ids, func(*store.Tx) error { return no }); !errors.Is(err, no) || !eng.Has(b.ID, a, 0) {
			t.Fatalf("%v: an entry whose deletion was refused is gone", err)
		}
		if err := s.DeleteSeveral(ctx, actor, b.ID, append(slices.Clone(ids), 999), func(*store.Tx) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Get(ctx, "A"); err != nil || got.Entries != 0 || eng.Has(b.ID, a, 0) || eng.Has(b.ID, c, 0) {
			t.Fatalf("%d entries are left (%v)", got.Entries, err)
		}
		kept := func() (n int) {
			if err := db.View(ctx, func(tx *store.Tx) error {
				list, err := store.All[[]byte](tx, `SELECT value FROM bank_deletions`)
				for _, v := range list {
					n += len(v)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if kept() == 0 {
			t.Fatal("a snapshot cannot catch up")
		}
		jobs, err := db.Jobs(ctx, 10)
		if err != nil || !slices.ContainsFunc(jobs, func(j store.JobInfo) bool { return j.Kind == bank.RebuildJob }) {
			t.Fatalf("nobody asked for a rebuild: %v, %v", jobs, err)
		}
		if err := s.Rebuild(ctx, nil); err != nil {
			t.Fatal(err)
		}
		if n := kept(); n != 0 {
			t.Errorf("%d bytes of deleted hashes are left after the rebuild", n)
		}
		if _, err := db.VerifyCustody(ctx, storetest.Verifier(t), "", nil); err != nil {
			t.Error(err)
		}
		// What comes after the wiping is caught up with as before.
		e, err := s.Add(ctx, actor, "A", bank.NewEntry{Values: []engine.Value{a}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.DeleteEntry(ctx, actor, "A", e.ID); err != nil || eng.Has(b.ID, a, time.Now().Unix()) {
			t.Error(err)
		}
	})
}
