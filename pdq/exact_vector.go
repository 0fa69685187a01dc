//go:build !purego && (amd64 || arm64)

package pdq

// The exact path with vectors. The running sum along a row cannot be hurried,
// but rows do not wait for each other: 16 rows are turned into columns of 16
// values, so that one step of the sum is a step of 16 rows. Along columns the
// sums of neighbouring columns stand side by side anyway. Outside the picture
// stand zeros, which change no sum.

// batch is how many rows are summed side by side.
const batch = 16

// block is how many columns are filtered before they are turned back into
// rows, so that they stay in the first-level cache.
const block = 64

// rowBoxes is a box along batch rows at once.
type rowBoxes struct {
	box
	lv     level
	turned []float32 // batch values a column, with zeros on either side
	counts []float32 // the divisor of each output
	atX    [64]int
}

func newRowBoxes(n int, lv level) *rowBoxes {
	r := &rowBoxes{box: newBox(n), lv: lv}
	r.turned = make([]float32, batch*(r.w+1+(n+7)&^7+r.w))
	r.counts = make([]float32, (n+7)&^7)
	for p := range r.counts {
		r.counts[p] = 1
		if p < n {
			r.counts[p] = r.count(p)
		}
	}
	for i := range r.atX {
		r.atX[i] = centre(i, n)
	}
	return r
}

// column returns the turned values from column x on.
func (r *rowBoxes) column(x int) []float32 { return r.turned[batch*(r.w+1+x):] }

// start returns the sums before the first output.
func (r *rowBoxes) start() (state [batch]float32) {
	t := r.column(0)
	for x := range r.right {
		for k := range state {
			state[k] += t[batch*x+k]
		}
	}
	return state
}

// filter writes the means of the turned rows to dst, row after row, stride
// values apart.
func (r *rowBoxes) filter(dst []float32, stride int) {
	var out [batch * block]float32
	state := r.start()
	n := (r.n + 7) &^ 7
	for x := 0; x < n; x += block {
		m := min(block, n-x)
		boxVector(out[:], r.column(x+r.right), r.column(x-r.left-1), &state, r.counts[x:], m)
		turnBackVector(dst[x:], stride, out[:], m/8, r.lv)
	}
}

// samples is filter, but only the outputs at the 64 centres are computed.
func (r *rowBoxes) samples(dst []float32, stride int) {
	var out [batch * 64]float32
	var counts [64]float32
	var skips [64]int
	last := -1
	for i, c := range r.atX {
		counts[i], skips[i] = r.counts[c], c-last
		last = c
	}
	state := r.start()
	samplesVector(out[:], r.column(r.right), r.column(-r.left-1), &state, &counts, &skips)
	turnBackVector(dst, stride, out[:], 8, r.lv)
}

// turn fills the turned values from rows stride values apart.
func (r *rowBoxes) turn(src []float32, stride int) {
	turnVector(r.column(0), src, stride, (r.n+7)/8, r.lv)
	clear(r.turned[batch*(r.w+1+r.n):])
}

// columnBoxes is a box along columns. Rows come in by batches.
type columnBoxes struct {
	box
	width int // of a row in ring, a multiple of eight
	ring  []float32
	slots int // rows in ring
	zeros []float32
	sum   []float32
	out   int // the next output; up to right before the first it is dropped
}

func newColumnBoxes(n, width int) *columnBoxes {
	c := &columnBoxes{box: newBox(n), width: (width + 7) &^ 7}
	c.slots = (c.w+1+batch-1)/batch*batch + batch
	c.ring = make([]float32, c.width*c.slots)
	c.zeros = make([]float32, c.width)
	c.sum = make([]float32, c.width)
	c.out = -c.right
	return c
}

// slot is where row y is, or for the first row of a batch where the batch goes.
func (c *columnBoxes) slot(y int) []float32 { return c.ring[y%c.slots*c.width:] }

// next computes the next output into mean, if the rows before in are there.
func (c *columnBoxes) next(mean []float32, in int) (p int, ok bool) {
	p = c.out
	enter, leave, count := c.zeros, c.zeros, float32(1)
	if y := p + c.right; y < c.n {
		if y >= in {
			return p, false
		}
		enter = c.slot(y)
	} else if p >= c.n {
		return p, false
	}
	if y := p - c.left - 1; y >= 0 {
		leave = c.slot(y)
	}
	if p >= 0 {
		count = c.count(p)
	}
	columnsVector(mean, c.sum, enter, leave, c.width/8, count)
	c.out++
	return p, true
}

// exactVector is exactPortable with vectors.
func exactVector(u *Buffer, p Pixels, lv level) {
	r := newRowBoxes(p.Width, lv)
	first, second := newColumnBoxes(p.Height, p.Width), newColumnBoxes(p.Height, 64)
	means := make([]float32, batch*first.width)
	var sampled [64]float32
	held, ready, kept := 0, 0, 0 // rows in means, rows given to second, rows of u
	drain := func() {
		r.turn(means, first.width)
		r.samples(second.slot(ready), second.width)
		ready += held
		held = 0
		for {
			y, ok := second.next(sampled[:], ready)
			if !ok {
				return
			}
			for kept < 64 && centre(kept, p.Height) == y {
				copy(u[64*kept:], sampled[:])
				kept++
			}
		}
	}
	for y := 0; y < p.Height; y += batch {
		r.luma(p, y)
		r.filter(first.slot(y), first.width)
		for {
			q, ok := first.next(means[held*first.width:], min(y+batch, p.Height))
			if !ok {
				break
			}
			if q < 0 {
				continue
			}
			if held++; held == batch {
				drain()
			}
		}
	}
	if held > 0 {
		drain()
	}
}

// luma fills the turned values with the luma of the rows from y on; after the
// last row it is repeated.
func (r *rowBoxes) luma(p Pixels, y int) {
	l := lumaLanes(p.Format)
	var off [batch]int
	for k := range off {
		off[k] = min(y+k, p.Height-1) * p.Stride
	}
	// The last tiles may reach past the row, perhaps past the picture, or be no
	// whole tiles.
	n := p.Width / 8
	for n > 0 && off[batch-1]+(n-1)*l.step+l.lane+16 > len(p.Pix) {
		n--
	}
	if n > 0 {
		lumaVector(r.column(0), p.Pix, &off, l, n, r.lv)
	}
	for ; 8*n < p.Width; n++ {
		var rest [batch * 32]byte
		var at [batch]int
		for k := range at {
			at[k] = 32 * k
			copy(rest[32*k:][:l.step], p.row(min(y+k, p.Height-1))[n*l.step:])
		}
		lumaVector(r.column(8*n), rest[:], &at, l, 1, r.lv)
	}
}
