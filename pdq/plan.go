package pdq

// plan is the map of one axis (see [Triangle]) in the form in which the fast
// path uses it: small integers, so that sums of bytes are without error.
type plan struct {
	n, w  int
	first [64]int // where the triangle of each output starts
	taps  []byte  // the triangle 1, 2 … w … 2, 1
	// odd holds, for the outputs at a border, whose weights are no triangle,
	// what to use instead.
	odd [64][]part
}

// part is a share of an output: scale/w² times the sum of taps times samples
// from first on.
type part struct {
	first int
	taps  []byte
	scale float32
}

// newPlan returns the plan of an axis of n samples whose window is at most
// maxFastWindow.
func newPlan(m *plan, n int) {
	m.n, m.w = n, window(n)
	left, right := (m.w+1)/2-1, m.w/2
	m.taps = make([]byte, 2*m.w-1)
	for k := range m.taps {
		m.taps[k] = byte(min(k+1, 2*m.w-1-k))
	}
	for i := range m.first {
		c := centre(i, n)
		m.first[i] = c - 2*left
		if c-2*left < 0 || c+2*right > n-1 {
			m.odd[i] = borderParts(c, n, m.w, left, right)
		}
	}
}

// borderParts composes the two boxes of the output at c one by one. Boxes of
// the same length have the same weight and make one part; there are few lengths.
func borderParts(c, n, w, left, right int) (parts []part) {
	lo, hi := max(0, c-left), min(n-1, c+right)
	for p := lo; p <= hi; p++ {
		a, b := max(0, p-left), min(n-1, p+right)
		scale := float32(float64(w*w) / float64((hi-lo+1)*(b-a+1)))
		k := 0
		for k < len(parts) && parts[k].scale != scale {
			k++
		}
		if k == len(parts) {
			parts = append(parts, part{first: a, scale: scale})
		}
		t := &parts[k]
		for len(t.taps) < b+1-t.first {
			t.taps = append(t.taps, 0)
		}
		for q := a; q <= b; q++ {
			t.taps[q-t.first]++
		}
	}
	return parts
}

// parts returns the parts of output i; one is used to hold the usual one.
func (m *plan) parts(i int, one *[1]part) []part {
	if m.odd[i] != nil {
		return m.odd[i]
	}
	one[0] = part{first: m.first[i], taps: m.taps, scale: 1}
	return one[:]
}

// weights returns the taps of the triangle, times each of the scales, as
// float32 for samples of len(scales) channels, filled up with zeros to a
// multiple of eight.
func (m *plan) weights(scales []float64) []float32 {
	n := len(scales)
	out := make([]float32, (n*len(m.taps)+7)&^7)
	for k, t := range m.taps {
		for c, s := range scales {
			out[n*k+c] = float32(float64(t) * s)
		}
	}
	return out
}

// border returns, like weights, those of the output j at a border, and where
// they start.
func (m *plan) border(j int, scales []float64) (first int, out []float32) {
	first, last := m.n, 0
	for _, p := range m.odd[j] {
		first, last = min(first, p.first), max(last, p.first+len(p.taps))
	}
	n := len(scales)
	out = make([]float32, (n*(last-first)+7)&^7)
	for _, p := range m.odd[j] {
		for k, t := range p.taps {
			for c, s := range scales {
				out[n*(p.first-first+k)+c] += float32(float64(t) * s * float64(p.scale))
			}
		}
	}
	return first, out
}
