package jpeg

import (
	"math"
	"slices"

	"github.com/jaga-project/jaga/pdq"
)

// A bit of a hash says on which side of the median a coefficient of the 16 x 16
// transform lies. Rounding and clamping change coefficients by a few units
// (usually 1 to 4, in pictures with much clamping 30, where they are large), so
// bits of coefficients near the median can turn. In most pictures these are
// few; in those with a symmetry, such as a mirrored half, they can be half of
// all, because the coefficients of whole families are next to nothing.
//
// near is how close counts, and at most ScreenMargin may be so close. Measured
// on generated pictures (TestScreenMargin), it is pictures with a symmetry that
// go beyond, and they do so by far: the choice of near is not delicate.
const near = 1

// certain reports whether few enough bits are in doubt, in the hash of the
// picture and, if all, in those of its rotations and mirrorings, whose
// coefficients are the same but for signs.
func certain(u *pdq.Buffer, all bool) bool {
	c := transform(u)
	if uncertain(c) > ScreenMargin {
		return false
	}
	if !all {
		return true
	}
	for flip := 1; flip < 4; flip++ { // odd rows, odd columns, odd sums change sign
		turned := *c
		for i := range turned {
			row, column := i>>4&1, i&1
			if (row*(flip&1)+column*(flip>>1))&1 == 0 {
				turned[i] = -turned[i]
			}
		}
		if uncertain(&turned) > ScreenMargin {
			return false
		}
	}
	return true
}

// uncertain counts the coefficients near the median.
func uncertain(c *[256]float32) int {
	sorted := *c
	slices.Sort(sorted[:])
	median := sorted[127]
	low, _ := slices.BinarySearch(sorted[:], median-near)
	high, _ := slices.BinarySearch(sorted[:], median+near)
	return high - low
}

// transform computes the coefficients that the bits of a hash stand for (as
// package pdq does, but with no care for the last digits). The basis is
// symmetric or antisymmetric about the middle, which halves the work.
func transform(u *pdq.Buffer) *[256]float32 {
	var wave [256]float32 // one turn of the cosine
	for k := range 65 {
		v := float32(math.Sqrt(2.0/64) * math.Cos(math.Pi/128*float64(k)))
		wave[k], wave[128-k], wave[128+k], wave[(256-k)&255] = v, -v, -v, v
	}
	var basis [16][32]float32
	for i := range basis {
		for j := range basis[i] {
			basis[i][j] = wave[(i+1)*(2*j+1)&255]
		}
	}
	var down [16][64]float32
	var folded [2][64]float32 // differences and sums of rows k and 63-k
	for k := range 32 {
		a, b := u[64*k:64*k+64], u[64*(63-k):64*(63-k)+64]
		for j := range 64 {
			folded[0][j], folded[1][j] = a[j]-b[j], a[j]+b[j]
		}
		for i := range down {
			f, row, src := basis[i][k], &down[i], &folded[i&1]
			for j := range row {
				row[j] += float32(f * src[j])
			}
		}
	}
	out := new([256]float32)
	for i := range down {
		row := &down[i]
		for k := range 32 {
			diff, sum := row[k]-row[63-k], row[k]+row[63-k]
			for j := 0; j < 16; j += 2 {
				out[16*i+j] += float32(basis[j][k] * diff)
				out[16*i+j+1] += float32(basis[j+1][k] * sum)
			}
		}
	}
	return out
}
