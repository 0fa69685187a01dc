package convo

import "slices"

// seen is a message that was observed: 32 bits of its identifier's hash and
// its time in seconds since 1990. Two of maxSeen identifiers agree by chance
// once in some hundred million messages.
type seen struct{ id, at uint32 }

func seconds(ms int64) uint32 { return uint32((ms - earliest) / 1000) }

// duplicate notes an identifier and reports whether it was seen before. Of
// the newest maxSeen messages that is known; one that is older than all that
// were forgotten cannot be told from a repetition, so it is not taken, and
// counted as late.
func (s *State) duplicate(id string, at int64) bool {
	one := seen{uint32(hash(id) >> 32), seconds(at)}
	for i := range s.seen {
		if s.seen[i].id == one.id {
			return true
		}
	}
	if one.at < s.horizon {
		s.late++
		return true
	}
	if len(s.seen) == maxSeen {
		i := s.eldest()
		s.horizon = max(s.horizon, s.seen[i].at)
		s.seen = slices.Delete(s.seen, i, i+1)
	}
	s.seen = append(s.seen, one)
	return false
}

// eldest is the message to forget: the one that came first, of those that a
// quarter of the others are no older than. A few messages whose clock is years
// ahead are kept, or all that come after them would be too late.
func (s *State) eldest() int {
	for i := range s.seen {
		newer := -1 // the message itself
		for j := range s.seen {
			if s.seen[j].at >= s.seen[i].at {
				newer++
			}
		}
		if newer >= maxSeen/4 {
			return i
		}
	}
	return 0 // not reached: none of the others is older than the oldest
}
