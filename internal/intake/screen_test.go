package intake_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/testpic"
)

func pdqOf(rec intake.Record) (text string, n int) {
	for _, s := range rec.Signals {
		if s.Type == jaga.PDQ {
			n++
			if s.Variant == "" {
				text = s.Value
			}
		}
	}
	return text, n
}

// TestLookScreensAndTakeDecodes: an answer that is not stored may come from
// screening, then without a PDQ hash; what is stored always has the hash of the
// decoded picture, and both find the same.
func TestLookScreensAndTakeDecodes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db)
		known := testpic.Photo(1, 640, 480)
		w.list(t, "KNOWN", testpic.PNG(known))
		look := func(data []byte) intake.Record {
			t.Helper()
			rec, err := w.in.Look(t.Context(), intake.Request{Body: bytes.NewReader(data)})
			if err != nil {
				t.Fatal(err)
			}
			return rec
		}
		other := testpic.JPEG(testpic.Photo(2, 640, 480), 85)
		rec := look(other)
		if _, n := pdqOf(rec); n != 0 || !rec.Outcome.Clear() || rec.Outcome.Index == "" || rec.Width != 640 ||
			!slices.Contains(rec.Outcome.Checked, jaga.DetectorPDQ) {
			t.Errorf("a picture that is far from all: %+v", rec)
		}
		stored := w.take(t, file(other))
		if _, n := pdqOf(stored); n != 8 || !stored.Outcome.Clear() || stored.Outcome.Index != rec.Outcome.Index {
			t.Errorf("stored: %+v", stored)
		}
		for i, v := range testpic.Variants() {
			if i%2 == 1 || v.Group == "Resized" {
				continue
			}
			data := testpic.JPEG(v.Apply(known), 85)
			one, two := w.take(t, file(data)), look(data)
			if len(one.Outcome.Matches) != len(two.Outcome.Matches) || one.Outcome.State() != two.Outcome.State() {
				t.Errorf("%s: %d matches when stored, %d when only looked at", v.Name, len(one.Outcome.Matches), len(two.Outcome.Matches))
				continue
			}
			for i, m := range one.Outcome.Matches {
				if o := two.Outcome.Matches[i]; o.Entry != m.Entry || o.Distance != m.Distance || o.Signal != m.Signal {
					t.Errorf("%s: %+v when stored, %+v when only looked at", v.Name, m, o)
				}
			}
		}
	})
}

// TestLookAtARadius: screening asks at the radius of the request, in its banks.
func TestLookAtARadius(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db)
		data := testpic.JPEG(testpic.Photo(3, 640, 480), 85)
		hash, _ := pdqOf(w.take(t, file(data)))
		v, err := engine.ParseValue(jaga.PDQ, hash)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 60 { // 60 bits away
			v.Bytes[i/8] ^= 1 << (i % 8)
		}
		for _, name := range []string{"FAR", "OTHER"} {
			if _, err := w.banks.Create(t.Context(), "person:1", bank.Defaults(name)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.banks.Add(t.Context(), "person:1", "FAR", bank.NewEntry{Values: []engine.Value{v}}); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			radius int
			banks  []string
			want   int
		}{{0, nil, 0}, {59, nil, 0}, {60, nil, 1}, {64, []string{"FAR"}, 1}, {64, []string{"OTHER"}, 0}} {
			rec, err := w.in.Look(t.Context(), intake.Request{Body: bytes.NewReader(data), Radius: c.radius, Banks: c.banks})
			if err != nil || len(rec.Outcome.Matches) != c.want {
				t.Errorf("radius %d in %q: %d matches, want %d, error %v", c.radius, c.banks, len(rec.Outcome.Matches), c.want, err)
			}
			if _, n := pdqOf(rec); (n > 0) != (c.radius >= 59-16 && !slices.Equal(c.banks, []string{"OTHER"})) {
				t.Errorf("radius %d in %q: %d PDQ hashes", c.radius, c.banks, n)
			}
		}
	})
}
