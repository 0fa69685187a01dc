package console

import (
	"fmt"
	"net/http"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/live"
)

// liveRoutes are the pages of live streams.
func (c *console) liveRoutes() []route {
	return []route{
		{"GET /live", auth.ReadFindings, c.liveList},
		{"GET /live/{watch}", auth.ReadFindings, c.liveWatch},
		{"POST /live/{watch}/stop", auth.CheckItems, c.liveStop},
	}
}

type livePage struct {
	page
	Running, Over []liveTile
}

// liveTile is one stream in the list.
type liveTile struct {
	live.Watch
	Lane *lane
}

// Finished is when the watch was over; it is.
func (t liveTile) Finished() time.Time {
	if t.EndedAt == nil {
		return t.StartedAt
	}
	return *t.EndedAt
}

// liveShown is how much time a tile shows, liveMost how much a page does.
const liveShown, liveMost = 10 * time.Minute, 3 * time.Hour

func (c *console) liveList(w http.ResponseWriter, r *http.Request) error {
	if c.Live == nil {
		return noStreams()
	}
	s := c.say(r)
	v := &livePage{page: c.page(r, "live", s.t("live.title"))}
	list, err := c.Live.List(r.Context(), live.Filter{Limit: 200})
	if err != nil {
		return err
	}
	for _, one := range list {
		t := liveTile{Watch: one}
		if one.State.Over() {
			v.Over = append(v.Over, t)
			continue
		}
		d, err := c.Live.Get(r.Context(), one.ID)
		if err != nil {
			return err
		}
		t.Lane = c.lane(d, liveShown)
		v.Running = append(v.Running, t)
	}
	return c.render(w, r, http.StatusOK, "live", v)
}

type liveWatchPage struct {
	page
	live.Detail
	Lane   *lane
	Shown  []live.Mark
	Hidden int // marks that are not shown
}

// Running reports whether the stream is watched.
func (v *liveWatchPage) Running() bool { return !v.State.Over() }

func (c *console) liveWatch(w http.ResponseWriter, r *http.Request) error {
	if c.Live == nil {
		return noStreams()
	}
	s := c.say(r)
	d, err := c.Live.Get(r.Context(), r.PathValue("watch"))
	if err != nil {
		return err
	}
	v := &liveWatchPage{page: c.page(r, "live", s.t("live.one")), Detail: d, Lane: c.lane(d, liveMost), Shown: d.Marks}
	const most = 200
	if n := len(d.Marks) - most; n > 0 {
		v.Shown, v.Hidden = d.Marks[n:], n
	}
	return c.render(w, r, http.StatusOK, "live_watch", v)
}

func (c *console) liveStop(w http.ResponseWriter, r *http.Request) error {
	if c.Live == nil {
		return noStreams()
	}
	id := r.PathValue("watch")
	if err := c.Live.Stop(r.Context(), actor(r), id); err != nil {
		return err
	}
	http.Redirect(w, r, "/live/"+id, http.StatusSeeOther)
	return nil
}

// noStreams answers where nothing watches streams.
func noStreams() error { return jaga.Errorf(jaga.CodeNotFound, "streams are not watched here") }

// lane is what happened in a stream over one axis of time: bars of chat, directing
// and gifts, stretches that match, and stretches that were not checked. Numbers are
// in the units of a drawing that is 1000 wide; each row is rowHeight high.
type lane struct {
	From, Until           time.Time
	Chat, Directing       []laneBar
	Gifts                 []laneBar
	Matches, Talks, Gaps  []laneBar
	MostChat, MostGifts   int
	SumChat, SumDirecting int
	SumGifts              int
	SumMatches            int
	SumGaps               int
}

type laneBar struct{ X, W, Y, H string }

const laneWidth, rowHeight = 1000.0, 30.0

// lane draws the last stretch of a watch.
func (c *console) lane(d live.Detail, span time.Duration) *lane {
	end := c.now()
	if d.EndedAt != nil {
		end = *d.EndedAt
	}
	from := d.StartedAt
	if len(d.Slots) > 0 && d.Slots[0].At.Before(from) { // the platform told of what was before
		from = d.Slots[0].At
	}
	if end.Sub(from) > span {
		from = end.Add(-span)
	}
	if end.Sub(from) < time.Minute {
		end = from.Add(time.Minute)
	}
	l := &lane{From: from, Until: end, MostChat: 1, MostGifts: 1}
	scale := laneWidth / float64(end.Sub(from))
	x := func(t time.Time) float64 { return min(max(float64(t.Sub(from))*scale, 0), laneWidth) }
	bar := func(a, b time.Time, part float64) laneBar {
		h := max(part*rowHeight, 2)
		return laneBar{fmt.Sprintf("%.1f", x(a)), fmt.Sprintf("%.1f", max(x(b)-x(a), 2)), fmt.Sprintf("%.1f", rowHeight-h), fmt.Sprintf("%.1f", h)}
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
			l.SumMatches++
		default:
			if m.Of == "" { // the picture; the table tells of the rest
				l.Gaps = append(l.Gaps, b)
			}
			l.SumGaps++
		}
	}
	return l
}
