package pdq

// The exact path repeats the reference's float32 operations in their order:
// two rounds of a box along each row and a box along each column, then the
// choice of 64 x 64 samples. It keeps only as many rows as the boxes reach, and
// computes the last two passes only where samples are kept.

// box describes one pass of a box filter over a line of n samples: output p is
// the mean of the samples p-left … p+right that exist.
type box struct{ n, w, left, right int }

func newBox(n int) box {
	w := window(n)
	return box{n: n, w: w, left: (w+1)/2 - 1, right: w / 2}
}

// count is the number of samples under the box at p.
func (b box) count(p int) float32 {
	return float32(min(b.n-1, p+b.right) - max(0, p-b.left) + 1)
}

// line filters one line. The running sum adds before it subtracts, and each
// mean is a true division, as in the reference.
func (b box) line(dst, src []float32) {
	src, dst = src[:b.n], dst[:b.n]
	var sum float32
	for _, v := range src[:b.right] {
		sum += v
	}
	p := 0
	for ; p < b.w-b.right; p++ {
		sum += src[p+b.right]
		dst[p] = sum / float32(p+b.right+1)
	}
	w := float32(b.w)
	for ; p < b.n-b.right; p++ {
		sum += src[p+b.right]
		sum -= src[p-b.left-1]
		dst[p] = sum / w
	}
	for ; p < b.n; p++ {
		sum -= src[p-b.left-1]
		dst[p] = sum / b.count(p)
	}
}

// lines4 is line for four lines at once: their sums do not wait for each other.
func (b box) lines4(dst, src *[4][]float32) {
	s0, s1, s2, s3 := src[0][:b.n], src[1][:b.n], src[2][:b.n], src[3][:b.n]
	d0, d1, d2, d3 := dst[0][:b.n], dst[1][:b.n], dst[2][:b.n], dst[3][:b.n]
	var a0, a1, a2, a3 float32
	for p := range b.right {
		a0, a1, a2, a3 = a0+s0[p], a1+s1[p], a2+s2[p], a3+s3[p]
	}
	p := 0
	for ; p < b.w-b.right; p++ {
		e, c := p+b.right, float32(p+b.right+1)
		a0, a1, a2, a3 = a0+s0[e], a1+s1[e], a2+s2[e], a3+s3[e]
		d0[p], d1[p], d2[p], d3[p] = a0/c, a1/c, a2/c, a3/c
	}
	w := float32(b.w)
	for ; p < b.n-b.right; p++ {
		e, l := p+b.right, p-b.left-1
		a0 += s0[e]
		a1 += s1[e]
		a2 += s2[e]
		a3 += s3[e]
		a0 -= s0[l]
		a1 -= s1[l]
		a2 -= s2[l]
		a3 -= s3[l]
		d0[p], d1[p], d2[p], d3[p] = a0/w, a1/w, a2/w, a3/w
	}
	for ; p < b.n; p++ {
		l, c := p-b.left-1, b.count(p)
		a0, a1, a2, a3 = a0-s0[l], a1-s1[l], a2-s2[l], a3-s3[l]
		d0[p], d1[p], d2[p], d3[p] = a0/c, a1/c, a2/c, a3/c
	}
}

// samples is line, but only the outputs at the 64 centres are computed.
func (b box) samples(dst *[64]float32, src []float32, centres *[64]int) {
	src = src[:b.n]
	var sum float32
	at, k := 0, 0
	emit := func(p int) {
		for k < 64 && centres[k] == p {
			dst[k] = sum / b.count(p)
			k++
		}
	}
	for ; at < b.w; at++ {
		sum += src[at]
		if p := at - b.right; p >= 0 {
			emit(p)
		}
	}
	next := centres[min(k, 63)]
	enter, leave := src[b.w:], src[:b.n-b.w]
	for i, v := range enter {
		sum += v
		sum -= leave[i]
		if i+b.w-b.right == next {
			emit(next)
			next = centres[min(k, 63)]
		}
	}
	for p := b.n - b.right; p < b.n; p++ {
		sum -= src[p-b.left-1]
		emit(p)
	}
}

