package vpdq

import (
	"context"
	"fmt"
	"math"
	"sort"

	"github.com/jaga-project/jaga/hamming"
	"github.com/jaga-project/jaga/pdq"
)

// Index is an immutable index of the frames of many films, for a [Set] to stand
// on. It holds the distinct frames of each film with a quality of at least
// [pdq.MinQuality], 136 bytes each. It is safe for concurrent use.
type Index struct {
	frames *hamming.Index // identifiers are places in at
	films  []film         // by their first place
	at     []uint32       // milliseconds
}

// film is where the frames of a film are.
type film struct {
	id, first, n uint32
}

// Builder collects films for an [Index]. It is not safe for concurrent use.
type Builder struct {
	frames *hamming.Builder
	x      *Index
	seen   map[uint32]bool
}

// NewBuilder returns a builder; opts are those of the index of frames.
func NewBuilder(opts hamming.Options) *Builder {
	return &Builder{hamming.NewBuilder(opts, 0), &Index{}, map[uint32]bool{}}
}

// maxSlots is how many frames an index holds.
const maxSlots = math.MaxUint32 - 1

// Add appends a film. A film without a frame that can be compared is there and
// matches nothing. It fails when there is one of the identifier already, or
// when there are more than 2^32-2 frames.
func (b *Builder) Add(id uint32, v Video) error {
	if b.seen[id] {
		return fmt.Errorf("vpdq: there is a film %d already", id)
	}
	kept := v.Prune(PruneOptions{Quality: pdq.MinQuality, Distinct: true})
	first := len(b.x.at)
	if first+len(kept) > maxSlots {
		return fmt.Errorf("vpdq: an index holds at most %d frames", maxSlots)
	}
	b.seen[id] = true
	for i, f := range kept {
		b.frames.Add(hamming.Code(f.Hash), uint32(first+i))
		b.x.at = append(b.x.at, milliseconds(f.At))
	}
	b.x.films = append(b.x.films, film{id, uint32(first), uint32(len(kept))})
	return nil
}

func milliseconds(seconds float64) uint32 {
	return uint32(min(math.Round(seconds*1000), math.MaxUint32))
}

// Build returns the index. progress is as in [hamming.Builder.Build]. The
// builder must not be used afterwards.
func (b *Builder) Build(ctx context.Context, progress func(done, total int)) (*Index, error) {
	frames, err := b.frames.Build(ctx, progress)
	if err != nil {
		return nil, fmt.Errorf("vpdq: %w", err)
	}
	b.x.frames = frames
	return b.x, nil
}

// Films is the number of films, Frames that of their frames.
func (x *Index) Films() int { return len(x.films) }

// Frames is the number of frames of all films.
func (x *Index) Frames() int { return len(x.at) }

// of returns the place in films of the one that a frame belongs to.
func of(films []film, slot uint32) int {
	return sort.Search(len(films), func(i int) bool { return films[i].first > slot }) - 1
}
