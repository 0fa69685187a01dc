package vpdq

import (
	"fmt"
	"math"
	"math/bits"

	"github.com/jaga-project/jaga/pdq"
)

// Feature is one frame of a film.
type Feature struct {
	// Frame is its number in the film, from 0. It is 0 for all frames of a list
	// in the form of Hasher-Matcher-Actioner, which has no numbers.
	Frame int
	// Quality is that of the PDQ hash, 0..100.
	Quality int
	Hash    pdq.Hash
	// At is when it is shown, in seconds from the film's beginning.
	At float64
}

// Video is the frames of a film that were hashed, in their order.
type Video []Feature

// The bounds of what is accepted as a film.
const (
	// MaxFrames is how many frames a film has at most: a day of one frame a
	// second is 86,400, nine hours of every frame a million.
	MaxFrames = 1 << 20
	// MaxSeconds is the largest time of a frame, about four months.
	MaxSeconds = 10_000_000
)

// Check says what is wrong with a film, nil when nothing is: too many frames, a
// quality outside 0..100, a number or a time that is negative or too large.
func (v Video) Check() error {
	if len(v) > MaxFrames {
		return fmt.Errorf("vpdq: %d frames; a film has at most %d", len(v), MaxFrames)
	}
	for i, f := range v {
		if err := f.check(); err != nil {
			return fmt.Errorf("vpdq: frame %d of the list: %w", i+1, err)
		}
	}
	return nil
}

func (f Feature) check() error {
	switch {
	case f.Quality < 0 || f.Quality > 100:
		return fmt.Errorf("quality %d is not from 0 to 100", f.Quality)
	case f.Frame < 0 || f.Frame > math.MaxInt32:
		return fmt.Errorf("frame number %d is not from 0 to %d", f.Frame, math.MaxInt32)
	case !(f.At >= 0 && f.At <= MaxSeconds):
		return fmt.Errorf("its time is not from 0 to %d seconds", MaxSeconds)
	}
	return nil
}

// PruneOptions say which frames are left out.
type PruneOptions struct {
	// Quality leaves out frames with a smaller one.
	Quality int
	// Distinct leaves out frames whose hash an earlier one has.
	Distinct bool
}

// Prune returns the frames that are kept, in their order. v is not changed.
func (v Video) Prune(o PruneOptions) Video {
	out := make(Video, 0, len(v))
	seen := map[pdq.Hash]struct{}{}
	for _, f := range v {
		if f.Quality < o.Quality {
			continue
		}
		if o.Distinct {
			if _, ok := seen[f.Hash]; ok {
				continue
			}
			seen[f.Hash] = struct{}{}
		}
		out = append(out, f)
	}
	return out
}

// Seconds is the time of the last frame, 0 for a film without frames.
func (v Video) Seconds() float64 {
	end := 0.0
	for _, f := range v {
		end = max(end, f.At)
	}
	return end
}

// marks is a set of small numbers.
type marks []uint64

func newMarks(n int) marks { return make(marks, (n+63)/64) }

func (m marks) set(i int)      { m[i/64] |= 1 << (i % 64) }
func (m marks) has(i int) bool { return m[i/64]&(1<<(i%64)) != 0 }

func (m marks) count() (n int) {
	for _, w := range m {
		n += bits.OnesCount64(w)
	}
	return n
}
