package jpeg

import "math/rand/v2"

// writer writes JPEG files of any shape from coefficients, also such that no
// encoder at hand writes: CMYK, odd samplings, separate scans.
type writer struct {
	w, h     int
	comps    [][2]int // sampling factors
	ids      []byte
	adobe    int     // transform of the Adobe marker; below 0 for no marker
	scans    [][]int // components of each scan
	restart  int
	extended bool // SOF1
	wide     bool // 16-bit quantisation steps
	density  int  // about how many AC coefficients of 63 are set
	noEnd    bool
	// dcRange, if not 0, is how far constant terms go either way (in steps of
	// 1); acGain, if not 0, multiplies the other terms.
	dcRange, acGain int
}

// seeds are small files for fuzzing.
func seeds() [][]byte {
	var out [][]byte
	for i, w := range []writer{
		{w: 9, h: 9, comps: [][2]int{{1, 1}}, adobe: -1, scans: [][]int{{0}}, density: 9},
		{w: 20, h: 9, comps: [][2]int{{2, 2}, {1, 1}, {1, 1}}, adobe: -1, scans: [][]int{{0}, {1, 2}}, restart: 1, density: 5},
		{w: 20, h: 9, comps: [][2]int{{1, 2}, {1, 1}, {1, 1}, {1, 2}}, adobe: 2, scans: [][]int{{0, 1, 2, 3}}, density: 5},
	} {
		out = append(out, w.file(uint64(i)))
	}
	return out
}

// bitWriter packs and stuffs bits.
type bitWriter struct {
	out []byte
	acc uint32
	n   int
}

func (b *bitWriter) put(v uint32, n int) {
	for i := n - 1; i >= 0; i-- {
		b.acc = b.acc<<1 | v>>uint(i)&1
		if b.n++; b.n == 8 {
			b.out = append(b.out, byte(b.acc))
			if byte(b.acc) == 0xff {
				b.out = append(b.out, 0)
			}
			b.acc, b.n = 0, 0
		}
	}
}

func (b *bitWriter) flush() {
	for b.n > 0 {
		b.put(1, 1)
	}
}

// symbol writes a symbol. Those with a low half under 8 have codes of 8 bits,
// the others of 12, so that both ways of looking a code up occur.
func (b *bitWriter) symbol(s, class byte) {
	short := uint32(128) // number of short codes
	if class == 0 {
		short = 8
	}
	code := uint32(s>>4)<<3 | uint32(s&7)
	if s&8 == 0 {
		b.put(code, 8)
		return
	}
	b.put(short<<4|code, 12)
}

// table is the definition of that code.
func table(class byte) []byte {
	t := []byte{class << 4, 0, 0, 0, 0, 0, 0, 0, 128, 0, 0, 0, 128, 0, 0, 0, 0}
	if class == 0 { // sizes 0..15 only
		t[8], t[12] = 8, 8
	}
	for _, low := range []byte{0, 8} {
		for s := range byte(128) {
			if class == 0 && s >= 8 {
				break
			}
			t = append(t, s>>3<<4|low|s&7)
		}
	}
	return t
}

func (b *bitWriter) value(v, size int) {
	if v < 0 {
		v += 1<<size - 1
	}
	b.put(uint32(v), size)
}

func sizeOf(v int) int {
	n := 0
	for v = max(v, -v); v > 0; v >>= 1 {
		n++
	}
	return n
}

func (w *writer) file(seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 99))
	out := []byte{0xff, mSOI}
	segment := func(m byte, s ...byte) {
		out = append(out, 0xff, m, byte((len(s)+2)>>8), byte(len(s)+2))
		out = append(out, s...)
	}
	if w.adobe >= 0 {
		segment(mAPP14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, byte(w.adobe))
	}
	q := []byte{0}
	for i := range 64 {
		q = append(q, byte(1+i/4))
	}
	if w.wide {
		q = []byte{0x10}
		for i := range 64 {
			q = append(q, 0, byte(2+i/3))
		}
	}
	segment(mDQT, q...)
	segment(mDHT, table(0)...)
	segment(mDHT, table(1)...)
	head := []byte{8, byte(w.h >> 8), byte(w.h), byte(w.w >> 8), byte(w.w), byte(len(w.comps))}
	hMax, vMax := 0, 0
	for i, c := range w.comps {
		head = append(head, w.id(i), byte(c[0]<<4|c[1]), 0)
		hMax, vMax = max(hMax, c[0]), max(vMax, c[1])
	}
	sof := byte(mSOF0)
	if w.extended {
		sof = mSOF1
	}
	segment(sof, head...)
	if w.restart > 0 {
		segment(mDRI, byte(w.restart>>8), byte(w.restart))
	}
	for _, scan := range w.scans {
		s := []byte{byte(len(scan))}
		for _, c := range scan {
			s = append(s, w.id(c), 0)
		}
		segment(mSOS, append(s, 0, 63, 0)...)
		out = append(out, w.scan(r, scan, hMax, vMax)...)
	}
	if !w.noEnd {
		out = append(out, 0xff, mEOI)
	}
	return out
}

func (w *writer) id(i int) byte {
	if w.ids != nil {
		return w.ids[i]
	}
	return byte(i + 1)
}

func (w *writer) scan(r *rand.Rand, scan []int, hMax, vMax int) []byte {
	var b bitWriter
	ux, uy := ceilDiv(w.w, 8*hMax), ceilDiv(w.h, 8*vMax)
	if len(scan) == 1 {
		c := w.comps[scan[0]]
		ux, uy = ceilDiv(ceilDiv(w.w*c[0], hMax), 8), ceilDiv(ceilDiv(w.h*c[1], vMax), 8)
	}
	var last [4]int
	for u := range ux * uy {
		if w.restart > 0 && u > 0 && u%w.restart == 0 {
			b.flush()
			b.out = append(b.out, 0xff, byte(mRST0+(u/w.restart-1)&7))
			last = [4]int{}
		}
		for _, c := range scan {
			n := w.comps[c][0] * w.comps[c][1]
			if len(scan) == 1 {
				n = 1
			}
			for range n {
				span := 600
				if w.dcRange > 0 {
					span = w.dcRange
				}
				dc := r.IntN(2*span) - span
				w.block(&b, r, dc-last[c])
				last[c] = dc
			}
		}
	}
	b.flush()
	return b.out
}

// block writes one block with random coefficients.
func (w *writer) block(b *bitWriter, r *rand.Rand, diff int) {
	n := sizeOf(diff)
	b.symbol(byte(n), 0)
	b.value(diff, n)
	zeros := 0
	for k := 1; k < 64; k++ {
		v := 0
		if r.IntN(63) < w.density {
			v = int(r.NormFloat64()*40/float64(1+k/4)) * max(1, w.acGain)
		}
		if v == 0 {
			zeros++
			continue
		}
		for ; zeros > 15; zeros -= 16 {
			b.symbol(0xf0, 1)
		}
		n := sizeOf(v)
		b.symbol(byte(zeros<<4|n), 1)
		b.value(v, n)
		zeros = 0
	}
	if zeros > 0 {
		b.symbol(0, 1)
	}
}
