package engine_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/pdq"
)

// stored is an entry as the brute force below sees it.
type stored struct {
	bank  engine.Bank
	entry int64
	value engine.Value
}

// bruteForce compares the signal with every entry.
func bruteForce(all []stored, q engine.Query, v engine.Value) (out []string) {
	for _, s := range all {
		if len(q.Banks) > 0 && !slices.Contains(q.Banks, s.bank.Name) || s.bank.EnabledRatio < q.Draw {
			continue
		}
		reach := s.bank.Threshold
		if q.Radius > 0 {
			reach = q.Radius
		}
		if d := pdq.Hash(s.value.Bytes).Distance(v.Bytes); d <= reach+q.Margin {
			out = append(out, fmt.Sprint(s.bank.Name, s.entry, d))
		}
	}
	slices.Sort(out)
	return out
}

// TestMarginIsBruteForce: a query finds exactly the entries within threshold
// plus margin of their own bank, whatever the other banks' thresholds are, and
// Any says whether there is one.
func TestMarginIsBruteForce(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(3, 3))
	centre := engine.Value{Type: jaga.PDQ}
	for i := range centre.Bytes {
		centre.Bytes[i] = byte(rnd.Uint32())
	}
	at := func(distance int) engine.Value {
		v := centre
		for _, b := range rnd.Perm(256)[:distance] {
			v.Bytes[b/8] ^= 1 << (b % 8)
		}
		return v
	}
	var banks []engine.Bank
	for i, threshold := range []int{0, 16, 31, 47, engine.MaxThreshold} {
		b := bank(int64(i+1), fmt.Sprintf("B%d", threshold), []jaga.Role{jaga.RoleMatch, jaga.RoleAllow}[i%2])
		b.Threshold = threshold
		if threshold == 47 {
			b.EnabledRatio = 0.5
		}
		banks = append(banks, b)
	}
	e := newEngine(t, banks...)
	var all []stored
	for i := range 6000 {
		s := stored{banks[i%len(banks)], int64(i + 1), at(i / len(banks) % 100)}
		all = append(all, s)
		insert(t, e, s.bank.ID, uint32(s.entry), s.value)
	}
	rapid.Check(t, func(t *rapid.T) {
		q := engine.Query{
			Now:    now,
			Margin: rapid.IntRange(0, 20).Draw(t, "margin"),
			Radius: rapid.SampledFrom([]int{0, 0, 1, 30, engine.MaxThreshold}).Draw(t, "radius"),
			Draw:   rapid.SampledFrom([]float64{0, 0.4, 0.9}).Draw(t, "draw"),
		}
		for _, b := range banks {
			if rapid.Bool().Draw(t, b.Name) {
				q.Banks = append(q.Banks, b.Name)
			}
		}
		v := centre
		for _, b := range rapid.SliceOfN(rapid.IntRange(0, 255), 0, 40).Draw(t, "turned bits") {
			v.Bytes[b/8] ^= 1 << (b % 8)
		}
		if rapid.Bool().Draw(t, "elsewhere") {
			for i := range v.Bytes {
				v.Bytes[i] ^= 0x5a
			}
		}
		q.Signals = []jaga.Signal{signal(v)}
		a, err := e.Match(q)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range a.Matches {
			got = append(got, fmt.Sprint(m.Bank, m.Entry, m.Distance))
		}
		slices.Sort(got)
		want := bruteForce(all, q, v)
		if !slices.Equal(got, want) {
			t.Fatalf("%d matches, brute force has %d", len(got), len(want))
		}
		found, version, err := e.Any(q)
		if err != nil || version != "v1" || found != (len(want) > 0) {
			t.Fatalf("Any: %v in %q, error %v; brute force has %d", found, version, err, len(want))
		}
	})
}

func TestAnyAsksExactHashesToo(t *testing.T) {
	t.Parallel()
	if _, _, err := engine.New().Any(engine.Query{}); err != engine.ErrNotLoaded {
		t.Errorf("before the tables are there: %v", err)
	}
	e := newEngine(t, bank(1, "A", jaga.RoleMatch), bank(2, "B", jaga.RoleMatch))
	insert(t, e, 1, 1, md5("aa"))
	for name, want := range map[string]bool{"A": true, "B": false} {
		got, _, err := e.Any(engine.Query{Signals: []jaga.Signal{signal(md5("aa"))}, Banks: []string{name}, Now: now})
		if err != nil || got != want {
			t.Errorf("bank %s: %v, error %v", name, got, err)
		}
	}
	if _, _, err := e.Any(engine.Query{Signals: []jaga.Signal{{Type: jaga.PDQ, Value: "xyz"}}}); err == nil {
		t.Error("a signal that is not well formed was taken")
	}
}
