package console

import (
	"strconv"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/intake"
)

// plot is a bar chart of items over time. Places along the time axis are
// percentages and heights are pixels, so that one drawing fits every width and
// its words keep their size. Colours come from the style sheet.
type plot struct {
	ID     string
	Title  string // what it shows, as a sentence
	Bars   []bar
	Max    int64
	Axis   []tick
	Totals []plotTotal
	Rows   []plotRow
	Late   int64
	Zone   string
}

type bar struct {
	X, W  string // per cent
	Parts []barPart
	Late  bool
	Tip   string
}

type barPart struct {
	Class string
	Y, H  string // pixels
}

type tick struct{ X, Anchor, Text string }

type plotTotal struct {
	State jaga.State
	N     int64
}

type plotRow struct {
	When  string
	Count map[jaga.State]int64
	Late  int64
}

// plotHeight is the height of the tallest bar, plotTop the room above it.
const plotHeight, plotTop = 120.0, 14.0

// order is how the parts of a bar lie on each other, from the ground up.
var order = []jaga.State{jaga.StateFindings, jaga.StateNotChecked, jaga.StateClear}

// bucket is one bar's share of time.
type bucket struct {
	name  string
	count map[jaga.State]int64
	late  int64
}

func (c *console) hourPlot(s *speaker, hours []intake.Hour, late map[int64]int64, now time.Time) plot {
	last := now.Unix() / 3600
	buckets := make([]bucket, 48)
	for i := range buckets {
		h := last - 47 + int64(i)
		at := time.Unix(h*3600, 0).In(c.zone)
		buckets[i] = bucket{s.day(at) + " " + s.t("time.clock", "H", at.Format("15"), "M", at.Format("04")), map[jaga.State]int64{}, late[h]}
	}
	for _, h := range hours {
		if i := h.Hour - last + 47; i >= 0 && i < 48 {
			for st, n := range h.Count {
				buckets[i].count[st] += n
			}
		}
	}
	p := makePlot(s, "hours", buckets)
	p.Axis = []tick{{"0%", "start", s.t("plot.hours_ago", "N", 48)}, {"50%", "middle", s.t("plot.hours_ago", "N", 24)}, {"100%", "end", s.t("plot.now")}}
	p.Title = s.plotTitle("plot.hours_title", p)
	p.Zone = now.In(c.zone).Format("MST")
	return p
}

func (c *console) dayPlot(s *speaker, hours []intake.Hour, late map[int64]int64, now time.Time) plot {
	const days = 30
	buckets := make([]bucket, days)
	index := map[string]int{}
	today := now.In(c.zone)
	for i := range buckets {
		at := today.AddDate(0, 0, i-days+1)
		index[at.Format(time.DateOnly)] = i
		buckets[i] = bucket{name: s.day(at), count: map[jaga.State]int64{}}
	}
	at := func(hour int64) (int, bool) {
		i, ok := index[time.Unix(hour*3600, 0).In(c.zone).Format(time.DateOnly)]
		return i, ok
	}
	for _, h := range hours {
		if i, ok := at(h.Hour); ok {
			for st, n := range h.Count {
				buckets[i].count[st] += n
			}
		}
	}
	for h, n := range late {
		if i, ok := at(h); ok {
			buckets[i].late += n
		}
	}
	p := makePlot(s, "days", buckets)
	p.Axis = []tick{{"0%", "start", s.t("plot.days_ago", "N", 29)}, {"50%", "middle", s.t("plot.days_ago", "N", 15)}, {"100%", "end", s.t("plot.today")}}
	p.Title = s.plotTitle("plot.days_title", p)
	p.Zone = now.In(c.zone).Format("MST")
	return p
}

// plotTitle says the finding of the plot.
func (s *speaker) plotTitle(key string, p plot) string {
	var all, found int64
	for _, t := range p.Totals {
		all += t.N
		if t.State == jaga.StateFindings {
			found = t.N
		}
	}
	switch {
	case all == 0:
		return s.t(key + "_none")
	case found == 0:
		return s.t(key, "N", all) + " " + s.t("plot.no_findings")
	}
	return s.t(key, "N", all) + " " + s.t("plot.findings", "N", found)
}

func makePlot(s *speaker, id string, buckets []bucket) plot {
	p := plot{ID: id}
	totals := map[jaga.State]int64{}
	var most int64
	for _, b := range buckets {
		var sum int64
		for st, n := range b.count {
			sum += n
			totals[st] += n
		}
		most = max(most, sum)
		p.Late += b.late
	}
	p.Max = niceMax(most)
	for _, st := range order {
		p.Totals = append(p.Totals, plotTotal{st, totals[st]})
	}
	step := 100 / float64(len(buckets))
	for i, b := range buckets {
		var sum int64
		for _, n := range b.count {
			sum += n
		}
		if sum == 0 && b.late == 0 {
			continue
		}
		x := bar{X: percent(float64(i)*step + step*0.12), W: percent(step * 0.76), Late: b.late > 0, Tip: b.name}
		ground := plotTop + plotHeight
		for _, st := range order {
			n := b.count[st]
			if n <= 0 {
				continue
			}
			h := max(1.5, plotHeight*float64(n)/float64(p.Max)) // a single item is still seen
			ground -= h
			x.Parts = append(x.Parts, barPart{"bar-" + string(st), pixels(ground), pixels(h)})
			x.Tip += " · " + s.word("state", st) + " " + s.n(n)
		}
		if b.late > 0 {
			x.Tip += " · " + s.t("plot.late", "N", b.late)
		}
		p.Bars = append(p.Bars, x)
		p.Rows = append([]plotRow{{b.name, b.count, b.late}}, p.Rows...)
	}
	return p
}

// niceMax rounds up to 1, 2 or 5 times a power of ten, so that the number at
// the top of the axis is one that people read at a glance.
func niceMax(n int64) int64 {
	for unit := int64(1); ; unit *= 10 {
		for _, k := range []int64{1, 2, 5} {
			if n <= k*unit {
				return k * unit
			}
		}
	}
}

func percent(v float64) string { return strconv.FormatFloat(v, 'f', 3, 64) + "%" }
func pixels(v float64) string  { return strconv.FormatFloat(v, 'f', 1, 64) }
