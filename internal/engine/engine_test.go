package engine_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/hamming"
	"github.com/jaga-project/jaga/internal/engine"
)

var now = time.Unix(1_800_000_000, 0)

func bank(id int64, name string, role jaga.Role) engine.Bank {
	return engine.Bank{ID: id, Name: name, Role: role, Form: jaga.FormCSAM, Band: jaga.BandReview, EnabledRatio: 1, Threshold: 31}
}

func newEngine(t *testing.T, banks ...engine.Bank) *engine.Engine {
	t.Helper()
	set, exact := emptyTables(t)
	e := engine.New()
	if err := e.Replace(engine.Tables{Banks: banks, PDQ: set, Exact: exact, Version: "v1"}); err != nil {
		t.Fatal(err)
	}
	return e
}

// emptyTables are those of pictures and of exact hashes without entries.
func emptyTables(t *testing.T) (*hamming.Set, map[jaga.SignalType]*engine.Exact) {
	t.Helper()
	set, err := hamming.NewSet(hamming.Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	exact := map[jaga.SignalType]*engine.Exact{}
	for _, typ := range jaga.SignalTypes() {
		if typ.Exact() {
			b, err := engine.NewExactBuilder(typ)
			if err != nil {
				t.Fatal(err)
			}
			exact[typ] = b.Build()
		}
	}
	return set, exact
}

// code is a PDQ value with the first n bits set.
func code(n int) engine.Value {
	v := engine.Value{Type: jaga.PDQ}
	for i := range n {
		v.Bytes[i/8] |= 0x80 >> (i % 8)
	}
	return v
}

func md5(text string) engine.Value {
	v, err := engine.ParseValue(jaga.MD5, text+strings.Repeat("0", 32-len(text)))
	if err != nil {
		panic(err)
	}
	return v
}

func insert(t *testing.T, e *engine.Engine, bank int64, entry uint32, v ...engine.Value) {
	t.Helper()
	if err := e.Insert(bank, entry, v...); err != nil {
		t.Fatal(err)
	}
}

func signal(v engine.Value) jaga.Signal { return jaga.Signal{Type: v.Type, Value: v.String()} }

func match(t *testing.T, e *engine.Engine, q engine.Query) []jaga.Match {
	t.Helper()
	if q.Now.IsZero() {
		q.Now = now
	}
	a, err := e.Match(q)
	if err != nil {
		t.Fatal(err)
	}
	return a.Matches
}

func entries(m []jaga.Match) (out []int64) {
	for _, x := range m {
		out = append(out, x.Entry)
	}
	slices.Sort(out)
	return out
}

func TestMatchNearAndExact(t *testing.T) {
	t.Parallel()
	e := newEngine(t, bank(1, "A", jaga.RoleMatch), bank(2, "B", jaga.RoleMatch))
	insert(t, e, 1, 10, code(0), md5("aa"))
	insert(t, e, 2, 11, code(31))
	insert(t, e, 2, 12, code(32))
	got := match(t, e, engine.Query{Signals: []jaga.Signal{signal(code(0)), signal(md5("aa"))}})
	if !slices.Equal(entries(got), []int64{10, 10, 11}) {
		t.Fatalf("entries %v", entries(got))
	}
	if got[2].Distance != 31 || got[2].Bank != "B" || got[2].Value != code(31).String() || got[2].Threshold != 31 {
		t.Errorf("%+v", got[2])
	}
	if got := match(t, e, engine.Query{Signals: []jaga.Signal{signal(code(0))}, Banks: []string{"B"}}); !slices.Equal(entries(got), []int64{11}) {
		t.Errorf("only bank B: %v", entries(got))
	}
	if got := match(t, e, engine.Query{Signals: []jaga.Signal{signal(code(0))}, Radius: 32}); !slices.Equal(entries(got), []int64{10, 11, 12}) {
		t.Errorf("radius 32: %v", entries(got))
	}
	if err := e.Delete(10, code(0), md5("aa")); err != nil {
		t.Fatal(err)
	}
	if got := match(t, e, engine.Query{Signals: []jaga.Signal{signal(code(0)), signal(md5("aa"))}}); !slices.Equal(entries(got), []int64{11}) {
		t.Errorf("after deleting: %v", entries(got))
	}
}

func TestBankSettingsDecide(t *testing.T) {
	t.Parallel()
	half := bank(1, "HALF", jaga.RoleMatch)
	half.EnabledRatio = 0.5
	narrow := bank(2, "NARROW", jaga.RoleMatch)
	narrow.Threshold = 4
	e := newEngine(t, half, narrow)
	insert(t, e, 1, 1, code(10))
	insert(t, e, 2, 2, code(10))
	q := engine.Query{Signals: []jaga.Signal{signal(code(0))}}
	for draw, want := range map[float64][]int64{0: {1}, 0.5: {1}, 0.51: nil} {
		q.Draw = draw
		if got := entries(match(t, e, q)); !slices.Equal(got, want) {
			t.Errorf("draw %v: %v, want %v", draw, got, want)
		}
	}
	q.Draw, q.Signals = 0, []jaga.Signal{signal(code(6))}
	if got := entries(match(t, e, q)); !slices.Equal(got, []int64{1, 2}) {
		t.Errorf("distance 4: %v", got)
	}
	narrow.Threshold = 31
	if err := errors.Join(e.PutBank(narrow), e.DropBank(1)); err != nil {
		t.Fatal(err)
	}
	q.Signals = []jaga.Signal{signal(code(0))}
	if got := entries(match(t, e, q)); !slices.Equal(got, []int64{2}) {
		t.Errorf("after the changes: %v", got)
	}
}

func TestFactsSwitchEntriesOff(t *testing.T) {
	t.Parallel()
	e := newEngine(t, bank(1, "A", jaga.RoleMatch))
	insert(t, e, 1, 1, code(0))
	q := engine.Query{Signals: []jaga.Signal{signal(code(0))}}
	for _, f := range []engine.Facts{{}, {DisabledUntil: now.Unix() + 5}, {DisabledUntil: 1, ExpiresAt: now.Unix()}} {
		if err := e.SetFacts(1, f); err != nil {
			t.Fatal(err)
		}
		if got := match(t, e, q); len(got) != 0 {
			t.Errorf("%+v matched", f)
		}
		raw := q
		raw.Raw = true
		if got := match(t, e, raw); len(got) != 1 {
			t.Errorf("%+v: a raw query must see it", f)
		}
	}
	if err := e.SetFacts(1, engine.PlainFacts()); err != nil {
		t.Fatal(err)
	}
	if got := match(t, e, q); len(got) != 1 || got[0].Suppressed != "" {
		t.Errorf("switched on again: %+v", got)
	}
}

func judge(t *testing.T, e *engine.Engine, signals ...jaga.Signal) jaga.Outcome {
	t.Helper()
	return engine.Judge(match(t, e, engine.Query{Signals: signals}), []jaga.Detector{jaga.DetectorPDQ}, nil, "v1")
}

func TestAllowBanksSpeakAgainst(t *testing.T) {
	t.Parallel()
	e := newEngine(t, bank(1, "LISTED", jaga.RoleMatch), bank(2, "BENIGN", jaga.RoleAllow))
	insert(t, e, 1, 1, code(20), md5("bb"))
	insert(t, e, 2, 2, code(5))
	o := judge(t, e, signal(code(0)))
	if !o.Clear() || len(o.Matches) != 2 {
		t.Errorf("a nearer benign entry must suppress: state %s, %d matches", o.State(), len(o.Matches))
	}
	o = judge(t, e, signal(code(14))) // 6 from the listed, 9 from the benign entry
	if o.State() != jaga.StateFindings || len(o.Findings[0].Against()) != 1 {
		t.Errorf("a farther benign entry is counter-evidence only: %+v", o)
	}
	o = judge(t, e, signal(code(0)), signal(md5("bb")))
	if o.State() != jaga.StateFindings {
		t.Error("an exact match was suppressed")
	}
	for _, r := range o.Findings[0].Because() {
		if r.Match.Suppressed == jaga.SuppressedAllow {
			t.Error("a suppressed match is a reason")
		}
	}
}

func TestQuarantinedEntriesOnlyObserve(t *testing.T) {
	t.Parallel()
	e := newEngine(t, bank(1, "A", jaga.RoleMatch))
	insert(t, e, 1, 1, code(0))
	if err := e.SetFacts(1, engine.Facts{DisabledUntil: 1, Quarantined: true}); err != nil {
		t.Fatal(err)
	}
	if o := judge(t, e, signal(code(3))); o.Band() != jaga.BandObserve {
		t.Errorf("band %v", o.Band())
	}
	insert(t, e, 1, 2, code(1))
	if o := judge(t, e, signal(code(3))); o.Band() != jaga.BandReview || len(o.Findings[0].Because()) != 2 {
		t.Errorf("beside a plain entry: band %v", o.Band())
	}
}

func TestNotLoadedIsAnError(t *testing.T) {
	t.Parallel()
	e := engine.New()
	if _, err := e.Match(engine.Query{}); !errors.Is(err, engine.ErrNotLoaded) {
		t.Errorf("error %v", err)
	}
	if err := e.Insert(1, 1); !errors.Is(err, engine.ErrNotLoaded) {
		t.Errorf("error %v", err)
	}
	if e.Replace(engine.Tables{}) == nil {
		t.Error("tables without indexes were taken")
	}
}

func TestBadSignalsAreRefused(t *testing.T) {
	t.Parallel()
	e := newEngine(t)
	for _, s := range []jaga.Signal{{Type: "sha512", Value: "00"}, {Type: jaga.MD5, Value: "00"}, {Type: jaga.MD5, Value: strings.Repeat("x", 32)}} {
		if _, err := e.Match(engine.Query{Signals: []jaga.Signal{s}, Now: now}); err == nil {
			t.Errorf("%+v was accepted", s)
		}
	}
}

func TestReplaceIsASwap(t *testing.T) {
	t.Parallel()
	e := newEngine(t, bank(1, "A", jaga.RoleMatch))
	b := hamming.NewBuilder(hamming.Options{}, 0)
	b.Add(code(0).Bytes, 7)
	x, err := b.Build(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	set, err := hamming.NewSet(hamming.Options{}, x)
	if err != nil {
		t.Fatal(err)
	}
	exact := map[jaga.SignalType]*engine.Exact{}
	for _, typ := range []jaga.SignalType{jaga.MD5, jaga.SHA1, jaga.SHA256} {
		b, _ := engine.NewExactBuilder(typ)
		exact[typ] = b.Build()
	}
	if err := e.Replace(engine.Tables{Banks: []engine.Bank{bank(5, "NEW", jaga.RoleMatch)}, Spans: []engine.Span{{First: 7, Last: 7, Bank: 5}}, PDQ: set, Exact: exact, Version: "v2"}); err != nil {
		t.Fatal(err)
	}
	a, err := e.Match(engine.Query{Signals: []jaga.Signal{signal(code(1))}, Now: now})
	if err != nil || a.Version != "v2" || len(a.Matches) != 1 || a.Matches[0].Bank != "NEW" {
		t.Errorf("%+v, error %v", a, err)
	}
	if s := e.Stats(); !s.Loaded || s.Banks != 1 || s.Entries[jaga.PDQ] != 1 {
		t.Errorf("stats %+v", s)
	}
}
