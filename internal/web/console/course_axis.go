package console

import (
	"slices"
	"time"
)

// courseAxis lays time out from left to right, in per cent. Long times without
// anything are cut out, so that an hour of messages and the days of work on them
// can both be read; each cut is drawn and says how long it is.
type courseAxis struct {
	parts []axisPart
	cuts  []axisCut
}

// axisPart is a stretch of time that is drawn to scale.
type axisPart struct {
	from, to int64   // microseconds
	x, w     float64 // per cent
	bins     int
}

// axisCut is a stretch that is left out.
type axisCut struct {
	X, W string
	Tip  string
	gap  int64 // microseconds
}

const (
	// courseBins is how many marks a lane has at most, with all parts together;
	// as many fit beside each other at 360 pixels.
	courseBins = 32
	// mostCuts bounds the cuts, and cutWidth is the width of one in per cent.
	mostCuts = 6
	cutWidth = 3.0
	// leastPart is the width of a part in which everything happens at once.
	leastPart = 6.0
)

// layTime makes an axis for times, in microseconds and any order; there is at
// least one. Only what is as long as the timeline says, too, is cut out, and only
// while it takes a large part of what is drawn.
func layTime(s *speaker, times []int64) courseAxis {
	slices.Sort(times)
	times = slices.Compact(times)
	gaps := make([]int, 0, len(times)) // the number of the time behind each
	for i := 1; i < len(times); i++ {
		gaps = append(gaps, i)
	}
	length := func(i int) int64 { return times[i] - times[i-1] }
	slices.SortStableFunc(gaps, func(a, b int) int { return int(min(1, max(-1, length(b)-length(a)))) })
	rest := times[len(times)-1] - times[0]
	cut := map[int]bool{}
	for _, i := range gaps {
		if len(cut) == mostCuts || length(i) < storyGap.Microseconds() || length(i) <= rest/6 {
			break
		}
		cut[i] = true
		rest -= length(i)
	}
	var a courseAxis
	from := times[0]
	for i := 1; i <= len(times); i++ {
		if i < len(times) && !cut[i] {
			continue
		}
		a.parts = append(a.parts, axisPart{from: from, to: times[i-1]})
		if i < len(times) {
			from = times[i]
		}
	}
	free := 100 - cutWidth*float64(len(cut)) - leastPart*float64(len(a.parts))
	x := 0.0
	for i := range a.parts {
		p := &a.parts[i]
		p.x, p.w = x, leastPart
		if rest > 0 {
			p.w += free * float64(p.to-p.from) / float64(rest)
		} else {
			p.w += free / float64(len(a.parts))
		}
		p.bins = max(1, int(p.w*courseBins/100+0.5))
		if p.to == p.from {
			p.bins = 1
		}
		x += p.w
		if i+1 < len(a.parts) {
			gap := a.parts[i+1].from - p.to
			a.cuts = append(a.cuts, axisCut{percent(x), percent(cutWidth), s.t("course.cut", "Time", s.span(time.Duration(gap)*time.Microsecond)), gap})
			x += cutWidth
		}
	}
	return a
}

// bin says into which mark a time falls, counted over all parts.
func (a courseAxis) bin(at int64) (n int) {
	for i, p := range a.parts {
		if at <= p.to || i == len(a.parts)-1 {
			if p.to > p.from && at > p.from {
				n += min(p.bins-1, int(float64(at-p.from)/float64(p.to-p.from)*float64(p.bins)))
			}
			return n
		}
		n += p.bins
	}
	return n
}

// place is the middle of a mark, and its width, in per cent.
func (a courseAxis) place(bin int) (x, w float64) {
	for _, p := range a.parts {
		if bin < p.bins {
			w = p.w / float64(p.bins)
			return p.x + (float64(bin)+0.5)*w, w
		}
		bin -= p.bins
	}
	return 100, 0
}

// at is the place of a time itself.
func (a courseAxis) at(t int64) float64 {
	for i, p := range a.parts {
		switch {
		case t < p.from:
			return p.x
		case t <= p.to && p.to > p.from:
			return p.x + p.w*float64(t-p.from)/float64(p.to-p.from)
		case t <= p.to || i == len(a.parts)-1:
			return p.x + p.w
		}
	}
	return 100
}
