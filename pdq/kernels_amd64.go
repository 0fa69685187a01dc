//go:build !purego

package pdq

//go:noescape
func rowsAVX2(line *float32, src *byte, off *int, taps *byte, pairs, strips int, scale float32, add bool)

//go:noescape
func rowsAVX512(line *float32, src *byte, off *int, taps *byte, pairs, strips int, scale float32, add bool)

// rowsVector sets, or with add increases, line[x] for 64*strips bytes x to
// scale * the sum of taps times byte off[k]+x of src. taps holds 32 bytes a
// pair of rows, their two taps in turn; off two offsets a pair.
func rowsVector(line []float32, src []byte, off []int, taps []byte, strips int, scale float32, add bool, lv level) {
	if lv == avx512 {
		rowsAVX512(&line[0], &src[0], &off[0], &taps[0], len(off)/2, strips, scale, add)
	} else {
		rowsAVX2(&line[0], &src[0], &off[0], &taps[0], len(off)/2, strips, scale, add)
	}
}

//go:noescape
func dotsAVX2(dst, line *float32, first *int, weights *float32, vectors, count int)

//go:noescape
func dotsAVX512(dst, line *float32, first *int, weights *float32, vectors, count int)

// dotsVector sets dst[j] to the sum of weights times line from first[j] on. The
// number of weights is a multiple of 8.
func dotsVector(dst *[64]float32, line []float32, first *[64]int, weights []float32, lv level) {
	if lv == avx512 {
		dotsAVX512(&dst[0], &line[0], &first[0], &weights[0], len(weights)/8, 64)
	} else {
		dotsAVX2(&dst[0], &line[0], &first[0], &weights[0], len(weights)/8, 64)
	}
}

//go:noescape
func transformAVX2(b *coefficients, t *[1024]float32, u *Buffer, d, dt *[1024]float32)

//go:noescape
func transformAVX512(b *coefficients, t *[1024]float32, u *Buffer, d, dt *[1024]float32)

func transformVector(b *coefficients, u *Buffer, lv level) {
	var t [1024]float32
	if lv == avx512 {
		transformAVX512(b, &t, u, dct, dctColumns)
	} else {
		transformAVX2(b, &t, u, dct, dctColumns)
	}
}

//go:noescape
func medianAVX2(c *coefficients, keys *[256]int32, above *[32]byte) (median, next float32)

//go:noescape
func medianAVX512(c *coefficients, above *[32]byte) (median, next float32)

func medianVector(b *coefficients, lv level) (h Hash, median, next float32) {
	var above [32]byte
	if lv == avx512 {
		median, next = medianAVX512(b, &above)
	} else {
		var keys [256]int32
		median, next = medianAVX2(b, &keys, &above)
	}
	for i, v := range above {
		h[31-i] = v
	}
	return h, median, next
}

//go:noescape
func gradientAVX2(u *Buffer, low, high float32) (sum, down, up int32)

//go:noescape
func gradientAVX512(u *Buffer, low, high float32) (sum, down, up int32)

func gradientVector(u *Buffer, eps float32, lv level) (sum, down, up int) {
	var s, d, p int32
	if lv == avx512 {
		s, d, p = gradientAVX512(u, eps, 1-eps)
	} else {
		s, d, p = gradientAVX2(u, eps, 1-eps)
	}
	return int(s), int(d), int(p)
}

// transposeAVX2 turns tiles of 8 x 8 values: 8 rows srcStride bytes apart into 8
// rows dstStride bytes apart, the next tile srcStep and dstStep bytes on.
//
//go:noescape
func transposeAVX2(dst *float32, dstStride, dstStep int, src *float32, srcStride, srcStep, tiles int)

//go:noescape
func turnAVX512(dst, src *float32, stride, tiles int)

