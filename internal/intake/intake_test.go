package intake_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// scene is a generated picture; other seeds give unrelated ones.
func scene(t testing.TB, seed, w, h int) []byte {
	t.Helper()
	m := image.NewGray(image.Rect(0, 0, w, h))
	s := float64(seed)
	for y := range h {
		for x := range w {
			u, v := float64(x)/float64(w), float64(y)/float64(h)
			l := 128 + 55*math.Sin((7+s)*u+3*v*s) + 50*math.Cos((11-s)*v-5*u*u*s)
			m.SetGray(x, y, color.Gray{uint8(min(255, max(0, l)))})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type world struct {
	db    *store.DB
	banks *bank.Service
	in    *intake.Service
}

func open(t *testing.T, db *store.DB) world {
	t.Helper()
	eng := engine.New()
	banks, err := bank.Open(t.Context(), db, eng, bank.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	in := intake.New(ctx, db, eng, media.NewDecoder(media.DefaultLimits(), 2), intake.Options{Rotations: true})
	return world{db, banks, in}
}

func (w world) list(t *testing.T, name string, files ...[]byte) {
	t.Helper()
	if _, err := w.banks.Get(t.Context(), name); err != nil {
		if _, err := w.banks.Create(t.Context(), "person:1", bank.Defaults(name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range files {
		rec, err := w.in.Look(t.Context(), intake.Request{Body: bytes.NewReader(f)})
		if err != nil {
			t.Fatal(err)
		}
		var n bank.NewEntry
		for _, s := range rec.Signals {
			if s.Variant == "" {
				v, err := engine.ParseSignal(s)
				if err != nil {
					t.Fatal(err)
				}
				n.Values = append(n.Values, v)
			}
		}
		if _, err := w.banks.Add(t.Context(), "person:1", name, n); err != nil {
			t.Fatal(err)
		}
	}
}

func (w world) take(t *testing.T, r intake.Request) intake.Record {
	t.Helper()
	rec, err := w.in.Take(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func file(b []byte) intake.Request {
	return intake.Request{Source: "key:1", Ref: "post-1", Body: bytes.NewReader(b)}
}

func why(o jaga.Outcome, d jaga.Detector) jaga.Why {
	for _, s := range o.Skipped {
		if s.Detector == d {
			return s.Why
		}
	}
	return ""
}

func TestTakeFindsWhatIsListed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db)
		if rec := w.take(t, file(scene(t, 1, 200, 150))); rec.Outcome.State() != jaga.StateNotChecked || why(rec.Outcome, jaga.DetectorPDQ) != jaga.WhyNoBanks {
			t.Errorf("without banks nothing is clear: %+v", rec.Outcome)
		}
		w.list(t, "KNOWN", scene(t, 1, 200, 150))
		same := w.take(t, file(scene(t, 1, 200, 150)))
		if same.Outcome.State() != jaga.StateFindings || same.Outcome.Band() != jaga.BandReview {
			t.Fatalf("the same file: %+v", same.Outcome)
		}
		resized := w.take(t, file(scene(t, 1, 320, 240)))
		if resized.Outcome.State() != jaga.StateFindings || resized.Outcome.Matches[0].Signal.Type != jaga.PDQ {
			t.Errorf("a resized picture: %+v", resized.Outcome)
		}
		if other := w.take(t, file(scene(t, 5, 200, 150))); !other.Outcome.Clear() {
			t.Errorf("another picture: %+v", other.Outcome)
		}
		if text := w.take(t, file([]byte("just words"))); text.Outcome.State() != jaga.StateNotChecked || why(text.Outcome, jaga.DetectorPDQ) != jaga.WhyNotAnImage {
			t.Errorf("no picture: %+v", text.Outcome)
		}
		got, err := w.in.Get(t.Context(), resized.Item.ID)
		if err != nil || got.Outcome.State() != jaga.StateFindings || len(got.Signals) != len(resized.Signals) || got.Item.Ref != "post-1" || got.Width != 320 {
			t.Errorf("read back: %+v, error %v", got, err)
		}
		if _, err := w.in.Get(t.Context(), "no-such"); jaga.CodeOf(err) != jaga.CodeNotFound {
			t.Errorf("an absent item: %v", err)
		}
		found, err := w.in.List(t.Context(), intake.Filter{State: jaga.StateFindings})
		if err != nil || len(found) != 2 || found[0].Item.ID != resized.Item.ID {
			t.Errorf("%d items listed, error %v", len(found), err)
		}
		older, err := w.in.List(t.Context(), intake.Filter{Before: found[1].Item.ID})
		if err != nil || len(older) != 1 {
			t.Errorf("%d older items, error %v", len(older), err)
		}
		hours, err := w.in.Hourly(t.Context(), time.Now().Add(-2*time.Hour))
		sum := int64(0)
		for _, h := range hours {
			for _, n := range h.Count {
				sum += n
			}
		}
		if err != nil || sum != 5 {
			t.Errorf("hourly counts sum to %d, error %v", sum, err)
		}
		if n, err := db.VerifyCustody(t.Context(), storetest.Verifier(t), "", nil); err != nil || n < 4 {
			t.Errorf("%d custody records, error %v", n, err)
		}
	})
}

func TestHashesOnly(t *testing.T) {
	t.Parallel()
	w := open(t, storetest.Open(t, storetest.SQLite(t)))
	picture := scene(t, 2, 200, 150)
	w.list(t, "KNOWN", picture)
	look, err := w.in.Look(t.Context(), file(picture))
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(look.Signals, func(s jaga.Signal) bool { return s.Type == jaga.PDQ && s.Variant == "rotate90" })
	rec := w.take(t, intake.Request{Signals: look.Signals[:1]})
	if rec.Outcome.State() != jaga.StateFindings || rec.Item.Kind != jaga.KindHash {
		t.Errorf("a listed MD5: %+v", rec.Outcome)
	}
	if rec := w.take(t, intake.Request{Signals: look.Signals[i : i+1]}); !rec.Outcome.Clear() || why(rec.Outcome, jaga.DetectorExact) != jaga.WhyNotGiven {
		t.Errorf("a hash that is not listed: %+v", rec.Outcome)
	}
	for name, r := range map[string]intake.Request{
		"nothing":         {},
		"a bad hash":      {Signals: []jaga.Signal{{Type: jaga.MD5, Value: "zz"}}},
		"a long ref":      {Ref: strings.Repeat("r", 513), Signals: look.Signals[:1]},
		"a broken upload": {Body: io.MultiReader(strings.NewReader("\xff"), iotest.ErrReader(io.ErrUnexpectedEOF))},
	} {
		if _, err := w.in.Take(t.Context(), r); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAcceptedItemsAreNotCheckedUntilTheyAre(t *testing.T) {
	t.Parallel()
	w := open(t, storetest.Open(t, storetest.SQLite(t)))
	picture := scene(t, 3, 200, 150)
	w.list(t, "KNOWN", picture)
	rec, err := w.in.Accept(t.Context(), intake.Request{Source: "key:1"}, picture, func() {})
	if err != nil || rec.Outcome.State() != jaga.StateNotChecked || why(rec.Outcome, jaga.DetectorPDQ) != jaga.WhyPending {
		t.Fatalf("%+v, error %v", rec.Outcome, err)
	}
	w.in.Wait()
	got, err := w.in.Get(t.Context(), rec.Item.ID)
	if err != nil || got.Outcome.State() != jaga.StateFindings {
		t.Errorf("%+v, error %v", got.Outcome, err)
	}
	if c, err := w.in.Counts(t.Context(), nil); err != nil || c[jaga.StateFindings] != 1 || c[jaga.StateNotChecked] != 0 {
		t.Errorf("counts %v, error %v", c, err)
	}
}

func TestItemsAreMatchedAgainWhenABankGrows(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db)
		w.list(t, "KNOWN", scene(t, 9, 200, 150))
		early := w.take(t, file(scene(t, 4, 200, 150)))
		other := w.take(t, file(scene(t, 5, 200, 150)))
		if !early.Outcome.Clear() {
			t.Fatalf("%+v", early.Outcome)
		}
		w.list(t, "KNOWN", scene(t, 4, 300, 225))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- db.Work(ctx, 1, map[string]store.Handler{bank.GrewJob: w.in.Rematch}) }()
		deadline := time.Now().Add(20 * time.Second)
		for {
			got, err := w.in.Get(t.Context(), early.Item.ID)
			if err != nil {
				t.Fatal(err)
			}
			if got.Late {
				if got.Outcome.State() != jaga.StateFindings || !got.Outcome.Matches[0].Late {
					t.Errorf("%+v", got.Outcome)
				}
				break
			}
			if time.Now().After(deadline) {
				t.Fatal("no late match")
			}
			time.Sleep(10 * time.Millisecond)
		}
		cancel()
		<-done
		if got, _ := w.in.Get(t.Context(), other.Item.ID); got.Late || !got.Outcome.Clear() {
			t.Errorf("an unrelated item: %+v", got.Outcome)
		}
		if c, _ := w.in.Counts(t.Context(), nil); c[jaga.StateClear] != 1 || c[jaga.StateFindings] != 1 {
			t.Errorf("counts %v", c)
		}
	})
}

func TestPurgeKeepsCounts(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.SQLite(t))
	eng := engine.New()
	if _, err := bank.Open(t.Context(), db, eng, bank.Options{}); err != nil {
		t.Fatal(err)
	}
	in := intake.New(t.Context(), db, eng, media.NewDecoder(media.DefaultLimits(), 1), intake.Options{Keep: time.Nanosecond})
	rec, err := in.Take(t.Context(), file(scene(t, 1, 100, 100)))
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Millisecond)
	if n, err := in.Purge(t.Context()); err != nil || n != 1 {
		t.Fatalf("%d purged, error %v", n, err)
	}
	if _, err := in.Get(t.Context(), rec.Item.ID); jaga.CodeOf(err) != jaga.CodeNotFound {
		t.Errorf("a purged item: %v", err)
	}
	if h, err := in.Hourly(t.Context(), time.Now().Add(-time.Hour)); err != nil || len(h) != 1 {
		t.Errorf("hours %v, error %v", h, err)
	}
}

// What somebody still works with stays although its time is over, and is told
// of in the transaction that stores it.
func TestPurgeKeepsWhatIsNeeded(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.SQLite(t))
	eng := engine.New()
	banks, err := bank.Open(t.Context(), db, eng, bank.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := banks.Create(t.Context(), "person:1", bank.Defaults("KNOWN")); err != nil {
		t.Fatal(err)
	}
	var found []string
	fail := true
	in := intake.New(t.Context(), db, eng, media.NewDecoder(media.DefaultLimits(), 1), intake.Options{Keep: time.Nanosecond,
		Found: func(_ *store.Tx, rec intake.Record) error {
			if fail {
				return errors.New("no case could be opened")
			}
			found = append(found, rec.Item.ID)
			return nil
		},
		Needed: func(_ *store.Tx, ids []string) ([]string, error) { return found, nil }})
	signal := jaga.Signal{Type: jaga.MD5, Value: strings.Repeat("ab", 16)}
	v, err := engine.ParseValue(signal.Type, signal.Value)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := banks.Add(t.Context(), "person:1", "KNOWN", bank.NewEntry{Values: []engine.Value{v}}); err != nil {
		t.Fatal(err)
	}
	if _, err := in.Take(t.Context(), intake.Request{Signals: []jaga.Signal{signal}}); err == nil {
		t.Error("an item was acknowledged without what its finding leads to")
	}
	fail = false
	rec, err := in.Take(t.Context(), intake.Request{Signals: []jaga.Signal{signal}})
	if err != nil {
		t.Fatal(err)
	}
	other, err := in.Take(t.Context(), intake.Request{Signals: []jaga.Signal{{Type: jaga.MD5, Value: strings.Repeat("cd", 16)}}})
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Millisecond)
	if n, err := in.Purge(t.Context()); err != nil || n != 1 {
		t.Fatalf("%d purged, error %v", n, err)
	}
	if _, err := in.Get(t.Context(), rec.Item.ID); err != nil || len(found) != 1 {
		t.Errorf("an item that is needed: %v, found %v", err, found)
	}
	if _, err := in.Get(t.Context(), other.Item.ID); jaga.CodeOf(err) != jaga.CodeNotFound {
		t.Errorf("an item that is not needed: %v", err)
	}
}
