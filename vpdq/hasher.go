package vpdq

import (
	"fmt"
	"time"

	"github.com/jaga-project/jaga/pdq"
)

// Stride is which frames of a film are hashed: every m-th, beginning with the
// first. m is the seconds from one hash to the next times the film's average
// rate in frames a second, cut to a whole number, and at least 1: with 0
// seconds it is every frame.
func Stride(secondsPerHash, rate float64) int {
	if m := secondsPerHash * rate; m >= 1 && m <= 1<<30 {
		return int(m)
	} else if m > 1<<30 {
		return 1 << 30
	}
	return 1
}

// Hasher hashes the frames of one film. It is not safe for concurrent use.
type Hasher struct {
	stride int
	video  Video
}

// NewHasher returns a hasher that takes every stride-th frame; see [Stride].
func NewHasher(stride int) *Hasher { return &Hasher{stride: max(1, stride)} }

// Wants reports whether the frame of this number is to be hashed.
func (h *Hasher) Wants(frame int) bool { return frame%h.stride == 0 }

// Add hashes a frame, if it is one that is wanted. The pixels are read during
// the call only. It fails when they do not fit their geometry, or when the film
// has [MaxFrames] hashes already.
func (h *Hasher) Add(frame int, at time.Duration, p pdq.Pixels) error {
	if !h.Wants(frame) {
		return nil
	}
	if len(h.video) == MaxFrames {
		return fmt.Errorf("vpdq: a film has at most %d frames", MaxFrames)
	}
	r, err := pdq.Sum(p)
	if err != nil {
		return err
	}
	f := Feature{Frame: frame, Quality: r.Quality, Hash: r.Hash, At: at.Seconds()}
	if err := f.check(); err != nil {
		return fmt.Errorf("vpdq: frame %d: %w", frame, err)
	}
	h.video = append(h.video, f)
	return nil
}

// Video returns the frames that were hashed so far.
func (h *Hasher) Video() Video { return h.video }
