package chroma

import (
	"cmp"
	"math"
	"math/bits"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/jaga-project/jaga"
)

// What an excerpt must have to be looked for.
const (
	// MinWords is the fewest words that match: 5 seconds of sound.
	MinWords = 19
	// MinDetail is the least [Detail].
	MinDetail = 40
)

const (
	windowWords = 59 // 10 seconds of sound are compared at once
	windowHop   = 30 // words from one window to the next
	flips       = 4  // answers of a word that are also tried the other way
	shifts      = 2  // beginnings within a hop that are tried
)

// speeds are those at which a query is tried: from 2 % slower to 2 % faster in
// steps of a third of a percent, and a little beyond.
var speeds = func() (s []float64) {
	for i := -6; i <= 6; i++ {
		s = append(s, 1+float64(i)/300)
	}
	return s
}()

// Detail says how much there is to tell a piece of sound by, 0 to 100: twice
// the mean part of bits in which its words differ from each other. Silence and
// a steady tone have 0, noise 30 to 36, music and speech from 60 up.
func Detail(words []uint32) int {
	if len(words) < 2 {
		return 0
	}
	return min(100, int(math.Round(200*spread(words))))
}

// spread is the mean part of bits in which two of the words differ.
func spread(words []uint32) float64 {
	// For every bit: the pairs of a word that has it and one that has not.
	var set [32]int
	for _, w := range words {
		for ; w != 0; w &= w - 1 {
			set[bits.TrailingZeros32(w)]++
		}
	}
	n, pairs := len(words), 0
	for _, k := range set {
		pairs += k * (n - k)
	}
	return float64(pairs) / float64(16*n*(n-1))
}

// BestDetail is the largest [Detail] of some ten seconds of the words (of all of
// them, if they are fewer); 0 for fewer than [MinWords].
func BestDetail(words []uint32) (best int) {
	for at := 0; at+MinWords <= len(words); at += windowHop {
		best = max(best, Detail(words[at:min(at+windowWords, len(words))]))
	}
	return best
}

// Enough returns nil when some ten seconds of the words have [MinDetail], and
// otherwise an error that says what is missing. Its code is [jaga.CodeInvalid].
func Enough(words []uint32) error {
	switch {
	case len(words) < MinWords:
		return jaga.Errorf(jaga.CodeInvalid, "the sound is too short: it needs %d seconds", 5)
	case BestDetail(words) < MinDetail:
		return jaga.Errorf(jaga.CodeInvalid, "the sound has too little detail to be told from other sound")
	}
	return nil
}

// Query is sound that is looked for. It is safe for concurrent use.
type Query struct {
	windows []window
	flat    []Range
}

// Range is a stretch of sound, from its beginning.
type Range struct {
	From, To time.Duration
}

// window is some ten seconds of a query in all the ways they are tried.
type window struct{ tries []try }

// try is a stretch at one speed, beginning at one place.
type try struct {
	speed float64
	at    float64 // the sample of the query at which the first word begins
	words []uint32
	weak  [][flips]uint8 // the bits of every word that were nearest to being different; nil tries every single bit
}

// NewQuery prepares samples (mono, [Rate] a second) to be looked for, at speeds
// of 2 % less to 2 % more. Fewer than 5 seconds are an error of code
// [jaga.CodeInvalid]. Sound of some minutes is meant; for longer use a
// [Listener].
func NewQuery(samples []int16) (*Query, error) {
	if Words(len(samples)) < MinWords {
		return nil, Enough(nil)
	}
	tries := make([]try, len(speeds)*shifts)
	parallel(len(speeds), func(i int) {
		sound := resample(samples, speeds[i])
		for k := range shifts {
			tries[shifts*i+k] = newTry(sound, speeds[i], min(len(sound), k*Hop/shifts))
		}
	})
	return cut(tries), nil
}

// NewWordsQuery prepares words whose sound is not at hand. They are found at
// their own speed, and a little less surely than samples.
func NewWordsQuery(words []uint32) (*Query, error) {
	if len(words) < MinWords {
		return nil, Enough(nil)
	}
	return cut([]try{{speed: 1, words: words}}), nil
}

