package eval

import "math"

// EvidenceHalfLife is after how many further messages a score counts half in
// [Evidence]. Scores of labeled groups come without times, so messages stand
// for them: a score keeps most of its weight over the length of a
// conversation's page and little of it over hundreds of messages.
const EvidenceHalfLife = 50

// Evidence is how Jaga adds scores up, applied to scores alone. A score is
// taken for log-odds, as Sentinel's is: the logarithm of how much more a
// message resembles the rare class. Then
//
//	a(i) = a(i−1) · 2^(−1/h) + s(i)²/(s(i) + 0.5)   for s(i) > 0, h = 50
//	affinity = 1.5 · m / (m + 0.5),                 m = max a(i)
//
// so that weak scores count less than in proportion, evidence adds up and
// fades, the highest state is kept, and the result saturates at 1.5. It has no
// least number of messages, and a further score never lowers it. Equal scores
// each count; whoever has the messages leaves repetitions out beforehand.
func Evidence(x []float64) float64 {
	fade := math.Exp2(-1.0 / EvidenceHalfLife)
	var a, most float64
	for _, s := range x {
		a *= fade
		if s > 0 {
			a += s * s / (s + 0.5)
		}
		most = max(most, a)
	}
	return 1.5 * most / (most + 0.5)
}

// Aggregators returns Sentinel's six and, last, Jaga's.
func Aggregators() []Aggregator {
	return append(SentinelAggregators(), Aggregator{"evidence", Evidence})
}
