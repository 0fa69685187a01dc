package eval

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// BootstrapOptions are the settings of [Bootstrap].
type BootstrapOptions struct {
	Seed       uint64  // equal seeds and persons give equal intervals
	Resamples  int     // at least 1; 2,000 are usual for a 95 % interval
	Confidence float64 // between 0 and 1, such as 0.95
}

// BootstrapResult is an interval with what it came from.
type BootstrapResult struct {
	Interval
	Persons   int    `json:"persons"`
	Resamples int    `json:"resamples"`
	Seed      uint64 `json:"seed"`
	// Undefined counts the resamples in which the statistic was not a
	// number; the interval is over the others.
	Undefined int `json:"undefined"`
}

// Bootstrap returns the percentile interval of a statistic over persons
// (Efron 1979). It draws whole persons, with everything counted of them,
// because the messages of one person are not independent of each other.
//
// Each element of persons holds what the statistic needs of one person; their
// order is part of the seed's meaning, so give them sorted. statistic must
// neither change nor keep its argument. It fails without persons, on options
// out of range, and when no resample gave a number.
func Bootstrap[P any](persons []P, statistic func([]P) float64, o BootstrapOptions) (BootstrapResult, error) {
	r := BootstrapResult{Persons: len(persons), Resamples: o.Resamples, Seed: o.Seed}
	switch {
	case len(persons) == 0:
		return r, fmt.Errorf("bootstrapping: no persons")
	case o.Resamples < 1:
		return r, fmt.Errorf("bootstrapping: %d resamples", o.Resamples)
	case !(o.Confidence > 0 && o.Confidence < 1):
		return r, fmt.Errorf("bootstrapping: confidence %v is not between 0 and 1", o.Confidence)
	}
	rnd := rand.New(rand.NewPCG(o.Seed, 0))
	sample := make([]P, len(persons))
	var values []float64
	for range o.Resamples {
		for i := range sample {
			sample[i] = persons[rnd.IntN(len(persons))]
		}
		if v := statistic(sample); math.IsNaN(v) {
			r.Undefined++
		} else {
			values = append(values, v)
		}
	}
	if len(values) == 0 {
		return r, fmt.Errorf("bootstrapping: the statistic was not a number in any of %d resamples", o.Resamples)
	}
	slices.Sort(values)
	tail := (1 - o.Confidence) / 2
	r.Interval = Interval{Low: quantile(values, tail), High: quantile(values, 1-tail), Confidence: o.Confidence}
	return r, nil
}

// quantile of sorted values, between two of them in proportion.
func quantile(sorted []float64, q float64) float64 {
	pos := q * float64(len(sorted)-1)
	i := int(pos)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	if sorted[i] == sorted[i+1] {
		return sorted[i] // also when both are infinite
	}
	return sorted[i] + float64((pos-float64(i))*(sorted[i+1]-sorted[i]))
}
