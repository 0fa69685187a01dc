package eval

import (
	"encoding/json"
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestReliability(t *testing.T) {
	cases := []Scored{{.1, false}, {.1, true}, {.9, true}, {1, true}, {.29, false}}
	table, ece, err := Reliability(cases, 100)
	if err != nil {
		t.Fatal(err)
	}
	want := (2*math.Abs(.5-.1) + .1 + 0 + .29) / 5
	if math.Abs(ece-want) > 1e-12 {
		t.Errorf("ECE %v, wanted %v", ece, want)
	}
	n := 0
	for i, b := range table {
		n += b.Cases
		if b.Cases > 0 && !(b.MeanScore >= b.From && (b.MeanScore < b.To || i == 99)) {
			t.Errorf("bin %d from %v to %v has mean %v", i, b.From, b.To, b.MeanScore)
		}
	}
	if n != len(cases) || table[10].Positives.Hits != 1 {
		t.Errorf("%d cases; %+v", n, table[10])
	}
	for _, bad := range [][]Scored{nil, {{1.1, true}}, {{-.1, true}}} {
		if _, _, err := Reliability(bad, 10); err == nil {
			t.Errorf("%v: no error", bad)
		}
	}
	if _, _, err := Reliability(cases, 0); err == nil {
		t.Error("no bins: no error")
	}
}

func TestBrier(t *testing.T) {
	b, err := Brier([]Scored{{1, true}, {.5, false}, {0, true}, {.2, false}})
	if err != nil || math.Abs(b-(0+.25+1+.04)/4) > 1e-12 {
		t.Errorf("%v, %v", b, err)
	}
}

func TestIsotonicPoolsViolators(t *testing.T) {
	m, err := FitIsotonic([]Scored{{1, false}, {2, true}, {3, false}, {4, true}, {4, true}, {5, true}})
	if err != nil {
		t.Fatal(err)
	}
	for score, want := range map[float64]float64{0: 0, 1: 0, 1.5: .25, 2: .5, 2.7: .5, 3: .5, 3.5: .75, 4: 1, 9: 1} {
		if got := m.Probability(score); math.Abs(got-want) > 1e-12 {
			t.Errorf("%v → %v, wanted %v", score, got, want)
		}
	}
	data, _ := json.Marshal(m)
	var again Isotonic
	if err := json.Unmarshal(data, &again); err != nil || again.Validate() != nil || again.Probability(3.5) != m.Probability(3.5) {
		t.Errorf("stored and loaded: %+v, %v", again, err)
	}
	if !math.IsNaN((Isotonic{}).Probability(1)) || !math.IsNaN(m.Probability(math.NaN())) {
		t.Error("an unknown probability is a number")
	}
}

func TestIsotonicIsMonotone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cases := rapid.SliceOf(rapid.Custom(func(t *rapid.T) Scored {
			return Scored{rapid.OneOf(rapid.Float64(), rapid.Float64Range(-3, 3)).Draw(t, "score"), rapid.Bool().Draw(t, "positive")}
		})).Draw(t, "cases")
		m, err := FitIsotonic(cases)
		if errors.Is(err, ErrOneClass) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Validate(); err != nil {
			t.Fatal(err)
		}
		x := rapid.Float64().Draw(t, "x")
		y := rapid.Float64Min(x).Draw(t, "y")
		if px, py := m.Probability(x), m.Probability(y); !(0 <= px && px <= py && py <= 1) {
			t.Fatalf("%v → %v, %v → %v", x, px, y, py)
		}
		// Pooling keeps the number of positives that are promised.
		var promised, there float64
		for _, c := range cases {
			promised += m.Probability(c.Score)
			if c.Positive {
				there++
			}
		}
		if math.Abs(promised-there) > 1e-9*float64(len(cases)) {
			t.Fatalf("%v positives are promised, %v are there", promised, there)
		}
	})
}

func TestIsotonicValidate(t *testing.T) {
	for name, m := range map[string]Isotonic{
		"empty":        {},
		"falls":        {[]IsotonicPoint{{0, .5}, {1, .4}}},
		"not rising":   {[]IsotonicPoint{{1, .5}, {1, .6}}},
		"out of range": {[]IsotonicPoint{{1, 1.5}}},
		"not a number": {[]IsotonicPoint{{1, math.NaN()}}},
		"infinite":     {[]IsotonicPoint{{math.Inf(1), 1}}},
	} {
		if m.Validate() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestPlattFindsTheMinimum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.SampledFrom([]float64{1e-6, 1, 1e6}).Draw(t, "unit")
		shift := rapid.SampledFrom([]float64{-5, 0, 100}).Draw(t, "shift")
		var cases []Scored
		var x, targets []float64
		positives := 0
		for _, c := range scoredCases().Draw(t, "cases") {
			cases = append(cases, Scored{unit * (c.Score + shift), c.Positive})
			if c.Positive {
				positives++
			}
		}
		m, err := FitPlatt(cases)
		if errors.Is(err, ErrOneClass) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			x = append(x, c.Score/unit-shift)
			if c.Positive {
				targets = append(targets, float64(positives+1)/float64(positives+2))
			} else {
				targets = append(targets, 1/float64(len(cases)-positives+2))
			}
		}
		// In the unit of the drawn scores no small step makes it better.
		here := Platt{A: m.A * unit, B: m.B + m.A*unit*shift}
		best := crossEntropy(x, targets, here)
		for _, step := range []Platt{{.01, 0}, {-.01, 0}, {0, .01}, {0, -.01}} {
			if l := crossEntropy(x, targets, Platt{here.A + step.A, here.B + step.B}); l < best-1e-6 {
				t.Fatalf("%+v has loss %v, a step %+v away it is %v", here, best, step, l)
			}
		}
	})
}

func TestPlattOnSeparableCases(t *testing.T) {
	m, err := FitPlatt([]Scored{{0, false}, {.1, false}, {.9, true}, {1, true}})
	if err != nil || !(m.A < 0) || math.IsInf(m.A, 0) {
		t.Fatalf("%+v, %v", m, err)
	}
	// The smoothed targets are 3/4 and 1/4.
	if low, high := m.Probability(.05), m.Probability(.95); math.Abs(low-.25) > .01 || math.Abs(high-.75) > .01 {
		t.Errorf("%v, %v", low, high)
	}
}
