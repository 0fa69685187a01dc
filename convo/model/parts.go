//go:build !small

package model

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/jaga-project/jaga/convo/eval"
)

// The parts of the data.
const (
	forTraining = iota
	forCalibration
	forTest
)

// shares are the wanted sizes of the parts.
func shares() [3]float64 { return [3]float64{0.6, 0.2, 0.2} }

// The least data that can be split three ways with something in every part.
// It is enough to run and too little to trust.
const (
	leastConversations = 10 // of each class
	leastGroups        = 10 // of persons who have nothing to do with each other
)

// copied is the length in bytes from which on equal text of two conversations
// is the same conversation twice, and no greeting.
const copied = 100

// ErrOneClass is the error of [Train] on data with one label only.
var ErrOneClass = eval.ErrOneClass

// ErrTooFewPersons is the error of [Train] on data that cannot be split so
// that nobody is in two parts.
var ErrTooFewPersons = errors.New("too few persons who have nothing to do with each other")

// split gives every conversation its part. Conversations that share a person
// or have equal text stay together: the same chats are in circulation under
// different names, and would be learned and tested.
func (s *Set) split(seed uint64) (parts eval.Parts, duplicates int, err error) {
	var positives int
	texts := map[[32]byte]bool{}
	who := make([]eval.Participants, len(s.conversations))
	for i := range s.conversations {
		c := &s.conversations[i]
		if c.positive {
			positives++
		}
		who[i] = eval.Participants{Conversation: c.id, Persons: c.persons}
		if sum, ok := c.sum(); ok {
			if texts[sum] {
				duplicates++
			}
			texts[sum] = true
			// No person is called so: their ids are valid UTF-8.
			who[i].Persons = append(c.persons[:len(c.persons):len(c.persons)], "\xff"+string(sum[:]))
		}
	}
	negatives := len(s.conversations) - positives
	if positives == 0 || negatives == 0 {
		return parts, duplicates, fmt.Errorf("splitting the data: %w: %d conversations have the label 1, %d the label 0", ErrOneClass, positives, negatives)
	}
	if min(positives, negatives) < leastConversations {
		return parts, duplicates, fmt.Errorf("splitting the data: too few conversations: %d have the label 1 and %d the label 0, each label needs at least %d and hundreds to mean anything", positives, negatives, leastConversations)
	}
	sizes := shares()
	parts, err = eval.Split(who, seed, sizes[:]...)
	if err != nil {
		return parts, duplicates, err
	}
	if parts.Groups < leastGroups {
		return parts, duplicates, fmt.Errorf("splitting the data: %w: the %d conversations make %d groups that share nobody, the largest of %d, and at least %d are needed; check that an id means one person in the whole file", ErrTooFewPersons, len(who), parts.Groups, parts.Largest, leastGroups)
	}
	var classes [3][2]int
	for i, part := range parts.Of {
		if s.conversations[i].positive {
			classes[part][1]++
		} else {
			classes[part][0]++
		}
	}
	for part, name := range [...]string{"training", "calibration", "test"} {
		if classes[part][0] == 0 || classes[part][1] == 0 {
			return parts, duplicates, fmt.Errorf("splitting the data: %w: the %s part has %d conversations with the label 1 and %d with the label 0; add persons, or try another seed", ErrTooFewPersons, name, classes[part][1], classes[part][0])
		}
	}
	return parts, duplicates, nil
}

// sum is a digest of all that was written, and false when that is little.
func (c *conversation) sum() (sum [32]byte, ok bool) {
	h := sha256.New()
	n := 0
	for i := range c.messages {
		text := c.messages[i].text.ForClassifier()
		n += len(text)
		h.Write([]byte(text))
		h.Write([]byte{0xff}) // in no text, so it ends each
	}
	h.Sum(sum[:0])
	return sum, n >= copied
}
