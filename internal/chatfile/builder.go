package chatfile

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// builder puts one conversation together and keeps its promises: unique ids,
// no sender or receiver who is not a participant, and the bounds.
type builder struct {
	r       *Reader
	c       *Conversation
	people  map[string]bool
	crowded bool
	// at holds the position in the file of each message of c, from 1.
	at []int
	// seen is how many messages the file has had so far.
	seen int
}

func (r *Reader) build() *builder {
	return &builder{r: r, c: &Conversation{}, people: map[string]bool{}}
}

// join adds a participant and reports whether there was room.
func (b *builder) join(p Participant, line int) bool {
	if b.people[p.ID] {
		return true
	}
	if len(b.c.Participants) >= MaxParticipants {
		if !b.crowded {
			b.crowded = true
			b.r.lose(line, "participants", "there are more than %d; the others and their messages were left out", MaxParticipants)
		}
		return false
	}
	if p.AgeBand == "" {
		p.AgeBand = "unknown"
	}
	b.people[p.ID] = true
	b.c.Participants = append(b.c.Participants, p)
	return true
}

// meet adds somebody who is named only by id, for formats that list nobody.
func (b *builder) meet(id string, line int) bool {
	return b.people[id] || b.join(Participant{ID: id, Name: id}, line)
}

// position is that of the message being read, from 1.
func (b *builder) position() int { return b.seen + 1 }

// skip counts a message that was not added.
func (b *builder) skip() { b.seen++ }

// add appends a message whose sender and receivers are participants.
func (b *builder) add(m Message) {
	b.seen++
	if len(b.c.Messages) >= MaxMessages {
		if b.seen == MaxMessages+1 {
			b.r.lose(m.Line, "messages", "there are more than %d; the others were left out", MaxMessages)
		}
		return
	}
	m.Text = b.bound(m.Text, m.Line)
	b.c.Messages = append(b.c.Messages, m)
	b.at = append(b.at, b.seen)
}

// bound cuts a text that is too long.
func (b *builder) bound(text string, line int) string {
	if len(text) <= MaxText {
		return text
	}
	b.r.lose(line, "text", "it is longer than %d bytes; the rest was left out", MaxText)
	end := MaxText
	for end > MaxText-utf8.UTFMax && !utf8.RuneStart(text[end]) {
		end--
	}
	return strings.Clone(text[:end])
}

// reverse turns the messages of a format that has the newest first.
func (b *builder) reverse() {
	slices.Reverse(b.c.Messages)
	slices.Reverse(b.at)
	for i := range b.at {
		b.at[i] = b.seen + 1 - b.at[i]
	}
}

// sort puts the messages in the order of time. Where one has no time, the
// file's order is all there is, and stays.
func (b *builder) sort() {
	byTime := func(x, y Message) int { return x.At.Compare(y.At) }
	if slices.IsSortedFunc(b.c.Messages, byTime) || slices.ContainsFunc(b.c.Messages, func(m Message) bool { return m.At.IsZero() }) {
		return
	}
	slices.SortStableFunc(b.c.Messages, byTime)
	slices.Sort(b.at)
}

// finish gives every message its id and returns the conversation.
func (b *builder) finish() *Conversation {
	first := make(map[string]int, len(b.c.Messages))
	twice := map[int]bool{} // indices of messages whose id was taken
	for i, m := range b.c.Messages {
		if m.ID == "" {
			continue
		}
		if _, taken := first[m.ID]; taken {
			twice[i] = true
			continue
		}
		first[m.ID] = i
	}
	repeated, tried := map[int]bool{}, map[string]int{}
	for i := range b.c.Messages {
		m := &b.c.Messages[i]
		switch {
		case m.ID == "":
			m.ID = unused(first, tried, "m"+strconv.Itoa(b.at[i]))
			first[m.ID] = i
		case twice[i] && same(*m, b.c.Messages[first[m.ID]]):
			b.r.odd(m.Line, "messages.id", "the message %s is there twice; the repetition was left out", shown(m.ID))
			repeated[i] = true
		case twice[i]:
			id := unused(first, tried, m.ID)
			b.r.odd(m.Line, "messages.id", "another message has the id %s too; this one is called %s", shown(m.ID), shown(id))
			m.ID = id
			first[m.ID] = i
		}
	}
	if len(repeated) > 0 {
		kept := b.c.Messages[:0]
		for i, m := range b.c.Messages {
			if !repeated[i] {
				kept = append(kept, m)
			}
		}
		clear(b.c.Messages[len(kept):])
		b.c.Messages = kept
	}
	return b.c
}

// unused returns id, or id with a number so that nothing has it. tried keeps the
// last number of each id, so that an id that is there a million times does not
// cost a million times a million looks.
func unused(taken, tried map[string]int, id string) string {
	if _, ok := taken[id]; !ok {
		return id
	}
	for n := max(tried[id]+1, 2); ; n++ {
		next := id + "-" + strconv.Itoa(n)
		if _, ok := taken[next]; !ok {
			tried[id] = n
			return next
		}
	}
}

// same reports whether two messages differ at most in where they stand.
func same(a, b Message) bool {
	a.Line, b.Line = 0, 0
	return reflect.DeepEqual(a, b)
}

// stem is the file's name without folders and ending, for a conversation that
// has no name.
func (r *Reader) stem() string {
	name := r.name[strings.LastIndexAny(r.name, `/\`)+1:]
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		name = name[:i]
	}
	name = strings.ToValidUTF8(name, "\uFFFD")
	if name == "" || name == "-" {
		return "conversation"
	}
	return name
}
