package jpeg

import "github.com/jaga-project/jaga/pdq"

// screenMemory bounds the coefficients of luma that are kept for a progressive
// file, in bytes: pictures of about 67 million pixels.
const screenMemory = 128 << 20

// screenProgressive projects a progressive file. Coefficients come in several
// scans, so those of luma are kept; scans without luma are passed over unread,
// and there is no inverse transform, no chroma and no colour.
func screenProgressive(p *parser, sc *scan) (*pdq.Buffer, error) {
	f := p.frame
	luma := &f.comps[0]
	blocks := luma.paddedX * luma.paddedY
	if blocks > screenMemory/128 {
		return nil, fail(ErrUnsupported, "screening a progressive file of %d x %d pixels", f.width, f.height)
	}
	d := &decoder{parser: p, blocks: make([][][64]int16, len(f.comps)), missing: make([][64]int8, len(f.comps))}
	d.blocks[0] = make([][64]int16, blocks)
	for i := range d.missing[0] {
		d.missing[0][i] = -1
	}
	var seen scansSeen
	for scans := 1; sc != nil; scans++ {
		if scans > maxScans {
			return nil, fail(ErrUnsupported, "more than %d scans", maxScans)
		}
		seen.add(sc)
		if sc.comps[0] == 0 {
			if err := d.scan(sc); err != nil {
				return nil, err
			}
		}
		var err error
		if sc, err = p.nextScan(); err != nil {
			return nil, err
		}
	}
	if err := d.complete(1); err != nil {
		return nil, err
	}
	if err := p.whole(&seen); err != nil {
		return nil, err
	}
	g := newProjector(f)
	for y := range luma.blocksY {
		var sums lineSums
		for x := range luma.blocksX {
			col := &g.columns[x]
			g.addBlock((*[16]float32)(sums[8*col.first:]), &col.weights, &d.blocks[0][y*luma.paddedX+x], luma.quant)
		}
		g.addRow(&sums, y)
	}
	return g.finish()
}

// addBlock projects a block across, as [screener.block] does while it decodes.
func (p *projector) addBlock(r, w *[16]float32, c *[64]int16, q *quantTable) {
	dc := p.brightness(float32(int32(c[0]) * int32(q[0])))
	r[0] += float32(dc * w[0])
	r[8] += float32(dc * w[8])
	energy := float32(0)
	for u := range 8 {
		line, steps := *(*[8]int16)(c[8*u:]), (*[8]uint16)(q[8*u:])
		if u == 0 {
			line[0] = 0
		}
		if line[0]|line[1]|line[2]|line[3]|line[4]|line[5]|line[6]|line[7] == 0 {
			continue
		}
		var near, next float32
		for v, value := range line {
			if value != 0 {
				f := float32(int32(value) * int32(steps[v]))
				energy += float32(f * f)
				near += float32(f * w[v])
				next += float32(f * w[8+v])
			}
		}
		r[u] += near
		r[8+u] += next
	}
	p.contrast(energy)
}
