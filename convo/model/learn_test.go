package model

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestLearnReachesTheOptimum checks the condition that holds at the optimum of
// the loss and nowhere else: w = Σ cost·σ(−y·w·x)·y·x.
func TestLearnReachesTheOptimum(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(2, 3))
	const features = 8
	n := 200
	examples := make([]example, n)
	rows := make([][features]float64, n)
	for i := range examples {
		for k := range rows[i] {
			rows[i][k] = rnd.NormFloat64()
		}
		examples[i] = example{positive: rows[i][0]+rnd.NormFloat64() > 0, cost: 0.2 + rnd.Float64()}
	}
	load := func(i int, v *vector) {
		v.index, v.value, v.square = v.index[:0], v.value[:0], 0
		for k, x := range rows[i] {
			v.index, v.value = append(v.index, uint32(k)), append(v.value, x)
			v.square += x * x
		}
	}
	s, err := learn(t.Context(), examples, load, 1, func(int, int) {})
	if err != nil || !s.settled {
		t.Fatalf("settled %v after %d passes, %v", s.settled, s.passes, err)
	}
	var want [features]float64
	for i, e := range examples {
		y := -1.0
		if e.positive {
			y = 1
		}
		margin := 0.0
		for k, x := range rows[i] {
			margin += y * s.weights[k] * x
		}
		for k, x := range rows[i] {
			want[k] += e.cost * sigmoid(-margin) * y * x
		}
	}
	for k, w := range want {
		if math.Abs(w-s.weights[k]) > 0.05 {
			t.Errorf("weight %d is %.4f, the optimum says %.4f", k, s.weights[k], w)
		}
	}
	if s.weights[0] < 3*math.Abs(s.weights[1]) {
		t.Errorf("the weight that decides is %.3f, beside %.3f", s.weights[0], s.weights[1])
	}
}

func TestStepSolvesItsEquation(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(4, 4))
	for range 20000 {
		cost := math.Exp(8 * rnd.NormFloat64())
		dual := cost * rnd.Float64()
		square, margin := 74*rnd.Float64(), 30*rnd.NormFloat64()
		z := step(square, margin, cost, dual)
		if !(z >= 0 && z <= cost) {
			t.Fatalf("step(%v, %v, %v, %v) = %v", square, margin, cost, dual, z)
		}
		// Where z/cost is near its ends, one float more or less moves the
		// logit much; there the sign on both sides is what can be checked.
		low, high := z*(1-1e-9), min(z*(1+1e-9), cost)
		at := func(z float64) float64 { return math.Log(z/(cost-z)) + margin + square*(z-dual) }
		if z > 1e-300 && (at(low) > 1e-6 || at(high) < -1e-6) {
			t.Fatalf("step(%v, %v, %v, %v) = %v: %v and %v around it", square, margin, cost, dual, z, at(low), at(high))
		}
	}
}
