package bank_test

import (
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

func TestHealth(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		s, err := bank.Open(ctx, db, engine.New(), bank.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Create(ctx, "test", bank.Defaults("A")); err != nil {
			t.Fatal(err)
		}
		if h, err := s.Health(ctx, "A"); err != nil || h.Quarantined+h.Disabled+h.Expired != 0 || len(h.Sources) != 0 || len(h.ByType) != 0 {
			t.Fatalf("an empty bank: %+v, %v", h, err)
		}
		list := strings.Repeat("0", 31)
		_, err = s.Import(ctx, "test", "A", strings.NewReader(list+"1\n"+list+"2\n"+list+"3\n"+list+"4\n"), bank.ImportOptions{Source: "a list", Licence: "ours"})
		if err != nil {
			t.Fatal(err)
		}
		all, err := s.Entries(ctx, "A", bank.Filter{})
		if err != nil || len(all) != 4 {
			t.Fatal(len(all), err)
		}
		why, off, past := "too many", int64(0), time.Now().Add(-time.Hour).Unix()
		for i, c := range []bank.EntryChange{{Quarantine: &why}, {DisableUntil: &off}, {ExpiresAt: &past}, {DisableUntil: &past}} {
			if _, err := s.UpdateEntry(ctx, "test", "A", all[i].ID, c); err != nil {
				t.Fatal(err)
			}
		}
		h, err := s.Health(ctx, "A")
		if err != nil || h.Quarantined != 1 || h.Disabled != 1 || h.Expired != 1 || h.ByType[jaga.MD5] != 4 {
			t.Errorf("Health = %+v, %v", h, err)
		}
		if len(h.Sources) != 1 || h.Sources[0].Name != "a list" || h.Sources[0].Licence != "ours" || h.Sources[0].Entries != 4 {
			t.Errorf("Sources = %+v", h.Sources)
		}
		if w, err := s.Waiting(ctx); err != nil || len(w) != 1 || w["A"] != 1 {
			t.Errorf("Waiting = %v, %v", w, err)
		}
		if _, err := s.Health(ctx, "B"); jaga.CodeOf(err) != jaga.CodeNotFound {
			t.Errorf("Health of a bank that is not there: %v", err)
		}
		id, err := s.Delete(ctx, "test", "A")
		if err != nil {
			t.Fatal(err)
		}
		if d, err := s.Deleted(ctx); err != nil || len(d) != 1 || d[0].ID != id || d[0].DeletedAt == 0 {
			t.Errorf("Deleted = %+v, %v", d, err)
		}
		if w, err := s.Waiting(ctx); err != nil || len(w) != 0 {
			t.Errorf("Waiting after deleting the bank = %v, %v", w, err)
		}
		if _, err := s.Restore(ctx, "test", id); err != nil {
			t.Fatal(err)
		}
		if d, err := s.Deleted(ctx); err != nil || len(d) != 0 {
			t.Errorf("Deleted after restoring = %+v, %v", d, err)
		}
	})
}