func newTry(sound []int16, speed float64, from int) try {
	w := Writer{weigh: true}
	w.Write(sound[from:])
	t := try{speed: speed, at: float64(from) * speed, words: w.words, weak: make([][flips]uint8, len(w.words))}
	for k := range t.weak {
		t.weak[k] = w.margins[k].weakest()
	}
	return t
}

// cut makes windows of the tries.
func cut(tries []try) *Query {
	q := &Query{}
	plain := &tries[0]
	for i := range tries {
		if tries[i].speed == 1 && tries[i].at == 0 {
			plain = &tries[i]
		}
	}
	n := len(plain.words)
	for at := 0; ; at += windowHop {
		end := min(at+windowWords, n)
		if end-at >= MinWords || at == 0 {
			if Detail(plain.words[at:end]) < MinDetail {
				q.flat = append(q.flat, Range{At(at), At(end-1) + spanTime})
			} else {
				q.windows = append(q.windows, newWindow(tries, float64(at*Hop), float64(end*Hop)))
			}
		}
		if end == n {
			break
		}
	}
	q.flat = join(q.flat)
	return q
}

// spanTime is what one word covers.
const spanTime = Span * time.Second / Rate

// newWindow takes of every try the words that begin between two samples of the
// query.
func newWindow(tries []try, from, to float64) (w window) {
	for _, t := range tries {
		step := Hop * t.speed
		lo := max(0, int(math.Ceil((from-t.at)/step)))
		hi := min(len(t.words), int(math.Ceil((to-t.at)/step)))
		if hi-lo < MinWords-1 {
			continue
		}
		part := try{speed: t.speed, at: t.at + float64(lo)*step, words: t.words[lo:hi]}
		if t.weak != nil {
			part.weak = t.weak[lo:hi]
		}
		w.tries = append(w.tries, part)
	}
	return w
}

// join unites ranges that touch; they are in order.
func join(r []Range) (out []Range) {
	for _, x := range r {
		if n := len(out); n > 0 && x.From <= out[n-1].To {
			out[n-1].To = max(out[n-1].To, x.To)
		} else {
			out = append(out, x)
		}
	}
	return out
}

// Flat returns the stretches with too little detail to be looked for: silence,
// tones, steady noise. What is in them was not searched.
func (q *Query) Flat() []Range { return q.flat }

// Searched reports whether anything of the query is searched at all.
func (q *Query) Searched() bool { return len(q.windows) > 0 }

// weakest returns the bits of the answers that were nearest to a threshold,
// the nearest first.
func (m *margins) weakest() (out [flips]uint8) {
	order := make([]uint8, len(m))
	for i := range order {
		order[i] = uint8(i)
	}
	slices.SortFunc(order, func(a, b uint8) int { return cmp.Compare(m[a].distance, m[b].distance) })
	for k := range out {
		// The first classifier has the highest bits.
		out[k] = 2*(uint8(len(m))-1-order[k]) + m[order[k]].bit
	}
	return out
}

// probes calls f with every word that word number i could have been: itself
// with each choice of its weakest bits, or with any single bit different.
func (t *try) probes(i int, f func(uint32)) {
	word := t.words[i]
	if t.weak == nil {
		f(word)
		for b := range 32 {
			f(word ^ 1<<b)
		}
		return
	}
	for choice := range uint32(1 << flips) {
		probe := word
		for k, b := range t.weak[i] {
			probe ^= (choice >> k & 1) << b
		}
		f(probe)
	}
}

// parallel calls f with 0 … n-1 on as many processors as there are.
func parallel(n int, f func(int)) {
	var wg sync.WaitGroup
	workers := min(n, runtime.GOMAXPROCS(0))
	next := make(chan int, n)
	for i := range n {
		next <- i
	}
	close(next)
	for range workers {
		wg.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	wg.Wait()
}
