package bank_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/listfmt"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/vpdq"
)

// film has n frames, one a second, that no other film has.
func film(seed, n int) (v vpdq.Video) {
	for i := range n {
		v = append(v, vpdq.Feature{Frame: 30 * i, Quality: 80, Hash: sha256.Sum256(fmt.Append(nil, seed, i)), At: float64(i)})
	}
	return v
}

// TestFilms: films are added, imported, exported, deleted, and found again after
// every way of filling the index.
func TestFilms(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, dir := t.Context(), t.TempDir()
		s, e := open(t, db, dir)
		create(t, s, "FILMS")
		one, err := s.Add(ctx, actor, "FILMS", bank.NewEntry{Values: []engine.Value{engine.FilmValue(film(1, 20)), value(jaga.MD5, 1)}})
		if err != nil {
			t.Fatal(err)
		}
		if len(one.Signals) != 2 || one.Signals[1].Value != engine.FilmValue(film(1, 20)).String() {
			t.Errorf("the entry has %+v", one.Signals)
		}
		if got, err := s.Film(ctx, "FILMS", one.ID); err != nil || len(got) != 20 || got[19] != film(1, 20)[19] {
			t.Errorf("%d frames, error %v", len(got), err)
		}
		bare := engine.FilmValue(film(2, 3))
		bare.Frames = ""
		if _, err := s.Add(ctx, actor, "FILMS", bank.NewEntry{Values: []engine.Value{bare}}); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("a film without frames: %v", err)
		}
		list := film(2, 10).List() + "\n" + film(3, 10).List() + "\n" + film(1, 20).Prune(vpdq.PruneOptions{}).List() + "\n"
		res, err := s.Import(ctx, actor, "FILMS", strings.NewReader(list), bank.ImportOptions{Type: jaga.VPDQ})
		if err != nil || res.Added != 3 {
			// The list has no frame numbers, so the first film is another one.
			t.Errorf("%+v, error %v", res, err)
		}
		if res, err = s.Import(ctx, actor, "FILMS", strings.NewReader(list), bank.ImportOptions{Type: jaga.VPDQ}); err != nil || res.Duplicates != 3 || res.Added != 0 {
			t.Errorf("once more: %+v, error %v", res, err)
		}
		found := func(e *engine.Engine, v vpdq.Video) (n int) {
			a, err := e.Match(engine.Query{Signals: []jaga.Signal{engine.FilmSignal(v)}, Now: time.Now()})
			if err != nil {
				t.Fatal(err)
			}
			return len(a.Matches)
		}
		check := func(name string, e *engine.Engine, want ...int) {
			t.Helper()
			for i, n := range want {
				if got := found(e, film(i+1, 10)); got != n {
					t.Errorf("%s: film %d has %d matches, want %d", name, i+1, got, n)
				}
			}
		}
		check("after importing", e, 2, 1, 1, 0)
		if err := s.Rebuild(ctx, nil); err != nil {
			t.Fatal(err)
		}
		check("after a rebuild", e, 2, 1, 1, 0)
		if deleted, err := s.DeleteEntry(ctx, actor, "FILMS", one.ID); err != nil || !deleted {
			t.Fatal(deleted, err)
		}
		if _, err := s.Add(ctx, actor, "FILMS", bank.NewEntry{Values: []engine.Value{engine.FilmValue(film(4, 5))}}); err != nil {
			t.Fatal(err)
		}
		check("after deleting and adding", e, 1, 1, 1, 1)
		_, again := open(t, db, dir) // the snapshot, and what came after it
		check("after a restart", again, 1, 1, 1, 1)
		_, anew := open(t, db, "") // the database alone
		check("from the database", anew, 1, 1, 1, 1)
		if n, ok, err := bank.VerifySnapshot(ctx, db, dir, [32]byte{1}); err != nil || !ok || n != 5 {
			t.Errorf("the snapshot has %d hashes, %v, error %v", n, ok, err)
		}
		for _, format := range []listfmt.Format{listfmt.CSV, listfmt.JSONL, listfmt.Plain} {
			var out bytes.Buffer
			rows, err := s.Export(ctx, actor, "FILMS", &out, format, jaga.VPDQ)
			if err != nil || rows != 4 {
				t.Fatalf("%s: %d rows, error %v", format, rows, err)
			}
			name := "COPY_" + strings.ToUpper(string(format))
			create(t, s, name)
			if res, err := s.Import(ctx, actor, name, &out, bank.ImportOptions{}); err != nil || res.Added != 4 {
				t.Errorf("%s: %+v, error %v", format, res, err)
			}
		}
		check("with three copies", e, 4, 4, 4, 4)
		if _, err := s.Update(ctx, actor, "FILMS", func(set *bank.Settings) { set.FilmQuery, set.FilmStored, set.FilmBoth = 100, 100, true }); err != nil {
			t.Fatal(err)
		}
		check("when the bank asks for all of both", e, 3, 4, 4, 3)
		if _, err := s.Update(ctx, actor, "FILMS", func(set *bank.Settings) { set.FilmStored = 101 }); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("more than all of a film: %v", err)
		}
	})
}
