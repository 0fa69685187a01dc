package pdq

import (
	"math"
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
func basis() *[1024]float32 {
	var d [1024]float32
	s := float64(float32(math.Sqrt(2.0 / 64.0)))
	for i := range 16 {
		for j := range 64 {
			d[64*i+j] = float32(s * math.Cos(math.Pi/128*float64(i+1)*float64(2*j+1)))
		}
	}
	return &d
}

// dct is the basis, and dctColumns its transpose, 64 x 16.
var (
	dct        = basis()
	dctColumns = transposed(dct)
)

func transposed(d *[1024]float32) *[1024]float32 {
	var t [1024]float32
	for i := range 16 {
		for j := range 64 {
			t[16*j+i] = d[64*i+j]
		}
	}
	return &t
}

// transform sets b to D * u * transpose(D). Every element is a float32 sum over
// k ascending, product rounded, then added, as the reference's x86-64 build
// does; the loops run across columns, which keeps that order.
func transform(b *coefficients, u *Buffer, lv level) {
	if lv >= vector {
		transformVector(b, u, lv)
	} else {
		transformPortable(b, u)
	}
}

func transformPortable(b *coefficients, u *Buffer) {
	var t [16 * 64]float32
	for i := range 16 {
		row := (*[64]float32)(t[64*i:])
		for k := range 64 {
			f, src := dct[64*i+k], (*[64]float32)(u[64*k:])
			for j, v := range src {
				row[j] += float32(f * v)
			}
		}
	}
	for i := range 16 {
		row, dst := (*[64]float32)(t[64*i:]), (*[16]float32)(b[16*i:])
		*dst = [16]float32{}
		for k, v := range row {
			for j, f := range (*[16]float32)(dctColumns[16*k:]) {
				dst[j] += float32(v * f)
			}
		}
	}
}

// hash sets the bits above the lower median and returns the gap between the
// median and the next larger value: any change of all values by less than half
// of it leaves the bits alone.
func (b *coefficients) hash(lv level) (h Hash, gap float32) {
	h, median, next := b.median(lv)
	return h, next - median
}

// median returns also the values themselves.
func (b *coefficients) median(lv level) (h Hash, median, next float32) {
	if lv >= vector {
		return medianVector(b, lv)
	}
	return medianPortable(b)
}

func medianPortable(b *coefficients) (h Hash, median, next float32) {
	values := *b
	median, next = middle(values[:])
	for i := range 32 {
		var bits byte
		for j, v := range (*[8]float32)(b[8*i:]) {
			if v > median {
				bits |= 1 << j
			}
		}
		h[31-i] = bits
	}
	return h, median, next
}

// middle returns the 128th and the 129th smallest of 256 values, which it
// reorders, by Hoare's selection.
func middle(v []float32) (median, next float32) {
	const k = 127
	lo, hi := 0, len(v)-1
	for lo < hi {
		pivot := v[(lo+hi)/2]
		i, j := lo, hi
		for i <= j {
			for v[i] < pivot {
				i++
			}
			for v[j] > pivot {
				j--
			}
			if i <= j {
				v[i], v[j] = v[j], v[i]
				i++
				j--
			}
		}
		if k <= j {
			hi = j
		} else if k >= i {
			lo = i
		} else {
			break
		}
	}
	next = v[k+1]
	for _, x := range v[k+2:] {
		next = min(next, x)
	}
	return v[k], next
}
