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
