package eval

import (
	"fmt"
	"math"
)

// Interval is a range in which a value lies with some confidence.
type Interval struct {
	Low        float64 `json:"low"`
	High       float64 `json:"high"`
	Confidence float64 `json:"confidence"` // between 0 and 1, such as 0.95
}

// ClopperPearson returns the exact two-sided interval of a proportion of
// which k of n trials were successes (Clopper and Pearson, Biometrika 1934).
// Of no trials it is [0, 1]: nothing is known. It fails unless 0 ≤ k ≤ n and
// 0 < confidence < 1.
func ClopperPearson(k, n int, confidence float64) (Interval, error) {
	if err := checkTrials(k, n, confidence); err != nil {
		return Interval{}, fmt.Errorf("computing a Clopper–Pearson interval: %w", err)
	}
	tail := (1 - confidence) / 2
	return Interval{Low: lowest(k, n, tail), High: highest(k, n, tail), Confidence: confidence}, nil
}

// UpperBound returns the exact one-sided upper bound of a proportion of which
// k of n trials were successes; 1 for no trials. It fails as
// [ClopperPearson] does.
func UpperBound(k, n int, confidence float64) (float64, error) {
	if err := checkTrials(k, n, confidence); err != nil {
		return 1, fmt.Errorf("computing an upper bound: %w", err)
	}
	return highest(k, n, 1-confidence), nil
}

// RuleOfThree is the approximate one-sided upper 95 % bound of a proportion
// of which none of n trials was a success: 3/n, as −ln 0.05 ≈ 3. It is 1 for
// fewer than three trials. [UpperBound] is exact.
func RuleOfThree(n int) float64 {
	if n < 3 {
		return 1
	}
	return 3 / float64(n)
}

func checkTrials(k, n int, confidence float64) error {
	if k < 0 || n < k {
		return fmt.Errorf("%d successes of %d trials", k, n)
	}
	if !(confidence > 0 && confidence < 1) {
		return fmt.Errorf("confidence %v is not between 0 and 1", confidence)
	}
	return nil
}

// lowest is the p at which k or more successes have probability tail, highest
// the p at which k or fewer have.
func lowest(k, n int, tail float64) float64 {
	if k == 0 {
		return 0
	}
	return betaQuantile(tail, float64(k), float64(n-k+1))
}

func highest(k, n int, tail float64) float64 {
	if k == n {
		return 1
	}
	return betaQuantile(1-tail, float64(k+1), float64(n-k))
}

// Rate is a proportion with what it was counted from.
type Rate struct {
	Hits     int      `json:"hits"`
	Of       int      `json:"of"`
	Value    float64  `json:"value"` // 0 when Of is 0: look at the interval
	Interval Interval `json:"interval"`
}

// NewRate returns hits/of with its two-sided 95 % Clopper–Pearson interval.
// It panics unless 0 ≤ hits ≤ of: such counts are a mistake of the program.
func NewRate(hits, of int) Rate {
	interval, err := ClopperPearson(hits, of, 0.95)
	if err != nil {
		panic(err)
	}
	return Rate{Hits: hits, Of: of, Value: ratio(hits, of), Interval: interval}
}

// String gives the proportion, its counts and its interval.
func (r Rate) String() string {
	if r.Of == 0 {
		return "not measured"
	}
	return fmt.Sprintf("%.4g (%d of %d, %g %% interval %.4g to %.4g)",
		r.Value, r.Hits, r.Of, math.Round(1000*r.Interval.Confidence)/10, r.Interval.Low, r.Interval.High)
}
