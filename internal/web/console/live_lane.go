package console

import (
	"fmt"
	"slices"
	"time"

	"github.com/jaga-project/jaga/internal/live"
)

// lane is what happened in a stream over one axis of time: bars of chat, directing
// and gifts, stretches that match, and stretches that were not checked. Numbers are
// in the units of a drawing that is 1000 wide; each row is rowHeight high.
type lane struct {
	From, Until           liveTime
	Whole                 bool // it shows the watch from its start
	Minutes               int  // it shows, rounded up
	Chat, Directing       []laneBar
	Gifts                 []laneBar
	Matches, Talks, Gaps  []laneBar
	MostChat, MostGifts   int // in one slot, at least 1
	SumChat, SumDirecting int
	SumGifts              int
	SumMatches, SumTalks  int
	SumGaps               int
	Rows                  []laneRow // the same in figures
	Zone                  string
	// NoChat and NoGifts are set where the platform hands in none: nothing is known
	// of them, which is not the same as that there are none.
	NoChat, NoGifts bool
}

type laneBar struct{ X, W, Y, H string }

// laneRow is a stretch of the lane in figures.
type laneRow struct {
	At                     liveTime
	Chat, Directing, Gifts int
	Frames, Matches        int
	Unchecked              int // seconds
}

const laneWidth, rowHeight = 1000.0, 30.0

// liveTileShown is how much time a tile shows, liveMost how much a page does.
const liveTileShown, liveMost = 10 * time.Minute, 3 * time.Hour

// lane draws the last stretch of a watch.
func (c *console) lane(s *speaker, d live.Detail, span time.Duration) *lane {
	end := c.now()
	if d.EndedAt != nil {
		end = *d.EndedAt
	}
	from := d.StartedAt
	if len(d.Slots) > 0 && !d.Slots[0].At.Add(live.SlotLength).After(from) { // the platform told of what was before
		from = d.Slots[0].At
	}
	whole := end.Sub(from) <= span
	if !whole {
		from = end.Add(-span)
	}
	if end.Sub(from) < time.Minute {
		end = from.Add(time.Minute)
	}
	clock := c.liveClock(s, d.StartedAt)
	l := &lane{From: clock(from), Until: clock(end), Whole: whole, Minutes: int((end.Sub(from) + time.Minute - 1) / time.Minute), MostChat: 1, MostGifts: 1, Zone: end.In(c.zone).Format("MST")}
	l.NoChat, l.NoGifts = slices.Contains(d.Unchecked, "chat"), slices.Contains(d.Unchecked, "payments")
	scale := laneWidth / float64(end.Sub(from))
	x := func(t time.Time) float64 { return min(max(float64(t.Sub(from))*scale, 0), laneWidth) }
	bar := func(a, b time.Time, part float64) laneBar {
		h := max(part*rowHeight, 2)
		wide := max(x(b)-x(a), 2)
		return laneBar{fmt.Sprintf("%.1f", min(x(a), laneWidth-wide)), fmt.Sprintf("%.1f", wide), fmt.Sprintf("%.1f", rowHeight-h), fmt.Sprintf("%.1f", h)}
	}
	var slots []live.Slot
	for _, s := range d.Slots {
		if s.At.Add(live.SlotLength).After(from) {
			slots = append(slots, s)
			l.MostChat, l.MostGifts = max(l.MostChat, s.Chat), max(l.MostGifts, s.Gifts)
		}
	}
	for _, s := range slots {
		to := s.At.Add(live.SlotLength)
		if s.Chat > 0 {
			l.Chat = append(l.Chat, bar(s.At, to, float64(s.Chat)/float64(l.MostChat)))
		}
		if s.Directing > 0 {
			l.Directing = append(l.Directing, bar(s.At, to, min(float64(s.Directing)/float64(l.MostChat), 1)))
		}
		if s.Gifts > 0 {
			l.Gifts = append(l.Gifts, bar(s.At, to, float64(s.Gifts)/float64(l.MostGifts)))
		}
		l.SumChat, l.SumDirecting, l.SumGifts = l.SumChat+s.Chat, l.SumDirecting+s.Directing, l.SumGifts+s.Gifts
	}
	for _, m := range d.Marks {
		if m.Until.Before(from) {
			continue
		}
		switch b := bar(m.From, m.Until, 1); m.Kind {
		case live.MarkMatch:
			l.Matches = append(l.Matches, b)
			l.SumMatches++
		case live.MarkTalk:
			l.Talks = append(l.Talks, b)
			l.SumTalks++
		default:
			if m.Of == "" { // the picture; the table tells of the rest
				l.Gaps = append(l.Gaps, b)
			}
			l.SumGaps++
		}
	}
	l.figures(clock, from, end, slots, d.Marks)
	return l
}

