//go:build !purego

package hamming

import "unsafe"

// scan is [scanPortable]; next has [spare] entries more behind its end. Every
// arm64 processor that Go supports has NEON.
func scan(out *[block]uint32, next []uint16, key uint16, limit int) int {
	return scanNEON(out, unsafe.SliceData(next), min(len(next), block), key, limit)
}

// scanNEON reads up to [spare] entries behind the n-th.
//
//go:noescape
func scanNEON(out *[block]uint32, next *uint16, n int, key uint16, limit int) int

// prefetch brings the cache lines of n bytes at p nearer. It never faults.
//
//go:noescape
func prefetch(p unsafe.Pointer, n int)

func (x *Index) scanRuns(out *[room]candidate, runs []run, from int) (n, next int) {
	return x.scanRunsBlocks(out, runs, from)
}

func (p *permutation) apply(c *Code) words { return p.applyPortable(c) }
