package jpeg

import "bytes"

// parser walks the markers of a file and keeps the tables they define.
type parser struct {
	bits      bitReader
	frame     *frame
	quant     [4]*quantTable
	dc, ac    [4]*huffman
	restart   int
	jfif      bool
	adobe     bool
	transform byte
	ended     bool // an EOI marker was seen
}

func newParser(data []byte) (*parser, error) {
	if len(data) < 3 || data[0] != 0xff || data[1] != mSOI || data[2] != 0xff {
		return nil, fail(ErrFormat, "no start of image")
	}
	p := &parser{bits: bitReader{data: data, pos: 2}}
	return p, nil
}

// nextScan reads on to the next scan, leaving the reader at its first bit, or
// returns nil at the end of the picture.
func (p *parser) nextScan() (*scan, error) {
	for {
		m := p.bits.align()
		if m == 0 {
			if p.frame == nil {
				return nil, fail(ErrTruncated, "it ends before the picture's header")
			}
			return nil, nil
		}
		p.bits.pos += 2
		switch {
		case m == mEOI:
			p.ended = true
			return nil, nil
		case m == mTEM, m >= mRST0 && m <= mRST7:
			continue
		case m == mSOI:
			return nil, fail(ErrDamaged, "two starts of image")
		}
		seg, err := p.segment()
		if err != nil {
			return nil, err
		}
		if m == mSOS {
			return p.scanHeader(seg)
		}
		if err := p.marker(m, seg); err != nil {
			return nil, err
		}
	}
}

// segment takes the bytes of a marker segment behind its length.
func (p *parser) segment() ([]byte, error) {
	rest := p.bits.data[p.bits.pos:]
	if len(rest) < 2 {
		return nil, fail(ErrTruncated, "it ends within a marker")
	}
	n := int(rest[0])<<8 | int(rest[1])
	if n < 2 {
		return nil, fail(ErrDamaged, "a marker segment of %d bytes", n)
	}
	if n > len(rest) {
		return nil, fail(ErrTruncated, "it ends within a marker")
	}
	p.bits.pos += n
	return rest[2:n], nil
}

func (p *parser) marker(m byte, s []byte) error {
	switch m {
	case mSOF0, mSOF1, mSOF2:
		return p.frameHeader(m, s)
	case mDHT:
		return p.huffmanTables(s)
	case mDQT:
		return p.quantTables(s)
	case mDRI:
		if len(s) != 2 {
			return fail(ErrDamaged, "restart interval of %d bytes", len(s))
		}
		p.restart = int(s[0])<<8 | int(s[1])
	case mAPP0:
		p.jfif = p.jfif || len(s) >= 14 && bytes.HasPrefix(s, []byte("JFIF\x00"))
	case mAPP14:
		if len(s) >= 12 && bytes.HasPrefix(s, []byte("Adobe")) {
			p.adobe, p.transform = true, s[11]
		}
	case mDNL:
		return fail(ErrUnsupported, "height defined behind the picture")
	case mDAC:
		return fail(ErrUnsupported, "arithmetic coding")
	default:
		if m >= mSOF0 && m <= 0xcf {
			return fail(ErrUnsupported, "coding process SOF%d", m-mSOF0)
		}
	}
	return nil
}

func (p *parser) quantTables(s []byte) error {
	for len(s) > 0 {
		wide, at := int(s[0]>>4), s[0]&15
		size := 64 << min(wide, 1)
		if wide > 1 || at > 3 || len(s) < 1+size {
			return fail(ErrDamaged, "quantisation table %d of %d bytes", at, len(s)-1)
		}
		t := new(quantTable)
		for i, z := range zigzag {
			if wide == 0 {
				t[z] = uint16(s[1+i])
			} else {
				t[z] = uint16(s[1+2*i])<<8 | uint16(s[2+2*i])
			}
		}
		p.quant[at] = t
		s = s[1+size:]
	}
	return nil
}

func (p *parser) huffmanTables(s []byte) error {
	for len(s) > 0 {
		if len(s) < 17 {
			return fail(ErrDamaged, "huffman table of %d bytes", len(s))
		}
		class, at := s[0]>>4, s[0]&15
		counts := [16]byte(s[1:17])
		n := 0
		for _, c := range counts {
			n += int(c)
		}
		if class > 1 || at > 3 || n > 256 || len(s) < 17+n {
			return fail(ErrDamaged, "huffman table %d of %d symbols", at, n)
		}
		h, err := newHuffman(&counts, s[17:17+n], class == 0)
		if err != nil {
			return err
		}
		if class == 0 {
			p.dc[at] = h
		} else {
			p.ac[at] = h
		}
		s = s[17+n:]
	}
	return nil
}

// restartAt goes over the restart marker that must follow the n-th interval
// (counted from 0).
func (p *parser) restartAt(n int) error {
	if p.bits.overrun() {
		return p.short()
	}
	switch m := p.bits.align(); {
	case m == 0:
		return fail(ErrTruncated, "it ends within the picture")
	case m != byte(mRST0+n&7):
		return fail(ErrDamaged, "marker %02x in place of restart %d", m, n&7)
	}
	p.bits.pos += 2
	return nil
}

// short is the error when the coded data is too short: the end of the file, or
// a marker where there should be data.
func (p *parser) short() error {
	if p.bits.pos+2 > len(p.bits.data) {
		return fail(ErrTruncated, "it ends within the picture")
	}
	return fail(ErrDamaged, "the coded data is too short")
}
