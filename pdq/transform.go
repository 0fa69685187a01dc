package pdq

import (
	"math"
	"slices"
)

// Buffer is the picture after filtering and decimation: 64 rows of 64 luma
// values, 0..255.
type Buffer [64 * 64]float32

// coefficients is the 16 x 16 corner of the transform without the constant
// term: row r and column c belong to the frequencies r+1 and c+1.
type coefficients [16 * 16]float32

// basis returns D, 16 x 64: sqrt(2/64) * cos(pi/128 * (i+1) * (2j+1)), formed
// in float64 with the root rounded to float32, and stored as float32, as the
// reference does.
func basis() *[16 * 64]float32 {
	var d [16 * 64]float32
	s := float64(float32(math.Sqrt(2.0 / 64.0)))
	for i := range 16 {
		for j := range 64 {
			d[64*i+j] = float32(s * math.Cos(math.Pi/128*float64(i+1)*float64(2*j+1)))
		}
	}
	return &d
}

var dct = basis()

// transform computes D * u * transpose(D). Every element is a float32 sum over
// k ascending, product rounded, then added, as the reference's x86-64 build
// does; the loops run across columns, which keeps that order.
func transform(u *Buffer) (b coefficients) {
	var t [16 * 64]float32
	for i := range 16 {
		row := t[64*i : 64*i+64]
		for k := range 64 {
			f, src := dct[64*i+k], u[64*k:64*k+64]
			for j, v := range src {
				row[j] += float32(f * v)
			}
		}
	}
	for i := range 16 {
		row := t[64*i : 64*i+64]
		for j := range 16 {
			d := dct[64*j : 64*j+64]
			var sum float32
			for k, v := range row {
				sum += float32(v * d[k])
			}
			b[16*i+j] = sum
		}
	}
	return b
}

// hash sets the bits above the lower median and returns the gap between the
// median and the next larger value: any change of all values by less than half
// of it leaves the bits alone.
func (b *coefficients) hash() (h Hash, gap float32) {
	sorted := *b
	slices.Sort(sorted[:])
	median := sorted[127]
	for i, v := range b {
		if v > median {
			h.setBit(i)
		}
	}
	return h, sorted[128] - median
}

// gradient sums the reference's gradient over all neighbours: 100*(a-b)/255,
// each cut towards zero. down and up count the terms that a change of each
// value of u by at most slack could lower or raise by one.
func gradient(u *Buffer, slack float32) (sum, down, up int) {
	eps := 2 * slack * 100 / 255
	term := func(a, b float32) {
		d := float32(float32(a-b)*100) / 255
		if d < 0 {
			d = -d
		}
		n := int(d)
		sum += n
		switch f := d - float32(n); {
		case f < eps && n > 0:
			down++
		case f >= 1-eps:
			up++
		}
	}
	for i := range 63 {
		for j := range 64 {
			term(u[64*i+j], u[64*(i+1)+j])
		}
	}
	for i := range 64 {
		for j := range 63 {
			term(u[64*i+j], u[64*i+j+1])
		}
	}
	return sum, down, up
}

// quality maps the gradient sum to 0..100; 90 is the reference's divisor.
func quality(gradient int) int { return min(100, gradient/90) }
