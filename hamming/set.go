package hamming

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
)

// Set is a set of codes that changes: an immutable [Index], a bitmap of what is
// deleted from it, and a short list of what was inserted since. Readers take
// no lock. Insert and Delete are visible to every search that starts after
// they return. [Set.Compact] folds everything into a new index beside running
// searches and changes.
//
// All methods are safe for concurrent use.
type Set struct {
	opts  Options
	perm  *permutation
	state atomic.Pointer[state]

	mu         sync.Mutex // one writer at a time
	compacting bool
	sealed     int        // chunks that a running Compact takes in
	log        []deletion // what was deleted from base and sealed chunks meanwhile
}

// state is what a search sees. The list of chunks is replaced, never edited.
type state struct {
	base   *Index
	dead   *bitmap
	chunks []*chunk
}

type deletion struct {
	code words
	id   uint32
}

// chunkSize is the number of codes of one chunk; a search compares with every
// code of every chunk.
const chunkSize = 4096

// chunk is an append-only list. Entries below n are complete.
type chunk struct {
	n     atomic.Uint32
	codes [chunkSize]words
	ids   [chunkSize]uint32
	dead  *bitmap
}

// NewSet returns a set on top of base, which may be nil. base must have been
// built or loaded with the same key.
func NewSet(opts Options, base *Index) (*Set, error) {
	s := &Set{opts: opts}
	if base == nil {
		var err error
		if base, err = NewBuilder(opts, 0).Build(context.Background(), nil); err != nil {
			return nil, fmt.Errorf("new set: %w", err)
		}
	}
	if base.key != opts.Key {
		return nil, fmt.Errorf("new set: the index was made with another key")
	}
	s.perm = base.perm
	s.state.Store(&state{base: base, dead: newBitmap(base.Len())})
	return s, nil
}

// Insert adds a code and its identifier.
func (s *Set) Insert(code Code, id uint32) {
	w := s.perm.apply(&code)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.insert(&w, id)
}

func (s *Set) insert(w *words, id uint32) {
	st := s.state.Load()
	var c *chunk
	if n := len(st.chunks); n > 0 && st.chunks[n-1].n.Load() < chunkSize {
		c = st.chunks[n-1]
	} else {
		c = &chunk{dead: newBitmap(chunkSize)}
		next := &state{base: st.base, dead: st.dead, chunks: append(st.chunks[:n:n], c)}
		defer s.state.Store(next)
	}
	n := c.n.Load()
	c.codes[n], c.ids[n] = *w, id
	c.n.Store(n + 1)
}

// Delete removes one occurrence of the code with the identifier and reports
// whether there was one.
func (s *Set) Delete(code Code, id uint32) bool {
	w := s.perm.apply(&code)
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.state.Load()
	// The index first: it knows where to look, the chunks are gone through.
	if st.removeBase(&w, id) {
		if s.compacting {
			s.log = append(s.log, deletion{w, id})
		}
		return true
	}
	for i := len(st.chunks) - 1; i >= 0; i-- {
		if st.chunks[i].remove(&w, id) {
			if s.compacting && i < s.sealed {
				s.log = append(s.log, deletion{w, id})
			}
			return true
		}
	}
	return false
}

// remove marks one occurrence in the chunk as deleted.
func (c *chunk) remove(w *words, id uint32) bool {
	for k := range c.n.Load() {
		if c.ids[k] == id && c.codes[k] == *w && c.dead.set(k) {
			return true
		}
	}
	return false
}

// removeBase marks one occurrence in the index as deleted.
func (st *state) removeBase(w *words, id uint32) bool {
	return st.base.find(w, id, st.dead.set)
}

// Search appends to dst every code within radius of q, in no particular order.
func (s *Set) Search(dst []Hit, q Code, radius int) []Hit {
	w := s.perm.apply(&q)
	st := s.state.Load()
	dst = st.base.search(dst, &w, radius, st.dead)
	for _, c := range st.chunks {
		for k := range c.n.Load() {
			if d := w.distance(&c.codes[k]); d <= radius && !c.dead.has(k) {
				dst = append(dst, Hit{c.ids[k], d, s.perm.invert(&c.codes[k])})
			}
		}
	}
	return dst
}

// Len is the number of codes.
func (s *Set) Len() int {
	st := s.state.Load()
	n := st.base.Len() - st.dead.count()
	for _, c := range st.chunks {
		n += int(c.n.Load()) - c.dead.count()
	}
	return n
}

// Pending is the number of insertions and deletions that Compact would fold
// into the index.
func (s *Set) Pending() int {
	st := s.state.Load()
	n := st.dead.count()
	for _, c := range st.chunks {
		n += int(c.n.Load())
	}
	return n
}

// Bytes estimates the memory held.
func (s *Set) Bytes() int64 {
	st := s.state.Load()
	return st.base.Bytes() + 8*int64(len(st.dead.words)) + int64(len(st.chunks))*(36*chunkSize+chunkSize/8)
}

// Base returns the index below the changes, for a snapshot; after Compact it
// holds everything but later changes.
func (s *Set) Base() *Index { return s.state.Load().base }

// Compact builds a new index from everything that is there when it starts, and
// puts it in place with the changes made meanwhile on top. One Compact runs at
// a time; a second one returns an error. progress is as in [Builder.Build].
func (s *Set) Compact(ctx context.Context, progress func(done, total int)) error {
	s.mu.Lock()
	if s.compacting {
		s.mu.Unlock()
		return fmt.Errorf("compact: already under way")
	}
	s.compacting, s.log = true, nil
	st := s.state.Load()
	sealed := len(st.chunks)
	// New insertions go to a new chunk, so that the sealed ones stand still;
	// deletions from them are logged.
	s.state.Store(&state{base: st.base, dead: st.dead,
		chunks: append(st.chunks[:sealed:sealed], &chunk{dead: newBitmap(chunkSize)})})
	s.sealed = sealed
	b := newBuilder(s.opts, s.perm, st.base.Len()+sealed*chunkSize)
	b.addLive(st)
	s.mu.Unlock()

	x, err := b.Build(ctx, progress)

	s.mu.Lock()
	defer s.mu.Unlock()
	s.compacting = false
	if err != nil {
		return fmt.Errorf("compact: %w", err)
	}
	next := &state{base: x, dead: newBitmap(x.Len()), chunks: s.state.Load().chunks[sealed:]}
	for _, d := range s.log {
		next.removeBase(&d.code, d.id)
	}
	s.log = nil
	s.state.Store(next)
	return nil
}

// addLive adds what is not deleted.
func (b *Builder) addLive(st *state) {
	for p := range st.base.codes {
		if !st.dead.has(uint32(p)) {
			b.codes = append(b.codes, st.base.codes[p])
			b.ids = append(b.ids, st.base.ids.at(p))
		}
	}
	for _, c := range st.chunks {
		for k := range c.n.Load() {
			if !c.dead.has(k) {
				b.codes = append(b.codes, c.codes[k])
				b.ids = append(b.ids, c.ids[k])
			}
		}
	}
}
