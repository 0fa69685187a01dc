package bank_test

import (
	"context"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

func TestAskRebuild(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		eng := engine.New()
		s, err := bank.Open(ctx, db, eng, bank.Options{Dir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Create(ctx, "test", bank.Defaults("A")); err != nil {
			t.Fatal(err)
		}
		v, err := engine.ParseValue("md5", "00112233445566778899aabbccddeeff")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Add(ctx, "test", "A", bank.NewEntry{Values: []engine.Value{v}}); err != nil {
			t.Fatal(err)
		}
		if n := eng.Stats().Pending; n != 1 {
			t.Fatalf("%d changes beside the index, want 1", n)
		}
		before := eng.Stats().Version
		for range 2 { // asking twice makes one job
			if err := s.AskRebuild(ctx, "person:1"); err != nil {
				t.Fatal(err)
			}
		}
		stopped := make(chan error, 1)
		go func() { stopped <- db.Work(ctx, 1, map[string]store.Handler{bank.RebuildJob: s.RebuildWork}) }()
		for deadline := time.Now().Add(20 * time.Second); eng.Stats().Pending > 0; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("the index was not built anew")
			}
		}
		if !eng.Has(1, v, 0) || eng.Stats().Version == before {
			t.Error("the new index lacks the entry, or is the old one")
		}
		cancel()
		<-stopped
		jobs, err := db.Jobs(t.Context(), 10)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, j := range jobs {
			if j.Kind == bank.RebuildJob {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%d jobs for two requests, want 1", n)
		}
	})
}

// A reader beside the process that holds the banks sees what was committed.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	storetest.EachURL(t, func(t *testing.T, url string) {
		dir, ctx := t.TempDir(), t.Context()
		db := storetest.Open(t, url)
		s, err := bank.Open(ctx, db, engine.New(), bank.Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Create(ctx, "test", bank.Defaults("A")); err != nil {
			t.Fatal(err)
		}
		v, err := engine.ParseValue("md5", "00112233445566778899aabbccddeeff")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Add(ctx, "test", "A", bank.NewEntry{Values: []engine.Value{v}}); err != nil {
			t.Fatal(err)
		}
		ro, err := store.Open(ctx, url, store.Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		defer ro.Close()
		for _, d := range []string{dir, t.TempDir()} { // with a snapshot, and without
			eng := engine.New()
			if _, err := bank.Open(ctx, ro, eng, bank.Options{Dir: d, ReadOnly: true}); err != nil {
				t.Fatal(err)
			}
			if !eng.Has(1, v, 0) {
				t.Error("the reader does not see the entry")
			}
		}
	})
}
