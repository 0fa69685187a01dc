package chroma

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"sync"
	"time"
)

// Match says that a stretch of a query is a stretch of a recording.
type Match struct {
	ID        uint32        // of the recording
	Query     Range         // in the query
	Recording Range         // in the recording, with the recording's speed
	Length    time.Duration // of the whole recording
	Speed     float64       // how much faster the query must be played to be the recording
	Words     int           // compared
	Errors    float64       // part of their bits that differ, 0..0.15
}

// limit is the largest part of differing bits with which so many words match:
// 6 % for 5 seconds of sound, 15 % for 10 seconds and more. Words of unrelated
// music and speech come no nearer than 15 % and 27 % by chance; docs/audio.md
// has the measurement.
func limit(words int) float64 {
	return 0.06 + 0.09*float64(min(words, windowWords)-MinWords)/(windowWords-MinWords)
}

// ownLimit is the largest part of differing bits in relation to those in which
// the words of the stretch differ from each other. Noise is near to all noise;
// this keeps it from matching.
const ownLimit = 0.4

// mostPostings is how many postings one window looks at in all. The rarest
// words come first, so that what is cut off is what says least.
const mostPostings = 4 << 20

// Search returns what of the query is found, the best match of every recording
// and stretch, in the order of their place in the query and the recordings'
// identifiers. Recordings with the same identifier are one.
func (s *Set) Search(q *Query) []Match {
	st := s.state.Load()
	var found []Match
	for i := range q.windows {
		found = append(found, st.search(&q.windows[i])...)
	}
	return unite(found)
}

// aim is one word to be looked up.
type aim struct {
	word   int
	places []uint32
	layer  *layer
}

// diagonal is where the first word of a try would be in a layer's words.
type diagonal struct {
	layer *layer
	first int
}

func (st *state) search(w *window) (found []Match) {
	var mu sync.Mutex
	all := make([][]aim, len(w.tries))
	parallel(len(w.tries), func(i int) { all[i] = st.aims(w, i) })
	cut := budget(all)
	parallel(len(w.tries), func(i int) {
		t := &w.tries[i]
		done := map[diagonal]bool{}
		var mine []Match
		for _, a := range all[i] {
			if len(a.places) > cut {
				continue
			}
			for _, place := range a.places {
				if !near(t.words, a.word, a.layer.index.words, place) {
					continue
				}
				if m, ok := a.layer.verify(t, a.word, place, done); ok {
					mine = append(mine, m)
				}
			}
		}
		mu.Lock()
		found = append(found, mine...)
		mu.Unlock()
	})
	return distinct(found)
}

// aims lists the words of a try with their postings in every layer.
func (st *state) aims(w *window, try int) (out []aim) {
	t := &w.tries[try]
	for i, word := range t.words {
		if i > 0 && t.words[i-1] == word {
			continue // a repeated word has no posting
		}
		t.probes(i, func(probe uint32) {
			for k := range st.layers {
				l := &st.layers[k]
				if places := l.index.find(probe); len(places) > 0 {
					out = append(out, aim{i, places, l})
				}
			}
		})
	}
	return out
}

// budget is the largest number of postings of one word with which all words of
// at most so many together stay below mostPostings.
func budget(all [][]aim) int {
	var sizes []int
	total := 0
	for _, aims := range all {
		for _, a := range aims {
			sizes = append(sizes, len(a.places))
			total += len(a.places)
		}
	}
	if total <= mostPostings {
		return math.MaxInt
	}
	slices.Sort(sizes)
	sum, cut := 0, 0
	for i, n := range sizes {
		if sum += n; sum > mostPostings && i > 0 {
			break
		}
		cut = n
	}
	return cut
}

// nearSteps are the words around one that agree, by which most places that only
// have one word in common are told at once.
var nearSteps = [...]int{-15, -10, -6, -3, 3, 6, 10, 15}

// near compares a few words around word i of the query with those around a
// place.
func near(query []uint32, i int, words []uint32, place uint32) bool {
	n, differ := 0, 0
	for _, step := range nearSteps {
		k, p := i+step, int(place)+step
		if k < 0 || k >= len(query) || p < 0 || p >= len(words) {
			continue
		}
		n++
		differ += bits.OnesCount32(query[k] ^ words[p])
	}
	return differ <= n*9 // of 32
}

