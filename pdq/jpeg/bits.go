package jpeg

import "encoding/binary"

// bitReader hands out the bits of entropy-coded data, most significant first.
// It drops the zero byte stuffed behind each 0xff and never reads past a
// marker: from there on it supplies zeros and counts them, so that decoding
// loops need no check per bit. overrun tells afterwards.
type bitReader struct {
	data []byte
	pos  int    // next byte to take
	acc  uint64 // the next n bits, from the top; what is below them is no zero
	n    int    // bits in acc that count
	fake int    // bits supplied beyond the end
}

// fill makes at least 56 bits available.
func (b *bitReader) fill() {
	if b.pos+8 <= len(b.data) {
		x := binary.BigEndian.Uint64(b.data[b.pos:])
		if !hasFF(x) {
			b.acc |= x >> uint(b.n&63)
			take := (63 - b.n) >> 3
			b.pos += take
			b.n += take * 8
			return
		}
	}
	b.fillSlow()
}

// hasFF reports whether one of the eight bytes is 0xff. (The usual test for a
// zero byte, on the complement. Below the first such byte it may report more.)
func hasFF(x uint64) bool {
	return (^x-0x0101010101010101)&x&0x8080808080808080 != 0
}

// fillSlow takes byte by byte.
func (b *bitReader) fillSlow() {
	// Bits below n may be left over from a word taken at once. Those bytes are
	// still to be taken, but a zero supplied at the end must be a zero.
	b.acc &= ^uint64(0) << uint((64-b.n)&63)
	if b.n == 0 {
		b.acc = 0
	}
	for b.n <= 56 {
		v, ok := b.next()
		if !ok {
			b.fake += 8
		}
		b.acc |= uint64(v) << uint((56-b.n)&63)
		b.n += 8
	}
}

// next takes one byte of data, or reports that a marker or the end is next.
func (b *bitReader) next() (byte, bool) {
	if b.pos >= len(b.data) {
		return 0, false
	}
	v := b.data[b.pos]
	if v != 0xff {
		b.pos++
		return v, true
	}
	for p := b.pos + 1; p < len(b.data); p++ {
		switch b.data[p] {
		case 0xff: // fill bytes
		case 0:
			b.pos = p + 1
			return 0xff, true
		default:
			return 0, false
		}
	}
	return 0, false
}

// overrun reports whether bits were used that the data does not have.
func (b *bitReader) overrun() bool { return b.fake > b.n }

// atEnd reports whether bits were supplied because the data came to its end.
func (b *bitReader) atEnd() bool { return b.fake > 0 && b.pos+2 > len(b.data) }

// skip drops k bits, which must be available.
func (b *bitReader) skip(k int) {
	b.acc <<= uint(k & 63)
	b.n -= k
}

// take returns the next k <= 16 bits.
func (b *bitReader) take(k int) int32 {
	if b.n < 16 {
		b.fill()
	}
	v := int32(b.acc >> 1 >> uint((63-k)&63))
	b.skip(k)
	return v
}

// bit returns the next bit.
func (b *bitReader) bit() bool {
	if b.n == 0 {
		b.fill()
	}
	v := int64(b.acc) < 0
	b.skip(1)
	return v
}

// align drops the rest of the byte and everything up to the next marker. It
// returns the marker's second byte, leaving pos at its 0xff, or 0 at the end of
// the data.
func (b *bitReader) align() byte {
	b.acc, b.n, b.fake = 0, 0, 0
	for b.pos+1 < len(b.data) {
		if b.data[b.pos] == 0xff && b.data[b.pos+1] != 0 && b.data[b.pos+1] != 0xff {
			return b.data[b.pos+1]
		}
		b.pos++
	}
	b.pos = len(b.data)
	return 0
}

// extend maps s bits to the signed value they stand for (T.81, F.12).
func extend(v int32, s int) int32 {
	if v < 1<<uint(s)>>1 {
		v += 1 - 1<<uint(s)
	}
	return v
}
