//go:build !purego

package pdq

func cpuid(leaf, sub uint32) (a, b, c, d uint32)

// xgetbv returns the lower half of extended control register 0, which says
// which registers the operating system saves.
func xgetbv() uint32

// detect asks for AVX2 and FMA, and for an operating system that saves their
// registers (Intel, Software Developer's Manual, volume 1, 14.3 and 14.7).
func detect() level {
	const (
		fma, osxsave, avx = 1 << 12, 1 << 27, 1 << 28
		avx2              = 1 << 5
		sseState, ymm     = 1 << 1, 1 << 2
	)
	if last, _, _, _ := cpuid(0, 0); last < 7 {
		return portable
	}
	if _, _, c, _ := cpuid(1, 0); c&(fma|osxsave|avx) != fma|osxsave|avx {
		return portable
	}
	if xgetbv()&(sseState|ymm) != sseState|ymm {
		return portable
	}
	if _, b, _, _ := cpuid(7, 0); b&avx2 == 0 {
		return portable
	}
	return vector
}
