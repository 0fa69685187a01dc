package jpeg

import "encoding/binary"

// screener projects the luma blocks of one scan.
type screener struct {
	*parser
	sc    *scan
	feed  feed
	pairs *pairTable    // AC codes of luma
	skips [4]*skipTable // AC codes of the components that are skipped
	quant [64]float32   // of luma, in zigzag order
	dc    int32         // prediction of luma
	projector
}

// cursor is a place in the coded data: the next n bits stand on top of acc, the
// byte behind them is at pos of the feed's buffer.
type cursor struct {
	acc    uint64
	n, pos int
}

// refill makes at least 56 bits available.
func (c cursor) refill(buf *[feedSize]byte) cursor {
	c.acc |= binary.BigEndian.Uint64(buf[c.pos:]) >> uint(c.n&63)
	take := (63 - c.n) >> 3
	c.pos += take
	c.n += take * 8
	return c
}

func (c cursor) skip(k int) cursor {
	c.acc <<= uint(k & 63)
	c.n -= k
	return c
}

func newScreener(p *parser, sc *scan) *screener {
	s := &screener{parser: p, sc: sc, projector: newProjector(p.frame)}
	for i, z := range zigzag {
		s.quant[i] = float32(p.frame.comps[0].quant[z])
	}
	made := map[*huffman]*single{}
	for i := range sc.comps {
		h := sc.ac[i]
		if made[h] == nil {
			made[h] = h.singles()
		}
		if i == 0 {
			s.pairs = made[h].pairs()
			continue
		}
		if i > 1 && h == sc.ac[i-1] {
			s.skips[i] = s.skips[i-1]
			continue
		}
		s.skips[i] = made[h].skips()
	}
	return s
}

// scan projects the scan, which holds all of luma.
func (s *screener) scan() error {
	s.feed.start(s.bits.data[s.bits.pos:])
	var c cursor
	units := 0
	h, v := 1, 1
	luma := &s.frame.comps[0]
	if len(s.sc.comps) > 1 {
		h, v = luma.h, luma.v
	}
	// A row of units holds v block rows of luma.
	sums := make([]lineSums, v)
	for y := range s.sc.unitsY {
		clear(sums)
		for x := range s.sc.unitsX {
			if s.sc.restart > 0 && units > 0 && units%s.sc.restart == 0 {
				if err := s.restartFeed(c, units/s.sc.restart-1); err != nil {
					return err
				}
				c, s.dc = cursor{}, 0
			}
			units++
			if c.pos >= refillAt {
				if c.pos = s.feed.more(c.pos); s.feed.done && c.pos > s.feed.end+8 {
					return s.shortFeed()
				}
			}
			for j := range h * v {
				bx := x*h + j%h
				var ok bool
				if bx < len(s.columns) {
					col := &s.columns[bx]
					c, ok = s.block(c, (*[16]float32)(sums[j/h][8*col.first:]), &col.weights)
				} else {
					c, ok = s.block(c, new([16]float32), new([16]float32))
				}
				if !ok {
					return s.badFeed(c)
				}
			}
			for i := 1; i < len(s.sc.comps); i++ {
				k := &s.frame.comps[s.sc.comps[i]]
				for range k.h * k.v {
					var ok bool
					if c, ok = s.skipBlock(c, i); !ok {
						return s.badFeed(c)
					}
				}
			}
		}
		for i := range v {
			s.addRow(&sums[i], y*v+i)
		}
	}
	if s.overran(c) {
		return s.shortFeed()
	}
	return nil
}

// block decodes a block of luma and projects its coefficients across, adding
// to r: eight vertical frequencies of one output column, then of the next.
func (s *screener) block(c cursor, r, w *[16]float32) (cursor, bool) {
	buf := &s.feed.buf
	c, diff, ok := s.constant(c)
	if !ok {
		return c, false
	}
	s.dc += diff
	q := s.brightness(float32(s.dc) * s.quant[0])
	r[0] += float32(q * w[0])
	r[8] += float32(q * w[8])
	table, quant := s.pairs, &s.quant
	energy := float32(0)
	k := 0
	for k < 63 {
		if c.n < pairBits {
			c = c.refill(buf)
		}
		e := table[c.acc>>(64-pairBits)]
		at := k + int(e>>8&0xff)
		if at >= 63 { // the block's last code, or no entry
			value, advance := int32(int64(e)<<16>>48), int(e>>8&0xff)
			if advance == noCode {
				c, value, advance, ok = s.long(c)
				if at = k + advance; !ok {
					return c, false
				}
			} else {
				c = c.skip(int(e >> 24 & 0xff))
			}
			if advance == blockEnd {
				k = blockEnd
				break
			}
			if at > 63 {
				return c, false
			}
			z := zigzag[at&63]
			f := float32(value) * quant[at&63]
			energy += float32(f * f)
			r[z>>3&7] += float32(f * w[z&7])
			r[z>>3&7|8] += float32(f * w[z&7|8])
			k = at
			continue
		}
		z := zigzag[at&63]
		f := float32(int32(int64(e)<<16>>48)) * quant[at&63]
		energy += float32(f * f)
		r[z>>3&7] += float32(f * w[z&7])
		r[z>>3&7|8] += float32(f * w[z&7|8])
		k = at + int(e>>16&0xff)
		z = zigzag[k&63]
		f = float32(int32(int64(e)>>48)) * quant[k&63]
		energy += float32(f * f)
		r[z>>3&7] += float32(f * w[z&7])
		r[z>>3&7|8] += float32(f * w[z&7|8])
		c = c.skip(int(e & 0xff))
	}
	s.contrast(energy)
	return c, k == 63 || k >= blockEnd
}

