package bank_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// A caller who goes away at any moment leaves database and index in agreement.
func TestHangingUpKeepsIndexAndDatabaseTogether(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, e := open(t, db, "")
		create(t, s, "A")
		for i := range 400 {
			ctx, cancel := context.WithCancel(t.Context())
			stop := time.AfterFunc(time.Duration(i%40)*50*time.Microsecond, cancel)
			_, _ = s.Add(ctx, actor, "A", bank.NewEntry{Values: []engine.Value{value(jaga.MD5, i)}})
			stop.Stop()
			cancel()
		}
		stored := map[string]bool{}
		if err := db.View(t.Context(), func(tx *store.Tx) error {
			rows, err := store.All[[]byte](tx, `SELECT value FROM entries`)
			for _, r := range rows {
				stored[fmt.Sprintf("%x", r)] = true
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		for i := range 400 {
			v := value(jaga.MD5, i)
			if has := e.Has(1, v, 0); has != stored[v.String()] {
				t.Errorf("entry %d: in the index %v, in the database %v", i, has, stored[v.String()])
			}
		}
	})
}

// A long list whose sender goes away once it is stored is matched all the same.
func TestLongListWhoseSenderLeaves(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.SQLite(t))
	s, e := open(t, db, t.TempDir())
	create(t, s, "A")
	ctx, cancel := context.WithCancel(t.Context())
	keys, off := db.Subscribe("custody")
	defer off()
	go func() {
		<-keys
		cancel()
	}()
	var list strings.Builder
	for i := range 30_000 {
		fmt.Fprintf(&list, "%032x\n", i)
	}
	_, err := s.Import(ctx, actor, "A", strings.NewReader(list.String()), bank.ImportOptions{})
	b, gerr := s.Get(t.Context(), "A")
	if gerr != nil {
		t.Fatal(gerr)
	}
	if n := e.Stats().Entries[jaga.MD5]; int64(n) != b.Entries {
		t.Errorf("the bank has %d entries, the index %d (import: %v)", b.Entries, n, err)
	}
	if err := s.Settle(); err != nil {
		t.Error(err)
	}
}

// A snapshot is used with its own database only.
func TestSnapshotOfAnotherDatabase(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		dir, ctx := t.TempDir(), t.Context()
		other, _ := open(t, storetest.Open(t, storetest.SQLite(t)), dir)
		create(t, other, "A")
		for i := range 10 {
			if _, err := other.Add(ctx, actor, "A", bank.NewEntry{Values: []engine.Value{value(jaga.MD5, i)}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := other.Rebuild(ctx, nil); err != nil {
			t.Fatal(err)
		}
		db := storetest.Open(t, url)
		own, _ := open(t, db, "")
		create(t, own, "A")
		if _, err := own.Add(ctx, actor, "A", bank.NewEntry{Values: []engine.Value{value(jaga.MD5, 100)}}); err != nil {
			t.Fatal(err)
		}
		if _, ok, err := bank.VerifySnapshot(ctx, db, dir, [32]byte{}); err == nil || ok {
			t.Errorf("the other database's snapshot verifies: %v, %v", ok, err)
		}
		_, e := open(t, db, dir)
		if !e.Has(1, value(jaga.MD5, 100), 0) || e.Has(1, value(jaga.MD5, 1), 0) {
			t.Error("the other database's snapshot was used")
		}
	})
}

// A list may bring back what has expired, and not what somebody switched off.
func TestImportOfWhatIsThereAlready(t *testing.T) {
	t.Parallel()
	s, _ := open(t, storetest.Open(t, storetest.SQLite(t)), "")
	create(t, s, "A")
	ctx := t.Context()
	if _, err := s.Add(ctx, actor, "A", bank.NewEntry{Values: []engine.Value{value(jaga.MD5, 1)}, ExpiresAt: time.Now().Add(-time.Hour).Unix()}); err != nil {
		t.Fatal(err)
	}
	off, err := s.Add(ctx, actor, "A", bank.NewEntry{Values: []engine.Value{value(jaga.MD5, 2)}})
	if err != nil {
		t.Fatal(err)
	}
	never := int64(0)
	if _, err := s.UpdateEntry(ctx, actor, "A", off.ID, bank.EntryChange{DisableUntil: &never}); err != nil {
		t.Fatal(err)
	}
	res, err := s.Import(ctx, actor, "A", strings.NewReader(value(jaga.MD5, 1).String()+"\n"+value(jaga.MD5, 2).String()+"\n"), bank.ImportOptions{})
	if err != nil || res.Added != 1 || res.Duplicates != 1 {
		t.Errorf("%+v, %v; want one added, one known", res, err)
	}
}
