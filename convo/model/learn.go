//go:build !small

package model

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
)

// Bounds of learning.
const (
	// maxPasses ends learning that does not settle. Data that can be learned
	// settle in 10 to 20 passes.
	maxPasses = 60
	// settled is the largest move of a dual variable, as a share of its
	// bound, in the last pass. At the optimum that share is the probability
	// of the wrong label, so no message's probability was moving by more.
	settled = 0.001
)

// example is one message to learn from.
type example struct {
	positive bool
	cost     float64 // its weight in the loss
}

// solution is what learning gives.
type solution struct {
	weights []float64
	passes  int
	settled bool
}

// learn minimises
//
//	½‖w‖² + Σ cost_i · ln(1 + e^(−y_i·w·x_i))
//
// by dual coordinate descent (Yu, Huang and Lin, Machine Learning 2011): the
// optimum is unique and there is no rate of learning to choose. load reads the
// features of an example, again in every pass, because features take a
// hundred times the memory of the text. The seed gives the order of each pass.
func learn(ctx context.Context, examples []example, load func(i int, v *vector), seed uint64, progress func(pass, done int)) (solution, error) {
	s := solution{weights: make([]float64, dimensions)}
	dual := make([]float64, len(examples)) // between 0 and the cost
	order := make([]int, len(examples))
	for i := range order {
		order[i] = i
	}
	rnd := rand.New(rand.NewPCG(seed, 0))
	var v vector
	for s.passes < maxPasses && !s.settled {
		s.passes++
		rnd.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		var most float64
		for n, i := range order {
			if n%1024 == 0 {
				if err := ctx.Err(); err != nil {
					return s, fmt.Errorf("learning, pass %d: %w", s.passes, err)
				}
				progress(s.passes, n)
			}
			load(i, &v)
			e := examples[i]
			y := -1.0
			if e.positive {
				y = 1
			}
			next := step(v.square, y*dot(s.weights, &v), e.cost, dual[i])
			move := next - dual[i]
			dual[i] = next
			most = max(most, math.Abs(move)/e.cost)
			for k, f := range v.index {
				s.weights[f] += float64(y * move * v.value[k])
			}
		}
		s.settled = most <= settled
	}
	return s, nil
}

// step returns the best value of one dual variable while the others stand: the
// root of
//
//	u + margin + square·(z − dual) = 0,  z = cost·σ(u).
//
// In u the left side rises everywhere, so Newton's method finds it inside a
// bracket that is halved wherever the steps do not become short fast. It
// begins where the root is when nothing is left to learn.
func step(square, margin, cost, dual float64) float64 {
	const (
		exact = 1e-13 // of the size of the terms
		turns = 100
	)
	low, high := -margin-square*(cost-dual), -margin+square*dual
	u, last := -margin, math.Inf(1)
	for range turns {
		z := cost * sigmoid(u)
		off := u + margin + square*(z-dual)
		if math.Abs(off) <= exact*(1+math.Abs(margin)+square*cost) {
			break
		}
		if off > 0 {
			high = u
		} else {
			low = u
		}
		move := off / (1 + square*z*(1-z/cost))
		if to := u - move; to > low && to < high && math.Abs(move) <= last/2 {
			u, last = to, math.Abs(move)
		} else {
			u, last = (low+high)/2, high-low
		}
	}
	return cost * sigmoid(u)
}

// sigmoid is 1/(1+e^−u) in a form that does not overflow.
func sigmoid(u float64) float64 {
	if u >= 0 {
		return 1 / (1 + math.Exp(-u))
	}
	e := math.Exp(u)
	return e / (1 + e)
}

// logit is the inverse of [sigmoid]; p is kept off 0 and 1.
func logit(p float64) float64 {
	const edge = 1e-12
	p = min(max(p, edge), 1-edge)
	return math.Log(p / (1 - p))
}
