package jpeg

// sequential decodes the blocks of a sequential scan.
type sequential struct {
	d     *decoder
	sc    *scan
	last  [4]int32 // DC predictions, by place in the scan
	units int      // decoded so far
}

// begin is called before each unit and goes over restart markers.
func (s *sequential) begin() error {
	if s.sc.restart > 0 && s.units > 0 && s.units%s.sc.restart == 0 {
		if err := s.d.restartAt(s.units/s.sc.restart - 1); err != nil {
			return err
		}
		s.last = [4]int32{}
	}
	s.units++
	return nil
}

// row is called before each row of units.
func (s *sequential) row() error {
	if s.d.bits.overrun() {
		return s.d.short()
	}
	return s.d.stop()
}

// block decodes one block of the i-th component of the scan into c, which must
// be zero, and returns the index in zigzag order of the last coefficient.
func (s *sequential) block(c *[64]int16, i int) (last int, err error) {
	b := &s.d.bits
	size, ok := s.sc.dc[i].symbol(b)
	if !ok {
		return 0, fail(ErrDamaged, "a code that the table does not have")
	}
	if size > 0 {
		s.last[i] += extend(b.take(int(size)), int(size))
	}
	c[0] = int16(s.last[i])
	ac := s.sc.ac[i]
	for k := 1; k < 64; k++ {
		if b.n < 32 {
			b.fill()
		}
		e := uint32(ac.look[b.acc>>(64-lookBits)])
		if e == 0 {
			if e, ok = ac.slow(b.acc); !ok {
				return 0, fail(ErrDamaged, "a code that the table does not have")
			}
		}
		length, size, run := int(e&0xff), int(e>>8&15), int(e>>12)
		if size == 0 {
			b.skip(length)
			if run != 15 {
				break
			}
			k += 15
			continue
		}
		if k += run; k > 63 {
			return 0, fail(ErrDamaged, "more than 64 coefficients in a block")
		}
		v := int32(b.acc >> uint((64-length)&63) & (1<<uint(size&15) - 1))
		b.skip(length)
		c[zigzag[k]] = int16(extend(v, size))
		last = k
	}
	return last, nil
}

// scanStraight decodes a scan that holds the whole picture, transforming each
// block at once.
func (d *decoder) scanStraight(sc *scan) error {
	s := &sequential{d: d, sc: sc}
	var c [64]int16
	for y := range sc.unitsY {
		if err := s.row(); err != nil {
			return err
		}
		for x := range sc.unitsX {
			if err := s.begin(); err != nil {
				return err
			}
			for i, at := range sc.comps {
				k, p := &d.frame.comps[at], &d.planes[at]
				h, v := k.h, k.v
				if len(sc.comps) == 1 {
					h, v = 1, 1
				}
				for j := range h * v {
					c = [64]int16{}
					last, err := s.block(&c, i)
					if err != nil {
						return err
					}
					at := 8*(y*v+j/h)*p.stride + 8*(x*h+j%h)
					idct(p.pix[at:], p.stride, &c, k.quant, last)
				}
			}
		}
	}
	return nil
}

// scanSequential decodes a scan of some of the components and keeps the
// coefficients.
func (d *decoder) scanSequential(sc *scan) error {
	s := &sequential{d: d, sc: sc}
	return d.units(sc, s.row, s.begin, func(i int, c *[64]int16) error {
		*c = [64]int16{}
		_, err := s.block(c, i)
		return err
	})
}

// units calls block for all blocks of a scan in their order in the file, with
// the place of their component in the scan. Components that are not kept share
// one block, which nobody looks at.
func (d *decoder) units(sc *scan, row, begin func() error, block func(i int, c *[64]int16) error) error {
	var unused [64]int16
	for y := range sc.unitsY {
		if err := row(); err != nil {
			return err
		}
		for x := range sc.unitsX {
			if err := begin(); err != nil {
				return err
			}
			for i, at := range sc.comps {
				k := &d.frame.comps[at]
				h, v := k.h, k.v
				if len(sc.comps) == 1 {
					h, v = 1, 1
				}
				for j := range h * v {
					if d.blocks[at] == nil {
						if err := block(i, &unused); err != nil {
							return err
						}
						continue
					}
					if err := block(i, &d.blocks[at][(y*v+j/h)*k.paddedX+x*h+j%h]); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}
