package console

import (
	"context"
	"strings"
	"time"
)

// spread is how often the same material was met, over time.
type spread struct {
	plot
	N, Cases int64
	Lines    []spreadLine
}

// spreadLine is one entry of a bank.
type spreadLine struct {
	entryRef
	N, Cases    int64
	First, Last int64
}

const (
	// mostSpread is how many entries a page follows.
	mostSpread = 12
	// spreadBars is how many bars a plot of the spread has at most.
	spreadBars = 60
)

// spreadOf counts how often the entries that a page shows were met here, each
// time being a new harm; nil when there are none.
func (c *console) spreadOf(ctx context.Context, s *speaker, entries []entryRef) (*spread, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Entry
	}
	seen, all, err := c.Cases.Sightings(ctx, names)
	if err != nil {
		return nil, err
	}
	out := &spread{N: all.N, Cases: all.Cases}
	days := map[int64]int64{}
	for i, x := range seen {
		out.Lines = append(out.Lines, spreadLine{entries[i], x.N, x.Cases, x.First, x.Last})
	}
	for _, d := range all.Days {
		days[d.Day] += d.N
	}
	if out.N == 0 {
		return nil, nil
	}
	out.plot = dayBars(s, "casefile_spread", days)
	out.ID, out.Title = "spread", s.t("casefile.spread_title", "N", out.N)
	return out, nil
}

// dayBars draws counts by days since 1970, UTC, from the first to the last, with
// several days to a bar when there are many. set has the word for what was met.
func dayBars(s *speaker, set string, days map[int64]int64) plot {
	first, last := int64(1)<<40, int64(0)
	var sum int64
	for d, n := range days {
		first, last, sum = min(first, d), max(last, d), sum+n
	}
	step := (last-first)/spreadBars + 1
	count := make([]int64, (last-first)/step+1)
	var most int64
	for d, n := range days {
		i := (d - first) / step
		count[i] += n
		most = max(most, count[i])
	}
	day := func(d int64) string { return s.day(time.Unix(d*86400, 0).UTC()) }
	p := plot{Set: set, Max: niceMax(most), Zone: "UTC", Totals: []plotTotal{{"met", sum}}}
	width := 100 / float64(max(len(count), 8))
	for i, n := range count {
		if n == 0 {
			continue
		}
		from := first + int64(i)*step
		name := day(from)
		if step > 1 {
			name = strings.Join([]string{name, day(min(last, from+step-1))}, " – ")
		}
		height := max(1.5, plotHeight*float64(n)/float64(p.Max))
		p.Bars = append(p.Bars, bar{X: percent(float64(i)*width + width*0.12), W: percent(width * 0.76), Parts: []barPart{{"met", pixels(plotTop + plotHeight - height), pixels(height)}},
			Tip: name + " · " + s.word(set, "met") + " " + s.n(n)})
		p.Rows = append(p.Rows, plotRow{name, map[string]int64{"met": n}, 0})
	}
	p.Axis = []tick{{"0%", "start", day(first)}}
	if len(count) >= 8 {
		p.Axis = append(p.Axis, tick{"100%", "end", day(last)})
	}
	return p
}
