package eval

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// scores repeats value n times, one after the other.
func scores(pairs ...float64) []float64 {
	var x []float64
	for i := 0; i < len(pairs); i += 2 {
		x = append(x, slices.Repeat([]float64{pairs[i+1]}, int(pairs[i]))...)
	}
	return x
}

func TestSentinelAggregators(t *testing.T) {
	names := []string{"skewness", "mean_of_positives", "top_k_mean", "percentile_score", "softmax_weighted_mean", "max_score"}
	for _, row := range []struct {
		x    []float64
		want [6]float64
	}{
		{scores(7, 0, 1, .2, 1, .4, 1, .9), [6]float64{.535373, .5, .5, .8, .590519, .9}},
		{scores(2, 0, 8, .5), [6]float64{-.5, .5, .5, .5, .5, .5}},
		{scores(1, .2, 1, .4, 1, .9), [6]float64{0, .5, .5, .8, .590519, .9}},
		{scores(12, 0, 1, .15, 2, .3, 3, .6, 1, .8, 1, .95), [6]float64{.69746, .5375, .783333, .845, .601228, .95}},
		{nil, [6]float64{}},
		{scores(20, 0), [6]float64{}},
	} {
		before := slices.Clone(row.x)
		for i, a := range SentinelAggregators() {
			if a.Name != names[i] {
				t.Errorf("aggregator %d is %s, wanted %s", i, a.Name, names[i])
			}
			if got := a.Aggregate(row.x); math.Abs(got-row.want[i]) > 5e-7 {
				t.Errorf("%s%v = %.7f, wanted %.6f", a.Name, row.x, got, row.want[i])
			}
		}
		if !slices.Equal(before, row.x) {
			t.Errorf("%v was changed to %v", before, row.x)
		}
	}
}

// TestSentinelFlaws holds the baseline to its documented flaws: a comparison
// with a mended baseline would be no comparison.
func TestSentinelFlaws(t *testing.T) {
	skewness := SentinelAggregators()[0].Aggregate
	near := func(name string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 5e-3 {
			t.Errorf("%s: %v, wanted %v", name, got, want)
		}
	}
	weak, strong := skewness(scores(8, 0, 2, .4)), skewness(scores(8, 0, 2, .9))
	near("a: weak signals", weak, .5)
	near("a: strong signals", strong, .5)
	near("b: half of the messages flagged", skewness(scores(10, 0, 10, .5)), 0)
	near("b: 55 % flagged", skewness(scores(9, 0, 11, .5)), -.90)
	near("b: 60 % flagged", skewness(scores(8, 0, 12, .5)), -.82)
	near("b: 80 % flagged", skewness(scores(4, 0, 16, .5)), -.5)
	if bad, clean := skewness(scores(1, 0, 19, .9)), skewness(scores(20, 0)); bad >= clean {
		t.Errorf("b: a bad conversation has %v, a clean one %v", bad, clean)
	}
	if got := skewness(scores(9, .9)); got != 0 {
		t.Errorf("c: nine strong messages have %v", got)
	}
	near("g: twenty equal scores", skewness(scores(20, .4)), 1)
}

func TestAggregatorsStayWithinTheScores(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOf(rapid.Float64Range(0, 5)).Draw(t, "x")
		for _, a := range SentinelAggregators()[1:] {
			got := a.Aggregate(x)
			if len(x) == 0 || slices.Max(x) == 0 {
				if got != 0 {
					t.Fatalf("%s of nothing is %v", a.Name, got)
				}
				continue
			}
			if !(got > 0 && got <= slices.Max(x)*(1+1e-12)) {
				t.Fatalf("%s%v = %v", a.Name, x, got)
			}
		}
	})
}

func TestThreshold(t *testing.T) {
	x := []float64{.05, .1, .3, 0}
	if got := Threshold(x, SentinelMinScore); !slices.Equal(got, []float64{0, .1, .3, 0}) || x[0] != .05 {
		t.Errorf("%v from %v", got, x)
	}
}
