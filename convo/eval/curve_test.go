package eval

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// scoredCases draws cases with many equal scores.
func scoredCases() *rapid.Generator[[]Scored] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Scored {
		return Scored{float64(rapid.IntRange(0, 8).Draw(t, "score")) / 8, rapid.Bool().Draw(t, "positive")}
	}), 0, 40)
}

func TestAUCIsTheShareOfWonPairs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cases := scoredCases().Draw(t, "cases")
		var won, pairs float64
		for _, p := range cases {
			for _, n := range cases {
				if !p.Positive || n.Positive {
					continue
				}
				pairs++
				if p.Score > n.Score {
					won++
				} else if p.Score == n.Score {
					won += .5
				}
			}
		}
		auc, err := AUC(cases)
		if pairs == 0 {
			if !errors.Is(err, ErrOneClass) {
				t.Fatalf("one class: %v, %v", auc, err)
			}
			return
		}
		if err != nil || math.Abs(auc-won/pairs) > 1e-12 {
			t.Fatalf("AUC %v, %v; by pairs %v", auc, err, won/pairs)
		}
		turned, exchanged := make([]Scored, len(cases)), make([]Scored, len(cases))
		for i, c := range cases {
			turned[i] = Scored{-c.Score, c.Positive}
			exchanged[i] = Scored{c.Score, !c.Positive}
		}
		for _, other := range [][]Scored{turned, exchanged} {
			if a, err := AUC(other); err != nil || math.Abs(a+auc-1) > 1e-12 {
				t.Fatalf("AUC %v and, the other way round, %v (%v)", auc, a, err)
			}
		}
	})
}

func TestPRCurve(t *testing.T) {
	cases := []Scored{{.9, true}, {.8, false}, {.8, true}, {.4, true}, {.1, false}}
	points, ap, err := PRCurve(cases)
	if err != nil {
		t.Fatal(err)
	}
	want := []PRPoint{
		{.9, 1, 0, 1, 1. / 3}, {.8, 2, 1, 2. / 3, 2. / 3}, {.4, 3, 1, .75, 1}, {.1, 3, 2, .6, 1},
	}
	if len(points) != len(want) {
		t.Fatalf("%+v", points)
	}
	for i := range want {
		if points[i] != want[i] {
			t.Errorf("point %d: %+v, wanted %+v", i, points[i], want[i])
		}
	}
	if wantAP := (1 + 2./3 + .75) / 3; math.Abs(ap-wantAP) > 1e-12 {
		t.Errorf("average precision %v, wanted %v", ap, wantAP)
	}
	if _, _, err := PRCurve(cases[1:2]); !errors.Is(err, ErrOneClass) {
		t.Errorf("without positives: %v", err)
	}
}

func TestAScoreThatIsNoNumberIsAnError(t *testing.T) {
	cases := []Scored{{.9, true}, {math.NaN(), false}}
	if _, err := AUC(cases); err == nil {
		t.Error("AUC took it")
	}
	if _, _, err := PRCurve(cases); err == nil {
		t.Error("PRCurve took it")
	}
	if _, _, err := CountsAtFPR(cases, .1); err == nil {
		t.Error("CountsAtFPR took it")
	}
	if _, err := FitIsotonic(cases); err == nil {
		t.Error("FitIsotonic took it")
	}
	if _, err := FitPlatt(cases); err == nil {
		t.Error("FitPlatt took it")
	}
	if _, err := Brier(cases); err == nil {
		t.Error("Brier took it")
	}
	if _, _, err := Reliability(cases, 10); err == nil {
		t.Error("Reliability took it")
	}
	if _, err := ScoreAuthorRanking(map[string]float64{"a": math.NaN()}, nil, .5); err == nil {
		t.Error("ScoreAuthorRanking took it")
	}
}

func TestCountsAtFPR(t *testing.T) {
	cases := []Scored{{.9, true}, {.8, false}, {.8, true}, {.7, true}, {.6, false}, {.5, true}}
	for _, row := range []struct {
		most float64
		tp   int
		at   float64
	}{{0, 1, .9}, {.49, 1, .9}, {.5, 3, .7}, {.99, 3, .7}, {1, 4, .5}} {
		c, threshold, err := CountsAtFPR(cases, row.most)
		if err != nil || c.TP != row.tp || c.FPR() > row.most || threshold != row.at {
			t.Errorf("FPR ≤ %v: %+v at %v, %v; wanted %d", row.most, c, threshold, err, row.tp)
		}
	}
	c, threshold, err := CountsAtFPR([]Scored{{1, false}, {.5, true}}, .1)
	if err != nil || c != (Counts{FN: 1, TN: 1}) || !math.IsInf(threshold, 1) {
		t.Errorf("%+v at %v, %v", c, threshold, err)
	}
}
