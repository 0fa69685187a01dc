package jpeg

// Marker bytes (T.81, table B.1).
const (
	mSOF0, mSOF1, mSOF2 = 0xc0, 0xc1, 0xc2
	mDHT, mDAC          = 0xc4, 0xcc
	mRST0, mRST7        = 0xd0, 0xd7
	mSOI, mEOI, mSOS    = 0xd8, 0xd9, 0xda
	mDQT, mDNL, mDRI    = 0xdb, 0xdc, 0xdd
	mAPP0, mAPP14       = 0xe0, 0xee
	mTEM                = 0x01
)

// zigzag maps the order of coefficients in a file to rows and columns of a
// block (T.81, figure A.6).
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10,
	17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34,
	27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36,
	29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46,
	53, 60, 61, 54, 47, 55, 62, 63,
}

// colour is how the components of a file stand for colours.
type colour uint8

const (
	grey colour = iota
	ycc
	rgb
	cmyk
	ycck
)

// quantTable holds the quantisation steps in natural order (row by row).
type quantTable [64]uint16

// component is one of the planes of a frame.
type component struct {
	id, tq byte
	h, v   int // sampling factors
	// width and height in samples, as far as they belong to the picture.
	width, height int
	// blocks are counted without the padding of interleaved scans, ...
	blocksX, blocksY int
	// ... and with it.
	paddedX, paddedY int
	quant            *quantTable // set with the component's first scan
}

// frame is what a file says about its picture.
type frame struct {
	width, height int
	progressive   bool
	comps         []component
	hMax, vMax    int
	mcusX, mcusY  int // of an interleaved scan
	colour        colour
}

