package eval

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPenaltyCheckValues(t *testing.T) {
	if math.Abs(PenaltyRate-math.Log(3)/89) > 1e-17 {
		t.Errorf("p is %v", PenaltyRate)
	}
	for k, want := range map[int]float64{1: 0, 10: .055, 30: .177, 50: .294, 90: .5, 200: .842} {
		if got := Penalty(k, PenaltyRate); math.Abs(got-want) > 5e-4 {
			t.Errorf("penalty(%d) = %.4f, wanted %.3f", k, got, want)
		}
	}
	if got := Penalty(90, PenaltyRate); math.Abs(got-.5) > 1e-12 {
		t.Errorf("penalty(90) = %v", got)
	}
}

func TestFLatencyUsesTheMedianPenalty(t *testing.T) {
	l := FLatency(.8, []int{200, 1, 90}, PenaltyRate)
	if math.Abs(l.FLatency-.4) > 1e-12 || l.MedianMessages != 90 || !l.SpeedDefined {
		t.Errorf("%+v", l)
	}
	// Of an even number the median penalty is the mean of two penalties, not
	// the penalty of the mean message.
	l = FLatency(1, []int{1, 179}, PenaltyRate)
	want := 1 - Penalty(179, PenaltyRate)/2
	if math.Abs(l.Speed-want) > 1e-12 || math.Abs(want-(1-Penalty(90, PenaltyRate))) < .05 {
		t.Errorf("%+v, wanted speed %v", l, want)
	}
}

func TestFLatencyWithoutTruePositives(t *testing.T) {
	l := FLatency(0, nil, ERiskPenaltyRate)
	if l.FLatency != 0 || l.SpeedDefined || !strings.Contains(l.String(), "undefined") {
		t.Errorf("%+v: %s", l, l)
	}
}

func TestResultsNameWhatTheyDependOn(t *testing.T) {
	if s := FLatency(.5, []int{3}, ERiskPenaltyRate).String(); !strings.Contains(s, "p = 0.0078") {
		t.Error(s)
	}
	if s := ERDE([]EarlyCase{{Positive: true}, {}}, 50).String(); !strings.Contains(s, "ERDE_50") || !strings.Contains(s, "prevalence 0.5") {
		t.Error(s)
	}
}

func TestERDE(t *testing.T) {
	cases := []EarlyCase{
		{Positive: true, Warned: true, At: 5}, // 1 − 1/2
		{Positive: true},                      // 1
		{Warned: true, At: 1},                 // the prevalence, 1/2
		{},                                    // 0
	}
	if e := ERDE(cases, 5); e.Mean != .5 || e.Prevalence != .5 || e.Cases != 4 {
		t.Errorf("%+v", e)
	}
	late := []EarlyCase{{Positive: true, Warned: true, At: 1_000_000}}
	if e := ERDE(late, 5); e.Mean != 1 {
		t.Errorf("a warning that comes far too late costs %v", e.Mean)
	}
	if e := ERDE(nil, 5); e.Mean != 0 {
		t.Errorf("%+v", e)
	}
}

func TestERDEBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cases := rapid.SliceOf(rapid.Custom(func(t *rapid.T) EarlyCase {
			return EarlyCase{
				Positive: rapid.Bool().Draw(t, "positive"),
				Warned:   rapid.Bool().Draw(t, "warned"),
				At:       rapid.IntRange(1, 10_000).Draw(t, "at"),
			}
		})).Draw(t, "cases")
		o := rapid.IntRange(1, 100).Draw(t, "o")
		e := ERDE(cases, o)
		if !(e.Mean >= 0 && e.Mean <= 1) {
			t.Fatalf("%+v", e)
		}
		// A later warning never costs less, and no warning costs the most.
		for i, c := range cases {
			if !c.Positive || !c.Warned {
				continue
			}
			cases[i].At++
			later := ERDE(cases, o).Mean
			cases[i].Warned = false
			never := ERDE(cases, o).Mean
			cases[i] = c
			if later < e.Mean || never < later-1e-12 {
				t.Fatalf("case %d: %v, one message later %v, never %v", i, e.Mean, later, never)
			}
		}
	})
}
