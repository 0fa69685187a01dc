package console

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/look"
)

// myLookingPage is what the reader has seen. Nobody else gets this page.
type myLookingPage struct {
	page
	Exposure look.Exposure
	Gauges   []gauge
	Days     plot
	Break    string // when the next one is, or what goes on
	OptOuts  []string
	All      bool // opted out of everything
	Waiting  []look.Session
}

// gauge is how much of a budget is used.
type gauge struct {
	Name      string
	Used, All int64
	Unit      string // "minutes" or "files"
}

// Over keeps a meter inside its bounds.
func (g gauge) Over() int64 { return min(g.Used, max(g.All, 1)) }

// Most is the end of the meter.
func (g gauge) Most() int64 { return max(g.All, 1) }

func (c *console) myLooking(w http.ResponseWriter, r *http.Request) error {
	ctx, s := r.Context(), c.say(r)
	e, err := c.Look.Mine(ctx, actor(r), c.zone)
	if err != nil {
		return err
	}
	v := &myLookingPage{page: c.page(r, "look", s.t("look.me_title")), Exposure: e}
	l := e.Limits.All
	v.Gauges = []gauge{
		{s.t("look.shift"), up(e.ShiftSeconds), l.ShiftSeconds / 60, "minutes"}, {s.t("look.shift"), e.ShiftFiles, l.ShiftFiles, "files"},
		{s.t("look.week"), up(e.WeekSeconds), l.WeekSeconds / 60, "minutes"}, {s.t("look.week"), e.WeekFiles, l.WeekFiles, "files"},
	}
	at := func(micros int64) string { return s.clock(time.UnixMicro(micros).In(c.zone)) }
	switch {
	case e.Break.Until != 0:
		v.Break = s.t("look.break_on", "Time", at(e.Break.Until))
	case e.Break.Next != 0:
		v.Break = s.t("look.break_next", "Time", at(e.Break.Next), "N", e.Limits.BreakFor)
	default:
		v.Break = s.t("look.break_rule", "N", e.Limits.BreakAfter, "For", e.Limits.BreakFor)
	}
	if v.OptOuts, err = c.Look.OptOuts(ctx, actor(r)); err != nil {
		return err
	}
	if v.Waiting, err = c.consents(r); err != nil {
		return err
	}
	for _, class := range v.OptOuts {
		v.All = v.All || class == ""
	}
	v.Days = c.ownPlot(s, e.Days)
	return c.render(w, r, http.StatusOK, "look_me", v)
}

// up turns seconds into minutes that have begun.
func up(seconds int64) int64 { return (seconds + 59) / 60 }

// ownPlot draws the minutes of each day.
func (c *console) ownPlot(s *speaker, days []look.Day) plot {
	p := plot{ID: "own", Set: "looked"}
	var sum, most int64
	for _, d := range days {
		sum, most = sum+d.Seconds, max(most, up(d.Seconds))
	}
	p.Max = niceMax(most)
	step := 100 / float64(len(days))
	for i, d := range days {
		if d.Seconds == 0 {
			continue
		}
		name := d.Date
		if at, err := time.Parse(time.DateOnly, d.Date); err == nil {
			name = s.day(at)
		}
		p.addBar(i, step, name, up(d.Seconds), s)
	}
	p.Totals = []plotTotal{{"minutes", up(sum)}}
	p.Axis = []tick{{"0%", "start", s.t("plot.days_ago", "N", len(days)-1)}, {"100%", "end", s.t("plot.today")}}
	p.Title = s.t("look.me_plot_none")
	if sum > 0 {
		p.Title = s.t("look.me_plot", "N", up(sum), "Days", len(days))
	}
	p.Zone = c.now().In(c.zone).Format("MST")
	return p
}

func (p *plot) addBar(i int, step float64, name string, minutes int64, s *speaker) {
	height := max(1.5, plotHeight*float64(minutes)/float64(p.Max))
	p.Bars = append(p.Bars, bar{X: percent(float64(i)*step + step*0.12), W: percent(step * 0.76),
		Parts: []barPart{{"minutes", pixels(plotTop + plotHeight - height), pixels(height)}}, Tip: name + " · " + s.word("looked", "minutes") + " " + s.n(minutes)})
	p.Rows = append([]plotRow{{name, map[string]int64{"minutes": minutes}, 0}}, p.Rows...)
}

