package console

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/intake"
)

// course is a plot of all that happened in a case: a lane for each kind of
// thing, over one axis of time. The table beneath has the same marks in words.
type course struct {
	Title  string
	Lanes  []courseLane
	Cuts   []axisCut
	Axis   []tick
	Bands  []jaga.Band // that are in it
	Gaps   bool        // something is hatched
	Rows   []courseRow
	Zone   string
	Height int
	Bottom int // of the lanes, below the top of the cuts
}

// courseLane is one kind of thing.
type courseLane struct {
	Key, Label string
	Empty      string // what it means that there is nothing
	Top        int    // of the drawing, in pixels
	Marks      []courseMark
	Hatch      []courseHatch
}

// courseMark is what happened within a short time.
type courseMark struct {
	X, BarX, BarW string // per cent
	BarY, BarH    string // pixels; no height where it is one thing
	Band          jaga.Band
	Unknown       bool // something was not checked
	Machine       bool // no person did it
	Tip           string
}

// Y are places of a lane in pixels.
func (l courseLane) Y(off int) int { return l.Top + off }

// courseHatch is a stretch of time of which the page does not know.
type courseHatch struct{ X, W, Tip string }

// courseRow is a mark in words.
type courseRow struct {
	at, last int64
	When     string
	Lane     string
	HasBand  bool
	Band     jaga.Band
	What     string
	Who      string
	Link     string
}

// courseEvent is something that happened, or several things of a kind.
type courseEvent struct {
	lane     string
	at, last int64
	n        int64
	band     jaga.Band
	what     string // one thing in words
	who      string
	machine  bool
	link     string
}

// courseLanes lists the lanes from above.
func courseLanes() []string {
	return []string{"messages", "payments", "media", "told", "unchecked", "viewed", "work", "decided", "actions"}
}

// finding reports whether it has a band.
func (e courseEvent) finding() bool {
	return e.lane == "messages" || e.lane == "media" || e.lane == "told"
}

const (
	laneHeight = 36
	// amountMost is the height of the bar behind the mark with the most of a lane.
	amountMost = 20.0
)

// caseCourse draws what happened. The reader sees no more of it than elsewhere
// on the page: acts are those of the timeline.
func (c *console) caseCourse(r *http.Request, v *casePage, acts []casework.Logged, fold blindfold, names func(string) string, g *gathering, pages coursePages) error {
	ctx, s := r.Context(), g.s
	slots, err := c.Cases.Course(ctx, v.Case.ID)
	if err != nil {
		return err
	}
	var all []courseEvent
	for _, x := range slots {
		who := x.Account
		if x.Accounts {
			who = s.t("course.several_accounts")
		}
		all = append(all, courseEvent{lane: courseLaneOf(x.Kind), at: x.First, last: x.Last, n: x.N, band: x.Band, what: s.word("casefile_kind", x.Kind), who: who, machine: true, link: pages.link(v.Case.ID, x.Finding)})
	}
	v.Course = &course{Zone: c.now().In(c.zone).Format("MST")}
	var decided int64
	for _, a := range acts {
		e := courseEvent{lane: "work", at: a.At, last: a.At, n: 1, who: names(a.Actor), machine: !strings.HasPrefix(a.Actor, "person:"), link: "#e" + strconv.FormatInt(a.ID, 10)}
		e.what = s.word("casefile_act", a.Kind)
		switch a.Kind {
		case casework.DecidedOn:
			decided++
			e.lane = "decided"
		case casework.Undone, casework.Reporting, casework.ReportFailed, casework.Reported, casework.NoReportOwed:
			e.lane = "decided"
		case casework.Noted:
			e.link = "#n" + strconv.FormatInt(a.Data.Note, 10)
		}
		if !pages.shows(a.At) {
			e.link = ""
		}
		all = append(all, e)
	}
	done, err := c.actionsOf(r, v.Case.ID, v.Parts)
	if err != nil {
		return err
	}
	for _, a := range done {
		if a.Kind != action.KindUndo && !fold.hides(a.Who) {
			all = append(all, courseEvent{lane: "actions", at: a.At, last: a.At, n: 1, what: s.actName(string(a.Kind)), who: doneBy(s, a, names), machine: a.Automatic || !strings.HasPrefix(a.Who, "person:"), link: "#done"})
		}
	}
	views, err := c.Look.Moments(ctx, append([]int64{v.Case.ID}, v.Parts...))
	if err != nil {
		return err
	}
	for _, at := range views {
		all = append(all, courseEvent{lane: "viewed", at: at, last: at, n: 1, what: s.t("course.one_view"), who: s.t("course.somebody"), link: "#files"})
	}
	all = append(all, g.course...)
	v.Course.draw(c, s, all, g.paid, pages, fold.on)
	v.Course.Title = courseTitle(s, v.Overview, v.All, decided, fold.on)
	return nil
}

