package chroma

import (
	"slices"
	"time"
)

// overlapSamples is what it keeps of that for the next time: as much as a
// window needs, in whole hops.
const overlapSamples = ((windowWords-1)*Hop + Span + Hop - 1) / Hop * Hop

// Listener looks for everything that goes by: it takes sound of any length in
// pieces and holds about a minute of it. It is not safe for concurrent use.
type Listener struct {
	set      *Set
	every    int // samples from one search to the next, whole hops
	pending  []int16
	hops     int // of what came before pending
	found    []Match
	flat     []Range
	searched bool
}

// Listen returns a listener that searches the set every 50 seconds.
func (s *Set) Listen() *Listener { return s.ListenEvery(50 * time.Second) }

// ListenEvery returns a listener that searches the set each time so much sound
// has come, at least a second. The first time it waits for ten seconds more. The
// shorter, the sooner something is found and the more it costs: a search makes
// the fingerprints of the sound that is new and of ten seconds before it.
func (s *Set) ListenEvery(d time.Duration) *Listener {
	return &Listener{set: s, every: max(Rate, int(d.Seconds()*Rate)) / Hop * Hop}
}

// Use searches another set from now on. What was found stays.
func (l *Listener) Use(s *Set) { l.set = s }

// Write adds samples: mono, [Rate] a second. A search of a minute takes as long
// as six of ten seconds; with an empty set next to nothing.
func (l *Listener) Write(samples []int16) {
	most := l.every + overlapSamples
	for len(samples) > 0 {
		n := min(most-len(l.pending), len(samples))
		l.pending = append(l.pending, samples[:n]...)
		samples = samples[n:]
		if len(l.pending) == most {
			l.search()
			l.pending = l.pending[:copy(l.pending, l.pending[l.every:])]
			l.hops += l.every / Hop
		}
	}
}

// Flush searches what has not been searched yet. Sound that is written
// afterwards goes on where this ended.
func (l *Listener) Flush() { l.search() }

func (l *Listener) search() {
	var q *Query
	var err error
	if l.set.Len() == 0 {
		// Nothing can be found; only what has too little detail is of interest.
		q, err = NewWordsQuery(Fingerprint(l.pending))
	} else {
		q, err = NewQuery(l.pending)
	}
	if err != nil {
		return // shorter than what can be found; with what follows it may be longer
	}
	l.searched = l.searched || q.Searched()
	gone := At(l.hops)
	for _, r := range q.Flat() {
		l.flat = append(l.flat, Range{gone + r.From, gone + r.To})
	}
	l.flat = join(l.flat)
	found := l.found
	for _, m := range l.set.Search(q) {
		m.Query.From += gone
		m.Query.To += gone
		found = append(found, m)
	}
	l.found = unite(found)
}

// Matches returns what was found so far.
func (l *Listener) Matches() []Match { return slices.Clone(l.found) }

// Flat returns the stretches so far that had too little detail to be looked
// for.
func (l *Listener) Flat() []Range { return slices.Clone(l.flat) }

// Heard is how much sound was written.
func (l *Listener) Heard() time.Duration {
	return time.Duration(l.hops*Hop+len(l.pending)) * time.Second / Rate
}

// Forget drops what was found, and what had too little detail, if it ended
// before a moment: a stream without end must not take memory without end.
func (l *Listener) Forget(before time.Duration) {
	l.found = slices.DeleteFunc(l.found, func(m Match) bool { return m.Query.To < before })
	l.flat = slices.DeleteFunc(l.flat, func(r Range) bool { return r.To < before })
}

// Searched reports whether anything was long enough and had enough detail to
// be looked for.
func (l *Listener) Searched() bool { return l.searched }
