package console

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga/internal/spread"
)

// spreadPart is how often the same material was met, over time: here, and as
// platforms tell. Every time is a new harm.
type spreadPart struct {
	plot
	N, Cases int64
	Lines    []spreadLine
	Told     *toldPart // nil where no platform told anything
}

// toldPart is what platforms told.
type toldPart struct {
	plot
	spread.Told
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

// spreadOf counts how often material was met: the entries of banks that a page
// shows, and what platforms told of them, of items, and under hashes. It is nil
// when there is nothing.
func (c *console) spreadOf(ctx context.Context, s *speaker, entries []entryRef, of spread.Of) (*spreadPart, error) {
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Entry
		id, err := strconv.ParseInt(e.Entry, 10, 64)
		if err != nil {
			return nil, err
		}
		of.Entries = append(of.Entries, id)
	}
	out := &spreadPart{}
	if len(names) > 0 {
		seen, all, err := c.Cases.Sightings(ctx, names)
		if err != nil {
			return nil, err
		}
		out.N, out.Cases = all.N, all.Cases
		days := map[int64]map[string]int64{}
		for i, x := range seen {
			out.Lines = append(out.Lines, spreadLine{entries[i], x.N, x.Cases, x.First, x.Last})
		}
		for _, d := range all.Days {
			days[d.Day] = map[string]int64{"met": d.N}
		}
		if out.N > 0 {
			out.plot = dayBars(s, "casefile_spread", []string{"met"}, days)
			out.ID, out.Title = "spread", s.t("casefile.spread_title", "N", out.N)
		}
	}
	var err error
	if out.Told, err = c.toldOf(ctx, s, of); err != nil || out.N == 0 && out.Told == nil {
		return nil, err
	}
	return out, nil
}

// toldOf draws what platforms told.
func (c *console) toldOf(ctx context.Context, s *speaker, of spread.Of) (*toldPart, error) {
	if c.Spread == nil {
		return nil, nil
	}
	told, err := c.Spread.Told(ctx, of)
	if err != nil || told.N == 0 {
		return nil, err
	}
	days := map[int64]map[string]int64{}
	for _, d := range told.Days {
		if days[d.Day] == nil {
			days[d.Day] = map[string]int64{}
		}
		days[d.Day][string(d.Kind)] += d.N
	}
	var order []string
	for _, k := range spread.Kinds() {
		order = append(order, string(k))
	}
	out := &toldPart{dayBars(s, "casefile_spread", order, days), told}
	out.ID, out.Title = "told", s.t("spread.title", "N", told.N)
	return out, nil
}

// dayBars draws counts by days since 1970, UTC, from the first to the last, with
// several days to a bar when there are many. set has the words for what was
// counted; order is how the parts of a bar lie on each other, from the ground up.
func dayBars(s *speaker, set string, order []string, days map[int64]map[string]int64) plot {
	first, last := int64(1)<<40, int64(0)
	for d := range days {
		first, last = min(first, d), max(last, d)
	}
	step := (last-first)/spreadBars + 1
	count := make([]map[string]int64, (last-first)/step+1)
	sums, totals := make([]int64, len(count)), map[string]int64{}
	for d, parts := range days {
		i := (d - first) / step
		if count[i] == nil {
			count[i] = map[string]int64{}
		}
		for key, n := range parts {
			count[i][key] += n
			sums[i] += n
			totals[key] += n
		}
	}
	day := func(d int64) string { return s.day(time.Unix(d*86400, 0).UTC()) }
	p := plot{Set: set, Max: niceMax(slices.Max(sums)), Zone: "UTC"}
	for _, key := range order {
		p.Totals = append(p.Totals, plotTotal{key, totals[key]})
	}
	width := 100 / float64(max(len(count), 8))
	for i, parts := range count {
		if sums[i] == 0 {
			continue
		}
		from := first + int64(i)*step
		name := day(from)
		if step > 1 {
			name = strings.Join([]string{name, day(min(last, from+step-1))}, " – ")
		}
		b := bar{X: percent(float64(i)*width + width*0.12), W: percent(width * 0.76), Tip: name}
		ground := plotTop + plotHeight
		for _, key := range order {
			n := parts[key]
			if n == 0 {
				continue
			}
			height := max(1.5, plotHeight*float64(n)/float64(p.Max))
			ground -= height
			b.Parts = append(b.Parts, barPart{key, pixels(ground), pixels(height)})
			b.Tip += " · " + s.word(set, key) + " " + s.n(n)
		}
		p.Bars = append(p.Bars, b)
		p.Rows = append(p.Rows, plotRow{name, parts, 0})
	}
	p.Axis = []tick{{"0%", "start", day(first)}}
	if len(count) >= 8 {
		p.Axis = append(p.Axis, tick{"100%", "end", day(last)})
	}
	return p
}
