package eval

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// GroupReport holds what Sentinel's evaluation harness says of one
// aggregator over labeled groups.
type GroupReport struct {
	Aggregator string  `json:"aggregator"`
	MinScore   float64 `json:"min_score"` // scores below it counted as 0
	Positives  int     `json:"positives"`
	Negatives  int     `json:"negatives"`

	AUC float64 `json:"auc"`

	N            int     `json:"n"` // ranks up to N are looked at
	PrecisionAtN float64 `json:"precision_at_n"`
	RecallAtN    float64 `json:"recall_at_n"`
	// RankRatio is the mean rank of the positives divided by that of the
	// negatives; below 1 the positives stand higher.
	RankRatio float64 `json:"rank_ratio"`

	Cut    float64 `json:"cut"` // predicted positive: affinity ≥ Cut
	Counts Counts  `json:"counts"`
	F1     float64 `json:"f1"` // at Cut

	MeanDifference float64 `json:"mean_difference"`
	// CohensD is nil where it is undefined: with fewer than three groups, and
	// when each class lies at one value, so that there is no deviation.
	CohensD *float64 `json:"cohens_d"`
	KS      float64  `json:"ks"`
}

// GroupOptions are the settings of [ScoreGroups].
type GroupOptions struct {
	MinScore float64  // see [Threshold]
	N        int      // of precision@N; 0 means the number of positives
	Cut      *float64 // nil means the best F1 over all distinct affinities
}

// ScoreGroups runs one aggregator over the scores of labeled groups. A group
// without scores has affinity 0; one whose texts nobody scored is an error,
// and so is a score or affinity that is not a number. The error is
// [ErrOneClass] when all groups have the same label.
func ScoreGroups(groups []Group, agg Aggregator, o GroupOptions) (GroupReport, error) {
	cases := make([]Scored, len(groups))
	for i, g := range groups {
		if len(g.Texts) > 0 && len(g.Scores) == 0 {
			return GroupReport{}, fmt.Errorf("aggregating group %q: its texts have no scores", g.Name)
		}
		if slices.ContainsFunc(g.Scores, math.IsNaN) {
			return GroupReport{}, fmt.Errorf("aggregating group %q: a score is not a number", g.Name)
		}
		cases[i].Positive = g.Label == 1
		if len(g.Scores) > 0 {
			cases[i].Score = agg.Aggregate(Threshold(g.Scores, o.MinScore))
		}
	}
	return scoreAffinities(cases, agg.Name, o)
}

func scoreAffinities(cases []Scored, name string, o GroupOptions) (GroupReport, error) {
	r := GroupReport{Aggregator: name, MinScore: o.MinScore}
	auc, err := AUC(cases)
	if err != nil {
		return r, fmt.Errorf("scoring aggregator %q: %w", name, err)
	}
	r.AUC = auc
	var pos, neg []float64
	for _, c := range cases {
		if c.Positive {
			pos = append(pos, c.Score)
		} else {
			neg = append(neg, c.Score)
		}
	}
	r.Positives, r.Negatives = len(pos), len(neg)

	r.N = o.N
	if r.N == 0 {
		r.N = r.Positives
	}
	r.rank(cases)

	if o.Cut != nil {
		r.Cut = *o.Cut
	} else {
		r.Cut = bestCut(cases)
	}
	r.Counts = cutAt(cases, r.Cut)
	r.F1 = r.Counts.F(1)

	r.MeanDifference = meanOf(pos) - meanOf(neg)
	r.CohensD = cohensD(pos, neg)
	r.KS = kolmogorovSmirnov(pos, neg)
	return r, nil
}

// rank fills in what comes from the leaderboard. With ties across rank N the
// cases at rank ≤ N may be more or fewer than N; precision is over those.
func (r *GroupReport) rank(cases []Scored) {
	var in Counts
	var sum [2]float64 // of the ranks of negatives and positives
	for i, rank := range Ranks(cases) {
		k := 0
		if cases[i].Positive {
			k = 1
		}
		sum[k] += rank
		in.Count(cases[i].Positive, rank <= float64(r.N))
	}
	r.PrecisionAtN, r.RecallAtN = in.Precision(), in.Recall()
	r.RankRatio = (sum[1] / float64(r.Positives)) / (sum[0] / float64(r.Negatives))
}

// Ranks returns the place of every case on the leaderboard, in the order of
// the cases: 1 is the highest score, and equal scores share the mean of their
// places. Scores must be numbers.
func Ranks(cases []Scored) []float64 {
	order := make([]int, len(cases))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(cases[b].Score, cases[a].Score) })
	ranks := make([]float64, len(cases))
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && cases[order[j]].Score == cases[order[i]].Score {
			j++
		}
		for _, at := range order[i:j] {
			ranks[at] = float64(i+1+j) / 2
		}
		i = j
	}
	return ranks
}

func cutAt(cases []Scored, cut float64) Counts {
	var c Counts
	for _, s := range cases {
		c.Count(s.Positive, s.Score >= cut)
	}
	return c
}

// bestCut is the score at which cutting gives the best F1, the lowest on
// ties.
func bestCut(cases []Scored) float64 {
	sorted, positives, _ := byScore(cases)
	var cut, best float64
	var c Counts
	for i, s := range sorted {
		c.Count(s.Positive, true)
		c.FN = positives - c.TP
		if i+1 < len(sorted) && sorted[i+1].Score == s.Score {
			continue
		}
		if f := c.F(1); f >= best { // scores fall, so the last of equals is the lowest
			cut, best = s.Score, f
		}
	}
	return cut
}

// cohensD is the difference of the means over the pooled sample standard
// deviation (Cohen 1988).
func cohensD(pos, neg []float64) *float64 {
	free := len(pos) + len(neg) - 2
	if free < 1 {
		return nil
	}
	pooled := (squaresAround(pos) + squaresAround(neg)) / float64(free)
	if pooled == 0 {
		return nil
	}
	d := (meanOf(pos) - meanOf(neg)) / math.Sqrt(pooled)
	return &d
}

// squaresAround is the sum of the squared distances from the mean; exactly 0
// for equal values, of which the mean may be rounded.
func squaresAround(x []float64) float64 {
	if len(x) == 0 || slices.Min(x) == slices.Max(x) {
		return 0
	}
	mean := meanOf(x)
	var sum float64
	for _, v := range x {
		d := v - mean
		sum += float64(d * d)
	}
	return sum
}

// kolmogorovSmirnov is the greatest distance between the two empirical
// distribution functions.
func kolmogorovSmirnov(a, b []float64) float64 {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	var i, j int
	var most float64
	for i < len(a) && j < len(b) {
		v := min(a[i], b[j])
		for i < len(a) && a[i] == v {
			i++
		}
		for j < len(b) && b[j] == v {
			j++
		}
		most = max(most, math.Abs(ratio(i, len(a))-ratio(j, len(b))))
	}
	return most
}
