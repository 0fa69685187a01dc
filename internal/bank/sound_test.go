package bank_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/chroma"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/listfmt"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/testsound"
)

// sound is music that no other seed has, as an entry of a bank.
func sound(t *testing.T, seed uint64, seconds float64) engine.Value {
	t.Helper()
	v, err := engine.SoundValue(chroma.Fingerprint(testsound.Samples(testsound.Music(seed, chroma.Rate, seconds))))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestSounds: sound is added, imported, exported, deleted, and found again after
// every way of filling the index; an entry may have a film beside it.
func TestSounds(t *testing.T) {
	t.Parallel()
	excerpts := map[uint64][]int16{}
	for seed := range uint64(4) {
		excerpts[seed+1] = testsound.Samples(testsound.Music(seed+1, chroma.Rate, 20))[5*chroma.Rate : 17*chroma.Rate]
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, dir := t.Context(), t.TempDir()
		s, e := open(t, db, dir)
		create(t, s, "SOUNDS")
		first := sound(t, 1, 20)
		one, err := s.Add(ctx, actor, "SOUNDS", bank.NewEntry{Values: []engine.Value{engine.FilmValue(film(1, 20)), first}})
		if err != nil {
			t.Fatal(err)
		}
		if len(one.Signals) != 2 || one.Signals[1].Type != jaga.Chromaprint || one.Signals[1].Value != first.String() {
			t.Errorf("the entry has %+v", one.Signals)
		}
		if got, err := s.Sound(ctx, "SOUNDS", one.ID); err != nil || !slices.Equal(got, chroma.Fingerprint(testsound.Samples(testsound.Music(1, chroma.Rate, 20)))) {
			t.Errorf("%d words, error %v", len(got), err)
		}
		bare, silence := first, sound(t, 2, 3)
		bare.Words = ""
		for name, v := range map[string]engine.Value{"without words": bare, "too short": silence} {
			if _, err := s.Add(ctx, actor, "SOUNDS", bank.NewEntry{Values: []engine.Value{v}}); jaga.CodeOf(err) != jaga.CodeInvalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		list := sound(t, 2, 20).Words + "\n" + sound(t, 3, 20).Words + "\n" + first.Words + "\n"
		res, err := s.Import(ctx, actor, "SOUNDS", strings.NewReader(list), bank.ImportOptions{Type: jaga.Chromaprint})
		if err != nil || res.Added != 2 || res.Duplicates != 1 {
			t.Errorf("%+v, error %v", res, err)
		}
		check := func(name string, e *engine.Engine, want ...int) {
			t.Helper()
			for i, n := range want {
				ear, err := e.Listen(0)
				if err != nil {
					t.Fatal(err)
				}
				samples := excerpts[uint64(i+1)]
				ear.Write(samples)
				ear.Flush()
				signal, err := engine.SoundSignal(chroma.Fingerprint(samples))
				if err != nil {
					t.Fatal(err)
				}
				for how, ear := range map[string]*engine.Ear{"by ear": ear, "by words": nil} {
					a, err := e.Match(engine.Query{Signals: []jaga.Signal{signal}, Now: time.Now(), Ear: ear})
					if err != nil || len(a.Matches) != n {
						t.Errorf("%s, %s: sound %d has %d matches, want %d, error %v", name, how, i+1, len(a.Matches), n, err)
					}
					for _, m := range a.Matches {
						if m.Value != sound(t, uint64(i+1), 20).String() || len(m.Sound.Stored) != 1 || m.Sound.Stored[0].From < 3 || m.Sound.Stored[0].To > 19 {
							t.Errorf("%s, %s: %+v", name, how, m)
						}
					}
				}
			}
		}
		check("after importing", e, 1, 1, 1, 0)
		if err := s.Rebuild(ctx, nil); err != nil {
			t.Fatal(err)
		}
		check("after a rebuild", e, 1, 1, 1, 0)
		if res, err = s.Import(ctx, actor, "SOUNDS", strings.NewReader(list), bank.ImportOptions{Type: jaga.Chromaprint}); err != nil || res.Duplicates != 3 || res.Added != 0 {
			t.Errorf("once more: %+v, error %v", res, err)
		}
		if deleted, err := s.DeleteEntry(ctx, actor, "SOUNDS", one.ID); err != nil || !deleted {
			t.Fatal(deleted, err)
		}
		if _, err := s.Add(ctx, actor, "SOUNDS", bank.NewEntry{Values: []engine.Value{sound(t, 4, 20)}}); err != nil {
			t.Fatal(err)
		}
		check("after deleting and adding", e, 0, 1, 1, 1)
		_, again := open(t, db, dir) // the snapshot, and what came after it
		check("after a restart", again, 0, 1, 1, 1)
		_, anew := open(t, db, "") // the database alone
		check("from the database", anew, 0, 1, 1, 1)
		if n, ok, err := bank.VerifySnapshot(ctx, db, dir, [32]byte{1}); err != nil || !ok || n != 4 {
			t.Errorf("the snapshot has %d hashes, %v, error %v", n, ok, err)
		}
		for _, format := range []listfmt.Format{listfmt.CSV, listfmt.JSONL, listfmt.Plain} {
			var out bytes.Buffer
			rows, err := s.Export(ctx, actor, "SOUNDS", &out, format, jaga.Chromaprint)
			if err != nil || rows != 3 {
				t.Fatalf("%s: %d rows, error %v", format, rows, err)
			}
			name := "COPY_" + strings.ToUpper(string(format))
			create(t, s, name)
			if res, err := s.Import(ctx, actor, name, &out, bank.ImportOptions{}); err != nil || res.Added != 3 {
				t.Errorf("%s: %+v, error %v", format, res, err)
			}
		}
		check("with three copies", e, 0, 4, 4, 4)
	})
}
