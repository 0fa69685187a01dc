package chroma

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
)

// Set is a collection of recordings that changes: a large [Index] and smaller
// ones for what came since. Readers take no lock. Insert and Delete are visible
// to every search that starts after they return; [Set.Compact] folds everything
// into one index beside running searches and changes.
//
// All methods are safe for concurrent use.
type Set struct {
	state atomic.Pointer[state]

	compacting sync.Mutex // one Compact at a time

	mu     sync.Mutex // one writer at a time
	sealed int        // layers that a running Compact takes in
	log    []uint32   // what was deleted from them meanwhile
}

// state is what a search sees. It is replaced, never edited.
type state struct{ layers []layer }

// layer is an index and what is deleted from it: the numbers of recordings in
// ascending order.
type layer struct {
	index *Index
	dead  []uint32
}

func (l *layer) has(recording int) bool {
	_, dead := slices.BinarySearch(l.dead, uint32(recording))
	return !dead
}

// NewSet returns a set on top of base, which may be nil.
func NewSet(base *Index) *Set {
	if base == nil {
		base = empty()
	}
	s := &Set{}
	s.state.Store(&state{[]layer{{index: base}}})
	return s
}

// mergeWords is the size up to which Insert folds small indexes into one.
const mergeWords = 1 << 20

// Insert adds a recording under an identifier of the caller's. Fewer words
// than [MinWords] and recordings without any detail are refused: no excerpt of
// them could ever be told from others. It takes time in proportion to the words
// that came since the last Compact, at most a million of them.
func (s *Set) Insert(id uint32, words []uint32) error {
	if err := Enough(words); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	layers := slices.Clone(s.state.Load().layers)
	var b Builder
	if err := b.Add(id, words); err != nil {
		return err
	}
	size := len(words)
	// Layers shrink by half at least from one to the next, so there are few.
	for n := len(layers); n > max(1, s.sealed); n = len(layers) {
		top := layers[n-1]
		if w := top.index.Words(); w > 2*size || w+size > mergeWords {
			break
		}
		size += top.index.Words()
		if err := top.copyTo(&b); err != nil {
			return err
		}
		layers = layers[:n-1]
	}
	x, err := b.Build(context.Background())
	if err != nil {
		return err
	}
	s.state.Store(&state{append(layers, layer{index: x})})
	return nil
}

// remove marks all recordings with the identifier as deleted.
func (l *layer) remove(id uint32) (n int) {
	for i, other := range l.index.ids {
		if other != id {
			continue
		}
		if at, dead := slices.BinarySearch(l.dead, uint32(i)); !dead {
			l.dead = slices.Insert(slices.Clone(l.dead), at, uint32(i))
			n++
		}
	}
	return n
}

// copyTo adds what is not deleted to a builder.
func (l *layer) copyTo(b *Builder) error {
	for i := range l.index.Len() {
		if l.has(i) {
			id, words := l.index.At(i)
			if err := b.Add(id, words); err != nil {
				return err
			}
		}
	}
	return nil
}

// Delete removes all recordings with the identifier and says how many there
// were.
func (s *Set) Delete(id uint32) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	layers := slices.Clone(s.state.Load().layers)
	for k := range layers {
		here := layers[k].remove(id)
		if here > 0 && k < s.sealed {
			s.log = append(s.log, id)
		}
		n += here
	}
	if n > 0 {
		s.state.Store(&state{layers})
	}
	return n
}

// Len is the number of recordings.
func (s *Set) Len() (n int) {
	for _, l := range s.state.Load().layers {
		n += l.index.Len() - len(l.dead)
	}
	return n
}

// Bytes is the memory held.
func (s *Set) Bytes() (n int64) {
	for _, l := range s.state.Load().layers {
		n += l.index.Bytes() + 4*int64(cap(l.dead))
	}
	return n
}

// Pending is the number of words that came since the last Compact. Searches
// slow down with it; above some millions it is time for another one.
func (s *Set) Pending() (n int) {
	for i, l := range s.state.Load().layers {
		if i > 0 {
			n += l.index.Words()
		}
	}
	return n
}

// Compact folds everything that is there when it starts into one index, which
// it returns for a snapshot. What is inserted and deleted meanwhile counts.
func (s *Set) Compact(ctx context.Context) (*Index, error) {
	s.compacting.Lock()
	defer s.compacting.Unlock()
	s.mu.Lock()
	before := s.state.Load().layers
	s.sealed, s.log = len(before), nil
	s.mu.Unlock()
	x, err := fold(ctx, before)
	s.mu.Lock()
	defer s.mu.Unlock()
	sealed, log := s.sealed, s.log
	s.sealed, s.log = 0, nil
	if err != nil {
		return nil, err
	}
	base := layer{index: x}
	for _, id := range log {
		base.remove(id)
	}
	s.state.Store(&state{append([]layer{base}, s.state.Load().layers[sealed:]...)})
	return x, nil
}

func fold(ctx context.Context, layers []layer) (*Index, error) {
	var b Builder
	words, recordings := 0, 0
	for _, l := range layers {
		words, recordings = words+l.index.Words(), recordings+l.index.Len()
	}
	b.Grow(words, recordings)
	for i := range layers {
		if err := layers[i].copyTo(&b); err != nil {
			return nil, err
		}
	}
	return b.Build(ctx)
}