// constant decodes the difference of a DC coefficient.
func (s *screener) constant(c cursor) (cursor, int32, bool) {
	if c.n < 32 {
		c = c.refill(&s.feed.buf)
	}
	h := s.sc.dc[0]
	e := uint32(h.look[c.acc>>(64-lookBits)])
	if e == 0 {
		var ok bool
		if e, ok = h.slow(c.acc); !ok {
			return c, 0, false
		}
	}
	length, size := int(e&0xff), int(e>>8&15)
	v := int32(c.acc >> uint((64-length)&63) & (1<<uint(size) - 1))
	return c.skip(length), extend(v, size), true
}

// long decodes one AC code with its value that is longer than a look-up.
func (s *screener) long(c cursor) (_ cursor, value int32, advance int, ok bool) {
	if c.n < 32 {
		c = c.refill(&s.feed.buf)
	}
	e, ok := s.sc.ac[0].slow(c.acc)
	length, size, run := int(e&0xff), int(e>>8&15), int(e>>12)
	if size == 0 {
		if run != 15 {
			run = blockEnd - 1
		}
		return c.skip(length), 0, run + 1, ok
	}
	v := int32(c.acc >> uint((64-length)&63) & (1<<uint(size) - 1))
	return c.skip(length), extend(v, size), run + 1, ok
}

// skipBlock passes over a block of the i-th component of the scan.
func (s *screener) skipBlock(c cursor, i int) (cursor, bool) {
	buf := &s.feed.buf
	if c.n < 32 {
		c = c.refill(buf)
	}
	e := uint32(s.sc.dc[i].look[c.acc>>(64-lookBits)])
	if e == 0 {
		var ok bool
		if e, ok = s.sc.dc[i].slow(c.acc); !ok {
			return c, false
		}
	}
	c = c.skip(int(e & 0xff))
	table := s.skips[i]
	k := 0
	for k < 63 {
		if c.n < 32 {
			c = c.refill(buf)
		}
		e := uint32(table[c.acc>>(64-pairBits)])
		next := k + int(e>>4&0x7f)
		if e&15 == 0 || next >= 63 {
			// One code only: it is longer than a look-up, or the block may end
			// in the midst of the entry.
			e, ok := s.sc.ac[i].slow(c.acc)
			if !ok {
				return c, false
			}
			c = c.skip(int(e & 0xff))
			if e>>8&15 == 0 && e>>12 != 15 {
				return c, true
			}
			k += int(e>>12) + 1
			continue
		}
		c, k = c.skip(int(e&15)), next
		if e&skipEnd != 0 {
			return c, true
		}
	}
	return c, k == 63
}

// overran reports whether bits behind the interval's end were used.
func (s *screener) overran(c cursor) bool { return s.feed.done && 8*c.pos-c.n > 8*s.feed.end }

func (s *screener) restartFeed(c cursor, n int) error {
	if s.overran(c) {
		return s.shortFeed()
	}
	// What is left before the marker is passed over, as by Decode.
	switch m := s.feed.marker(); {
	case m == 0:
		return fail(ErrTruncated, "it ends within the picture")
	case m != byte(mRST0+n&7):
		return fail(ErrDamaged, "marker %02x in place of restart %d", m, n&7)
	}
	s.feed.start(s.feed.src)
	return nil
}

// shortFeed is the error for coded data that ends too early.
func (s *screener) shortFeed() error {
	if len(s.feed.src) < 2 {
		return fail(ErrTruncated, "it ends within the picture")
	}
	return fail(ErrDamaged, "the coded data is too short")
}

// badFeed is the error for codes that make no sense.
func (s *screener) badFeed(c cursor) error {
	if s.overran(c) {
		return s.shortFeed()
	}
	return fail(ErrDamaged, "a code that the table does not have, or too many coefficients")
}
