package console

import (
	"fmt"
	"time"
)

// moment is a time as a page shows it.
type moment struct {
	Machine  string // for the datetime attribute
	Relative string // "3 minutes ago"
	Absolute string // with the zone
	By       string // behind "until": the time of day today, else the day as well
}

// moment makes a moment of microseconds since 1970 or of a time.
func (c *console) moment(s *speaker, v any) moment {
	var t time.Time
	switch v := v.(type) {
	case time.Time:
		t = v
	case int64:
		t = time.UnixMicro(v)
	}
	at := t.In(c.zone)
	m := moment{t.UTC().Format(time.RFC3339), s.relative(t, c.now()), s.absolute(at), s.absolute(at)}
	if s.day(at) == s.day(c.now().In(c.zone)) {
		m.By = s.clock(at) + " " + at.Format("MST")
	}
	return m
}

func (s *speaker) relative(t, now time.Time) string {
	d := now.Sub(t)
	set := "ago"
	if d < 0 {
		set, d = "in", -d
	}
	switch {
	case d < 45*time.Second:
		return s.t("time.now")
	case d < 90*time.Minute:
		return s.t("time."+set+"_minutes", "N", int((d+30*time.Second)/time.Minute))
	case d < 36*time.Hour:
		return s.t("time."+set+"_hours", "N", int((d+30*time.Minute)/time.Hour))
	case d < 60*24*time.Hour:
		return s.t("time."+set+"_days", "N", int((d+12*time.Hour)/(24*time.Hour)))
	}
	return s.t("time."+set+"_months", "N", int(d/(30*24*time.Hour)))
}

func (s *speaker) absolute(t time.Time) string {
	return s.day(t) + " " + s.clock(t) + " " + t.Format("MST")
}

// clock writes the time of day.
func (s *speaker) clock(t time.Time) string {
	return s.t("time.clock", "H", t.Format("15"), "M", t.Format("04"))
}

func (s *speaker) day(t time.Time) string {
	return fmt.Sprintf("%d %s %d", t.Day(), s.t(fmt.Sprintf("time.month_%d", int(t.Month()))), t.Year())
}

// duration writes how long something takes.
func (s *speaker) duration(d time.Duration) string {
	switch {
	case d < time.Second:
		return s.t("time.instant")
	case d < 90*time.Second:
		return s.t("time.seconds", "N", int((d+time.Second/2)/time.Second))
	case d < 90*time.Minute:
		return s.t("time.minutes", "N", int((d+30*time.Second)/time.Minute))
	}
	return s.t("time.hours", "N", int((d+30*time.Minute)/time.Hour))
}
