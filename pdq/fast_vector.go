//go:build !purego && (amd64 || arm64)

package pdq

// strip is how many bytes of each row the vector kernels take at a time, and
// groupRows how many rows they add up before widening: few enough for the
// processor to see where each row goes on, and to fetch ahead. Rows a multiple
// of aliasStride apart fall on the same 8 places of the first-level cache.
const (
	strip       = 64
	groupRows   = 12
	aliasRows   = 8
	aliasStride = 4096
)

// group is some of the rows of a part, taps paired up and repeated to fill a
// vector.
type group struct {
	from, rows int
	taps       []byte
}

// groups divides rows, at most so many together, so that no sum of 16 bits overflows: 257 * 255 = 65,535.
func groups(taps []byte, most int) (gs []group) {
	for from := 0; from < len(taps); {
		rows, weight := 0, 0
		for from+rows < len(taps) && rows < most && weight+int(taps[from+rows]) <= 257 {
			weight += int(taps[from+rows])
			rows++
		}
		g := group{from: from, rows: rows, taps: make([]byte, (rows+1)/2*32)}
		for k := range rows {
			for x := range 16 {
				g.taps[k/2*32+2*x+k%2] = taps[from+k]
			}
		}
		gs = append(gs, g)
		from += rows
	}
	return gs
}

// lines computes lines of weighted sums of rows, a float32 a byte: exact
// integers, but for the rows at a border.
type lines struct {
	lv     level
	p      Pixels
	bytes  int // in a row
	strips int // in a row, the last perhaps not full
	most   int // rows in a group
}

// fill sets line to output i of the map down, times its window squared.
func (l *lines) fill(line []float32, down *plan, i int, triangle []group) {
	var one [1]part
	for k, part := range down.parts(i, &one) {
		gs := triangle
		if down.odd[i] != nil {
			gs = groups(part.taps, l.most)
		}
		for j := range gs {
			l.add(line, part.first, &gs[j], part.scale, k > 0 || j > 0)
		}
	}
}

// add sets or increases line by a group of rows. Where a whole strip would
// reach past the end of the picture, its bytes are copied to where it does not.
func (l *lines) add(line []float32, first int, g *group, scale float32, add bool) {
	var space [groupRows + 1]int
	off := space[:(g.rows+1)&^1]
	for k := range off {
		off[k] = (first + g.from + min(k, g.rows-1)) * l.p.Stride
	}
	if off[len(off)-1]+strip*l.strips <= len(l.p.Pix) {
		rowsVector(line, l.p.Pix, off, g.taps, l.strips, scale, add, l.lv)
		return
	}
	whole := l.bytes / strip
	if whole > 0 {
		rowsVector(line, l.p.Pix, off, g.taps, whole, scale, add, l.lv)
	}
	if whole == l.strips {
		return
	}
	var rest [(groupRows + 1) * strip]byte
	for k := range off {
		copy(rest[k*strip:][:strip], l.p.Pix[off[k]+whole*strip:off[k]+l.bytes])
		off[k] = k * strip
	}
	rowsVector(line[whole*strip:], rest[:], off, g.taps, 1, scale, add, l.lv)
}

// fastVector sums the bytes of all channels alike, down and across; the weights
// of the luma are in those across.
func fastVector(u *Buffer, p Pixels, down, across *plan, lv level) {
	channels := p.Format.Channels()
	scale := fastScale(down, across)
	scales := []float64{scale}
	if p.Format != Gray {
		scales = []float64{float64(lumaR) * scale, float64(lumaG) * scale, float64(lumaB) * scale, 0}[:channels]
	}
	weights := across.weights(scales)
	var first [64]int
	size := 0
	for j, f := range across.first {
		if across.odd[j] == nil {
			first[j] = f * channels
		}
		size = max(size, first[j]+len(weights))
	}
	l := lines{lv: lv, p: p, bytes: p.Width * channels, most: groupRows}
	if (p.Stride+strip)%aliasStride <= 2*strip {
		l.most = aliasRows
	}
	l.strips = (l.bytes + strip - 1) / strip
	line := make([]float32, max(size, l.strips*strip))
	triangle := groups(down.taps, l.most)

	type output struct {
		j, first int
		weights  []float32
	}
	var borders []output
	for j, parts := range across.odd {
		if parts != nil {
			f, w := across.border(j, scales)
			borders = append(borders, output{j, f * channels, w})
		}
	}
	for i := range 64 {
		l.fill(line, down, i, triangle)
		dst := (*[64]float32)(u[64*i:])
		dotsVector(dst, line, &first, weights, lv)
		for _, b := range borders {
			n := min(len(b.weights), len(line)-b.first)
			dst[b.j] = dot(line[b.first:b.first+n], b.weights[:n])
		}
	}
}
