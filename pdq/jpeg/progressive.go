package jpeg

// progressive decodes the blocks of a progressive scan (T.81, annex G).
type progressive struct {
	sequential
	skip int // blocks of the running end-of-band run still to come
}

func (s *progressive) begin() error {
	before := s.units
	if err := s.sequential.begin(); err != nil {
		return err
	}
	if s.sc.restart > 0 && before%s.sc.restart == 0 {
		s.skip = 0
	}
	return nil
}

func (d *decoder) scanProgressive(sc *scan) error {
	s := &progressive{sequential: sequential{d: d, sc: sc}}
	block := s.refineAC
	switch {
	case sc.first == 0 && sc.high == 0:
		block = s.firstDC
	case sc.first == 0:
		block = s.refineDC
	case sc.high == 0:
		block = s.firstAC
	}
	return d.units(sc, s.row, s.begin, block)
}

func badCode() error { return fail(ErrDamaged, "a code that the table does not have") }

func (s *progressive) firstDC(i int, c *[64]int16) error {
	b := &s.d.bits
	size, ok := s.sc.dc[i].symbol(b)
	if !ok {
		return badCode()
	}
	if size > 0 {
		s.last[i] += extend(b.take(int(size)), int(size))
	}
	c[0] = int16(s.last[i] << s.sc.low)
	return nil
}

func (s *progressive) refineDC(_ int, c *[64]int16) error {
	if s.d.bits.bit() {
		c[0] |= 1 << s.sc.low
	}
	return nil
}

func (s *progressive) firstAC(i int, c *[64]int16) error {
	if s.skip > 0 {
		s.skip--
		return nil
	}
	b := &s.d.bits
	for k := s.sc.first; k <= s.sc.last; k++ {
		sym, ok := s.sc.ac[i].symbol(b)
		if !ok {
			return badCode()
		}
		run, size := int(sym>>4), int(sym&15)
		switch {
		case size > 0:
			if k += run; k > s.sc.last {
				return fail(ErrDamaged, "a coefficient outside the scan's band")
			}
			c[zigzag[k]] = int16(extend(b.take(size), size) << s.sc.low)
		case run == 15:
			k += 15
		default:
			s.skip = s.endOfBand(run) - 1
			return nil
		}
	}
	return nil
}

// endOfBand reads the length of an end-of-band run, this block included.
func (s *progressive) endOfBand(bits int) int {
	n := 1 << bits
	if bits > 0 {
		n += int(s.d.bits.take(bits))
	}
	return n
}

func (s *progressive) refineAC(i int, c *[64]int16) error {
	b, k := &s.d.bits, s.sc.first
	for s.skip == 0 && k <= s.sc.last {
		sym, ok := s.sc.ac[i].symbol(b)
		if !ok {
			return badCode()
		}
		run, size := int(sym>>4), int(sym&15)
		if size == 0 && run < 15 {
			s.skip = s.endOfBand(run)
			break
		}
		var v int16
		if size > 0 { // 1 in valid files; libjpeg-turbo takes others for 1
			v = -1 << s.sc.low
			if b.bit() {
				v = 1 << s.sc.low
			}
		}
		k = s.refine(c, k, run)
		if v != 0 {
			if k > s.sc.last {
				return fail(ErrDamaged, "a coefficient outside the scan's band")
			}
			c[zigzag[k]] = v
		}
		k++
	}
	if s.skip > 0 {
		s.refine(c, k, 64)
		s.skip--
	}
	return nil
}

// refine reads a further bit for each coefficient from k on that is not 0,
// until it has gone over run zeros, and returns the place of the zero behind
// them (one past the band if there is none).
func (s *progressive) refine(c *[64]int16, k, run int) int {
	one := int16(1) << s.sc.low
	for ; k <= s.sc.last; k++ {
		v := &c[zigzag[k]]
		if *v == 0 {
			if run == 0 {
				break
			}
			run--
			continue
		}
		if s.d.bits.bit() && *v&one == 0 {
			if *v > 0 {
				*v += one
			} else {
				*v -= one
			}
		}
	}
	return k
}
