// Package hamming finds, among millions of 256-bit codes, all that lie within
// a radius of a query: exactly, with no code missed.
//
// A [Builder] makes an immutable [Index]; a [Set] puts insertions and
// deletions on top of one. Every code carries an identifier chosen by the
// caller; identifiers need not be unique, and equal codes may be stored many
// times.
//
// # The ring
//
// The bits are permuted by a secret key and cut into 16 bands of 16 bits on a
// ring. Let d0 … d15 be the distances of two codes within the bands, with
// d0 + … + d15 = d ≤ r. Then some band i satisfies, at once,
//
//	d_i ≤ r/16,   d_i + d_(i+1) ≤ 2r/16   and   d_i + d_(i+1) + d_(i+2) ≤ 3r/16
//
// (integer division, indices modulo 16).
//
// Proof: put x_i = d_i - r/16 (exact division), so that Σ x_i ≤ 0. Walk round
// the ring and let i follow the place where the partial sum of the x is
// largest for the last time. From there every partial sum is at most 0, in
// particular the first three; the left sides are integers, so the bounds may be
// rounded down. (Qin and Xiao,
// "Pigeonring: a principle for faster thresholded similarity search", VLDB
// 2018.)
//
// So it is enough to look, band by band, at the codes whose band lies within
// r/16 of the query's, and to keep those whose next band passes the second
// test: each band has a directory of its 65,536 values and, in the order of
// those values, the next bands of the codes and tags. Within one value they are
// in the order of how many bits the next band has set: two words that differ in
// two bits differ by at most two in that, so a bucket is read only around the
// place where the query would stand, which is 62 of 100 of it. A tag has the
// position of the code and half of the band after next, which is enough for six
// of seven of what is left to fail the third test. What survives is compared in
// full. Recall is 1 by this proof, whatever the codes are.
//
// The secret permutation changes nothing in the answers. It keeps crafted
// queries and crafted lists from aiming at one heavy bucket. Many equal codes
// share one bucket all the same: a query near them costs time in proportion to
// their number, as it must, since all of them are answers.
//
// # Cost
//
// 132 bytes a code (131 where all identifiers are below 2^24) and 4.2 MB. A query
// at radius 31 reads about 0.3 % of the codes' next bands, two bytes each, and one
// tag in 100,000, and compares about one code in 700,000.
// Above [MaxRadius] there is no index; a scan answers.
//
// The package imports only the standard library and does no input or output.
package hamming
