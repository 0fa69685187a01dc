package vpdq

import (
	"github.com/jaga-project/jaga/hamming"
	"github.com/jaga-project/jaga/pdq"
)

const (
	// shotBits is how far the frames of a shot are from its first one at most.
	// Where nothing moves, re-encoding and noise change about so many bits.
	shotBits = 8
	// shotFrames is from how many frames on a shot is searched at once: a search
	// with a radius that is so much larger costs about as much as so many others.
	shotFrames = 16
	// shotsOpen is among how many shots a frame looks for its own, so that two
	// that alternate are two.
	shotsOpen = 8
	// shotPairs is how many pairs of frames of two films are compared for nothing
	// but the smallest distance.
	shotPairs = 1 << 20
)

// shot is frames of a film, in which nothing moves: all are near to the first.
type shot struct {
	frames []int // places in kept
	reach  int   // how far the others are from the first at most
}

// shots parts the frames that are counted.
func (c compared) shots() (out []shot) {
	c.counted(func(at int, f Feature) {
		for i := len(out) - 1; i >= max(0, len(out)-shotsOpen); i-- {
			s := &out[i]
			if d := f.Hash.Distance(c.hash(s.frames[0])); d <= shotBits {
				s.frames, s.reach = append(s.frames, at), max(s.reach, d)
				return
			}
		}
		out = append(out, shot{frames: []int{at}})
	})
	return out
}

func (c compared) hash(at int) pdq.Hash { return c.all[c.kept[at]].Hash }

// searchShot searches for all frames of a shot at once: whatever is near to one of
// them is not much further from the first. Two long films in which nothing moves
// are all near to each other, and would otherwise cost time in proportion to the
// product of their lengths.
func (s *Set) searchShot(found map[int]*both, q compared, x shot, radius int, reach func(id uint32) int) {
	hits := s.frames.Search(nil, hamming.Code(q.hash(x.frames[0])), radius+x.reach)
	s.mu.RLock()
	defer s.mu.RUnlock()
	whole := map[int]bool{} // films of which something is near to all frames
	for _, hit := range hits {
		i, b := s.pair(found, hit.ID, reach)
		if b.reach < 0 || hit.Distance > b.reach+x.reach {
			continue
		}
		b.open(len(q.kept), int(s.films[i].n))
		stored := int(hit.ID - s.films[i].first)
		if hit.Distance+x.reach <= b.reach {
			b.stored.set(stored)
			b.distance = min(b.distance, hit.Distance)
			if !whole[i] {
				whole[i] = true
				for _, at := range x.frames {
					b.query.set(at)
				}
			}
		}
		// Where all is marked, only the smallest distance may change.
		marked := whole[i] && b.stored.has(stored)
		if marked && (b.pairs > shotPairs || hit.Distance-x.reach >= b.distance) {
			continue
		}
		b.pairs += len(x.frames)
		for _, at := range x.frames {
			if d := q.hash(at).Distance(pdq.Hash(hit.Code)); d <= b.reach {
				b.query.set(at)
				b.stored.set(stored)
				b.distance = min(b.distance, d)
			}
		}
	}
}
