package eval

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestEvidence(t *testing.T) {
	t.Parallel()
	fade := math.Exp2(-1.0 / 50)
	for _, c := range []struct {
		x    []float64
		want float64 // m, before it saturates
	}{
		{nil, 0},
		{[]float64{0, 0}, 0},
		{[]float64{-1}, 0},
		{[]float64{0.5}, 0.25},
		{[]float64{0.5, 0}, 0.25},
		{[]float64{0.5, 0.5}, 0.25*fade + 0.25},
	} {
		if got, want := Evidence(c.x), 1.5*c.want/(c.want+0.5); math.Abs(got-want) > 1e-12 {
			t.Errorf("Evidence(%v) = %v, want %v", c.x, got, want)
		}
	}
}

// The flaws of skewness that detection has to avoid: strength counts, a wholly
// bad conversation stands above a clean one, and nine messages are enough.
func TestEvidenceHasNotTheFlawsOfSkewness(t *testing.T) {
	t.Parallel()
	weak, strong := []float64{.4, .4, 0, 0, 0, 0, 0, 0, 0, 0}, []float64{.9, .9, 0, 0, 0, 0, 0, 0, 0, 0}
	if !(Evidence(strong) > Evidence(weak)) {
		t.Error("strength does not count")
	}
	bad := slices.Repeat([]float64{.5}, 40)
	if !(Evidence(bad) > Evidence(make([]float64, 40))) || Skewness(append([]float64{0}, bad...), 10) >= 0 {
		t.Error("a wholly bad conversation ranks below a clean one")
	}
	if !(Evidence(slices.Repeat([]float64{.9}, 9)) > Evidence(weak)) {
		t.Error("fewer than ten messages do not count")
	}
}

func TestEvidenceIsMonotone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.Float64Range(0, 3), 0, 40).Draw(t, "x")
		if more := append(slices.Clone(x), rapid.Float64Range(0, 3).Draw(t, "next")); Evidence(more) < Evidence(x) {
			t.Errorf("a further score lowered it: %v", more)
		}
		if v := Evidence(x); v < 0 || v >= 1.5 {
			t.Errorf("Evidence(%v) = %v", x, v)
		}
	})
}
