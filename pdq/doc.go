// Package pdq computes and compares PDQ hashes: 256 bits that stay nearly the
// same when a picture is re-encoded, resized or lightly edited.
//
// [Sum] hashes pixels, [FromImage] a decoded picture, [Hash.Distance] counts
// the bits in which two hashes differ; at most [MatchThreshold] is a match.
//
// # Promises
//
// The answer is bit for bit that of the reference implementation (Facebook,
// ThreatExchange, pdq/cpp), hash and quality, for the same pixels. A fast path
// does the work; wherever its small rounding differences could change a bit,
// an exact path that repeats the reference's float32 operations in their order
// decides. [SumExact] runs the exact path only.
//
// On amd64 with AVX2 or AVX-512 and on arm64 the work is done by assembly,
// elsewhere, and with the build tag purego, by portable twins; the answers are
// the same. For AVX-512 that is tested on an emulated processor
// (scripts/avx512); what it gains in time has not been measured.
//
// By default the whole picture goes through the filter, as in pdqhash-python,
// python-threatexchange and Hasher-Matcher-Actioner; [Nearest512] reproduces
// the C++ command line tools, which first resize larger pictures. EXIF
// orientation is not applied and alpha is ignored, as in both.
//
// # Limits
//
// PDQ finds copies, not scenes: a crop of more than about a tenth, a mirror
// image or a rotation gives another hash ([SumAll] gives the hashes of the
// eight rotations and mirrorings). Flat pictures have no useful hash: below
// [MinQuality] a hash must not be used, and its absence from a bank means
// nothing.
//
// The package imports only the standard library and does no input or output.
// All functions are safe for concurrent use.
//
// Source: "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing
// Algorithm", Facebook, 2019, and the reference source named above.
package pdq
