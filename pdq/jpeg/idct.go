package jpeg

import "encoding/binary"

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
// Coefficients are in natural order; those behind index last in zigzag order
// are 0.
func idct(dst []byte, stride int, c *[64]int16, q *quantTable, last int) {
	if last == 0 {
		idctFlat(dst, stride, c, q)
		return
	}
	var ws [64]int32
	columns := 8
	if last < 10 { // the first four diagonals
		columns = 4
	}
	for x := range columns {
		idctColumn(&ws, c, q, x&7)
	}
	for y := range 8 {
		idctRow((*[8]byte)(dst[y*stride:]), (*[8]int32)(ws[8*y:]), columns == 4)
	}
}

// dequantize multiplies in 16 bits, as libjpeg-turbo's vector code does.
func dequantize(c int16, q uint16) int32 { return int32(c * int16(q)) }

func idctColumn(ws *[64]int32, c *[64]int16, q *quantTable, x int) {
	if c[8+x]|c[16+x]|c[24+x]|c[32+x]|c[40+x]|c[48+x]|c[56+x] == 0 {
		v := dequantize(c[x], q[x]) << passBits
		for y := 0; y < 64; y += 8 {
			ws[y+x] = v
		}
		return
	}
	i2, i6 := dequantize(c[16+x], q[16+x]), dequantize(c[48+x], q[48+x])
	z1 := (i2 + i6) * f0541196100
	t2, t3 := z1-i6*f1847759065, z1+i2*f0765366865
	i0, i4 := dequantize(c[x], q[x]), dequantize(c[32+x], q[32+x])
	const shift, half = fracBits - passBits, 1 << (fracBits - passBits - 1)
	t0, t1 := (i0+i4)<<fracBits+half, (i0-i4)<<fracBits+half
	e0, e3, e1, e2 := t0+t3, t0-t3, t1+t2, t1-t2

	o0, o1 := dequantize(c[56+x], q[56+x]), dequantize(c[40+x], q[40+x])
	o2, o3 := dequantize(c[24+x], q[24+x]), dequantize(c[8+x], q[8+x])
	o0, o1, o2, o3 = odd(o0, o1, o2, o3)
	ws[x], ws[56+x] = (e0+o3)>>shift, (e0-o3)>>shift
	ws[8+x], ws[48+x] = (e1+o2)>>shift, (e1-o2)>>shift
	ws[16+x], ws[40+x] = (e2+o1)>>shift, (e2-o1)>>shift
	ws[24+x], ws[32+x] = (e3+o0)>>shift, (e3-o0)>>shift
}

// idctRow transforms one row; narrow says that the right half of it is 0.
func idctRow(out *[8]byte, r *[8]int32, narrow bool) {
	const shift, half = fracBits + passBits + 3, 1 << (fracBits + passBits + 2)
	t0 := r[0]<<fracBits + half
	var e0, e1, e2, e3, o0, o1, o2, o3 int32
	if narrow {
		if r[1]|r[2]|r[3] == 0 {
			v := uint64(clamp8(t0>>shift)) * 0x0101010101010101
			binary.LittleEndian.PutUint64(out[:], v)
			return
		}
		t2, t3 := r[2]*f0541196100, r[2]*(f0541196100+f0765366865)
		e0, e3, e1, e2 = t0+t3, t0-t3, t0+t2, t0-t2
		o0, o1, o2, o3 = odd(0, 0, r[3], r[1])
	} else {
		z1 := (r[2] + r[6]) * f0541196100
		t2, t3 := z1-r[6]*f1847759065, z1+r[2]*f0765366865
		t0, t1 := t0+r[4]<<fracBits, t0-r[4]<<fracBits
		e0, e3, e1, e2 = t0+t3, t0-t3, t1+t2, t1-t2
		o0, o1, o2, o3 = odd(r[7], r[5], r[3], r[1])
	}
	out[0], out[7] = clamp8((e0+o3)>>shift), clamp8((e0-o3)>>shift)
	out[1], out[6] = clamp8((e1+o2)>>shift), clamp8((e1-o2)>>shift)
	out[2], out[5] = clamp8((e2+o1)>>shift), clamp8((e2-o1)>>shift)
	out[3], out[4] = clamp8((e3+o0)>>shift), clamp8((e3-o0)>>shift)
}

// odd is the part of the odd inputs, given from the last to the first: outputs
// k and 7-k are the even part k plus and minus the result 3-k.
func odd(i7, i5, i3, i1 int32) (o0, o1, o2, o3 int32) {
	z1, z2, z3, z4 := (i7+i1)*-f0899976223, (i5+i3)*-f2562915447, i7+i3, i5+i1
	z5 := (z3 + z4) * f1175875602
	z3 = z3*-f1961570560 + z5
	z4 = z4*-f0390180644 + z5
	return i7*f0298631336 + z1 + z3,
		i5*f2053119869 + z2 + z4,
		i3*f3072711026 + z2 + z3,
		i1*f1501321110 + z1 + z4
}

// idctFlat is idct for a block with a constant term only.
func idctFlat(dst []byte, stride int, c *[64]int16, q *quantTable) {
	dc := dequantize(c[0], q[0])
	v := uint64(clamp8((dc<<passBits+1<<(passBits+2))>>(passBits+3))) * 0x0101010101010101
	for y := range 8 {
		binary.LittleEndian.PutUint64(dst[y*stride:], v)
	}
}
