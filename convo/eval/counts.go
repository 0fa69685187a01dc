package eval

import "fmt"

// Counts is a confusion matrix of two classes.
type Counts struct {
	TP int `json:"tp"` // found, and rightly
	FP int `json:"fp"` // found, and wrongly
	FN int `json:"fn"` // overlooked
	TN int `json:"tn"` // rightly left alone; 0 when nobody counted them
}

// Count adds one case.
func (c *Counts) Count(positive, predicted bool) {
	switch {
	case positive && predicted:
		c.TP++
	case positive:
		c.FN++
	case predicted:
		c.FP++
	default:
		c.TN++
	}
}

// Precision is the share of what was found that was found rightly, in [0, 1];
// 0 when nothing was found.
func (c Counts) Precision() float64 { return ratio(c.TP, c.TP+c.FP) }

// Recall is the share of the positives that were found, in [0, 1]; 0 when
// there are none.
func (c Counts) Recall() float64 { return ratio(c.TP, c.TP+c.FN) }

// FPR is the share of the negatives that were found, in [0, 1]; 0 when there
// are none or nobody counted TN, so look at TN before printing it.
func (c Counts) FPR() float64 { return ratio(c.FP, c.FP+c.TN) }

// F is the weighted harmonic mean of precision and recall,
//
//	(1+β²)·P·R / (β²·P + R),
//
// in [0, 1]; 0 when the denominator is. Recall counts β times as much as
// precision: PAN-2012 takes β = 0.5 for its task 1 and β = 3 for its task 2
// (Inches and Crestani, CLEF 2012). It is computed from the counts, in which
// form it reads (1+β²)·TP / ((1+β²)·TP + β²·FN + FP): from rounded P and R the
// published fourth digit can come out wrong.
func (c Counts) F(beta float64) float64 {
	b := beta * beta
	num := (1 + b) * float64(c.TP)
	den := num + b*float64(c.FN) + float64(c.FP)
	if den == 0 {
		return 0
	}
	return num / den
}

// WithTotal returns the counts with TN filled in, given the number of all
// cases. It fails when there are fewer than the counts already name.
func (c Counts) WithTotal(total int) (Counts, error) {
	c.TN = total - c.TP - c.FP - c.FN
	if c.TN < 0 {
		return c, fmt.Errorf("counting true negatives: %d cases in all, but %d are found or to be found", total, total-c.TN)
	}
	return c, nil
}

// Set is a set of things to be retrieved.
type Set[T comparable] map[T]struct{}

// NewSet returns the set of the given members.
func NewSet[T comparable](members ...T) Set[T] {
	s := make(Set[T], len(members))
	for _, m := range members {
		s[m] = struct{}{}
	}
	return s
}

// Has says whether m is in the set.
func (s Set[T]) Has(m T) bool {
	_, ok := s[m]
	return ok
}

// Compare counts a retrieved set against the truth. TN stays 0: the sets do
// not say how many others there were ([Counts.WithTotal]).
func Compare[T comparable](retrieved, truth Set[T]) Counts {
	var c Counts
	for m := range retrieved {
		c.Count(truth.Has(m), true)
	}
	c.FN = len(truth) - c.TP
	return c
}

// ratio is part/whole, and 0 for an empty whole.
func ratio(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
