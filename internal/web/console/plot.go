package console

import (
	"strconv"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/intake"
)

// plot is a bar chart over time. Places along the time axis are percentages and
// heights are pixels, so that one drawing fits every width and its words keep
// their size. Colours and patterns come from the style sheet.
type plot struct {
	ID     string
	Title  string // what it shows, as a sentence
	Set    string // the words of the series: "state" or "band"
	Bars   []bar
	Max    int64
	Axis   []tick
	Totals []plotTotal
	Rows   []plotRow
	Late   int64
	Zone   string
}

// HasLate reports whether the plot is of things that can match later.
func (p plot) HasLate() bool { return p.Set == "state" }

type bar struct {
	X, W  string // per cent
	Parts []barPart
	Late  bool
	Tip   string
}

type barPart struct {
	Key  string
	Y, H string // pixels
}

type tick struct{ X, Anchor, Text string }

type plotTotal struct {
	Key string
	N   int64
}

type plotRow struct {
	When  string
	Count map[string]int64
	Late  int64
}

// plotHeight is the height of the tallest bar, plotTop the room above it.
const plotHeight, plotTop = 120.0, 14.0

// history is what happened in each hour since 1970.
type history struct {
	set   string   // the words of the series
	order []string // how the parts of a bar lie on each other, from the ground up
	hours map[int64]map[string]int64
	late  map[int64]int64
}

// itemHistory is that of items, by state.
func itemHistory(hours []intake.Hour, late map[int64]int64) history {
	h := history{"state", []string{string(jaga.StateFindings), string(jaga.StateNotChecked), string(jaga.StateClear)}, map[int64]map[string]int64{}, late}
	for _, hour := range hours {
		for state, n := range hour.Count {
			h.add(hour.Hour, string(state), n)
		}
	}
	return h
}

func (h *history) add(hour int64, key string, n int64) {
	if h.hours[hour] == nil {
		h.hours[hour] = map[string]int64{}
	}
	h.hours[hour][key] += n
}

// bucket is one bar's share of time.
type bucket struct {
	name  string
	count map[string]int64
	late  int64
}

func (c *console) hourPlot(s *speaker, h history, now time.Time) plot {
	last := now.Unix() / 3600
	buckets := make([]bucket, 48)
	for i := range buckets {
		hour := last - 47 + int64(i)
		at := time.Unix(hour*3600, 0).In(c.zone)
		buckets[i] = bucket{s.day(at) + " " + s.clock(at), h.hours[hour], h.late[hour]}
	}
	p := makePlot(s, "hours", h, buckets)
	p.Axis = []tick{{"0%", "start", s.t("plot.hours_ago", "N", 48)}, {"50%", "middle", s.t("plot.hours_ago", "N", 24)}, {"100%", "end", s.t("plot.now")}}
	p.Title = s.plotTitle("plot.hours_title", p)
	p.Zone = now.In(c.zone).Format("MST")
	return p
}

// plotDays is how many days the longer plots show.
const plotDays = 30

func (c *console) dayPlot(s *speaker, h history, now time.Time) plot {
	buckets := make([]bucket, plotDays)
	index := map[string]int{}
	today := now.In(c.zone)
	for i := range buckets {
		at := today.AddDate(0, 0, i-plotDays+1)
		index[at.Format(time.DateOnly)] = i
		buckets[i] = bucket{name: s.day(at), count: map[string]int64{}}
	}
	at := func(hour int64) (int, bool) {
		i, ok := index[time.Unix(hour*3600, 0).In(c.zone).Format(time.DateOnly)]
		return i, ok
	}
	for hour, count := range h.hours {
		if i, ok := at(hour); ok {
			for key, n := range count {
				buckets[i].count[key] += n
			}
		}
	}
	for hour, n := range h.late {
		if i, ok := at(hour); ok {
			buckets[i].late += n
		}
	}
	p := makePlot(s, "days", h, buckets)
	p.Axis = []tick{{"0%", "start", s.t("plot.days_ago", "N", 29)}, {"50%", "middle", s.t("plot.days_ago", "N", 15)}, {"100%", "end", s.t("plot.today")}}
	if h.set == "band" {
		p.Title = s.plotTitle("plot.talk_title", p)
	} else {
		p.Title = s.plotTitle("plot.days_title", p)
	}
	p.Zone = now.In(c.zone).Format("MST")
	return p
}

// plotTitle says the finding of the plot: how much there is of everything, and
// of what people look for.
func (s *speaker) plotTitle(key string, p plot) string {
	var all int64
	for _, t := range p.Totals {
		all += t.N
	}
	if all == 0 {
		return s.t(key + "_none")
	}
	lead := p.Totals[0] // it lies on the ground
	tail := s.t("plot.no_" + lead.Key)
	if lead.N > 0 {
		tail = s.t("plot."+lead.Key, "N", lead.N)
	}
	return s.t(key, "N", all) + " " + tail
}

func makePlot(s *speaker, id string, h history, buckets []bucket) plot {
	p := plot{ID: id, Set: h.set}
	totals := map[string]int64{}
	var most int64
	for _, b := range buckets {
		var sum int64
		for key, n := range b.count {
			sum += n
			totals[key] += n
		}
		most = max(most, sum)
		p.Late += b.late
	}
	p.Max = niceMax(most)
	for _, key := range h.order {
		p.Totals = append(p.Totals, plotTotal{key, totals[key]})
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
		for _, key := range h.order {
			n := b.count[key]
			if n <= 0 {
				continue
			}
			height := max(1.5, plotHeight*float64(n)/float64(p.Max)) // a single item is still seen
			ground -= height
			x.Parts = append(x.Parts, barPart{key, pixels(ground), pixels(height)})
			x.Tip += " · " + s.word(h.set, key) + " " + s.n(n)
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
