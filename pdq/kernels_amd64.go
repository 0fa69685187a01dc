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

//go:noescape
func transposeAVX2(dst *float32, dstStride, dstStep int, src *float32, srcStride, srcStep, tiles int)

//go:noescape
func lumaAVX2(dst *float32, src *byte, off *[8]int, coefs *[3]float32, masks *[96]byte, lane, step, tiles int)

//go:noescape
func boxAVX2(dst, enter, leave *float32, state *[16]float32, counts *float32, n int)

//go:noescape
func samplesAVX2(dst, enter, leave *float32, state *[16]float32, counts *[64]float32, skips *[64]int)

//go:noescape
func columnsAVX2(mean, sum, enter, leave *float32, eights int, count float32)

// transposeVector turns tiles of 8 x 8 values: 8 rows srcStride bytes apart into
// 8 rows dstStride bytes apart, the next tile srcStep and dstStep bytes on.
func transposeVector(dst []float32, dstStride, dstStep int, src []float32, srcStride, srcStep, tiles int) {
	transposeAVX2(&dst[0], dstStride, dstStep, &src[0], srcStride, srcStep, tiles)
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

// lumaVector writes the luma of 8 rows, in tiles of 8 pixels, as columns of 8
// values, batch values apart.
func lumaVector(dst []float32, src []byte, off *[8]int, l *lanes, tiles int) {
	lumaAVX2(&dst[0], &src[0], off, &l.coefs, &l.masks, l.lane, l.step, tiles)
}

// boxVector moves the sums in state along n columns, batch values each, and
// writes them divided by the counts.
func boxVector(dst, enter, leave []float32, state *[batch]float32, counts []float32, n int) {
	boxAVX2(&dst[0], &enter[0], &leave[0], state, &counts[0], n)
}

// samplesVector is boxVector that writes 64 outputs only, each skips[i] columns
// after the one before.
func samplesVector(dst, enter, leave []float32, state *[batch]float32, counts *[64]float32, skips *[64]int) {
	samplesAVX2(&dst[0], &enter[0], &leave[0], state, counts, skips)
}

// columnsVector adds one row to the sums and takes one away, and writes the
// sums divided by count.
func columnsVector(mean, sum, enter, leave []float32, eights int, count float32) {
	columnsAVX2(&mean[0], &sum[0], &enter[0], &leave[0], eights, count)
}
