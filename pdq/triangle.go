package pdq

// Map is the linear map of one axis from n samples to 64: two box filters and
// the choice of 64 samples, composed. See [Triangle].
type Map struct {
	// N is the number of samples of the axis.
	N int
	// Window is the length of each of the two boxes: ceil(N/128).
	Window int
	// Rows holds the weights of each of the 64 outputs.
	Rows [64]MapRow
}

// MapRow is the weights of one output: output = Σ Weights[k] * input[First+k].
// The weights of a row sum to 1.
type MapRow struct {
	First   int
	Weights []float64
	// Taps are the same weights times Window², as integers, when Exact.
	Taps []uint32
	// Exact says that Taps hold the weights without error. It is false for
	// rows at the border where a box is cut off.
	Exact bool
}

// window is the box length of the reference for an axis of n samples: each of
// the 64 outputs is to see the two neighbouring cells, n/128 on either side.
func window(n int) int { return (n + 127) / 128 }

// centre is the sample that output i keeps: floor((i+0.5)*n/64).
func centre(i, n int) int { return (2*i + 1) * n / 128 }

// Triangle returns the composed map of an axis with n >= 1 samples: two
// rounds of a box of length w = ceil(n/128), of which 64 samples are kept. Away
// from the borders the weights are an integer triangle 1, 2 … w … 2, 1 over w².
// At the borders, where the reference divides by the number of samples that
// exist, they are composed one by one.
func Triangle(n int) *Map {
	m := &Map{N: n, Window: window(n)}
	w := m.Window
	left, right := (w+1)/2-1, w/2
	box := func(p int) (lo, hi int) { return max(0, p-left), min(n-1, p+right) }
	for i := range m.Rows {
		r := &m.Rows[i]
		c := centre(i, n)
		lo, hi := box(c)
		first, _ := box(lo)
		_, last := box(hi)
		r.First = first
		r.Weights = make([]float64, last-first+1)
		r.Exact = hi-lo+1 == w
		for p := lo; p <= hi; p++ {
			a, b := box(p)
			r.Exact = r.Exact && b-a+1 == w
			each := 1 / float64((hi-lo+1)*(b-a+1))
			for q := a; q <= b; q++ {
				r.Weights[q-first] += each
			}
		}
		if r.Exact {
			r.Taps = make([]uint32, 2*w-1)
			for k := range r.Taps {
				r.Taps[k] = uint32(min(k+1, 2*w-1-k))
				r.Weights[k] = float64(r.Taps[k]) / float64(w*w)
			}
		}
	}
	return m
}
