package live_test

import (
	"bytes"
	"context"
	"io"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/packs"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/live"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/testpic"
)

var detector = sync.OnceValues(func() (*convo.Detector, error) {
	all, err := packs.Core()
	if err != nil {
		return nil, err
	}
	return convo.New(convo.Options{}, all...)
})

// world is an installation as far as streams need one.
type world struct {
	db    *store.DB
	banks *bank.Service
	in    *intake.Service
	talk  *converse.Service
	live  *live.Service
	kept  *keeper

	mu    sync.Mutex
	items []intake.Record    // that had findings
	talks []converse.Finding // that were made or raised
}

// keeper stands for the vault.
type keeper struct {
	mu   sync.Mutex
	clip map[string][]byte
}

func (k *keeper) Put(_ context.Context, item jaga.Item, r io.Reader) (string, error) {
	b, err := io.ReadAll(r)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.clip[item.ID] = b
	return item.ID, err
}

func (k *keeper) Stored(context.Context, string) error { return nil }

// ofItem is the clip that was kept with an item.
func (k *keeper) ofItem(id string) []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.clip[id]
}

// open opens the parts; opt may change those of streams.
func open(t testing.TB, db *store.DB, opt func(*live.Options)) *world {
	t.Helper()
	w := &world{db: db, kept: &keeper{clip: map[string][]byte{}}}
	eng := engine.New()
	var err error
	if w.banks, err = bank.Open(t.Context(), db, eng, bank.Options{}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	dec := media.NewDecoder(media.DefaultLimits(), 2)
	w.in = intake.New(ctx, db, eng, dec, intake.Options{Evidence: w.kept, Found: func(_ *store.Tx, rec intake.Record) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.items = append(w.items, rec)
		return nil
	}})
	key := bytes.Repeat([]byte{7}, 32)
	if w.talk, err = converse.Open(t.Context(), db, converse.Options{Detector: detector, Key: key, Found: func(_ *store.Tx, f converse.Finding) error {
		w.mu.Lock()
		w.talks = append(w.talks, f)
		w.mu.Unlock()
		if f.Finding.Band == jaga.BandUrgent {
			w.live.Urgent(f.Finding.Conversation, 1)
		}
		return nil
	}}); err != nil {
		t.Fatal(err)
	}
	o := live.Options{DB: db, Intake: w.in, Talk: w.talk, Engine: eng, Decoder: dec, Key: key, Rotations: true,
		Reach: live.Reach{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}}
	if opt != nil {
		opt(&o)
	}
	if w.live, err = live.Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.live.Close)
	return w
}

// scene is a JPEG of a generated picture.
func scene(t testing.TB, seed uint64) []byte {
	t.Helper()
	return testpic.JPEG(testpic.Photo(seed, 320, 240), 85)
}

// list puts pictures on a list.
func (w *world) list(t testing.TB, name string, band jaga.Band, pictures ...[]byte) {
	t.Helper()
	n := bank.Defaults(name)
	n.Band = band
	if _, err := w.banks.Create(t.Context(), "person:1", n); err != nil {
		t.Fatal(err)
	}
	for _, p := range pictures {
		m, err := media.NewDecoder(media.DefaultLimits(), 1).Measure(t.Context(), bytes.NewReader(p), media.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var e bank.NewEntry
		for _, s := range m.Usable() {
			v, err := engine.ParseValue(s.Type, s.Value)
			if err != nil {
				t.Fatal(err)
			}
			e.Values = append(e.Values, v)
		}
		if _, err := w.banks.Add(t.Context(), "person:1", name, e); err != nil {
			t.Fatal(err)
		}
	}
}

func (w *world) start(t testing.TB, n live.New) live.Watch {
	t.Helper()
	got, err := w.live.Start(t.Context(), "key:1", n)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func (w *world) get(t testing.TB, id string) live.Detail {
	t.Helper()
	d, err := w.live.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// until waits until something is true of a watch.
func (w *world) until(t testing.TB, id, what string, is func(live.Detail) bool) live.Detail {
	t.Helper()
	// Counted, not timed: a machine may stand still for longer than any deadline.
	var d live.Detail
	for range 1200 {
		if d = w.get(t, id); is(d) {
			return d
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s does not come: %+v", what, d)
	return d
}

func marksOf(d live.Detail, kind string) (out []live.Mark) {
	for _, m := range d.Marks {
		if m.Kind == kind {
			out = append(out, m)
		}
	}
	return out
}
