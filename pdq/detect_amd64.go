//go:build !purego

package pdq

func cpuid(leaf, sub uint32) (a, b, c, d uint32)

// xgetbv returns the lower half of extended control register 0, which says
// which registers the operating system saves.
func xgetbv() uint32

// detect asks for AVX2 and FMA, or also for AVX-512 F and BW and POPCNT, and for
// an operating system that saves their registers (Intel, Software Developer's
// Manual, volume 1, 14.3, 14.7 and 15.2 to 15.4).
func detect() level {
	const (
		fma, osxsave, avx = 1 << 12, 1 << 27, 1 << 28 // leaf 1, ECX
		popcnt            = 1 << 23
		avx2, f, bw       = 1 << 5, 1 << 16, 1 << 30 // leaf 7, EBX
		ymm               = 0x06                     // XCR0: SSE and AVX state
		zmm               = 0xe6                     // and opmask, ZMM_Hi256, Hi16_ZMM
	)
	if last, _, _, _ := cpuid(0, 0); last < 7 {
		return portable
	}
	_, _, c, _ := cpuid(1, 0)
	if c&(fma|osxsave|avx) != fma|osxsave|avx {
		return portable
	}
	saved := xgetbv()
	_, b, _, _ := cpuid(7, 0)
	switch {
	case saved&ymm != ymm || b&avx2 == 0:
		return portable
	case saved&zmm == zmm && b&f != 0 && b&bw != 0 && c&popcnt != 0:
		return avx512
	}
	return vector
}
