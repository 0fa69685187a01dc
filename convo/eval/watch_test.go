package eval

import (
	"fmt"
	"math"
	"testing"
)

func watched(id string, positive bool, at ...int) Watched {
	w := Watched{Participants: Participants{Conversation: id, Persons: []string{id}}, Positive: positive, Messages: 20, Reached: make([]Reached, 2)}
	for i, k := range at {
		w.Reached[i] = Reached{OK: true, Message: k, Seconds: float64(10 * k)}
	}
	return w
}

func TestScoreWatched(t *testing.T) {
	t.Parallel()
	cases := []Watched{watched("a", true, 3, 9), watched("b", true, 5), watched("c", true), watched("d", false, 8), watched("e", false)}
	r, err := ScoreWatched(cases, []string{"low", "high"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	low, high := r.Bands[0], r.Bands[1]
	if low.Positives.Hits != 2 || low.Positives.Of != 3 || low.Negatives.Hits != 1 || low.Negatives.Of != 2 || low.Precision.Of != 3 {
		t.Errorf("low: %+v", low)
	}
	if low.Messages != (Spread{2, 4, 5}) || low.Seconds.Median != 40 {
		t.Errorf("low is reached at %+v, %+v", low.Messages, low.Seconds)
	}
	if high.Positives.Hits != 1 || high.Negatives.Hits != 0 || high.Latency.MedianMessages != 9 {
		t.Errorf("high: %+v", high)
	}
	// a beats both negatives, b ties one and beats one, c loses one and ties one.
	if r.AUC == nil || math.Abs(*r.AUC-(2+1.5+.5)/6) > 1e-12 {
		t.Errorf("AUC %v", r.AUC)
	}
	if r.Messages != 100 || r.Positives != 3 || r.Negatives != 2 {
		t.Errorf("%+v", r)
	}
}

// Where the bands tell the truth, half of the persons teach the other half.
func TestScoreWatchedCalibrates(t *testing.T) {
	t.Parallel()
	var cases []Watched
	for i := range 200 {
		if i%2 == 0 {
			cases = append(cases, watched(fmt.Sprint(i), true, 1, 2))
		} else {
			cases = append(cases, watched(fmt.Sprint(i), false))
		}
	}
	r, err := ScoreWatched(cases, []string{"low", "high"}, 1)
	if err != nil || r.Calibration == nil {
		t.Fatalf("%v, %s", err, r.WhyNot)
	}
	if c := r.Calibration; c.ECE > 1e-9 || c.Brier > 1e-9 || c.Fitted+c.Cases != 200 || c.Cases < 50 {
		t.Errorf("%+v", c)
	}
}

// One class alone, or no conversation, is said and not hidden in a zero.
func TestScoreWatchedSaysWhatItCannot(t *testing.T) {
	t.Parallel()
	r, err := ScoreWatched([]Watched{watched("a", false)}, []string{"low", "high"}, 1)
	if err != nil || r.AUC != nil || r.Calibration != nil || r.WhyNot == "" {
		t.Errorf("%v, %+v", err, r)
	}
	if _, err := ScoreWatched(nil, nil, 1); err == nil {
		t.Error("no conversations were scored")
	}
	if _, err := ScoreWatched([]Watched{watched("a", false)}, []string{"low"}, 1); err == nil {
		t.Error("a case with another number of bands was scored")
	}
	if s := SpreadOf([]float64{math.NaN()}); s.Of != 0 {
		t.Errorf("%+v", s)
	}
}
