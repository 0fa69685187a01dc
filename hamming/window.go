package hamming

import "math/bits"

// Two words that differ in d bits have weights (numbers of set bits) that differ
// by at most d. A bucket has its entries in the order of the weights of their
// next bands, so all that are within a run's limit of its key stand together, in
// a window around the weight of the key. Of weights as random bits have them, a
// window of two to each side holds 62 of 100 entries; the others need not come
// from memory at all.
//
// Where the window begins and ends is guessed from how random bits would be
// spread, which needs no memory, and then made right by looking at the entries
// there: see [band.widen].

// line is how many entries of next bands a cache line of 64 bytes has.
const line = 32

// slack is how many entries more a guess takes at both ends, so that fewer lines
// have to be waited for. More of it reads more lines for nothing.
const slack = 3

// window is where in a bucket entries of some weights would be if the bits were
// random: from and to are shares of the bucket, in 65,536ths.
type window struct{ from, to uint32 }

// below[w] is the share of the 16-bit words of a weight below w, in 65,536ths.
var below = func() (share [bands + 2]uint32) {
	for v := range 1 << 16 {
		for w := bits.OnesCount16(uint16(v)) + 1; w < len(share); w++ {
			share[w]++
		}
	}
	return share
}()

// windowOf is the window of the words that differ from key in at most limit bits.
func windowOf(key uint16, limit uint8) window {
	w := ones16(key)
	return window{below[max(0, w-int(limit))], below[min(16, w+int(limit))+1]}
}

// guess is which entries of the bucket from first to end the window has, in
// whole cache lines. There is at least one.
func (w window) guess(first, end uint32) (lo, hi uint32) {
	n := uint64(end - first)
	from := max(uint64(first)+slack, uint64(first)+n*uint64(w.from)>>16) - slack
	to := uint64(first) + n*uint64(w.to)>>16 + slack
	return max(first, uint32(from&^(line-1))), uint32(min(uint64(end), to|(line-1)+1))
}

// widen makes a guess right: it moves the ends of a run, line by line, until
// the entries outside have weights that cannot be within its limit.
func (b *band) widen(r *run) {
	w, limit := ones16(r.key), int(r.limit)
	for r.lo > r.first && ones16(b.next[r.lo]) >= w-limit {
		r.lo = max(r.first, r.lo-min(r.lo, line))
	}
	for r.hi < r.end && ones16(b.next[r.hi-1]) <= w+limit {
		r.hi += min(line, r.end-r.hi)
	}
}