func courseLaneOf(k casework.Kind) string {
	switch k {
	case casework.KindConversation:
		return "messages"
	case casework.KindText, casework.KindUser, casework.KindHotline:
		return "told"
	}
	return "media"
}

// courseTitle says what the plot shows.
func courseTitle(s *speaker, o casework.Overview, n, decided int64, blind bool) string {
	title := s.t("course.title_one")
	if n != 1 {
		title = s.t("course.title", "N", n, "Time", s.span(time.Duration(o.Last-o.First)*time.Microsecond))
	}
	switch {
	case blind:
	case decided == 0:
		title += " " + s.t("course.undecided")
	default:
		title += " " + s.t("course.decided", "N", decided)
	}
	return title
}

// coursePages says which findings the page of the timeline has: what is told of
// them alone is not known of the others.
type coursePages struct {
	ids         []int64
	from, until int64 // the acts of the page are from from on and before until
	others      bool  // there are findings on other pages
}

func (p coursePages) link(id, finding int64) string {
	if slices.Contains(p.ids, finding) {
		return "#f" + strconv.FormatInt(finding, 10)
	}
	return casePath(id) + "?after=" + strconv.FormatInt(finding-1, 10) + "#f" + strconv.FormatInt(finding, 10)
}

func (p coursePages) shows(at int64) bool { return at >= p.from && at < p.until }

// draw places everything.
func (v *course) draw(c *console, s *speaker, all []courseEvent, paid paidState, pages coursePages, blind bool) {
	if len(all) == 0 {
		return
	}
	var times []int64
	for _, e := range all {
		times = append(times, e.at, e.last)
	}
	axis := layTime(s, times)
	v.Cuts = axis.cuts
	for _, key := range courseLanes() {
		var in []courseEvent
		for _, e := range all {
			if e.lane == key {
				in = append(in, e)
			}
		}
		l := courseLane{Key: key, Label: s.word("course_lane", key), Top: len(v.Lanes) * laneHeight}
		// Of what the findings say by themselves the page knows for its own alone.
		others := pages.others && (key == "unchecked" || key == "payments")
		if others {
			if len(in) > 0 {
				l.Label += " · " + s.t("course.this_page")
			}
			l.Hatch = []courseHatch{{"0%", "100%", s.t("course.other_page")}}
		}
		if len(in) == 0 {
			l.Empty = s.word("course_none", key)
			switch {
			case blind && (key == "work" || key == "decided" || key == "actions"):
				l.Empty = s.t("course.blind")
			case others:
				l.Empty = s.t("course.none_here")
			case key == "payments" && paid.looked && !paid.lacked:
				l.Empty = s.t("course.none_paid")
			case key == "payments" || key == "messages" || key == "media":
				l.Hatch = []courseHatch{{"0%", "100%", l.Empty}}
			}
		}
		l.Marks = v.marks(c, s, axis, l, in)
		v.Gaps = v.Gaps || len(l.Hatch) > 0
		v.Lanes = append(v.Lanes, l)
	}
	v.Height, v.Bottom = len(v.Lanes)*laneHeight+22, len(v.Lanes)*laneHeight-17
	slices.SortStableFunc(v.Rows, func(a, b courseRow) int { return cmp.Compare(a.at, b.at) })
	slices.SortFunc(v.Bands, func(a, b jaga.Band) int { return int(b) - int(a) })
	first, last := axis.parts[0].from, axis.parts[len(axis.parts)-1].to
	from, to := time.UnixMicro(first).In(c.zone), time.UnixMicro(last).In(c.zone)
	switch {
	case first == last:
		v.Axis = []tick{{"0%", "start", s.day(from) + " " + s.clock(from)}}
	case s.day(from) == s.day(to):
		v.Axis = []tick{{"0%", "start", s.day(from) + " " + s.clock(from)}, {"100%", "end", s.clock(to)}}
	default:
		v.Axis = []tick{{"0%", "start", s.day(from)}, {"100%", "end", s.day(to)}}
	}
}

