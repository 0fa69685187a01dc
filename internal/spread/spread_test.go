package spread_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/spread"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

const (
	known   = "000102030405060708090a0b0c0d0e0f"
	unknown = "ffffffffffffffffffffffffffffffff"
	item    = "019213a4-7c1e-7b2a-9d3e-5f60718293a4"
	other   = "019213a4-7c1e-7b2a-9d3e-5f60718293a5"
)

func md5(v string) jaga.Signal { return jaga.Signal{Type: jaga.MD5, Value: v} }

// world is a bank with one entry, and one item in which something was found.
type world struct {
	*spread.Service
	db    *store.DB
	now   time.Time
	entry int64
}

func open(t *testing.T, db *store.DB) *world {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	eng := engine.New()
	banks, err := bank.Open(ctx, db, eng, bank.Options{Key: [32]byte{1}})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{db: db, now: time.Date(2026, 11, 26, 10, 30, 0, 0, time.UTC)}
	if _, err := banks.Create(ctx, "person:1", bank.Defaults("KNOWN")); err != nil {
		t.Fatal(err)
	}
	v, err := engine.ParseValue(jaga.MD5, known)
	if err != nil {
		t.Fatal(err)
	}
	e, err := banks.Add(ctx, "person:1", "KNOWN", bank.NewEntry{Values: []engine.Value{v}})
	if err != nil {
		t.Fatal(err)
	}
	w.entry = e.ID
	if w.Service, err = spread.New(db, spread.Options{Key: []byte("0123456789abcdef"), Engine: eng, Now: func() time.Time { return w.now },
		Item: func(_ context.Context, id string) ([]int64, bool, error) {
			if id == item {
				return []int64{e.ID}, true, nil
			}
			return nil, false, &jaga.Error{Code: jaga.CodeNotFound, Field: "item", Msg: "there is none"}
		}}); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) records(t *testing.T) (out []custody.Record) {
	t.Helper()
	err := w.db.View(t.Context(), func(tx *store.Tx) (err error) {
		out, err = store.All[custody.Record](tx, `SELECT seq, at, actor, action, subject, detail FROM custody_records WHERE action = 'spread.told' ORDER BY seq`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTell(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db)
		ctx := t.Context()
		b := spread.Batch{ID: "b-1", Seen: []spread.Seen{
			{Hash: md5(known), Kind: spread.Viewed, At: w.now, Account: "acc-1", Count: 5},
			{Hash: md5(strings.ToUpper(known)), Kind: spread.Viewed, At: w.now.Add(-time.Minute), Account: "acc-2"},
			{Hash: md5(known), Kind: spread.Sent, At: w.now.Add(-48 * time.Hour), Account: "acc-1", Count: 2},
			{Item: item, Kind: spread.Reported, At: w.now, Account: "acc-3"},
			{Hash: md5(unknown), Kind: spread.Viewed, At: w.now, Account: "acc-9", Count: 100},
			{Item: other, Kind: spread.Viewed, At: w.now},
		}}
		want := spread.Taken{Counted: 9, Ignored: 2}
		for i := range 3 {
			want.Repeated = i > 0
			if got, err := w.Tell(ctx, "key:1", b); err != nil || got != want {
				t.Fatalf("time %d: %+v, %v", i, got, err)
			}
		}
		told, err := w.Told(ctx, spread.Of{Entries: []int64{w.entry}, Items: []string{item}, Hashes: []jaga.Signal{md5(known)}})
		if err != nil || told.N != 9 || told.Accounts != 3 || told.More || fmt.Sprint(told.Kinds) != "[{viewed 6} {sent 2} {received 0} {reported 1}]" || len(told.Days) != 3 || told.Days[0].Kind != spread.Sent {
			t.Errorf("%+v, %v", told, err)
		}
		for name, of := range map[string]spread.Of{"nothing": {}, "of what is not known": {Hashes: []jaga.Signal{md5(unknown)}}, "of another item": {Items: []string{other}}, "of another entry": {Entries: []int64{w.entry + 1}}} {
			if got, err := w.Told(ctx, of); err != nil || got.N != 0 || got.Accounts != 0 {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
		}
		// Another platform has numbers and accounts of its own.
		if got, err := w.Tell(ctx, "key:2", spread.Batch{ID: "b-1", Seen: []spread.Seen{{Hash: md5(known), Kind: spread.Received, At: w.now, Account: "acc-1"}}}); err != nil || got != (spread.Taken{Counted: 1}) {
			t.Errorf("another platform: %+v, %v", got, err)
		}
		if told, err = w.Told(ctx, spread.Of{Entries: []int64{w.entry}}); err != nil || told.N != 10 || told.Accounts != 4 {
			t.Errorf("%+v, %v", told, err)
		}
		b.Seen[0].Count++
		if _, err := w.Tell(ctx, "key:1", b); jaga.CodeOf(err) != jaga.CodeConflict {
			t.Errorf("another batch under the same id: %v", err)
		}
		list := w.records(t)
		if len(list) != 2 || list[0].Actor != "key:1" || !strings.Contains(string(list[0].Detail), `"viewed":"6"`) {
			t.Errorf("records %+v", list)
		}
		for _, secret := range []string{known, unknown, "acc-1", "b-1", item} {
			if strings.Contains(fmt.Sprint(list), secret) {
				t.Errorf("the log has %s", secret)
			}
		}
		// What is old goes, and what belongs to it.
		w.now = w.now.Add(3 * 365 * 24 * time.Hour)
		if err := w.Purge(ctx); err != nil {
			t.Fatal(err)
		}
		err = db.View(ctx, func(tx *store.Tx) error {
			for _, table := range []string{"spread_hours", "spread_entries", "spread_accounts", "spread_batches"} {
				if n, err := store.One[int64](tx, `SELECT COUNT(*) FROM `+table); err != nil || n != 0 {
					t.Errorf("%d rows of %s stay (%v)", n, table, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// One observation that is wrong refuses the whole batch, by its field.
func TestRefusedWhole(t *testing.T) {
	t.Parallel()
	w := open(t, storetest.Open(t, storetest.SQLite(t)))
	good := spread.Seen{Hash: md5(known), Kind: spread.Viewed, At: w.now}
	with := func(change func(*spread.Seen)) spread.Batch {
		bad := good
		change(&bad)
		return spread.Batch{ID: "x", Seen: []spread.Seen{good, bad}}
	}
	for field, b := range map[string]spread.Batch{
		"id":                      {Seen: []spread.Seen{good}},
		"observations":            {ID: "x", Seen: slices.Repeat([]spread.Seen{good}, spread.MostSeen+1)},
		"observations[1].hash":    with(func(x *spread.Seen) { x.Item = item }),
		"observations[1].item":    with(func(x *spread.Seen) { x.Hash, x.Item = jaga.Signal{}, "seven" }),
		"observations[1].kind":    with(func(x *spread.Seen) { x.Kind = "liked" }),
		"observations[1].at":      with(func(x *spread.Seen) { x.At = w.now.Add(time.Hour) }),
		"observations[1].account": with(func(x *spread.Seen) { x.Account = "a\nb" }),
		"observations[1].count":   with(func(x *spread.Seen) { x.Count = spread.MostCount + 1 }),
	} {
		_, err := w.Tell(t.Context(), "key:1", b)
		var e *jaga.Error
		if !errors.As(err, &e) || e.Code != jaga.CodeInvalid || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	if n := len(w.records(t)); n != 0 {
		t.Errorf("%d records of what was refused", n)
	}
	if told, err := w.Told(t.Context(), spread.Of{Entries: []int64{w.entry}}); err != nil || told.N != 0 {
		t.Errorf("%+v, %v", told, err)
	}
}

// However batches are cut, ordered and repeated, every observation counts once,
// and accounts never more than there are.
func TestSpreadLaws(t *testing.T) {
	t.Parallel()
	w := open(t, storetest.Open(t, storetest.SQLite(t)))
	all := int64(0)
	plans := rapid.Custom(func(t *rapid.T) []spread.Batch {
		var batches []spread.Batch
		for i := range rapid.IntRange(1, 3).Draw(t, "batches") {
			b := spread.Batch{ID: fmt.Sprint(i)}
			for range rapid.IntRange(1, 4).Draw(t, "observations") {
				b.Seen = append(b.Seen, spread.Seen{Hash: md5(known), Kind: rapid.SampledFrom(spread.Kinds()).Draw(t, "kind"), Count: rapid.Int64Range(1, 9).Draw(t, "count"),
					Account: fmt.Sprint("acc-", rapid.IntRange(0, 4).Draw(t, "account")), At: w.now.Add(-time.Duration(rapid.IntRange(0, 90).Draw(t, "hours")) * time.Hour)})
			}
			batches = append(batches, b)
		}
		return append(batches, rapid.SliceOfN(rapid.SampledFrom(batches), 0, 3).Draw(t, "again")...)
	})
	for seed := range 12 {
		had := map[string]bool{}
		for _, b := range plans.Example(seed) {
			b.ID = fmt.Sprint(seed, "-", b.ID)
			for _, x := range b.Seen {
				if !had[b.ID] {
					all += x.Count
				}
			}
			had[b.ID] = true
			if _, err := w.Tell(t.Context(), "key:1", b); err != nil {
				t.Fatal(err)
			}
		}
		told, err := w.Told(t.Context(), spread.Of{Entries: []int64{w.entry}})
		if err != nil || told.N != all || told.Accounts > 5 {
			t.Fatalf("%+v, %v; %d were told", told, err, all)
		}
	}
}
