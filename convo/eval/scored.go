package eval

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Scored is one case with what the detector said of it.
type Scored struct {
	Score    float64
	Positive bool
}

// ErrOneClass is the error of a measure that compares positives with
// negatives when one of the two is missing.
var ErrOneClass = errors.New("positives and negatives are both needed")

// byScore returns the cases by descending score, and how many are positive. A
// score that is no number is an error: nothing can be ranked by it, and to
// leave it out would count an unknown as clean.
func byScore(cases []Scored) (sorted []Scored, positives int, err error) {
	for i, c := range cases {
		if math.IsNaN(c.Score) {
			return nil, 0, fmt.Errorf("case %d: the score is not a number", i)
		}
		if c.Positive {
			positives++
		}
	}
	sorted = slices.Clone(cases)
	slices.SortFunc(sorted, func(a, b Scored) int { return cmp.Compare(b.Score, a.Score) })
	return sorted, positives, nil
}

// probabilities checks that every score is in [0, 1].
func probabilities(cases []Scored) error {
	for i, c := range cases {
		if !(c.Score >= 0 && c.Score <= 1) {
			return fmt.Errorf("case %d: %v is not a probability", i, c.Score)
		}
	}
	return nil
}
