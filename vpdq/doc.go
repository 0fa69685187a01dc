// Package vpdq finds copies of films: a film is the list of the PDQ hashes of
// its frames, and two films match when enough of the frames of one, of the
// other or of both have a frame of the other within a few bits.
//
// A [Hasher] takes frames, [ParseText] and [ParseList] read the two forms in
// which such lists are exchanged, [Match] compares two films, and a [Set] finds,
// among the frames of all the films that it holds, those of a film or a picture.
//
// # Promises
//
// With the rules [ReferenceCPP] and [ReferencePython] the answers are those of
// the two official matchers, which differ: the one in C++ takes distances below
// the threshold and counts every frame, the one in Python distances up to the
// threshold, and counts equal frames once. [Set] counts what [Match] counts
// for each film, with distinct frames.
//
// # Limits
//
// The order of frames counts for nothing: [Overlap] says which seconds matched,
// and whoever looks at them sees whether they make sense. A film that was
// cropped, mirrored or turned has other hashes. Frames with next to no detail
// are left out, so a film of black frames matches nothing.
//
// The package imports only the standard library, pdq and hamming, and does no
// input or output. All functions, and the methods of [Set], are safe for
// concurrent use.
//
// Source: the vPDQ algorithm of ThreatExchange, vpdq/README.md and the sources
// beside it.
package vpdq
