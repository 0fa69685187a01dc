package eval

import (
	"math"
	"slices"
)

// Aggregator makes one score of the scores of a source's messages. Aggregate
// does not change its argument.
type Aggregator struct {
	Name      string
	Aggregate func(scores []float64) float64
}

// The defaults of Roblox Sentinel 2.0 (commit 66c6985).
const (
	SentinelMinScores   = 10  // fewer scores have no skewness
	SentinelTopK        = 3   // of the top-k mean
	SentinelPercentile  = 90  // of the percentile score
	SentinelTemperature = 1.0 // of the softmax
	SentinelMinScore    = 0.1 // min_score_to_consider, see [Threshold]
)

// SentinelAggregators returns the six aggregators of Roblox Sentinel 2.0 with
// their defaults, the default one first, written anew from their definitions.
// They are baselines: their known flaws belong to them and are kept.
func SentinelAggregators() []Aggregator {
	return []Aggregator{
		{"skewness", func(x []float64) float64 { return Skewness(x, SentinelMinScores) }},
		{"mean_of_positives", MeanOfPositives},
		{"top_k_mean", func(x []float64) float64 { return TopKMean(x, SentinelTopK) }},
		{"percentile_score", func(x []float64) float64 { return PercentileScore(x, SentinelPercentile) }},
		{"softmax_weighted_mean", func(x []float64) float64 { return SoftmaxWeightedMean(x, SentinelTemperature) }},
		{"max_score", MaxScore},
	}
}

// Threshold returns the scores with those below least set to 0, as Sentinel
// does before it aggregates.
func Threshold(scores []float64, least float64) []float64 {
	out := slices.Clone(scores)
	for i, v := range out {
		if v < least {
			out[i] = 0
		}
	}
	return out
}

// Skewness is (mean − median) / standard deviation of the population; 0 for
// fewer than least scores and for a deviation of exactly 0.
//
// Its flaws are the baseline's: with a share q of the messages at one score s
// it is √(q/(1−q)) whatever s is, it is negative once most messages are
// flagged, it says nothing of short conversations, and since the deviation is
// compared with 0 exactly, rounding can make ±1 of equal scores.
func Skewness(x []float64, least int) float64 {
	if len(x) < max(least, 1) {
		return 0
	}
	mean := meanOf(x)
	var squares float64
	for _, v := range x {
		d := v - mean
		squares += float64(d * d) // rounded here on every machine: no fused step
	}
	std := math.Sqrt(squares / float64(len(x)))
	if std == 0 {
		return 0
	}
	return (mean - median(x)) / std
}

// MeanOfPositives is the mean of the scores above 0; 0 without any.
func MeanOfPositives(x []float64) float64 { return meanOf(positives(x)) }

// TopKMean is the mean of the k highest scores above 0, or of all of them
// when they are fewer; 0 without any.
func TopKMean(x []float64, k int) float64 {
	p := positives(x)
	return meanOf(p[max(0, len(p)-max(k, 0)):])
}

// PercentileScore is the q-th percentile of the scores above 0, q in
// [0, 100], between two of them in proportion; 0 without any.
func PercentileScore(x []float64, q float64) float64 {
	p := positives(x)
	if len(p) == 0 {
		return 0
	}
	pos := q / 100 * float64(len(p)-1)
	i := min(max(int(pos), 0), len(p)-1)
	next := min(i+1, len(p)-1)
	return p[i] + float64((pos-float64(i))*(p[next]-p[i]))
}

// SoftmaxWeightedMean is the mean of the scores above 0 weighted by
// e^(score/temperature), of which the temperature is at least 1e-6; 0 without
// any.
func SoftmaxWeightedMean(x []float64, temperature float64) float64 {
	p := positives(x)
	if len(p) == 0 {
		return 0
	}
	t := max(temperature, 1e-6)
	highest := p[len(p)-1]
	var sum, weights float64
	for _, v := range p {
		w := math.Exp((v - highest) / t)
		sum += float64(w * v)
		weights += w
	}
	return sum / weights
}

// MaxScore is the highest score above 0; 0 without any.
func MaxScore(x []float64) float64 {
	p := positives(x)
	if len(p) == 0 {
		return 0
	}
	return p[len(p)-1]
}

// positives returns the scores above 0, the lowest first.
func positives(x []float64) []float64 {
	var p []float64
	for _, v := range x {
		if v > 0 {
			p = append(p, v)
		}
	}
	slices.Sort(p)
	return p
}

// meanOf adds from left to right; 0 of none.
func meanOf(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	var sum float64
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}
