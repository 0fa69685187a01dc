package vpdq

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/jaga-project/jaga/hamming"
	"github.com/jaga-project/jaga/pdq"
)

// Set is a set of films that changes: an [Index], and beside it what was
// inserted and deleted since. Changes are visible to every search that starts
// after they return. The memory of deleted films is free again when whoever
// keeps the set builds a new index.
//
// All methods are safe for concurrent use.
type Set struct {
	frames *hamming.Set

	mu    sync.RWMutex
	films []film           // by their first place; those of the index first
	at    [2][]uint32      // of the index, and of what was inserted
	where map[uint32]int   // place in films of those that are there
	gone  map[int]struct{} // places in films of those that are not
	live  int              // frames of films that are there
	extra int              // frames that were inserted or deleted
}

// NewSet returns a set on top of base, which may be nil. opts must have the key
// with which base was built.
func NewSet(opts hamming.Options, base *Index) (*Set, error) {
	if base == nil {
		var err error
		if base, err = NewBuilder(opts).Build(context.Background(), nil); err != nil {
			return nil, err
		}
	}
	frames, err := hamming.NewSet(opts, base.frames)
	if err != nil {
		return nil, fmt.Errorf("vpdq: %w", err)
	}
	s := &Set{frames: frames, films: slices.Clone(base.films), at: [2][]uint32{base.at, nil},
		where: make(map[uint32]int, len(base.films)), gone: map[int]struct{}{}, live: len(base.at)}
	for i, f := range base.films {
		s.where[f.id] = i
	}
	return s, nil
}

// Insert adds a film. It fails as [Builder.Add] does.
func (s *Set) Insert(id uint32, v Video) error {
	kept := v.Prune(PruneOptions{Quality: pdq.MinQuality, Distinct: true})
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.where[id]; ok {
		return fmt.Errorf("vpdq: there is a film %d already", id)
	}
	first := len(s.at[0]) + len(s.at[1])
	if first+len(kept) > maxSlots {
		return fmt.Errorf("vpdq: an index holds at most %d frames", maxSlots)
	}
	s.where[id] = len(s.films)
	s.films = append(s.films, film{id, uint32(first), uint32(len(kept))})
	for i, f := range kept {
		s.at[1] = append(s.at[1], milliseconds(f.At))
		s.frames.Insert(hamming.Code(f.Hash), uint32(first+i))
	}
	s.live += len(kept)
	s.extra += len(kept)
	return nil
}

// Delete removes a film and reports whether it was there.
func (s *Set) Delete(id uint32) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, ok := s.where[id]
	if !ok {
		return false
	}
	delete(s.where, id)
	s.gone[i] = struct{}{}
	s.live -= int(s.films[i].n)
	s.extra += int(s.films[i].n)
	return true
}

// Has reports whether there is a film of the identifier.
func (s *Set) Has(id uint32) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	_, ok := s.where[id]
	return ok
}

// Films is the number of films.
func (s *Set) Films() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.where)
}

// Frames is the number of frames of all films.
func (s *Set) Frames() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.live
}

// Pending is how many frames were inserted or deleted beside the index.
func (s *Set) Pending() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.extra
}

// Bytes estimates the memory held.
func (s *Set) Bytes() int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.frames.Bytes() + 4*int64(len(s.at[0])+len(s.at[1])) + 40*int64(len(s.films))
}

// Near is a frame of a film that is near to a picture.
type Near struct {
	ID       uint32 // of the film
	Distance int
	Hash     pdq.Hash // of the frame
	At       float64  // seconds
	Seconds  float64  // of the film's last frame
}

