package hamming

import "math/bits"

func ones16(v uint16) int { return bits.OnesCount16(v) }

// scanNextPortable appends pos[k] for every k with at most limit bits between
// next[k] and key. next and pos have the same length.
func scanNextPortable(dst []uint32, next []uint16, pos []uint32, key uint16, limit int) []uint32 {
	pos = pos[:len(next)]
	for k, v := range next {
		if bits.OnesCount16(v^key) <= limit {
			dst = append(dst, pos[k])
		}
	}
	return dst
}
