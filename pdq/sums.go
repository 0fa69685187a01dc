package pdq

import "encoding/binary"

// tile is how many bytes of a row are summed before going to the next row, so
// that the sums stay in the first-level cache.
const tile = 2048

// columnSums sets sums[x] = Σ taps[k] * byte x of row first+k. Eight bytes are
// summed at a time, in two words of four 16-bit lanes; before a lane could
// overflow, at 257 weighted bytes, the lanes are emptied into sums.
func columnSums(sums []uint32, p Pixels, r part) {
	const mask = 0x00ff00ff00ff00ff
	var even, odd [tile / 8]uint64
	width := len(sums)
	for x0 := 0; x0 < width; x0 += tile {
		n := min(tile, width-x0)
		words := n / 8
		out := sums[x0 : x0+n]
		clear(out)
		weight := 0
		for k, tap := range r.taps {
			if weight+int(tap) > 257 {
				spill(out, even[:words], odd[:words])
				weight = 0
			}
			weight += int(tap)
			row := p.row(r.first + k)[x0 : x0+n]
			t := uint64(tap)
			for i := range words {
				v := binary.LittleEndian.Uint64(row[8*i:])
				even[i] += v & mask * t
				odd[i] += v >> 8 & mask * t
			}
			for x := 8 * words; x < n; x++ {
				out[x] += uint32(row[x]) * uint32(tap)
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
