package eval

import "math"

// betaCDF is the regularised incomplete beta function I_x(a, b), the
// distribution function of the beta distribution, for a, b > 0 and x in
// [0, 1].
func betaCDF(x, a, b float64) float64 {
	if x <= 0 {
		return 0
	}
	if x >= 1 {
		return 1
	}
	// The fraction converges fast below the mean; above it the symmetry
	// I_x(a, b) = 1 − I_(1−x)(b, a) leads there (DLMF 8.17.4).
	if x > (a+1)/(a+b+2) {
		return 1 - betaFraction(1-x, b, a)
	}
	return betaFraction(x, a, b)
}

// betaFraction evaluates I_x(a, b) by its continued fraction (DLMF 8.17.22)
// with Lentz's method as modified by Thompson and Barnett.
func betaFraction(x, a, b float64) float64 {
	front := math.Exp(a*math.Log(x)+b*math.Log1p(-x)-logBeta(a, b)) / a
	const (
		tiny    = 1e-300
		epsilon = 1e-16
		most    = 1_000_000 // terms; about √max(a, b) are needed
	)
	away := func(v float64) float64 { // from zero
		if math.Abs(v) < tiny {
			return tiny
		}
		return v
	}
	c, d := 1.0, 1/away(1-(a+b)*x/(a+1))
	f := d
	for i := 1; i <= most; i++ {
		m := float64(i)
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		d = 1 / away(1+even*d)
		c = away(1 + even/c)
		f *= d * c
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		d = 1 / away(1+odd*d)
		c = away(1 + odd/c)
		step := d * c
		f *= step
		if math.Abs(step-1) <= epsilon {
			break
		}
	}
	return front * f
}

func logBeta(a, b float64) float64 {
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	return la + lb - lab
}

// betaQuantile is the x at which I_x(a, b) = p. Bisection needs nothing but
// that the function rises, and halves until two neighbours are left.
func betaQuantile(p, a, b float64) float64 {
	low, high := 0.0, 1.0
	for {
		mid := low + (high-low)/2
		if mid <= low || mid >= high {
			return high
		}
		if betaCDF(mid, a, b) < p {
			low = mid
		} else {
			high = mid
		}
	}
}
