package chroma

import (
	"slices"
	"time"
)

// listenSamples is the sound that a Listener searches at once: a minute.
const listenSamples = 60 * Rate

// overlapSamples is what it keeps of that for the next time: as much as a
// window needs, in whole hops.
const overlapSamples = ((windowWords-1)*Hop + Span + Hop - 1) / Hop * Hop

// Listener looks for everything that goes by: it takes sound of any length in
// pieces and holds about a minute of it. It is not safe for concurrent use.
type Listener struct {
	set      *Set
	pending  []int16
	gone     time.Duration // of what came before pending
	found    []Match
	flat     []Range
	searched bool
}

// Listen returns a listener that searches the set.
func (s *Set) Listen() *Listener { return &Listener{set: s} }

// Write adds samples: mono, [Rate] a second. Every minute it searches, which
// takes as long as six searches of ten seconds.
func (l *Listener) Write(samples []int16) {
	for len(samples) > 0 {
		n := min(listenSamples-len(l.pending), len(samples))
		l.pending = append(l.pending, samples[:n]...)
		samples = samples[n:]
		if len(l.pending) == listenSamples {
			l.search()
			drop := (listenSamples - overlapSamples) / Hop * Hop
			l.pending = l.pending[:copy(l.pending, l.pending[drop:])]
			l.gone += At(drop / Hop)
		}
	}
}

// Flush searches what has not been searched yet. Sound that is written
// afterwards goes on where this ended.
func (l *Listener) Flush() { l.search() }

func (l *Listener) search() {
	q, err := NewQuery(l.pending)
	if err != nil {
		return // shorter than what can be found; with what follows it may be longer
	}
	l.searched = l.searched || q.Searched()
	for _, r := range q.Flat() {
		l.flat = append(l.flat, Range{l.gone + r.From, l.gone + r.To})
	}
	found := l.found
	for _, m := range l.set.Search(q) {
		m.Query.From += l.gone
		m.Query.To += l.gone
		found = append(found, m)
	}
	l.found = unite(found)
}

// Matches returns what was found so far.
func (l *Listener) Matches() []Match { return slices.Clone(l.found) }

// Flat returns the stretches so far that had too little detail to be looked
// for.
func (l *Listener) Flat() []Range { return join(slices.Clone(l.flat)) }

// Searched reports whether anything was long enough and had enough detail to
// be looked for.
func (l *Listener) Searched() bool { return l.searched }