// figures sums the lane up in rows, at most about forty of them.
func (l *lane) figures(clock func(any) liveTime, from, end time.Time, slots []live.Slot, marks []live.Mark) {
	every := time.Minute
	if end.Sub(from) > 40*time.Minute {
		every = 5 * time.Minute
	}
	first := from.UTC().Truncate(every)
	for at := first; at.Before(end); at = at.Add(every) {
		l.Rows = append(l.Rows, laneRow{At: clock(at)})
	}
	row := func(t time.Time) *laneRow {
		i := max(0, min(int(t.Sub(first)/every), len(l.Rows)-1))
		return &l.Rows[i]
	}
	for _, s := range slots {
		r := row(s.At)
		r.Chat, r.Directing, r.Gifts, r.Frames, r.Matches = r.Chat+s.Chat, r.Directing+s.Directing, r.Gifts+s.Gifts, r.Frames+s.Frames, r.Matches+s.Matches
	}
	unchecked := make([]time.Duration, len(l.Rows))
	for _, m := range marks {
		if m.Kind != live.MarkGap || m.Of != "" { // as above
			continue
		}
		for i := range unchecked {
			a, b := first.Add(time.Duration(i)*every), first.Add(time.Duration(i+1)*every)
			if m.From.After(a) {
				a = m.From
			}
			if m.Until.Before(b) {
				b = m.Until
			}
			unchecked[i] += max(0, b.Sub(a))
		}
	}
	for i, d := range unchecked {
		l.Rows[i].Unchecked = int((d + time.Second/2) / time.Second)
	}
}

// liveTime is a moment of a stream to the second: on the watch's own clock, and as
// the time of day.
type liveTime struct {
	Machine  string // for the datetime attribute
	Absolute string // with day and zone
	Day      string // when it is another day than that of the start
	Clock    string // the time of day
	Into     string // since the watch began, as 02:13 or 1:02:13; -00:10 is before
}

// liveClock returns how moments of a watch are written that began at a time.
func (c *console) liveClock(s *speaker, began time.Time) func(any) liveTime {
	return func(v any) liveTime {
		var t time.Time
		switch v := v.(type) {
		case time.Time:
			t = v
		case *time.Time:
			t = *v
		}
		at := t.In(c.zone)
		clock := s.t("live.clock", "H", at.Format("15"), "M", at.Format("04"), "S", at.Format("05"))
		out := liveTime{Machine: t.UTC().Format(time.RFC3339), Absolute: s.day(at) + " " + clock + " " + at.Format("MST"), Clock: clock, Into: into(t.Sub(began))}
		if day := s.day(at); day != s.day(began.In(c.zone)) {
			out.Day = day
		}
		return out
	}
}

// into writes a time since the start of a stream.
func into(d time.Duration) string {
	sign := ""
	if d <= -time.Second {
		sign, d = "−", -d
	}
	n := max(0, int(d/time.Second))
	if n < 3600 {
		return fmt.Sprintf("%s%02d:%02d", sign, n/60, n%60)
	}
	return fmt.Sprintf("%s%d:%02d:%02d", sign, n/3600, n/60%60, n%60)
}
