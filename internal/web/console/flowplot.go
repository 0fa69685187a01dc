package console

import (
	"time"

	"github.com/jaga-project/jaga/internal/casework"
)

// flow is a plot of what came in and what was decided, side by side, over days
// or weeks. A number that is too small to be told is drawn as a gap with a mark.
type flow struct {
	ID, Title string
	Max       int64
	Bars      []flowBar
	Axis      []tick
	Unit      string // the word over the first column
	Rows      []flowRow
	In, Out   int64 // of what is told
	Hidden    bool  // some numbers are not, so that the sums are larger
}

type flowBar struct {
	Key, X, W, Y, H, Tip string
}

type flowRow struct {
	When    string
	Day     string // as machines write it
	In, Out int64  // casework.Suppressed where it is not told
}

// flowFew is the height of the mark of a number that is not told, in pixels.
const flowFew = 6.0

// makeFlow draws rows, the oldest first.
func makeFlow(s *speaker, id string, rows []flowRow) flow {
	f := flow{ID: id, Rows: make([]flowRow, 0, len(rows))}
	var most int64
	for _, r := range rows {
		most = max(most, r.In, r.Out)
		f.In += max(0, r.In)
		f.Out += max(0, r.Out)
		f.Hidden = f.Hidden || r.In == casework.Suppressed || r.Out == casework.Suppressed
	}
	f.Max = niceMax(most)
	step := 100 / float64(max(1, len(rows)))
	for i, r := range rows {
		for j, part := range []struct {
			key string
			n   int64
		}{{"new", r.In}, {"decided", r.Out}} {
			height, key := plotHeight*float64(part.n)/float64(f.Max), part.key
			text := s.n(part.n)
			switch {
			case part.n == casework.Suppressed:
				height, key, text = flowFew, "few", s.t("statistics.few")
			case part.n == 0:
				continue
			}
			height = max(1.5, height)
			f.Bars = append(f.Bars, flowBar{key, percent(float64(i)*step + step*(0.08+0.42*float64(j))), percent(step * 0.4), pixels(plotTop + plotHeight - height), pixels(height),
				r.When + " · " + s.word("cases_flow", part.key) + " " + text})
		}
		if r.In != 0 || r.Out != 0 {
			f.Rows = append([]flowRow{r}, f.Rows...)
		}
	}
	return f
}

// flowDays counts hours into days, the oldest first, up to today.
func (c *console) flowDays(s *speaker, hours []casework.Hour, days int, now time.Time) []flowRow {
	rows, index := make([]flowRow, days), map[string]int{}
	today := now.In(c.zone)
	for i := range rows {
		at := today.AddDate(0, 0, i-days+1)
		rows[i] = flowRow{When: s.day(at), Day: at.Format(time.DateOnly)}
		index[rows[i].Day] = i
	}
	for _, h := range hours {
		i, ok := index[time.Unix(h.Hour*3600, 0).In(c.zone).Format(time.DateOnly)]
		switch {
		case !ok:
		case h.What == casework.StateNew:
			rows[i].In += h.N
		case h.What == casework.StateDecided:
			rows[i].Out += h.N
		}
	}
	return rows
}
