package hamming

import "math/bits"

func ones16(v uint16) int { return bits.OnesCount16(v) }

const (
	// block is how many entries one call of a scan looks at, at most.
	block = 512
	// spare is how many entries of next bands follow the last one, so that a
	// scan may load a whole vector that begins at any entry.
	spare = 32
)

// scanPortable writes to out, in ascending order, every k for which key and
// next[k] differ in at most limit bits, and returns how many there are. It is
// the twin by which the vector scans are judged: like them it takes at most
// [block] entries, and limits from 0 to 16.
func scanPortable(out *[block]uint32, next []uint16, key uint16, limit int) int {
	n := 0
	for k, v := range next[:min(len(next), block)] {
		if bits.OnesCount16(v^key) <= limit {
			out[n] = uint32(k)
			n++
		}
	}
	return n
}
