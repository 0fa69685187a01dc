package vpdq

import "github.com/jaga-project/jaga/pdq"

// Overlap is what two films have in common.
type Overlap struct {
	// ID is that of the stored film, where it comes from a [Set].
	ID uint32
	// Distance is the smallest distance of two frames that match.
	Distance int
	// QueryFrames and StoredFrames are how many frames were compared;
	// QueryMatched and StoredMatched are how many of them have a match in the
	// other film.
	QueryFrames, QueryMatched, StoredFrames, StoredMatched int
	// QuerySeconds and StoredSeconds are the times of the films' last frames.
	QuerySeconds, StoredSeconds float64
	// Query and Stored are the parts of each film that matched, in order.
	Query, Stored []Segment
}

// QueryPercent is the share of the query's frames that matched, 0..100.
func (o Overlap) QueryPercent() float64 { return percent(o.QueryMatched, o.QueryFrames) }

// StoredPercent is the share of the stored film's frames that matched, 0..100.
func (o Overlap) StoredPercent() float64 { return percent(o.StoredMatched, o.StoredFrames) }

func percent(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) * 100 / float64(of)
}

// Segment is a part of a film, all of whose frames that were compared matched.
type Segment struct {
	// From and To are in seconds. A frame stands for the time until the next
	// one that was hashed, and the last one for no time.
	From, To float64
	// Frames is how many frames matched.
	Frames int
}

// compared is a film's frames as a rule compares them.
type compared struct {
	all  Video
	kept []int // places in all of the frames that are compared
	// first is, for each frame of kept, the place in kept of the first one
	// with the same hash, of which distinct are counted; its own without
	// [Rule.Distinct].
	first []int
	n     int // how many are counted
}

func compare(v Video, quality int, distinct bool) compared {
	c := compared{all: v}
	seen := map[pdq.Hash]int{}
	for i, f := range v {
		if f.Quality < quality {
			continue
		}
		at := len(c.kept)
		if first, ok := seen[f.Hash]; ok && distinct {
			at = first
		} else {
			c.n++
			seen[f.Hash] = at
		}
		c.kept, c.first = append(c.kept, i), append(c.first, at)
	}
	return c
}

// counted calls fn for each frame that is counted, with its place in kept.
func (c compared) counted(fn func(at int, f Feature)) {
	for at, i := range c.kept {
		if c.first[at] == at {
			fn(at, c.all[i])
		}
	}
}

// segments returns the parts of the film whose frames are marked.
func (c compared) segments(m marks) []Segment {
	return segments(len(c.kept), func(at int) bool { return m.has(c.first[at]) }, func(at int) (from, to float64) {
		i := c.kept[at]
		from = c.all[i].At
		return from, c.all[min(i+1, len(c.all)-1)].At
	})
}

// segments joins the marked ones of n frames that follow each other.
func segments(n int, marked func(at int) bool, span func(at int) (from, to float64)) (out []Segment) {
	open := false
	for at := range n {
		if !marked(at) {
			open = false
			continue
		}
		from, to := span(at)
		if !open {
			out = append(out, Segment{From: from})
			open = true
		}
		s := &out[len(out)-1]
		s.To = max(s.To, from, to)
		s.Frames++
	}
	return out
}

// Comparison is two films compared, every frame with every frame.
type Comparison struct {
	query, stored compared
	// near are, for each frame that is counted, the distance of the nearest
	// frame of the other film.
	nearQuery, nearStored []int
}

// Compare compares two films by the rule's quality and counting; what they have
// in common at one distance or another is then had for next to nothing.
func Compare(query, stored Video, r Rule) *Comparison {
	c := &Comparison{query: compare(query, r.Quality, r.Distinct), stored: compare(stored, r.Quality, r.Distinct)}
	c.nearQuery, c.nearStored = far(len(c.query.kept)), far(len(c.stored.kept))
	c.query.counted(func(qat int, qf Feature) {
		c.stored.counted(func(sat int, sf Feature) {
			d := qf.Hash.Distance(sf.Hash)
			c.nearQuery[qat] = min(c.nearQuery[qat], d)
			c.nearStored[sat] = min(c.nearStored[sat], d)
		})
	})
	return c
}

// far are n distances of frames to which nothing was near yet.
func far(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = nothingNear
	}
	return out
}

const nothingNear = 257

// Nearest is the smallest distance of two frames, 257 where a film has none that
// is compared.
func (c *Comparison) Nearest() int {
	d := nothingNear
	for _, n := range c.nearQuery {
		d = min(d, n)
	}
	return d
}

// At is what the films have in common when frames up to a distance match.
func (c *Comparison) At(distance int) Overlap {
	o := Overlap{Distance: min(c.Nearest(), 256), QueryFrames: c.query.n, StoredFrames: c.stored.n, QuerySeconds: c.query.all.Seconds(), StoredSeconds: c.stored.all.Seconds()}
	if o.Distance > distance {
		o.Distance = 256
	}
	qm, sm := within(c.nearQuery, distance), within(c.nearStored, distance)
	o.QueryMatched, o.StoredMatched = qm.count(), sm.count()
	o.Query, o.Stored = c.query.segments(qm), c.stored.segments(sm)
	return o
}

func within(near []int, distance int) marks {
	m := newMarks(len(near))
	for i, d := range near {
		if d <= distance {
			m.set(i)
		}
	}
	return m
}

// Match compares two films, every frame with every frame, and reports whether
// they match by the rule. [Set] does the same for many films at once.
func Match(query, stored Video, r Rule) (Overlap, bool) {
	o := Compare(query, stored, r).At(r.Radius())
	return o, r.Accepts(o)
}

// Segments returns the parts of a film whose frames are matched, of those that
// are compared.
func (v Video) Segments(isCompared, isMatched func(Feature) bool) []Segment {
	c := compared{all: v}
	for i, f := range v {
		if isCompared(f) {
			c.first = append(c.first, len(c.kept))
			c.kept = append(c.kept, i)
		}
	}
	m := newMarks(len(c.kept))
	for at, i := range c.kept {
		if isMatched(v[i]) {
			m.set(at)
		}
	}
	return c.segments(m)
}
