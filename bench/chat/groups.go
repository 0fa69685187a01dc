package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/jaga-project/jaga/convo/eval"
)

// groupRegime is the result of all aggregators on drawn groups of one kind.
type groupRegime struct {
	Name        string        `json:"name"`
	About       string        `json:"about"`
	Groups      int           `json:"groups"`
	Aggregators []groupResult `json:"aggregators"`
}

type groupResult struct {
	Name string  `json:"name"`
	AUC  float64 `json:"auc"`
	F1   float64 `json:"best_f1"`
	// Recall is that at the lowest cut which finds at most 1 % of the
	// negatives.
	Recall eval.Rate `json:"recall_at_fpr_0.01"`
}

// regimes draw the scores of one group. Ordinary messages mostly score 0, some
// a little: the shape that nearest-neighbour scores have.
var regimes = []struct {
	name, about string
	draw        func(r *rand.Rand, positive bool) []float64
}{
	{"long, few strong", "200 to 400 messages; a positive has 4 to 12 strong ones, spread over all", func(r *rand.Rand, positive bool) []float64 {
		x := background(r, 200+r.IntN(201))
		if positive {
			spread(r, x, 4+r.IntN(9), .5, .25)
		}
		return x
	}},
	{"short and fast", "4 to 9 messages; a positive has 2 to 4 strong ones", func(r *rand.Rand, positive bool) []float64 {
		x := background(r, 4+r.IntN(6))
		if positive {
			spread(r, x, 2+r.IntN(3), .7, .3)
		}
		return x
	}},
	{"mostly bad", "20 to 60 messages; in a positive 60 to 90 % are moderate", func(r *rand.Rand, positive bool) []float64 {
		n := 20 + r.IntN(41)
		x := background(r, n)
		if positive {
			spread(r, x, int(float64(n)*(.6+.3*r.Float64())), .4, .15)
		}
		return x
	}},
	{"a run of moderate ones", "100 to 300 messages; a positive has 6 to 10 moderate ones in a row, and every group has single strong ones by chance", func(r *rand.Rand, positive bool) []float64 {
		n := 100 + r.IntN(201)
		x := background(r, n)
		spread(r, x, r.IntN(3), .8, .2)
		if positive {
			at := r.IntN(n - 10)
			for i := range 6 + r.IntN(5) {
				x[at+i] = math.Max(x[at+i], normal(r, .45, .12))
			}
		}
		return x
	}},
	{"all lengths", "5 to 400 messages; a positive has 3 % to 40 % of moderate ones", func(r *rand.Rand, positive bool) []float64 {
		n := int(5 * math.Pow(80, r.Float64()))
		x := background(r, n)
		if positive {
			spread(r, x, max(2, int(float64(n)*(.03+.37*r.Float64()))), .5, .2)
		}
		return x
	}},
}

// background is ordinary talk: nine in ten messages score 0, one in ten a
// little.
func background(r *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		if r.IntN(10) == 0 {
			x[i] = .12 * r.ExpFloat64()
		}
	}
	return x
}

// spread raises n messages at random places.
func spread(r *rand.Rand, x []float64, n int, mean, deviation float64) {
	for _, i := range r.Perm(len(x))[:min(n, len(x))] {
		x[i] = math.Max(x[i], normal(r, mean, deviation))
	}
}

func normal(r *rand.Rand, mean, deviation float64) float64 {
	return math.Max(0, mean+deviation*r.NormFloat64())
}

// groupsDrawn is how many groups of each label a regime has.
const groupsDrawn = 1000

func measureGroups() ([]groupRegime, error) {
	var out []groupRegime
	for k, regime := range regimes {
		r := rand.New(rand.NewPCG(seed, uint64(1000+k)))
		groups := make([]eval.Group, 2*groupsDrawn)
		for i := range groups {
			groups[i] = eval.Group{Name: fmt.Sprint(i), Label: i % 2, Scores: regime.draw(r, i%2 == 1)}
		}
		g := groupRegime{Name: regime.name, About: regime.about, Groups: len(groups)}
		for _, agg := range eval.Aggregators() {
			rep, err := eval.ScoreGroups(groups, agg, eval.GroupOptions{MinScore: eval.SentinelMinScore})
			if err != nil {
				return nil, err
			}
			cases := make([]eval.Scored, len(groups))
			for i, x := range groups {
				cases[i] = eval.Scored{Score: agg.Aggregate(eval.Threshold(x.Scores, eval.SentinelMinScore)), Positive: x.Label == 1}
			}
			c, _, err := eval.CountsAtFPR(cases, 0.01)
			if err != nil {
				return nil, err
			}
			g.Aggregators = append(g.Aggregators, groupResult{agg.Name, rep.AUC, rep.F1, eval.NewRate(c.TP, c.TP+c.FN)})
		}
		out = append(out, g)
	}
	return out, nil
}
