//go:build !purego

package pdq

//go:noescape
func rowsAVX2(line *float32, src *byte, off *int, taps *byte, pairs, strips int, scale float32, add bool)

//go:noescape
func dotsAVX2(dst, line *float32, first *int, weights *float32, vectors, count int)

//go:noescape
func transformAVX2(b *coefficients, t *[1024]float32, u *Buffer, d, dt *[1024]float32)

//go:noescape
func medianAVX2(c *coefficients, keys *[256]int32, above *[32]byte) (median, next float32)

//go:noescape
func gradientAVX2(u *Buffer, low, high float32) (sum, down, up int32)

// rowsVector sets, or with add increases, line[x] for 64*strips bytes x to
// scale * the sum of taps times byte off[k]+x of src. taps holds 32 bytes a
// pair of rows, their two taps in turn; off two offsets a pair.
func rowsVector(line []float32, src []byte, off []int, taps []byte, strips int, scale float32, add bool) {
	rowsAVX2(&line[0], &src[0], &off[0], &taps[0], len(off)/2, strips, scale, add)
}

// dotsVector sets dst[j] to the sum of weights times line from first[j] on. The
// number of weights is a multiple of 8.
func dotsVector(dst *[64]float32, line []float32, first *[64]int, weights []float32) {
	dotsAVX2(&dst[0], &line[0], &first[0], &weights[0], len(weights)/8, 64)
}

func transformVector(b *coefficients, u *Buffer) {
	var t [1024]float32
	transformAVX2(b, &t, u, dct, dctColumns)
}

func medianVector(b *coefficients) (h Hash, median, next float32) {
	var keys [256]int32
	var above [32]byte
	median, next = medianAVX2(b, &keys, &above)
	for i, v := range above {
		h[31-i] = v
	}
	return h, median, next
}

func gradientVector(u *Buffer, eps float32) (sum, down, up int) {
	s, d, p := gradientAVX2(u, eps, 1-eps)
	return int(s), int(d), int(p)
}