// optOut takes a choice of the reader; nobody asks why.
func (c *console) optOut(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	class := strings.TrimSpace(r.PostFormValue("class"))
	do := c.Look.OptOut
	if r.PostFormValue("do") == "in" {
		do = c.Look.OptIn
	}
	if err := do(r.Context(), actor(r), class); err != nil {
		return err
	}
	return seeOther(w, r, "/look/me")
}

// teamPage has the sums of closed weeks, and the limits.
type teamPage struct {
	page
	Weeks  plot
	Hidden int // weeks that are not shown
	All    int
	Shown  []look.Week
	Limits look.Limits
	Least  int
}

func (c *console) teamLooking(w http.ResponseWriter, r *http.Request) error {
	l, err := c.Look.Limits(r.Context())
	if err != nil {
		return err
	}
	return c.teamView(w, r, http.StatusOK, l, nil)
}

func (c *console) teamView(w http.ResponseWriter, r *http.Request, status int, l look.Limits, wrong *problem) error {
	s := c.say(r)
	weeks, err := c.Look.Team(r.Context())
	if err != nil {
		return err
	}
	v := &teamPage{page: c.page(r, "look", s.t("look.team_title")), Limits: l, All: len(weeks), Least: look.AggregateLeast}
	v.Problem = wrong
	if r.Method != http.MethodGet {
		v.Path = "/look/team"
	}
	if r.URL.Query().Get("done") == "limits" {
		v.Notice = &notice{true, s.t("look.limits_saved")}
	}
	var most int64
	for _, week := range weeks {
		if !week.Shown {
			v.Hidden++
			continue
		}
		most = max(most, week.Minutes)
		v.Shown = append([]look.Week{week}, v.Shown...)
	}
	p := plot{ID: "team", Set: "looked", Max: niceMax(most), Zone: "UTC", Title: s.t("look.team_plot_none")}
	var sum int64
	for i, week := range weeks {
		if !week.Shown || week.Minutes == 0 {
			continue
		}
		sum += week.Minutes
		at, err := time.Parse(time.DateOnly, week.Monday)
		if err != nil {
			return err
		}
		p.addBar(i, 100/float64(len(weeks)), s.day(at), week.Minutes, s)
	}
	if sum > 0 {
		p.Title = s.t("look.team_plot", "N", sum, "Weeks", len(v.Shown))
	}
	p.Totals = []plotTotal{{"minutes", sum}}
	p.Axis = []tick{{"0%", "start", s.t("look.weeks_ago", "N", len(weeks))}, {"100%", "end", s.t("look.last_week")}}
	v.Weeks = p
	return c.render(w, r, status, "look_team", v)
}

// setLimits puts new limits in force.
func (c *console) setLimits(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	l, err := c.Look.Limits(r.Context())
	if err != nil {
		return err
	}
	fields := map[string]*int64{"shift_minutes": &l.All.ShiftSeconds, "week_minutes": &l.All.WeekSeconds, "shift_files": &l.All.ShiftFiles, "week_files": &l.All.WeekFiles,
		"break_after": &l.BreakAfter, "break_for": &l.BreakFor}
	for name, to := range fields {
		n, err := strconv.ParseInt(strings.TrimSpace(r.PostFormValue(name)), 10, 32)
		if err != nil {
			n = -1
		}
		if strings.HasSuffix(name, "_minutes") {
			n *= 60
		}
		*to = n
	}
	l.Support = strings.TrimSpace(r.PostFormValue("support"))
	err = c.Look.SetLimits(r.Context(), actor(r), l)
	if e := asError(err); e != nil && e.Code == jaga.CodeInvalid {
		field := map[string]string{"shift_seconds": "shift_minutes", "week_seconds": "week_minutes"}[e.Field]
		if field == "" {
			field = e.Field
		}
		return c.teamView(w, r, http.StatusUnprocessableEntity, l, &problem{Field: field, Text: c.say(r).t("look.limit_wrong")})
	}
	if err != nil {
		return err
	}
	return seeOther(w, r, "/look/team?done=limits")
}
