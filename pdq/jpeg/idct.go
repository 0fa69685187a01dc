package jpeg

// The inverse transform is the "accurate integer" one of the Independent JPEG
// Group: the algorithm of Loeffler, Ligtenberg and Moschytz (ICASSP 1989) with
// 13 bits of fraction, and 2 extra bits kept between columns and rows. To give
// the same samples, products and roundings must come in the same places.
const (
	fracBits = 13
	passBits = 2

	// Constants of the algorithm, times 2^13, rounded.
	f0298631336 = 2446
	f0390180644 = 3196
	f0541196100 = 4433
	f0765366865 = 6270
	f0899976223 = 7373
	f1175875602 = 9633
	f1501321110 = 12299
	f1847759065 = 15137
	f1961570560 = 16069
	f2053119869 = 16819
	f2562915447 = 20995
	f3072711026 = 25172
)

// clamp8 limits a sample without its offset of 128 to a byte.
func clamp8(v int32) byte {
	v += 128
	if uint32(v) > 255 {
		if v < 0 {
			return 0
		}
		return 255
	}
	return byte(v)
}

// idct writes the 8 x 8 samples of a block to dst, rows stride bytes apart.
// Coefficients are in natural order; only those up to index last in zigzag
// order may differ from 0.
func idct(dst []byte, stride int, c *[64]int16, q *quantTable, last int) {
	if last == 0 {
		idctFlat(dst, stride, c, q)
		return
	}
	var ws [64]int32
	for x := range 8 {
		in := func(y int) int32 { return int32(int16(int32(c[8*y+x]) * int32(q[8*y+x]))) }
		if c[8+x]|c[16+x]|c[24+x]|c[32+x]|c[40+x]|c[48+x]|c[56+x] == 0 {
			v := in(0) << passBits
			for y := range 8 {
				ws[8*y+x] = v
			}
			continue
		}
		e, o := butterfly(in(0), in(1), in(2), in(3), in(4), in(5), in(6), in(7))
		const shift, half = fracBits - passBits, 1 << (fracBits - passBits - 1)
		for y := range 4 {
			ws[8*y+x] = (e[y] + o[3-y] + half) >> shift
			ws[8*(7-y)+x] = (e[y] - o[3-y] + half) >> shift
		}
	}
	for y := range 8 {
		r := ws[8*y : 8*y+8 : 8*y+8]
		e, o := butterfly(r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7])
		const shift, half = fracBits + passBits + 3, 1 << (fracBits + passBits + 2)
		out := dst[y*stride : y*stride+8 : y*stride+8]
		for x := range 4 {
			out[x] = clamp8((e[x] + o[3-x] + half) >> shift)
			out[7-x] = clamp8((e[x] - o[3-x] + half) >> shift)
		}
	}
}

// idctFlat is idct for a block with a constant term only.
func idctFlat(dst []byte, stride int, c *[64]int16, q *quantTable) {
	dc := int32(int16(int32(c[0]) * int32(q[0])))
	v := clamp8((dc<<passBits + 1<<(passBits+2)) >> (passBits + 3))
	for y := range 8 {
		out := dst[y*stride : y*stride+8 : y*stride+8]
		for x := range out {
			out[x] = v
		}
	}
}

// butterfly transforms one line: outputs x and 7-x are even[x] ± odd[3-x],
// with 13 bits of fraction more than the inputs.
func butterfly(i0, i1, i2, i3, i4, i5, i6, i7 int32) (even, odd [4]int32) {
	z1 := (i2 + i6) * f0541196100
	t2 := z1 - i6*f1847759065
	t3 := z1 + i2*f0765366865
	t0 := (i0 + i4) << fracBits
	t1 := (i0 - i4) << fracBits
	even = [4]int32{t0 + t3, t1 + t2, t1 - t2, t0 - t3}

	z1, z2, z3, z4 := i7+i1, i5+i3, i7+i3, i5+i1
	z5 := (z3 + z4) * f1175875602
	z1 *= -f0899976223
	z2 *= -f2562915447
	z3 = z3*-f1961570560 + z5
	z4 = z4*-f0390180644 + z5
	odd = [4]int32{
		i7*f0298631336 + z1 + z3,
		i5*f2053119869 + z2 + z4,
		i3*f3072711026 + z2 + z3,
		i1*f1501321110 + z1 + z4,
	}
	return even, odd
}
