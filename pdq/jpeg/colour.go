package jpeg

// colourTables hold what a chroma value adds to luma, rounded as libjpeg-turbo
// does (T.871 gives the formulas): of Cr, steps of red and 1/65536 of green; of
// Cb, 1/65536 of green with the rounding half, and steps of blue.
type colourTables struct {
	cr [256]struct{ r, g int32 }
	cb [256]struct{ g, b int32 }
}

func newColourTables() *colourTables {
	t := new(colourTables)
	const half = 1 << 15
	fix := func(v float64) int32 { return int32(v*65536 + 0.5) }
	r, b, gr, gb := fix(1.40200), fix(1.77200), fix(0.71414), fix(0.34414)
	for i := range int32(256) {
		x := i - 128
		t.cr[i].r, t.cr[i].g = (r*x+half)>>16, -gr*x
		t.cb[i].g, t.cb[i].b = -gb*x+half, (b*x+half)>>16
	}
	return t
}

func clamp(v int32) byte {
	if uint32(v) > 255 {
		if v < 0 {
			return 0
		}
		return 255
	}
	return byte(v)
}

// rgb converts one row of YCbCr.
func (t *colourTables) rgb(dst, y, cb, cr []byte) {
	cb, cr = cb[:len(y)], cr[:len(y)]
	for i, v := range y {
		l, b, r := int32(v), &t.cb[cb[i]], &t.cr[cr[i]]
		d := dst[:3:len(dst)]
		d[0] = clamp(l + r.r)
		d[1] = clamp(l + (b.g+r.g)>>16)
		d[2] = clamp(l + b.b)
		dst = dst[3:]
	}
}

// cmyk converts one row of YCCK: the first three stand for the complements of
// red, green and blue.
func (t *colourTables) cmyk(dst, y, cb, cr, k []byte) {
	cb, cr, k = cb[:len(y)], cr[:len(y)], k[:len(y)]
	for i, v := range y {
		l, b, r := int32(v), &t.cb[cb[i]], &t.cr[cr[i]]
		d := dst[4*i : 4*i+4 : 4*i+4]
		d[0] = clamp(255 - (l + r.r))
		d[1] = clamp(255 - (l + (b.g+r.g)>>16))
		d[2] = clamp(255 - (l + b.b))
		d[3] = k[i]
	}
}

// assemble puts the planes together.
func (d *decoder) assemble() (*Image, error) {
	d.chooseColour()
	f := d.frame
	n := len(f.comps)
	m := &Image{Width: f.width, Height: f.height, Components: n, Stride: f.width * n}
	if n == 1 {
		m.Pix, m.Stride = d.planes[0].pix, d.planes[0].stride
		return m, nil
	}
	m.Pix = make([]byte, m.Stride*m.Height)
	ups := make([]*upsampler, n)
	for i := range ups {
		ups[i] = newUpsampler(f, &f.comps[i], &d.planes[i])
	}
	tables := newColourTables()
	rows := make([][]byte, n)
	for y := range f.height {
		if y%8 == 0 {
			if err := d.stop(); err != nil {
				return nil, err
			}
		}
		for i, u := range ups {
			rows[i] = u.row(y)
		}
		dst := m.Pix[y*m.Stride:][:m.Stride]
		switch f.colour {
		case ycc:
			tables.rgb(dst, rows[0][:f.width], rows[1], rows[2])
		case ycck:
			tables.cmyk(dst, rows[0][:f.width], rows[1], rows[2], rows[3])
		default:
			interleave(dst, rows)
		}
	}
	return m, nil
}

func interleave(dst []byte, rows [][]byte) {
	n := len(rows)
	for i, r := range rows {
		for x := range len(dst) / n {
			dst[n*x+i] = r[x]
		}
	}
}
