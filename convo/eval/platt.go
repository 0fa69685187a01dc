package eval

import (
	"fmt"
	"math"
)

// Platt is a calibration map 1 / (1 + e^(A·score + B)). A is negative where a
// higher score means more.
type Platt struct {
	A float64 `json:"a"`
	B float64 `json:"b"`
}

// Probability maps a score, to a value in [0, 1].
func (m Platt) Probability(score float64) float64 {
	return 1 / (1 + math.Exp(m.A*score+m.B))
}

// FitPlatt fits by maximum likelihood with Platt's smoothed targets (Platt
// 1999), by the damped Newton method of Lin, Lin and Weng (Machine Learning
// 2007), which stays finite on separable cases. Fit it on other cases than
// those it is measured on. The error is [ErrOneClass] when a class is empty;
// scores must be finite.
func FitPlatt(cases []Scored) (Platt, error) {
	sorted, positives, err := byScore(cases)
	if err != nil {
		return Platt{}, fmt.Errorf("fitting a Platt map: %w", err)
	}
	negatives := len(cases) - positives
	if positives == 0 || negatives == 0 {
		return Platt{}, fmt.Errorf("fitting a Platt map: %w", ErrOneClass)
	}
	center := sorted[len(sorted)/2].Score
	scale := max(sorted[0].Score-center, center-sorted[len(sorted)-1].Score)
	if math.IsInf(scale, 0) || math.IsNaN(scale) {
		return Platt{}, fmt.Errorf("fitting a Platt map: a score is infinite or too large")
	}
	if scale == 0 {
		scale = 1
	}
	// Scores are fitted on the scale of their own spread, so that the size
	// of their unit does not decide whether the steps converge.
	x := make([]float64, len(sorted))
	t := make([]float64, len(sorted))
	for i, c := range sorted {
		x[i] = (c.Score - center) / scale
		if c.Positive {
			t[i] = float64(positives+1) / float64(positives+2)
		} else {
			t[i] = 1 / float64(negatives+2)
		}
	}
	m := newton(x, t, Platt{B: math.Log(float64(negatives+1) / float64(positives+1))})
	return Platt{A: m.A / scale, B: m.B - m.A*center/scale}, nil
}

// newton minimises the cross entropy from a start.
func newton(x, t []float64, m Platt) Platt {
	const (
		ridge    = 1e-12 // keeps the Hessian invertible
		gradient = 1e-9  // at which the steps end, per case
		steps    = 100
		shortest = 1e-10
	)
	loss := crossEntropy(x, t, m)
	for range steps {
		var h11, h22, h21, g1, g2 float64
		h11, h22 = ridge, ridge
		for i := range x {
			p := m.Probability(x[i])
			w := p * (1 - p)
			d := t[i] - p
			h11 += x[i] * x[i] * w
			h22 += w
			h21 += x[i] * w
			g1 += x[i] * d
			g2 += d
		}
		if max(math.Abs(g1), math.Abs(g2)) < gradient*float64(len(x)) {
			break
		}
		det := h11*h22 - h21*h21
		stepA := -(h22*g1 - h21*g2) / det
		stepB := -(h11*g2 - h21*g1) / det
		slope := g1*stepA + g2*stepB
		size := 1.0
		for ; size >= shortest; size /= 2 {
			next := Platt{m.A + size*stepA, m.B + size*stepB}
			if l := crossEntropy(x, t, next); l < loss+1e-4*size*slope {
				m, loss = next, l
				break
			}
		}
		if size < shortest {
			break
		}
	}
	return m
}

// crossEntropy is the negative log likelihood, in a form that does not
// overflow.
func crossEntropy(x, t []float64, m Platt) float64 {
	var sum float64
	for i := range x {
		f := m.A*x[i] + m.B
		if f >= 0 {
			sum += t[i]*f + math.Log1p(math.Exp(-f))
		} else {
			sum += (t[i]-1)*f + math.Log1p(math.Exp(f))
		}
	}
	return sum
}
