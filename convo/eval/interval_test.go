package eval

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestClopperPearsonKnownValues compares with values computed to 40 digits:
// small numbers of trials by the incomplete beta function, large ones by
// adding up the binomial distribution.
func TestClopperPearsonKnownValues(t *testing.T) {
	for _, row := range []struct {
		k, n                  int
		confidence, low, high float64
	}{
		{0, 10, .95, 0, .308497107818761},
		{1, 10, .95, .00252857854446178, .445016117028195},
		{5, 10, .95, .187086028447399, .812913971552601},
		{10, 10, .95, .691502892181239, 1},
		{3, 7, .9, .128756392804243, .774678415967552},
		{45, 50, .95, .781864633565798, .966724906410978},
		{50, 100, .99, .368861437358924, .631138562641076},
		{1, 1000, .95, 2.5317487491294e-5, .00555892427982667},
		{999, 1000, .95, .994441075720173, .999974682512509},
		{7, 56164, .95, 5.01111543215518e-5, .000256778760789658},
		{500, 56164, .95, .00814221574459548, .00971416296303071},
		{3, 6660962, .95, 9.28803057343195e-8, 1.31621667774878e-6},
		{0, 0, .95, 0, 1},
	} {
		i, err := ClopperPearson(row.k, row.n, row.confidence)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(i.Low-row.low) > 1e-8*row.low || math.Abs(i.High-row.high) > 1e-8*row.high {
			t.Errorf("%d of %d: %v to %v, wanted %v to %v", row.k, row.n, i.Low, i.High, row.low, row.high)
		}
	}
}

func TestBetaCDFKnownValues(t *testing.T) {
	for _, row := range []struct{ x, a, b, want float64 }{
		{.3, 2, 5, .579825},
		{.5, .5, .5, .5},
		{.9, 10, 3, .889130022255},
		{.01, 1, 300, .950959105928714},
		{.2, 200, 800, .506308853379863},
		{0, 2, 3, 0},
		{1, 2, 3, 1},
	} {
		if got := betaCDF(row.x, row.a, row.b); math.Abs(got-row.want) > 1e-12 {
			t.Errorf("I_%v(%v, %v) = %.15f, wanted %.15f", row.x, row.a, row.b, got, row.want)
		}
	}
}

// TestClopperPearsonTails adds up the binomial distribution at both ends.
func TestClopperPearsonTails(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 300).Draw(t, "n")
		k := rapid.IntRange(0, n).Draw(t, "k")
		confidence := rapid.Float64Range(.5, .999).Draw(t, "confidence")
		i, err := ClopperPearson(k, n, confidence)
		if err != nil {
			t.Fatal(err)
		}
		if p := float64(k) / float64(n); !(0 <= i.Low && i.Low <= p && p <= i.High && i.High <= 1) {
			t.Fatalf("%v is not in %+v", p, i)
		}
		tail := (1 - confidence) / 2
		if k < n {
			if got := binomial(n, i.High, 0, k); math.Abs(got-tail) > 1e-9 {
				t.Fatalf("at the upper end, up to %d have probability %v, not %v", k, got, tail)
			}
		}
		if k > 0 {
			if got := binomial(n, i.Low, k, n); math.Abs(got-tail) > 1e-9 {
				t.Fatalf("at the lower end, from %d have probability %v, not %v", k, got, tail)
			}
		}
	})
}

// binomial is the probability of from to to successes in n trials.
func binomial(n int, p float64, from, to int) float64 {
	var sum float64
	for k := from; k <= to; k++ {
		c1, _ := math.Lgamma(float64(n + 1))
		c2, _ := math.Lgamma(float64(k + 1))
		c3, _ := math.Lgamma(float64(n - k + 1))
		sum += math.Exp(c1 - c2 - c3 + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
	}
	return sum
}

func TestRuleOfThree(t *testing.T) {
	for n, want := range map[int]float64{56_164: 5.34e-5, 100_000: 3e-5, 1_000_000: 3e-6} {
		three := RuleOfThree(n)
		if math.Abs(three-want) > .01*want {
			t.Errorf("%d: %v", n, three)
		}
		exact, err := UpperBound(0, n, .95)
		if err != nil || math.Abs(exact-three) > .002*three || math.Abs(exact-(1-math.Pow(.05, 1/float64(n)))) > 1e-6*exact {
			t.Errorf("%d: by the rule %v, exactly %v, %v", n, three, exact, err)
		}
	}
	if RuleOfThree(0) != 1 || RuleOfThree(2) != 1 {
		t.Error("a bound above 1")
	}
}

func TestIntervalsRefuseImpossibleCounts(t *testing.T) {
	for _, row := range []struct {
		k, n       int
		confidence float64
	}{{-1, 3, .95}, {4, 3, .95}, {0, -1, .95}, {1, 3, 0}, {1, 3, 1}, {1, 3, math.NaN()}} {
		if _, err := ClopperPearson(row.k, row.n, row.confidence); err == nil {
			t.Errorf("%+v: no error", row)
		}
		if _, err := UpperBound(row.k, row.n, row.confidence); err == nil {
			t.Errorf("%+v: no error of UpperBound", row)
		}
	}
}

func TestRateSaysWhatItKnows(t *testing.T) {
	if s := NewRate(0, 0).String(); s != "not measured" {
		t.Error(s)
	}
	if s := NewRate(9, 10).String(); s != "0.9 (9 of 10, 95 % interval 0.555 to 0.9975)" {
		t.Error(s)
	}
}
