//go:build purego || (!amd64 && !arm64)

package pdq

// Without assembly the level is always portable, and the vector kernels are
// the portable ones.

func detect() level { return portable }

func fastVector(u *Buffer, p Pixels, down, across *plan, _ level) { fastPortable(u, p, down, across) }

func transformVector(b *coefficients, u *Buffer, _ level) { transformPortable(b, u) }

func medianVector(b *coefficients, _ level) (h Hash, median, next float32) { return medianPortable(b) }

func gradientVector(u *Buffer, eps float32, _ level) (sum, down, up int) {
	return gradientPortable(u, eps)
}

func exactVector(u *Buffer, p Pixels, _ level) { exactPortable(u, p) }
