//go:build !purego

package pdq

// detect needs to ask nobody: every 64-bit Arm processor has NEON.
func detect() level { return vector }

//go:noescape
func rowsNEON(line *float32, src *byte, off *int, taps *byte, pairs, strips int, scale float32, add bool)

//go:noescape
func dotsNEON(dst, line *float32, first *int, weights *float32, vectors, count int)

//go:noescape
func transformNEON(b *coefficients, t *[1024]float32, u *Buffer, d, dt *[1024]float32)

//go:noescape
func medianNEON(c *coefficients, keys *[256]int32, above *[32]byte) (median, next float32)

//go:noescape
func gradientNEON(u *Buffer, low, high float32) (sum, down, up int32)

// transposeNEON turns tiles of 8 x 8 values: 8 rows srcStride bytes apart into 8
// rows dstStride bytes apart, the next tile srcStep and dstStep bytes on.
//
//go:noescape
func transposeNEON(dst *float32, dstStride, dstStep int, src *float32, srcStride, srcStep, tiles int)

//go:noescape
func lumaNEON(dst *float32, src *byte, coefs *[3]float32, channels, eights int)

//go:noescape
func boxNEON(dst, enter, leave *float32, state *[16]float32, counts *float32, n int)

//go:noescape
func samplesNEON(dst, enter, leave *float32, state *[16]float32, counts *[64]float32, skips *[64]int)

//go:noescape
func columnsNEON(mean, sum, enter, leave *float32, eights int, count float32)

// rowsVector sets, or with add increases, line[x] for 64*strips bytes x to
// scale * the sum of taps times byte off[k]+x of src. taps holds 32 bytes a
// pair of rows, their two taps in turn; off two offsets a pair.
func rowsVector(line []float32, src []byte, off []int, taps []byte, strips int, scale float32, add bool, _ level) {
	rowsNEON(&line[0], &src[0], &off[0], &taps[0], len(off)/2, strips, scale, add)
}

// dotsVector sets dst[j] to the sum of weights times line from first[j] on. The
// number of weights is a multiple of 8.
func dotsVector(dst *[64]float32, line []float32, first *[64]int, weights []float32, _ level) {
	dotsNEON(&dst[0], &line[0], &first[0], &weights[0], len(weights)/8, 64)
}

func transformVector(b *coefficients, u *Buffer, _ level) {
	var t [1024]float32
	transformNEON(b, &t, u, dct, dctColumns)
}

func medianVector(b *coefficients, _ level) (h Hash, median, next float32) {
	var keys [256]int32
	var above [32]byte
	median, next = medianNEON(b, &keys, &above)
	for i, v := range above {
		h[31-i] = v
	}
	return h, median, next
}

func gradientVector(u *Buffer, eps float32, _ level) (sum, down, up int) {
	s, d, p := gradientNEON(u, eps, 1-eps)
	return int(s), int(d), int(p)
}

// turnVector turns the batch rows of src, stride values apart, into columns of
// batch values, eight columns a tile.
func turnVector(dst, src []float32, stride, tiles int, _ level) {
	transposeNEON(&dst[0], 4*batch, 4*8*batch, &src[0], 4*stride, 4*8, tiles)
	transposeNEON(&dst[8], 4*batch, 4*8*batch, &src[8*stride], 4*stride, 4*8, tiles)
}

// turnBackVector turns columns of batch values, eight a tile, into rows stride
// values apart.
func turnBackVector(dst []float32, stride int, src []float32, tiles int, _ level) {
	transposeNEON(&dst[0], 4*stride, 4*8, &src[0], 4*batch, 4*8*batch, tiles)
	transposeNEON(&dst[8*stride], 4*stride, 4*8, &src[8], 4*batch, 4*8*batch, tiles)
}

// lanes says where the bytes of eight pixels are: step bytes, the next eight
// right behind. lane makes the last byte read, lane+16, the last of the step.
type lanes struct {
	lane, step int
	channels   int
	coefs      [3]float32
}

func lumaLanes(f Format) *lanes {
	n := f.Channels()
	return &lanes{lane: 8*n - 16, step: 8 * n, channels: n, coefs: [3]float32{lumaR, lumaG, lumaB}}
}

// lumaVector writes the luma of the rows at off, in tiles of 8 pixels, as
// columns of batch values.
func lumaVector(dst []float32, src []byte, off *[batch]int, l *lanes, tiles int, lv level) {
	const most = 8
	var rows [batch * 8 * most]float32
	for x := 0; x < tiles; x += most {
		n := min(most, tiles-x)
		for k, o := range off {
			lumaNEON(&rows[8*most*k], &src[o+x*l.step], &l.coefs, l.channels, n)
		}
		turnVector(dst[8*batch*x:], rows[:], 8*most, n, lv)
	}
}

// boxVector moves the sums in state along n columns, batch values each, and
// writes them divided by the counts.
func boxVector(dst, enter, leave []float32, state *[batch]float32, counts []float32, n int) {
	boxNEON(&dst[0], &enter[0], &leave[0], state, &counts[0], n)
}

// samplesVector is boxVector that writes 64 outputs only, each skips[i] columns
// after the one before.
func samplesVector(dst, enter, leave []float32, state *[batch]float32, counts *[64]float32, skips *[64]int) {
	samplesNEON(&dst[0], &enter[0], &leave[0], state, counts, skips)
}

// columnsVector adds one row to the sums and takes one away, and writes the
// sums divided by count.
func columnsVector(mean, sum, enter, leave []float32, eights int, count float32) {
	columnsNEON(&mean[0], &sum[0], &enter[0], &leave[0], eights, count)
}
