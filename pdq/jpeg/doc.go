// Package jpeg reads JPEG pictures for hashing.
//
// [Decode] gives the samples that libjpeg-turbo gives with its default
// settings, byte for byte, so that a hash of them equals the one that tools
// built on libjpeg-turbo (Pillow, OpenCV, browsers) compute from the same file:
//
//	img, err := jpeg.Decode(data, jpeg.Limits{})
//	r, err := pdq.Sum(img.Pixels())
//
// It reads baseline, extended sequential (8 bit) and progressive files, grey,
// YCbCr in every subsampling that libjpeg-turbo upsamples, RGB, CMYK and YCCK.
// Sample for sample it repeats libjpeg-turbo's accurate integer inverse
// transform ("islow"), its triangle filter for chroma ("fancy upsampling") and
// its fixed-point colour tables.
//
// [Screen] is the quick first tier: it hashes a file from its coefficients,
// without pixels, and answers [ErrUnsupported] where it cannot promise that its
// hash is within [ScreenMargin] bits of the one above. A caller that searches an
// index asks Screen first, with a radius of pdq.MatchThreshold + ScreenMargin,
// and decodes only if something is found or Screen refused:
//
//	r, _, err := jpeg.Screen(data)
//	if err == nil && len(index.Search(nil, r.Hash, 31+jpeg.ScreenMargin)) == 0 {
//		// nothing within 31 bits of the decoded picture's hash either
//	}
//
// # Where it differs from libjpeg-turbo
//
// A damaged or truncated file is an error here ([ErrDamaged],
// [ErrTruncated]); libjpeg-turbo fills in what is missing and warns. A
// progressive file that ends before its coefficients are exact is refused as
// truncated, where libjpeg-turbo would smooth it. Arithmetic coding, 12-bit and
// lossless files are [ErrUnsupported].
//
// The package imports the standard library and package pdq only, and does no
// input or output. All functions are safe for concurrent use, and none panics
// on any input.
//
// Sources: ITU-T T.81 (JPEG) for the format; libjpeg-turbo's documentation and
// observed output for the choices that the standard leaves open.
package jpeg