// marks puts what happened in a lane together by place, and adds the rows.
func (v *course) marks(c *console, s *speaker, axis courseAxis, l courseLane, in []courseEvent) (out []courseMark) {
	bins := map[int][]courseEvent{}
	var most int64
	for _, e := range in {
		b := axis.bin(e.at)
		bins[b] = append(bins[b], e)
	}
	sum := func(list []courseEvent) (n int64) {
		for _, e := range list {
			n += e.n
		}
		return n
	}
	var order []int
	for b, list := range bins {
		order = append(order, b)
		most = max(most, sum(list))
	}
	slices.Sort(order)
	for _, b := range order {
		row, machine := courseRowOf(c, s, bins[b])
		row.Lane = l.Label
		n := sum(bins[b])
		x, w := axis.place(b)
		m := courseMark{X: percent(x), Band: row.Band, Unknown: l.Key == "unchecked", Machine: machine}
		if n > 1 {
			height := max(4, amountMost*float64(n)/float64(most))
			m.BarX, m.BarW, m.BarY, m.BarH = percent(x-w*0.36), percent(w*0.72), pixels(float64(l.Top+laneHeight-3)-height), pixels(height)
		}
		m.Tip = row.When + " · " + row.What
		if row.HasBand {
			m.Tip += " · " + s.word("band", row.Band)
			if !slices.Contains(v.Bands, row.Band) {
				v.Bands = append(v.Bands, row.Band)
			}
		}
		if row.Who != "" {
			m.Tip += " · " + row.Who
		}
		out = append(out, m)
		v.Rows = append(v.Rows, row)
	}
	return out
}

// mostWho is how many people one row names.
const mostWho = 3

// courseRowOf says in words what a mark stands for.
func courseRowOf(c *console, s *speaker, list []courseEvent) (row courseRow, machine bool) {
	slices.SortStableFunc(list, func(a, b courseEvent) int { return cmp.Compare(a.at, b.at) })
	row, machine = courseRow{at: list[0].at, last: list[0].last, Link: list[0].link}, true
	var n int64
	var who, what []string
	for _, e := range list {
		n += e.n
		row.last = max(row.last, e.last)
		if e.finding() && e.band > row.Band {
			row.Band, row.HasBand, row.Link = e.band, true, e.link
		}
		if e.who != "" && !slices.Contains(who, e.who) {
			who = append(who, e.who)
		}
		if !slices.Contains(what, e.what) {
			what = append(what, e.what)
		}
		machine = machine && e.machine
	}
	from, to := time.UnixMicro(row.at).In(c.zone), time.UnixMicro(row.last).In(c.zone)
	row.When = s.day(from) + " " + s.clock(from)
	switch {
	case s.day(from) != s.day(to):
		row.When += " – " + s.day(to) + " " + s.clock(to)
	case s.clock(from) != s.clock(to):
		row.When += " – " + s.clock(to)
	}
	if len(what) > mostWho {
		what = append(what[:mostWho], "…")
	}
	row.What = strings.Join(what, ", ")
	if n > 1 {
		row.What = s.n(n) + " × " + row.What
		if len(what) > 1 {
			row.What = s.t("course.several", "N", n, "What", strings.Join(what, ", "))
		}
	}
	if len(who) > mostWho {
		row.Who = s.t("course.and_others", "Who", strings.Join(who[:mostWho], ", "), "N", len(who)-mostWho)
	} else {
		row.Who = strings.Join(who, ", ")
	}
	return row, machine
}

// paidState is what the findings of a page say about payments.
type paidState struct {
	looked bool // for at least one of them they were looked at
	lacked bool // for at least one of them none came in
}

// courseOf notes what a finding of a conversation adds: that payments or gifts
// are among its reasons, and that something could not be looked for.
func (g *gathering) courseOf(anchor string, at int64, f convo.Finding) {
	for _, e := range indicator.All() {
		if e.Needs.Has(indicator.NeedsPayment) && slices.Contains(e.Forms, string(f.Form)) {
			lacks := slices.ContainsFunc(f.NotChecked, func(x convo.NotChecked) bool { return x.Indicator == e.ID })
			g.paid.lacked, g.paid.looked = g.paid.lacked || lacks, g.paid.looked || !lacks
		}
	}
	for _, r := range f.Because {
		if e, ok := indicator.Get(r.Indicator); ok && e.Needs.Has(indicator.NeedsPayment) {
			g.course = append(g.course, courseEvent{lane: "payments", at: at, last: at, n: int64(max(1, r.Count)), what: e.Name.In(g.s.tag), who: f.From, machine: true, link: "#" + anchor})
		}
	}
	if n := countLacking(f.NotChecked); n > 0 {
		g.uncheckedAt(anchor, at, g.s.t("talk.lacking", "N", n))
	}
}

func countLacking(list []convo.NotChecked) (n int) {
	for _, x := range list {
		if x.Indicator != "" {
			n++
		}
	}
	return n
}

func (g *gathering) uncheckedAt(anchor string, at int64, what string) {
	g.course = append(g.course, courseEvent{lane: "unchecked", at: at, last: at, n: 1, what: what, machine: true, link: "#" + anchor})
}

// courseItem notes what was not looked for in a file although it was asked for.
func (g *gathering) courseItem(anchor string, at int64, rec intake.Record) {
	for _, k := range rec.Outcome.Skipped {
		if !k.Optional {
			g.uncheckedAt(anchor, at, g.s.detector(k.Detector)+": "+g.s.skip(k))
		}
	}
}
