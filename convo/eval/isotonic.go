package eval

import (
	"fmt"
	"math"
	"slices"
	"sort"
)

// Isotonic is a calibration map that never falls: straight lines between its
// points, constant outside them. It can be stored as JSON; check what was
// loaded with Validate.
type Isotonic struct {
	Points []IsotonicPoint `json:"points"` // by ascending score
}

// IsotonicPoint gives a score its probability.
type IsotonicPoint struct {
	Score       float64 `json:"score"`
	Probability float64 `json:"probability"`
}

// FitIsotonic fits by pooling adjacent violators (Ayer et al. 1955; Zadrozny
// and Elkan, KDD 2002), which has the least squared error of all maps that
// never fall. Fit it on other cases than those it is measured on. The error is
// [ErrOneClass] when a class is empty; scores must be finite.
func FitIsotonic(cases []Scored) (Isotonic, error) {
	sorted, positives, err := byScore(cases)
	if err != nil {
		return Isotonic{}, fmt.Errorf("fitting an isotonic map: %w", err)
	}
	if positives == 0 || positives == len(cases) {
		return Isotonic{}, fmt.Errorf("fitting an isotonic map: %w", ErrOneClass)
	}
	if math.IsInf(sorted[0].Score, 0) || math.IsInf(sorted[len(sorted)-1].Score, 0) {
		return Isotonic{}, fmt.Errorf("fitting an isotonic map: a score is infinite")
	}
	slices.Reverse(sorted)
	type block struct {
		low, high    float64 // scores
		positives, n int
	}
	// less compares shares without rounding.
	less := func(a, b block) bool {
		return uint64(a.positives)*uint64(b.n) < uint64(b.positives)*uint64(a.n)
	}
	var blocks []block
	for i := 0; i < len(sorted); {
		next := block{low: sorted[i].Score, high: sorted[i].Score}
		for ; i < len(sorted) && sorted[i].Score == next.low; i++ {
			next.n++
			if sorted[i].Positive {
				next.positives++
			}
		}
		for len(blocks) > 0 && !less(blocks[len(blocks)-1], next) {
			last := blocks[len(blocks)-1]
			blocks = blocks[:len(blocks)-1]
			next = block{last.low, next.high, last.positives + next.positives, last.n + next.n}
		}
		blocks = append(blocks, next)
	}
	var m Isotonic
	for _, b := range blocks {
		p := ratio(b.positives, b.n)
		m.Points = append(m.Points, IsotonicPoint{b.low, p})
		if b.high > b.low {
			m.Points = append(m.Points, IsotonicPoint{b.high, p})
		}
	}
	return m, nil
}

// Validate checks that the map has points, that their scores rise and are
// finite, and that their probabilities never fall and stay in [0, 1].
func (m Isotonic) Validate() error {
	if len(m.Points) == 0 {
		return fmt.Errorf("isotonic map: no points")
	}
	for i, p := range m.Points {
		switch {
		case math.IsNaN(p.Score) || math.IsInf(p.Score, 0):
			return fmt.Errorf("isotonic map, point %d: score %v is not finite", i, p.Score)
		case !(p.Probability >= 0 && p.Probability <= 1):
			return fmt.Errorf("isotonic map, point %d: %v is not a probability", i, p.Probability)
		case i > 0 && p.Score <= m.Points[i-1].Score:
			return fmt.Errorf("isotonic map, point %d: scores must rise", i)
		case i > 0 && p.Probability < m.Points[i-1].Probability:
			return fmt.Errorf("isotonic map, point %d: probabilities must not fall", i)
		}
	}
	return nil
}

// Probability maps a score. It is NaN for NaN and for a map without points.
func (m Isotonic) Probability(score float64) float64 {
	if len(m.Points) == 0 || math.IsNaN(score) {
		return math.NaN()
	}
	i := sort.Search(len(m.Points), func(i int) bool { return m.Points[i].Score >= score })
	if i == 0 {
		return m.Points[0].Probability
	}
	if i == len(m.Points) {
		return m.Points[i-1].Probability
	}
	a, b := m.Points[i-1], m.Points[i]
	// Halves, so that the widest distance stays finite; the bounds, so that
	// rounding never leaves the two probabilities.
	t := (score/2 - a.Score/2) / (b.Score/2 - a.Score/2)
	if b.Score/2 == a.Score/2 { // neighbours among the smallest numbers
		t = 1
	}
	p := a.Probability + float64(t*(b.Probability-a.Probability))
	return min(max(p, a.Probability), b.Probability)
}
