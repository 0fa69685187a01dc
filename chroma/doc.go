// Package chroma describes sound by what chords it holds and how they change,
// and finds a few seconds of it again in thousands of hours.
//
// # The fingerprint
//
// [Fingerprint] and [Writer] compute Chromaprint fingerprints of algorithm 1
// ("TEST2", the default of fpcalc and of AcoustID): a word of 32 bits for every
// [Hop] samples of mono sound at [Rate] samples a second. Words are made of the
// energy in the twelve notes of the scale between 28 and 3520 Hz, all octaves
// together, over 2.2 seconds; each has sixteen answers of two bits to questions
// such as "did the lower notes grow". What a codec leaves out is hardly in them,
// and loudness is not in them at all.
//
// The constants are those of the Chromaprint library, version 1.5
// (https://github.com/acoustid/chromaprint, src/fingerprinter_configuration.cpp,
// src/fingerprinter.cpp, src/chroma.cpp, src/filter_utils.h). The arithmetic is
// in 64-bit floating point, where the library's usual build transforms in 32
// bits: a value that lies within rounding of a threshold could fall on the other
// side. docs/audio.md says how often that was seen.
//
// [Encode] and [Decode] speak the compressed text form that fpcalc prints and
// that AcoustID takes.
//
// # The search
//
// A [Set] holds recordings and finds excerpts of them, also when the excerpt was
// compressed again, cut anywhere, mixed with noise and played up to 2 % too
// fast or too slow; see [Query].
//
// The package imports the standard library and the root of this module only,
// and does no input or output.
package chroma