// turnVector turns the batch rows of src, stride values apart, into columns of
// batch values, eight columns a tile.
func turnVector(dst, src []float32, stride, tiles int, lv level) {
	if lv == avx512 {
		turnAVX512(&dst[0], &src[0], 4*stride, tiles)
		return
	}
	transposeAVX2(&dst[0], 4*batch, 4*8*batch, &src[0], 4*stride, 4*8, tiles)
	transposeAVX2(&dst[8], 4*batch, 4*8*batch, &src[8*stride], 4*stride, 4*8, tiles)
}

//go:noescape
func turnBackAVX512(dst *float32, stride int, src *float32, tiles int)

// turnBackVector turns columns of batch values, eight a tile, into rows stride
// values apart.
func turnBackVector(dst []float32, stride int, src []float32, tiles int, lv level) {
	if lv == avx512 {
		turnBackAVX512(&dst[0], 4*stride, &src[0], tiles)
		return
	}
	transposeAVX2(&dst[0], 4*stride, 4*8, &src[0], 4*batch, 4*8*batch, tiles)
	transposeAVX2(&dst[8*stride], 4*stride, 4*8, &src[8], 4*batch, 4*8*batch, tiles)
}

// lanes says where the bytes of eight pixels are: the second four lane bytes
// after the first, the next eight step bytes on. masks move the bytes of one
// channel each into 32-bit lanes.
type lanes struct {
	lane, step int
	coefs      [3]float32
	masks      [96]byte
}

func lumaLanes(f Format) *lanes {
	n := f.Channels()
	l := &lanes{lane: 4 * n, step: 8 * n, coefs: [3]float32{lumaR, lumaG, lumaB}}
	if f == Gray {
		l.coefs = [3]float32{1, 0, 0}
	}
	for i := range l.masks {
		l.masks[i] = 0x80 // a zero byte
		if c := i / 32; i%4 == 0 && c < n {
			l.masks[i] = byte(i%16/4*n + c)
		}
	}
	return l
}

//go:noescape
func lumaAVX2(dst *float32, src *byte, off *int, coefs *[3]float32, masks *[96]byte, lane, step, tiles int)

//go:noescape
func lumaAVX512(dst *float32, src *byte, off *[batch]int, coefs *[3]float32, masks *[96]byte, lane, step, tiles int)

// lumaVector writes the luma of the rows at off, in tiles of 8 pixels, as
// columns of batch values.
func lumaVector(dst []float32, src []byte, off *[batch]int, l *lanes, tiles int, lv level) {
	if lv == avx512 {
		lumaAVX512(&dst[0], &src[0], off, &l.coefs, &l.masks, l.lane, l.step, tiles)
		return
	}
	lumaAVX2(&dst[0], &src[0], &off[0], &l.coefs, &l.masks, l.lane, l.step, tiles)
	lumaAVX2(&dst[8], &src[0], &off[8], &l.coefs, &l.masks, l.lane, l.step, tiles)
}

//go:noescape
func boxAVX2(dst, enter, leave *float32, state *[batch]float32, counts *float32, n int)

// boxVector moves the sums in state along n columns, batch values each, and
// writes them divided by the counts.
func boxVector(dst, enter, leave []float32, state *[batch]float32, counts []float32, n int) {
	boxAVX2(&dst[0], &enter[0], &leave[0], state, &counts[0], n)
}

//go:noescape
func samplesAVX2(dst, enter, leave *float32, state *[batch]float32, counts *[64]float32, skips *[64]int)

// samplesVector is boxVector that writes 64 outputs only, each skips[i] columns
// after the one before.
func samplesVector(dst, enter, leave []float32, state *[batch]float32, counts *[64]float32, skips *[64]int) {
	samplesAVX2(&dst[0], &enter[0], &leave[0], state, counts, skips)
}

//go:noescape
func columnsAVX2(mean, sum, enter, leave *float32, eights int, count float32)

// columnsVector adds one row to the sums and takes one away, and writes the
// sums divided by count.
func columnsVector(mean, sum, enter, leave []float32, eights int, count float32) {
	columnsAVX2(&mean[0], &sum[0], &enter[0], &leave[0], eights, count)
}
