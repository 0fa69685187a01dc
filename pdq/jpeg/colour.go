package jpeg

// The colour tables: offsets that a chroma value adds to luma, with 16 bits of
// fraction, rounded as libjpeg-turbo does (T.871 gives the formulas).
type colourTables struct {
	crR, cbB [256]int32 // whole steps
	crG, cbG [256]int32 // 16 bits of fraction; cbG holds the rounding half
}

func newColourTables() *colourTables {
	t := new(colourTables)
	const half = 1 << 15
	fix := func(v float64) int32 { return int32(v*65536 + 0.5) }
	r, b, gr, gb := fix(1.40200), fix(1.77200), fix(0.71414), fix(0.34414)
	for i := range int32(256) {
		x := i - 128
		t.crR[i] = (r*x + half) >> 16
		t.cbB[i] = (b*x + half) >> 16
		t.crG[i] = -gr * x
		t.cbG[i] = -gb*x + half
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
	n := len(dst) / 3
	y, cb, cr = y[:n], cb[:n], cr[:n]
	for i := range n {
		d := dst[3*i : 3*i+3 : 3*i+3]
		l, b, r := int32(y[i]), cb[i], cr[i]
		d[0] = clamp(l + t.crR[r])
		d[1] = clamp(l + (t.cbG[b]+t.crG[r])>>16)
		d[2] = clamp(l + t.cbB[b])
	}
}

// cmyk converts one row of YCCK: the first three stand for the complements of
// red, green and blue.
func (t *colourTables) cmyk(dst, y, cb, cr, k []byte) {
	n := len(dst) / 4
	y, cb, cr, k = y[:n], cb[:n], cr[:n], k[:n]
	for i := range n {
		d := dst[4*i : 4*i+4 : 4*i+4]
		l, b, r := int32(y[i]), cb[i], cr[i]
		d[0] = clamp(255 - (l + t.crR[r]))
		d[1] = clamp(255 - (l + (t.cbG[b]+t.crG[r])>>16))
		d[2] = clamp(255 - (l + t.cbB[b]))
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
			tables.rgb(dst, rows[0], rows[1], rows[2])
		case ycck:
			tables.cmyk(dst, rows[0], rows[1], rows[2], rows[3])
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
