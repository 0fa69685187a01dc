package pdq

import "encoding/binary"

// The fast path computes the same linear map as the exact one, composed into
// one triangle per output and axis (see [Triangle]): each row of the picture
// is read about once, byte columns are summed with integer weights and no
// rounding, and luma and the sums along the row are taken on 64 lines only.

// maxFastWindow bounds the window so that one weighted byte fits 16 bits; with
// larger pictures the exact path does all the work.
const maxFastWindow = 128

// fast fills u and reports whether it could.
func fast(u *Buffer, p Pixels) bool {
	if p.Width == 64 && p.Height == 64 {
		return false // nothing to filter: the exact path only converts
	}
	if window(p.Width) > maxFastWindow || window(p.Height) > maxFastWindow {
		return false
	}
	down, across := Triangle(p.Height), Triangle(p.Width)
	line := make([]float32, p.Width)
	sums := make([]uint32, p.Width*p.Format.Channels())
	for i := range 64 {
		r := &down.Rows[i]
		if r.Exact {
			columnSums(sums, p, r)
			scale := 1 / float32(down.Window*down.Window)
			lumaLine(line, sums, p.Format, scale)
		} else {
			weightedLine(line, p, r)
		}
		across.apply((*[64]float32)(u[64*i:]), line)
	}
	return true
}

// apply computes the 64 outputs of one line.
func (m *Map) apply(dst *[64]float32, line []float32) {
	for j := range m.Rows {
		r := &m.Rows[j]
		src := line[r.First : r.First+len(r.Weights)]
		var sum float64
		for k, w := range r.Weights {
			sum += w * float64(src[k])
		}
		dst[j] = float32(sum)
	}
}

// weightedLine is the slow way for the border rows whose weights are no
// integers.
func weightedLine(line []float32, p Pixels, r *MapRow) {
	one := make([]float32, p.Width)
	clear(line)
	for k, w := range r.Weights {
		p.luma(one, r.First+k)
		f := float32(w)
		for x, v := range one {
			line[x] += f * v
		}
	}
}

func lumaLine(line []float32, sums []uint32, f Format, scale float32) {
	switch n := f.Channels(); f {
	case Gray:
		for x := range line {
			line[x] = float32(sums[x]) * scale
		}
	default:
		r, g, b := lumaR*scale, lumaG*scale, lumaB*scale
		for x := range line {
			s := sums[n*x : n*x+3 : n*x+3]
			line[x] = r*float32(s[0]) + g*float32(s[1]) + b*float32(s[2])
		}
	}
}

// tile is how many bytes of a row are summed before going to the next row, so
// that the sums stay in the first-level cache.
const tile = 2048

// columnSums sets sums[x] = Σ taps[k] * byte x of row First+k. Eight bytes are
// summed at a time, in two words of four 16-bit lanes; before a lane could
// overflow, at 257 weighted bytes, the lanes are emptied into sums.
func columnSums(sums []uint32, p Pixels, r *MapRow) {
	const mask = 0x00ff00ff00ff00ff
	var even, odd [tile / 8]uint64
	width := len(sums)
	for x0 := 0; x0 < width; x0 += tile {
		n := min(tile, width-x0)
		words := n / 8
		out := sums[x0 : x0+n]
		clear(out)
		weight := uint32(0)
		for k, tap := range r.Taps {
			if weight+tap > 257 {
				spill(out, even[:words], odd[:words])
				weight = 0
			}
			weight += tap
			row := p.row(r.First + k)[x0 : x0+n]
			t := uint64(tap)
			for i := range words {
				v := binary.LittleEndian.Uint64(row[8*i:])
				even[i] += v & mask * t
				odd[i] += v >> 8 & mask * t
			}
			for x := 8 * words; x < n; x++ {
				out[x] += uint32(row[x]) * tap
			}
		}
		spill(out, even[:words], odd[:words])
	}
}

// spill adds the lanes to the sums and empties them.
func spill(out []uint32, even, odd []uint64) {
	for i := range even {
		e, o := even[i], odd[i]
		s := out[8*i : 8*i+8 : 8*i+8]
		s[0] += uint32(e & 0xffff)
		s[1] += uint32(o & 0xffff)
		s[2] += uint32(e >> 16 & 0xffff)
		s[3] += uint32(o >> 16 & 0xffff)
		s[4] += uint32(e >> 32 & 0xffff)
		s[5] += uint32(o >> 32 & 0xffff)
		s[6] += uint32(e >> 48)
		s[7] += uint32(o >> 48)
		even[i], odd[i] = 0, 0
	}
}