// scan is the header of one scan.
type scan struct {
	comps          []int // indices into frame.comps
	dc, ac         [4]*huffman
	first, last    int // spectral selection
	high, low      uint
	restart        int // MCUs between restart markers, 0 for none
	blocksPerMCU   int
	unitsX, unitsY int // MCUs
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// frameHeader reads SOF0, 1 or 2.
func (p *parser) frameHeader(marker byte, s []byte) error {
	if p.frame != nil {
		return fail(ErrDamaged, "two frames")
	}
	if len(s) < 6 || len(s) != 6+3*int(s[5]) {
		return fail(ErrDamaged, "frame header of %d bytes", len(s))
	}
	if s[0] != 8 {
		return fail(ErrUnsupported, "%d bits a sample", s[0])
	}
	f := &frame{height: int(s[1])<<8 | int(s[2]), width: int(s[3])<<8 | int(s[4]), progressive: marker == mSOF2}
	if f.width == 0 || f.height == 0 {
		return fail(ErrDamaged, "a picture of %d x %d pixels", f.width, f.height)
	}
	switch s[5] {
	case 1, 3, 4:
	case 2:
		return fail(ErrUnsupported, "two components")
	default:
		return fail(ErrDamaged, "%d components", s[5])
	}
	for c := s[6:]; len(c) > 0; c = c[3:] {
		k := component{id: c[0], h: int(c[1] >> 4), v: int(c[1] & 15), tq: c[2]}
		if k.h < 1 || k.h > 4 || k.v < 1 || k.v > 4 || k.tq > 3 {
			return fail(ErrDamaged, "component with sampling %dx%d, table %d", k.h, k.v, k.tq)
		}
		for _, o := range f.comps {
			if o.id == k.id {
				return fail(ErrDamaged, "two components %d", k.id)
			}
		}
		f.hMax, f.vMax = max(f.hMax, k.h), max(f.vMax, k.v)
		f.comps = append(f.comps, k)
	}
	f.mcusX, f.mcusY = ceilDiv(f.width, 8*f.hMax), ceilDiv(f.height, 8*f.vMax)
	for i := range f.comps {
		k := &f.comps[i]
		if f.hMax%k.h != 0 || f.vMax%k.v != 0 {
			return fail(ErrUnsupported, "sampling %dx%d of %dx%d", k.h, k.v, f.hMax, f.vMax)
		}
		k.width, k.height = ceilDiv(f.width*k.h, f.hMax), ceilDiv(f.height*k.v, f.vMax)
		k.blocksX, k.blocksY = ceilDiv(k.width, 8), ceilDiv(k.height, 8)
		k.paddedX, k.paddedY = f.mcusX*k.h, f.mcusY*k.v
	}
	p.frame = f
	return nil
}

// chooseColour decides what the components stand for, as libjpeg-turbo does: a
// JFIF marker goes before an Adobe one, and that before the identifiers.
func (p *parser) chooseColour() {
	f := p.frame
	switch len(f.comps) {
	case 1:
		f.colour = grey
	case 3:
		ids := [3]byte{f.comps[0].id, f.comps[1].id, f.comps[2].id}
		f.colour = ycc
		if !p.jfif && (p.adobe && p.transform == 0 || !p.adobe && ids == [3]byte{'R', 'G', 'B'}) {
			f.colour = rgb
		}
	case 4:
		f.colour = cmyk
		if p.adobe && p.transform != 0 {
			f.colour = ycck
		}
	}
}

// scanHeader reads SOS and checks it against the frame and the tables.
func (p *parser) scanHeader(s []byte) (*scan, error) {
	f := p.frame
	if f == nil {
		return nil, fail(ErrDamaged, "a scan before the frame")
	}
	if len(s) < 4 || s[0] < 1 || s[0] > 4 || len(s) != 4+2*int(s[0]) {
		return nil, fail(ErrDamaged, "scan header of %d bytes", len(s))
	}
	n := int(s[0])
	tail := s[1+2*n:]
	sc := &scan{restart: p.restart, first: int(tail[0]), last: int(tail[1]), high: uint(tail[2] >> 4), low: uint(tail[2] & 15)}
	if !f.progressive {
		// libjpeg-turbo warns about other values and goes on as if they were these.
		sc.first, sc.last, sc.high, sc.low = 0, 63, 0, 0
	} else if err := sc.checkProgression(n); err != nil {
		return nil, err
	}
	for i := range n {
		id, tables := s[1+2*i], s[2+2*i]
		at := -1
		for j := range f.comps {
			if f.comps[j].id == id {
				at = j
			}
		}
		if at < 0 || len(sc.comps) > 0 && at <= sc.comps[len(sc.comps)-1] {
			return nil, fail(ErrDamaged, "scan of component %d", id)
		}
		if err := p.scanTables(sc, i, at, tables); err != nil {
			return nil, err
		}
		sc.comps = append(sc.comps, at)
		sc.blocksPerMCU += f.comps[at].h * f.comps[at].v
	}
	sc.unitsX, sc.unitsY = f.mcusX, f.mcusY
	if n == 1 {
		k := &f.comps[sc.comps[0]]
		sc.unitsX, sc.unitsY, sc.blocksPerMCU = k.blocksX, k.blocksY, 1
	}
	if sc.blocksPerMCU > 10 {
		return nil, fail(ErrDamaged, "%d blocks in a unit, 10 are allowed", sc.blocksPerMCU)
	}
	return sc, nil
}

func (sc *scan) checkProgression(n int) error {
	switch {
	case sc.first == 0 && sc.last != 0, sc.first > sc.last, sc.last > 63, sc.first > 0 && n > 1:
		return fail(ErrDamaged, "scan of coefficients %d to %d for %d components", sc.first, sc.last, n)
	case sc.high != 0 && sc.high != sc.low+1, sc.low > 13:
		return fail(ErrDamaged, "scan of bits %d to %d", sc.high, sc.low)
	}
	return nil
}

// scanTables gives component at, the i-th of the scan, its tables.
func (p *parser) scanTables(sc *scan, i, at int, tables byte) error {
	k := &p.frame.comps[at]
	if k.quant == nil {
		if p.quant[k.tq] == nil {
			return fail(ErrDamaged, "quantisation table %d is missing", k.tq)
		}
		k.quant = p.quant[k.tq]
	}
	d, a := tables>>4, tables&15
	if d > 3 || a > 3 {
		return fail(ErrDamaged, "huffman table %d or %d", d, a)
	}
	sc.dc[i], sc.ac[i] = p.dc[d], p.ac[a]
	needDC, needAC := sc.first == 0 && sc.high == 0, sc.last > 0
	if needDC && sc.dc[i] == nil || needAC && sc.ac[i] == nil {
		return fail(ErrDamaged, "huffman table %d or %d is missing", d, a)
	}
	return nil
}
