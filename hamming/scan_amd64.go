//go:build !purego

package hamming

import "unsafe"

// vectors says which instructions the processor and the operating system
// offer. It is asked once and does not change.
var vectors = detect()

const (
	noVectors = iota
	avx2      // and BMI
	avx512    // F, BW and BITALG
)

// detect follows the Intel 64 manual, volume 1, sections 14.3 and 15.2: the
// feature bits count only when the operating system saves the registers.
func detect() int {
	const (
		osxsave = 1 << 27 // leaf 1, ECX
		ymm     = 0x06    // XCR0: SSE and AVX state
		zmm     = 0xe6    // XCR0: and opmask, ZMM_Hi256, Hi16_ZMM
		hasAVX2 = 1 << 5  // leaf 7, EBX
		hasF    = 1 << 16 // leaf 7, EBX: AVX512F
		hasBW   = 1 << 30 // leaf 7, EBX: AVX512BW
		bitalg  = 1 << 12 // leaf 7, ECX: AVX512_BITALG, VPOPCNTW
	)
	if top, _, _, _ := cpuid(0, 0); top < 7 {
		return noVectors
	}
	if _, _, c, _ := cpuid(1, 0); c&osxsave == 0 {
		return noVectors
	}
	saved := xgetbv()
	_, b, c, _ := cpuid(7, 0)
	switch {
	case saved&zmm == zmm && b&hasF != 0 && b&hasBW != 0 && c&bitalg != 0:
		return avx512
	case saved&ymm == ymm && b&hasAVX2 != 0:
		return avx2
	}
	return noVectors
}

// scan is [scanPortable]; next has [spare] entries more behind its end.
func scan(out *[block]uint32, next []uint16, key uint16, limit int) int {
	n := min(len(next), block)
	switch vectors {
	case avx512:
		return scanAVX512(out, unsafe.SliceData(next), n, key, limit)
	case avx2:
		return scanAVX2(out, unsafe.SliceData(next), n, key, limit)
	}
	return scanPortable(out, next, key, limit)
}

// scanRuns is [Index.scanRunsBlocks].
func (x *Index) scanRuns(out *[room]candidate, runs []run, from int) (n, next int) {
	if vectors >= avx2 {
		return scanRunsAVX2(out, unsafe.SliceData(runs), len(runs), from, &x.bands)
	}
	return x.scanRunsBlocks(out, runs, from)
}

//go:noescape
func scanRunsAVX2(out *[room]candidate, runs *run, n, from int, bands *[bands]band) (found, next int)

func (p *permutation) apply(c *Code) (w words) {
	if vectors >= avx2 {
		permuteAVX2(&w, c, &p.forward)
		return w
	}
	return p.applyPortable(c)
}

//go:noescape
func permuteAVX2(w *words, c *Code, table *[32][256]words)

// scanAVX2 and scanAVX512 read up to [spare] entries behind the n-th.
//
//go:noescape
func scanAVX2(out *[block]uint32, next *uint16, n int, key uint16, limit int) int

//go:noescape
func scanAVX512(out *[block]uint32, next *uint16, n int, key uint16, limit int) int

// prefetch brings the cache lines of n bytes at p nearer. It never faults.
//
//go:noescape
func prefetch(p unsafe.Pointer, n int)

func cpuid(leaf, sub uint32) (a, b, c, d uint32)

func xgetbv() uint32
