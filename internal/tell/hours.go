package tell

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // hours are those of the team's place, on machines without a list of time zones too

	"github.com/jaga-project/jaga"
)

// Hours are when the team reads, in the time of its place. The zero value is
// never.
type Hours struct {
	zone   *time.Location
	week   [7][]span // by weekday, Sunday is 0; in order, without overlap
	closed map[string]bool
}

// span is a part of a day, in minutes since midnight.
type span struct{ from, to int }

// Period is a stretch of opening time.
type Period struct{ From, To time.Time }

// farthest is how many days ahead a next opening is looked for: a team that is
// closed for longer has switched this off.
const farthest = 370

var hoursForm = regexp.MustCompile(`^([a-z]{3}|daily)(?:-([a-z]{3}))? (\d\d):(\d\d)-(\d\d):(\d\d)$`)

func dayNames() []string { return []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} }

// ParseHours reads opening hours such as "mon-fri 09:00-17:00" and "daily
// 18:00-24:00", the IANA name of their time zone, and days such as "2026-12-25"
// on which nobody reads. Hours over midnight are two: until 24:00, and from
// 00:00 of the next day. The error names the setting at fault.
func ParseHours(zone string, hours, closedDays []string) (Hours, error) {
	bad := func(field, format string, args ...any) (Hours, error) {
		e := jaga.Errorf(jaga.CodeInvalid, format, args...)
		e.Field = field
		return Hours{}, e
	}
	h := Hours{closed: map[string]bool{}}
	var err error
	if h.zone, err = time.LoadLocation(zone); err != nil || zone == "" || zone == "Local" {
		return bad("zone", "%q is no time zone such as Asia/Jakarta", zone)
	}
	for _, line := range hours {
		m := hoursForm.FindStringSubmatch(strings.Join(strings.Fields(strings.ReplaceAll(line, "–", "-")), " "))
		if m == nil {
			return bad("hours", "%q is not like mon-fri 09:00-17:00", line)
		}
		first, last := slices.Index(dayNames(), m[1]), slices.Index(dayNames(), m[2])
		switch {
		case m[1] == "daily" && m[2] == "":
			first, last = 0, 6
		case m[2] == "":
			last = first
		}
		if first < 0 || last < 0 {
			return bad("hours", "%q names no day such as mon", line)
		}
		n := make([]int, 4)
		for i := range n {
			n[i], _ = strconv.Atoi(m[i+3]) // two digits
		}
		s := span{n[0]*60 + n[1], n[2]*60 + n[3]}
		if n[1] > 59 || n[3] > 59 || s.to > 24*60 || s.from >= s.to {
			return bad("hours", "%q: hours begin before they end, and end at 24:00 at the latest; write hours over midnight as two", line)
		}
		for d := first; ; d = (d + 1) % 7 {
			if slices.ContainsFunc(h.week[d], func(o span) bool { return s.from < o.to && o.from < s.to }) {
				return bad("hours", "%q overlaps with other hours of the same day", line)
			}
			h.week[d] = append(h.week[d], s)
			if d == last {
				break
			}
		}
	}
	for d := range h.week {
		slices.SortFunc(h.week[d], func(a, b span) int { return a.from - b.from })
	}
	for _, day := range closedDays {
		if _, err := time.Parse(time.DateOnly, day); err != nil {
			return bad("closed_days", "%q is no day such as 2026-12-25", day)
		}
		h.closed[day] = true
	}
	return h, nil
}

// Never reports whether there are no hours at all.
func (h Hours) Never() bool {
	for _, d := range h.week {
		if len(d) > 0 {
			return false
		}
	}
	return true
}

// Zone is the time zone of the hours.
func (h Hours) Zone() *time.Location {
	if h.zone == nil {
		return time.UTC
	}
	return h.zone
}

// from calls yield for the periods that end after at, in order, until it
// returns false. Periods that touch, as at midnight, are one.
func (h Hours) from(at time.Time, yield func(Period) bool) {
	if h.Never() {
		return
	}
	var open Period
	day := at.In(h.zone)
	for i := -1; i <= farthest; i++ { // from yesterday: its last period may go on today
		y, m, d := day.Date()
		date := time.Date(y, m, d+i, 12, 0, 0, 0, h.zone)
		if h.closed[date.Format(time.DateOnly)] {
			continue
		}
		y, m, d = date.Date()
		for _, s := range h.week[date.Weekday()] {
			p := Period{time.Date(y, m, d, 0, s.from, 0, 0, h.zone), time.Date(y, m, d, 0, s.to, 0, 0, h.zone)}
			switch {
			case !p.To.After(p.From): // hours that a change of the clocks leaves out
			case p.From.Equal(open.To):
				open.To = p.To
			default:
				if open.To.After(at) && !yield(open) {
					return
				}
				open = p
			}
		}
	}
	if open.To.After(at) {
		yield(open)
	}
}

// At returns the period of a moment; ok is false while nobody reads. A team
// that never closes has periods of about a year.
func (h Hours) At(at time.Time) (p Period, ok bool) {
	h.from(at, func(x Period) bool {
		p, ok = x, !x.From.After(at)
		return false
	})
	return p, ok
}

// Next returns when somebody reads next, which is now while somebody reads; the
// zero time if that is more than a year away.
func (h Hours) Next(at time.Time) (next time.Time) {
	h.from(at, func(p Period) bool {
		next = p.From
		if next.Before(at) {
			next = at
		}
		return false
	})
	return next
}

// After returns when d of opening time will have gone by since at; the zero time
// if that is more than a year away.
func (h Hours) After(at time.Time, d time.Duration) (then time.Time) {
	h.from(at, func(p Period) bool {
		if p.From.Before(at) {
			p.From = at
		}
		if n := p.To.Sub(p.From); n < d {
			d -= n
			return true
		}
		then = p.From.Add(d)
		return false
	})
	return then
}
