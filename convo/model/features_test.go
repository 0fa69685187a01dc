package model

import (
	"math"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/convo/text"
)

func features(message string, indicators ...int) *vector {
	var x text.Text
	x.Normalise(message)
	v := &vector{}
	v.read(&x, indicators)
	return v
}

func same(a, b *vector) bool {
	if len(a.index) != len(b.index) {
		return false
	}
	in := map[uint32]float64{}
	for i, f := range a.index {
		in[f] = a.value[i]
	}
	for i, f := range b.index {
		if in[f] != b.value[i] {
			return false
		}
	}
	return true
}

func TestFeatures(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"the recipe", "THE  Recipe!", true},
		{"the recipe", "the recip\u0435", true}, // a Cyrillic е
		{"the recipe", "the rec\u200bipe", true},
		{"the recipe", "recipe the", true}, // n-grams stay inside words
		{"the recipe", "the recipes", false},
		{"call +62 812 3456 7890", "call +62 811 9876 5432", true}, // whose number is nobody's business
		{"ask @garden", "ask @kitchen", true},
		{"ask @garden", "ask garden", false},
		{"pay $50", "pay $60", true},
		{"ok 🔒", "ok 🎁", false},
	} {
		if got := same(features(c.a), features(c.b)); got != c.same {
			t.Errorf("%q and %q have the same features: %v", c.a, c.b, got)
		}
	}
}

func TestFeaturesHaveLengthOne(t *testing.T) {
	t.Parallel()
	for _, message := range []string{"a", "aaa banana", "resep bawang 50rb 🔒 @x", strings.Repeat("ababab ", 3000)} {
		v := features(message, 3, 3, 70)
		var grams, all float64
		for i, f := range v.index {
			all += v.value[i] * v.value[i]
			if f < firstIndicator {
				grams += v.value[i] * v.value[i]
			}
		}
		if math.Abs(grams-1) > 1e-9 || math.Abs(all-4) > 1e-9 || v.square != 4 {
			t.Errorf("%.20q: n-grams %v, all %v, said %v", message, grams, all, v.square)
		}
		for b, n := range v.counts {
			if n != 0 {
				t.Fatalf("bucket %d was not cleared", b)
			}
		}
	}
	if v := features("!!"); len(v.index) != 1 || v.index[0] != bias {
		t.Errorf("a message of nothing has %d features", len(v.index))
	}
}

func TestFeaturesAreNGrams(t *testing.T) {
	t.Parallel()
	// " ab ": a, b; " a", "ab", "b "; " ab", "ab "; " ab ".
	if v := features("ab"); len(v.index) != 8+1 {
		t.Errorf("%d features of a word of two letters, want 8 and the constant", len(v.index))
	}
}

// TestSpread finds out whether short n-grams crowd into few buckets.
func TestSpread(t *testing.T) {
	t.Parallel()
	used := map[uint32]bool{}
	n := 0
	for a := 'a'; a <= 'z'; a++ {
		for b := 'a'; b <= 'z'; b++ {
			for c := 'a'; c <= 'z'; c++ {
				used[spread(hash(gramSeed, []byte(string([]rune{a, b, c}))))%Buckets] = true
				n++
			}
		}
	}
	// Of n thrown into Buckets at random, Buckets·(1 − e^(−n/Buckets)) are hit.
	want := Buckets * (1 - math.Exp(-float64(n)/Buckets))
	if got := float64(len(used)); math.Abs(got-want) > 200 {
		t.Errorf("%d n-grams fill %.0f buckets, at random %.0f", n, got, want)
	}
}
