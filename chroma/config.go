package chroma

import "time"

// The sound that fingerprints are made of, and their pace. A word covers
// [Span] samples; the next one begins [Hop] samples later.
const (
	Rate = 11025              // samples a second, mono
	Hop  = frameSize / 3      // samples from word to word
	Span = frameSize + 19*Hop // samples that the first word needs

	frameSize = 4096 // samples of one transform
	notes     = 12   // bands of a chroma vector
	rows      = 16   // chroma vectors that one word looks at

	lowest, highest = 28, 3520 // Hz

	// A vector whose Euclidean length is below quiet counts as silence.
	quiet = 0.01
)

// smooth are the weights by which five successive chroma vectors are summed.
var smooth = [5]float64{0.25, 0.75, 1, 0.75, 0.25}

// At is where in the sound word number n begins.
func At(n int) time.Duration {
	return time.Duration(n) * Hop * time.Second / Rate
}

// Words is the number of words that so many samples make.
func Words(samples int) int {
	if samples < Span {
		return 0
	}
	return (samples-Span)/Hop + 1
}

// shape says which parts of a rectangle of notes and time a classifier
// compares.
type shape uint8

const (
	whole     shape = iota // the sum, with nothing
	upper                  // the upper notes with the lower
	later                  // the later half with the earlier
	crossed                // two opposite quarters with the others
	midNotes               // the middle third of the notes with the rest
	midMoment              // the middle third of the time with the rest
)

// classifier answers one question with 0 to 3.
type classifier struct {
	shape               shape
	note, height, width int // the rectangle: lowest note, notes, vectors
	t0, t1, t2          float64
}

// classifiers are those of algorithm 1, first the one of the two highest bits.
var classifiers = [16]classifier{
	{whole, 4, 3, 15, 1.98215, 2.35817, 2.63523},
	{midNotes, 4, 6, 15, -1.03809, -0.651211, -0.282167},
	{upper, 0, 4, 16, -0.298702, 0.119262, 0.558497},
	{crossed, 8, 2, 12, -0.105439, 0.0153946, 0.135898},
	{crossed, 4, 4, 8, -0.142891, 0.0258736, 0.200632},
	{midNotes, 0, 3, 5, -0.826319, -0.590612, -0.368214},
	{upper, 2, 2, 9, -0.557409, -0.233035, 0.0534525},
	{later, 7, 3, 4, -0.0646826, 0.00620476, 0.0784847},
	{later, 6, 2, 16, -0.192387, -0.029699, 0.215855},
	{later, 1, 3, 2, -0.0397818, -0.00568076, 0.0292026},
	{midMoment, 10, 1, 15, -0.53823, -0.369934, -0.190235},
	{crossed, 6, 2, 10, -0.124877, 0.0296483, 0.139239},
	{later, 1, 1, 14, -0.101475, 0.0225617, 0.231971},
	{crossed, 5, 6, 4, -0.0799915, -0.00729616, 0.063262},
	{upper, 9, 2, 12, -0.272556, 0.019424, 0.302559},
	{crossed, 4, 2, 14, -0.164292, -0.0321188, 0.0846339},
}
