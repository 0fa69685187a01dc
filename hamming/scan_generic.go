//go:build purego || !(amd64 || arm64)

package hamming

import "unsafe"

// scan is [scanPortable]; next has [spare] entries more behind its end.
func scan(out *[block]uint32, next []uint16, key uint16, limit int) int {
	return scanPortable(out, next, key, limit)
}

// prefetch would bring n bytes at p into the cache; portable Go has no way to.
func prefetch(unsafe.Pointer, int) {}

func (x *Index) scanRuns(out *[room]candidate, runs []run, from int) (n, next int) {
	return x.scanRunsBlocks(out, runs, from)
}

func (p *permutation) apply(c *Code) words { return p.applyPortable(c) }