// columns is the pass along columns, fed row by row. It keeps the last w+1
// input rows in a ring.
type columns struct {
	box
	ring  [][]float32
	sum   []float32
	in    int // rows fed so far
	out   int // rows given out so far
	width int
}

func newColumns(n, width int) *columns {
	b := newBox(n)
	c := &columns{box: b, width: width, sum: make([]float32, width), ring: make([][]float32, b.w+1)}
	all := make([]float32, width*(b.w+1))
	for i := range c.ring {
		c.ring[i] = all[i*width : (i+1)*width]
	}
	return c
}

// slot is where the next input row must be written before feed is called.
func (c *columns) slot() []float32 { return c.ring[c.in%len(c.ring)] }

// feed takes the row in slot and, when output p is then known, calls emit with
// the sums and the divisor.
func (c *columns) feed(emit func(p int, sum []float32, count float32)) {
	row := c.slot()
	p := c.in - c.right
	c.in++
	if leave := p - c.left - 1; p >= 0 && leave >= 0 {
		gone := c.ring[leave%len(c.ring)][:len(row)]
		sum := c.sum[:len(row)]
		for x, v := range row {
			sum[x] += v
			sum[x] -= gone[x]
		}
	} else {
		sum := c.sum[:len(row)]
		for x, v := range row {
			sum[x] += v
		}
	}
	if p >= 0 {
		emit(p, c.sum, c.count(p))
		c.out++
	}
}

// finish gives out the last rows, for which no further input enters.
func (c *columns) finish(emit func(p int, sum []float32, count float32)) {
	for ; c.out < c.n; c.out++ {
		gone := c.ring[(c.out-c.left-1)%len(c.ring)][:len(c.sum)]
		for x, v := range gone {
			c.sum[x] -= v
		}
		emit(c.out, c.sum, c.count(c.out))
	}
}

// exact fills u by the exact path.
func exact(u *Buffer, p Pixels, lv level) {
	switch {
	case p.Width == 64 && p.Height == 64:
		for y := range 64 {
			p.luma(u[64*y:64*y+64], y)
		}
	case lv >= vector:
		exactVector(u, p, lv)
	default:
		exactPortable(u, p)
	}
}

func exactPortable(u *Buffer, p Pixels) {
	var atX, atY [64]int
	for i := range 64 {
		atX[i], atY[i] = centre(i, p.Width), centre(i, p.Height)
	}
	rows := newBox(p.Width)
	first := newColumns(p.Height, p.Width)
	second := newColumns(p.Height, 64)

	k := 0
	keep := func(y int, sum []float32, count float32) {
		for k < 64 && atY[k] == y {
			for j, v := range sum {
				u[64*k+j] = v / count
			}
			k++
		}
	}
	mean := make([]float32, p.Width)
	again := func(_ int, sum []float32, count float32) {
		for x, v := range sum {
			mean[x] = v / count
		}
		rows.samples((*[64]float32)(second.slot()), mean, &atX)
		second.feed(keep)
	}

	scratch := make([]float32, 8*p.Width)
	var luma, filtered [4][]float32
	for i := range 4 {
		luma[i] = scratch[i*p.Width : (i+1)*p.Width]
		filtered[i] = scratch[(4+i)*p.Width : (5+i)*p.Width]
	}
	for y := 0; y < p.Height; {
		n := min(4, p.Height-y)
		for i := range n {
			p.luma(luma[i], y+i)
		}
		if n == 4 {
			rows.lines4(&filtered, &luma)
		} else {
			for i := range n {
				rows.line(filtered[i], luma[i])
			}
		}
		for i := range n {
			copy(first.slot(), filtered[i])
			first.feed(again)
		}
		y += n
	}
	first.finish(again)
	second.finish(keep)
}
