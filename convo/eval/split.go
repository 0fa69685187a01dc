package eval

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// Participants names the persons of one conversation.
type Participants struct {
	Conversation string // its id, which decides when it has no persons
	Persons      []string
}

// Parts is a result of [Split].
type Parts struct {
	Of    []int // for each conversation, in the order given, its part from 0
	Sizes []int // conversations in each part
	// Groups is the number of groups of conversations that share persons,
	// and Largest the number of conversations in the largest. When Largest is
	// much of all, the shares cannot be kept: everybody knows everybody.
	Groups, Largest int
}

// Split divides conversations into parts so that no person is in two of them.
// Conversations connected through persons stay together; which part a group
// goes to is decided by a hash of the seed and the least of its persons, so
// the order of the conversations does not matter, and adding conversations of
// other persons moves none.
//
// shares are the wanted sizes, such as 0.6, 0.2, 0.2; only their proportion
// counts. It fails on a share that is negative, or if none is above 0.
func Split(conversations []Participants, seed uint64, shares ...float64) (Parts, error) {
	var total float64
	for i, s := range shares {
		if !(s >= 0) {
			return Parts{}, fmt.Errorf("splitting by person: share %d is %v", i, s)
		}
		total += s
	}
	if !(total > 0) {
		return Parts{}, fmt.Errorf("splitting by person: the shares %v leave no part", shares)
	}
	groups := forest{}
	for _, c := range conversations {
		for _, p := range c.Persons {
			groups.join(c.Persons[0], p)
		}
	}
	parts := Parts{Of: make([]int, len(conversations)), Sizes: make([]int, len(shares))}
	members := map[[2]string]int{}
	for i, c := range conversations {
		key := [2]string{"conversation", c.Conversation}
		if len(c.Persons) > 0 {
			key = [2]string{"person", groups.root(c.Persons[0])}
		}
		members[key]++
		parts.Largest = max(parts.Largest, members[key])
		part := pick(unit(seed, key), shares, total)
		parts.Of[i] = part
		parts.Sizes[part]++
	}
	parts.Groups = len(members)
	return parts, nil
}

// pick returns the part in which the point u of [0, 1) falls.
func pick(u float64, shares []float64, total float64) int {
	var upTo float64
	last := 0
	for i, s := range shares {
		if s == 0 {
			continue
		}
		upTo += s / total
		last = i
		if u < upTo {
			return i
		}
	}
	return last
}

// unit hashes to [0, 1). SHA-256 is used for its spread and because it is the
// same everywhere, not for secrecy.
func unit(seed uint64, key [2]string) float64 {
	h := sha256.New()
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], seed)
	h.Write(b[:])
	h.Write([]byte(key[0]))
	h.Write([]byte{0})
	h.Write([]byte(key[1]))
	return float64(binary.BigEndian.Uint64(h.Sum(nil))>>11) / (1 << 53)
}

// forest holds disjoint groups of persons: the parent of each on the way to
// the root, which is the least name of its group.
type forest map[string]string

func (f forest) root(p string) string {
	root := p
	for {
		up, ok := f[root]
		if !ok || up == root {
			break
		}
		root = up
	}
	for p != root { // shorten the way
		p, f[p] = f[p], root
	}
	return root
}

func (f forest) join(a, b string) {
	a, b = f.root(a), f.root(b)
	if b < a {
		a, b = b, a
	}
	f[b] = a
}
