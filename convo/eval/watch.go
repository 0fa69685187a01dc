package eval

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Watched is one labelled conversation after a detector with bands watched
// it.
type Watched struct {
	Participants
	Positive bool
	Messages int       // that were observed
	Reached  []Reached // for each band, the lowest first
}

// Reached says when a conversation reached a band, or a higher one.
type Reached struct {
	OK      bool
	Message int     // messages observed until then, from 1
	Seconds float64 // since the first message; NaN when the times are unknown
}

// score is the number of the highest band, 0 for none.
func (w Watched) score() float64 {
	n := 0
	for i, r := range w.Reached {
		if r.OK {
			n = i + 1
		}
	}
	return float64(n)
}

// WatchReport is a result of [ScoreWatched]: aggregate counts only.
type WatchReport struct {
	Conversations int          `json:"conversations"`
	Messages      int          `json:"messages"`
	Positives     int          `json:"positives"`
	Negatives     int          `json:"negatives"`
	Bands         []BandReport `json:"bands"` // the lowest first
	// AUC and AveragePrecision rank conversations by their highest band; nil
	// when there is one class only.
	AUC              *float64  `json:"auc"`
	AveragePrecision *float64  `json:"average_precision"`
	Curve            []PRPoint `json:"curve"`
	// Calibration is nil where the persons cannot be split so that both
	// halves have both classes, see WhyNot.
	Calibration *WatchCalibration `json:"calibration"`
	WhyNot      string            `json:"why_no_calibration,omitempty"`
}

// BandReport says how conversations reached one band.
type BandReport struct {
	Band      string  `json:"band"`
	Positives Rate    `json:"positives"` // that reached it: the recall
	Negatives Rate    `json:"negatives"` // that reached it: the false positive rate
	Precision Rate    `json:"precision"` // at the share of positives of this file
	F1        float64 `json:"f1"`
	// Messages and Seconds are over the positives that reached the band.
	Messages Spread    `json:"messages"`
	Seconds  Spread    `json:"seconds"`
	Latency  Latency   `json:"latency"`
	ERDE5    EarlyRisk `json:"erde_5"`
	ERDE50   EarlyRisk `json:"erde_50"`
	// At are the messages at which positives reached it, in order.
	At []int `json:"at"`
}

// Spread is the middle and the ninth tenth of counts or times; all 0 of none.
type Spread struct {
	Of     int     `json:"of"`
	Median float64 `json:"median"`
	P90    float64 `json:"p90"`
}

// SpreadOf returns the spread of values, of which those that are not a number
// are left out.
func SpreadOf(values []float64) Spread {
	v := slices.DeleteFunc(slices.Clone(values), math.IsNaN)
	if len(v) == 0 {
		return Spread{}
	}
	slices.Sort(v)
	return Spread{Of: len(v), Median: median(v), P90: v[min(len(v)*9/10, len(v)-1)]}
}

// WatchCalibration says how true probabilities are that are learned, by
// isotonic regression, from the bands of half of the persons and measured on
// the other half.
type WatchCalibration struct {
	Fitted int     `json:"fitted"` // conversations
	Cases  int     `json:"cases"`
	ECE    float64 `json:"ece"` // over len(Bins) bins
	Brier  float64 `json:"brier"`
	Bins   []Bin   `json:"bins"`
}

// calibrationBins is the usual number of bins of an expected calibration
// error.
const calibrationBins = 10

// ScoreWatched scores conversations by the bands they reached. Every case must
// have as many Reached as there are bands. seed decides who calibrates.
func ScoreWatched(cases []Watched, bands []string, seed uint64) (WatchReport, error) {
	r := WatchReport{Conversations: len(cases), Bands: []BandReport{}, Curve: []PRPoint{}}
	if len(cases) == 0 {
		return r, errors.New("scoring conversations: there are none")
	}
	scored := make([]Scored, len(cases))
	for i, c := range cases {
		if len(c.Reached) != len(bands) {
			return r, fmt.Errorf("scoring conversation %d: it has %d bands, not %d", i+1, len(c.Reached), len(bands))
		}
		r.Messages += c.Messages
		if c.Positive {
			r.Positives++
		}
		scored[i] = Scored{c.score(), c.Positive}
	}
	r.Negatives = len(cases) - r.Positives
	for b, name := range bands {
		r.Bands = append(r.Bands, bandReport(cases, b, name))
	}
	if auc, err := AUC(scored); err == nil {
		points, average, err := PRCurve(scored)
		if err != nil {
			return r, err
		}
		r.AUC, r.AveragePrecision, r.Curve = &auc, &average, points
	}
	var err error
	r.Calibration, err = calibrate(cases, scored, seed)
	if err != nil {
		r.WhyNot = err.Error()
	}
	return r, nil
}

func bandReport(cases []Watched, b int, name string) BandReport {
	out := BandReport{Band: name, At: []int{}}
	var n Counts
	var messages, seconds []float64
	early := make([]EarlyCase, len(cases))
	for i, c := range cases {
		at := c.Reached[b]
		n.Count(c.Positive, at.OK)
		early[i] = EarlyCase{Positive: c.Positive, Warned: at.OK, At: at.Message}
		if c.Positive && at.OK {
			out.At = append(out.At, at.Message)
			messages = append(messages, float64(at.Message))
			seconds = append(seconds, at.Seconds)
		}
	}
	slices.Sort(out.At)
	out.Positives, out.Negatives = NewRate(n.TP, n.TP+n.FN), NewRate(n.FP, n.FP+n.TN)
	out.Precision, out.F1 = NewRate(n.TP, n.TP+n.FP), n.F(1)
	out.Messages, out.Seconds = SpreadOf(messages), SpreadOf(seconds)
	out.Latency = FLatency(out.F1, out.At, PenaltyRate)
	out.ERDE5, out.ERDE50 = ERDE(early, 5), ERDE(early, 50)
	return out
}

// calibrate learns on one half of the persons and measures on the other.
func calibrate(cases []Watched, scored []Scored, seed uint64) (*WatchCalibration, error) {
	who := make([]Participants, len(cases))
	for i, c := range cases {
		who[i] = c.Participants
	}
	parts, err := Split(who, seed, 1, 1)
	if err != nil {
		return nil, err
	}
	var half [2][]Scored
	for i, p := range parts.Of {
		half[p] = append(half[p], scored[i])
	}
	fitted, err := FitIsotonic(half[0])
	if err != nil {
		return nil, fmt.Errorf("half of the persons do not have both classes: %w", err)
	}
	for i := range half[1] {
		half[1][i].Score = fitted.Probability(half[1][i].Score)
	}
	if _, err := AUC(half[1]); err != nil {
		return nil, fmt.Errorf("half of the persons do not have both classes: %w", err)
	}
	out := &WatchCalibration{Fitted: len(half[0]), Cases: len(half[1])}
	if out.Bins, out.ECE, err = Reliability(half[1], calibrationBins); err != nil {
		return nil, err
	}
	out.Brier, err = Brier(half[1])
	return out, err
}