// Picture returns the frames within radius of a picture's hash, of each film
// the nearest one, in no particular order.
func (s *Set) Picture(h pdq.Hash, radius int) []Near {
	if s.frames.Len() == 0 {
		return nil
	}
	hits := s.frames.Search(nil, hamming.Code(h), radius)
	if len(hits) == 0 {
		return nil
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	best := map[int]Near{}
	for _, hit := range hits {
		i := of(s.films, hit.ID)
		if _, gone := s.gone[i]; gone {
			continue
		}
		n := Near{s.films[i].id, hit.Distance, pdq.Hash(hit.Code), s.seconds(hit.ID), s.end(s.films[i])}
		if b, ok := best[i]; !ok || n.Distance < b.Distance || n.Distance == b.Distance && n.At < b.At {
			best[i] = n
		}
	}
	out := make([]Near, 0, len(best))
	for _, n := range best {
		out = append(out, n)
	}
	return out
}

// seconds is the time of a frame. The caller holds the lock.
func (s *Set) seconds(slot uint32) float64 {
	if n := len(s.at[0]); int(slot) >= n {
		return float64(s.at[1][int(slot)-n]) / 1000
	}
	return float64(s.at[0][slot]) / 1000
}

// end is the time of the last frame of a film that has one. The caller holds the
// lock.
func (s *Set) end(f film) float64 { return s.seconds(f.first + f.n - 1) }

// both are the marks of a pair of films.
type both struct {
	reach         int // the largest distance that counts; negative for a film that is not asked
	query, stored marks
	distance      int
	pairs         int // that were compared for their distance alone
}

// open makes the marks of films of so many frames, unless they are there.
func (b *both) open(query, stored int) {
	if b.query == nil {
		b.query, b.stored = newMarks(query), newMarks(stored)
	}
}

// Search returns what a film has in common with each film of the set, counting
// distinct frames with a quality of at least [pdq.MinQuality] on both sides.
// radius is the largest distance at which frames match; reach, when it is not
// nil, gives that of one film, at most radius, and is negative for a film that
// is not asked. Films that have nothing in common are left out. It is for the
// caller to ask [Rule.Accepts]. Overlap.Distance may be up to 16 bits too large
// where two films have more than a million pairs of near frames.
func (s *Set) Search(query Video, radius int, reach func(id uint32) int) []Overlap {
	if s.frames.Len() == 0 {
		return nil
	}
	q := compare(query, pdq.MinQuality, true)
	found := map[int]*both{}
	var hits []hamming.Hit
	for _, x := range q.shots() {
		if len(x.frames) >= shotFrames && radius+x.reach <= hamming.MaxRadius {
			s.searchShot(found, q, x, radius, reach)
			continue
		}
		for _, at := range x.frames {
			hits = s.frames.Search(hits[:0], hamming.Code(q.hash(at)), radius)
			if len(hits) > 0 {
				s.mark(found, hits, at, len(q.kept), reach)
			}
		}
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	out := make([]Overlap, 0, len(found))
	for i, b := range found {
		if b.query == nil || b.query.count() == 0 {
			continue
		}
		f := s.films[i]
		out = append(out, Overlap{ID: f.id, Distance: b.distance,
			QueryFrames: q.n, QueryMatched: b.query.count(), StoredFrames: int(f.n), StoredMatched: b.stored.count(),
			QuerySeconds: query.Seconds(), StoredSeconds: s.end(f),
			Query: q.segments(b.query), Stored: s.segments(f, b.stored)})
	}
	slices.SortFunc(out, func(a, b Overlap) int { return int(int64(a.ID) - int64(b.ID)) })
	return out
}

// mark notes the hits of the frame at place at of n.
func (s *Set) mark(found map[int]*both, hits []hamming.Hit, at, n int, reach func(id uint32) int) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, hit := range hits {
		i, b := s.pair(found, hit.ID, reach)
		if hit.Distance > b.reach {
			continue
		}
		f := s.films[i]
		b.open(n, int(f.n))
		b.query.set(at)
		b.stored.set(int(hit.ID - f.first))
		b.distance = min(b.distance, hit.Distance)
	}
}

// pair is the film in films to which a frame belongs, and what is known of it. The
// caller holds the lock.
func (s *Set) pair(found map[int]*both, slot uint32, reach func(id uint32) int) (int, *both) {
	i := of(s.films, slot)
	b := found[i]
	if b == nil {
		b = &both{reach: 256, distance: 256}
		if _, gone := s.gone[i]; gone {
			b.reach = -1
		} else if reach != nil {
			b.reach = reach(s.films[i].id)
		}
		found[i] = b
	}
	return i, b
}

// segments returns the parts of a stored film whose frames are marked. The
// caller holds the lock.
func (s *Set) segments(f film, m marks) []Segment {
	return segments(int(f.n), m.has, func(at int) (from, to float64) {
		return s.seconds(f.first + uint32(at)), s.seconds(f.first + uint32(min(at+1, int(f.n)-1)))
	})
}