// verify compares a whole try with a recording so that word i is at the place.
// done holds what was compared before.
func (l *layer) verify(t *try, i int, place uint32, done map[diagonal]bool) (Match, bool) {
	x := l.index
	r := x.recording(place)
	lo, hi := int(x.starts[r]), int(x.starts[r+1])
	first := int(place) - i // where the first word of the try would be
	key := diagonal{l, first}
	if done[key] || !l.has(r) {
		return Match{}, false
	}
	done[key] = true
	from, to := max(0, lo-first), min(len(t.words), hi-first)
	if to-from < MinWords {
		return Match{}, false
	}
	a, b := bestRun(t.words[from:to], x.words[first+from:first+to])
	if b-a < MinWords {
		return Match{}, false
	}
	a, b = from+a, from+b
	differ := 0
	for k := a; k < b; k++ {
		differ += bits.OnesCount32(t.words[k] ^ x.words[first+k])
	}
	part := float64(differ) / float64(32*(b-a))
	if own := spread(t.words[a:b]); part > limit(b-a) || 200*own < MinDetail || part > ownLimit*own {
		return Match{}, false
	}
	place0 := first + a - lo
	return Match{
		ID:        x.ids[r],
		Query:     t.span(a, b),
		Recording: Range{At(place0), At(place0+b-a-1) + spanTime},
		Length:    At(hi-lo-1) + spanTime,
		Speed:     t.speed,
		Words:     b - a,
		Errors:    part,
	}, true
}

// span is the stretch of the query that words a to before b were made of.
func (t *try) span(a, b int) Range {
	at := func(sample float64) time.Duration {
		return time.Duration(sample / Rate * float64(time.Second))
	}
	return Range{at(t.at + float64(a*Hop)*t.speed), at(t.at + float64((b-1)*Hop+Span)*t.speed)}
}

// bestRun returns the part of two rows of words in which they agree: where the
// sum of 6.4 less the number of differing bits, a fifth of a word, is largest.
func bestRun(p, q []uint32) (from, to int) {
	const fifth = 32
	best, sum, start := 0, 0, 0
	for i := range p {
		if sum <= 0 {
			sum, start = 0, i
		}
		if sum += fifth - 5*bits.OnesCount32(p[i]^q[i]); sum > best {
			best, from, to = sum, start, i+1
		}
	}
	return from, to
}

// score is by how much the words of a match agree better than a fifth.
func (m *Match) score() float64 { return float64(m.Words) * (0.2 - m.Errors) }

// distinct keeps the best of the matches of one window that are the same at
// several speeds and places in a hop.
func distinct(found []Match) (out []Match) {
	slices.SortFunc(found, func(a, b Match) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(b.score(), a.score()), cmp.Compare(a.Speed, b.Speed), cmp.Compare(a.Query.From, b.Query.From))
	})
	for _, m := range found {
		if !slices.ContainsFunc(out, func(o Match) bool { return o.ID == m.ID && o.apart(m) < time.Second }) {
			out = append(out, m)
		}
	}
	return out
}

// apart is the difference in where the two matches say the query's beginning
// lies in the recording, measured where the later of them begins.
func (m *Match) apart(o Match) time.Duration {
	at := max(m.Query.From, o.Query.From)
	return (m.in(at) - o.in(at)).Abs()
}

// in is where a moment of the query lies in the recording.
func (m *Match) in(at time.Duration) time.Duration {
	return m.Recording.From + time.Duration(float64(at-m.Query.From)/m.Speed)
}

// unite makes one match of those that follow each other in the query and in
// the recording, and puts all in order.
func unite(found []Match) (out []Match) {
	slices.SortFunc(found, func(a, b Match) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Query.From, b.Query.From), cmp.Compare(a.Recording.From, b.Recording.From))
	})
	for _, m := range found {
		k := len(out) - 1
		for k >= 0 && out[k].ID == m.ID && !(m.Query.From <= out[k].Query.To && out[k].apart(m) < time.Second) {
			k--
		}
		if k < 0 || out[k].ID != m.ID {
			out = append(out, m)
			continue
		}
		t := &out[k]
		if m.score() > t.score() {
			t.Speed, t.Errors = m.Speed, m.Errors
		}
		t.Query.To = max(t.Query.To, m.Query.To)
		t.Recording.To = max(t.Recording.To, m.Recording.To)
		t.Recording.From = min(t.Recording.From, m.Recording.From)
		t.Words = max(t.Words, Words(int((t.Recording.To-t.Recording.From)*Rate/time.Second)))
	}
	slices.SortStableFunc(out, func(a, b Match) int {
		return cmp.Or(cmp.Compare(a.Query.From, b.Query.From), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Recording.From, b.Recording.From))
	})
	return out
}
