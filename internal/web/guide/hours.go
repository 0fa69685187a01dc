package guide

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // hours are those of the place, on machines without a list of time zones too
)

// hours are when a service answers, in the time of its place.
type hours struct {
	days       string // of the week, Sunday is 0
	open, shut int    // minutes of the day; a service that shuts before it opens does so on the next day
}

var (
	hoursForm = regexp.MustCompile(`^([a-z-]+) (\d\d):(\d\d)–(\d\d):(\d\d)$`)
	always    = hours{"0123456", 0, 24 * 60}
)

// dayNames are the spans of days that hours may name, with their days.
func dayNames() map[string]string {
	return map[string]string{"daily": "0123456", "mon-fri": "12345", "mon-sat": "123456", "sun-thu": "01234"}
}

// zones are the time zones of countries that have one. Rows of others say
// their own.
func zones() map[string]string {
	return map[string]string{
		"al": "Europe/Tirane", "at": "Europe/Vienna", "bd": "Asia/Dhaka", "bg": "Europe/Sofia", "bn": "Asia/Brunei", "de": "Europe/Berlin", "fr": "Europe/Paris",
		"gb": "Europe/London", "hu": "Europe/Budapest", "ie": "Europe/Dublin", "in": "Asia/Kolkata", "it": "Europe/Rome", "jp": "Asia/Tokyo", "kh": "Asia/Phnom_Penh",
		"la": "Asia/Vientiane", "mm": "Asia/Yangon", "my": "Asia/Kuala_Lumpur", "ph": "Asia/Manila", "pl": "Europe/Warsaw", "pt": "Europe/Lisbon", "rs": "Europe/Belgrade",
		"sg": "Asia/Singapore", "sk": "Europe/Bratislava", "th": "Asia/Bangkok", "tl": "Asia/Dili", "tz": "Africa/Dar_es_Salaam", "vn": "Asia/Ho_Chi_Minh", "za": "Africa/Johannesburg",
	}
}

// when returns the hours of a row; ok is false where they are not known.
func (r row) when() (h hours, ok bool) {
	if r.Hours == "24/7" {
		return always, true
	}
	m := hoursForm.FindStringSubmatch(r.Hours)
	if m == nil {
		return h, false
	}
	n := make([]int, 4)
	for i := range n {
		n[i], _ = strconv.Atoi(m[i+2]) // two digits
	}
	h = hours{dayNames()[m[1]], 60*n[0] + n[1], 60*n[2] + n[3]}
	return h, h.days != "" && h.open < 24*60 && h.shut <= 24*60 && h.open != h.shut && n[1] < 60 && n[3] < 60
}

// zone is where the hours of a row are reckoned.
func (r row) zone() string {
	if r.Zone != "" {
		return r.Zone
	}
	return zones()[r.Country]
}

// wrongHours says what is wrong with the form of a row's hours.
func (r row) wrongHours() error {
	if r.Zone != "" {
		if _, err := time.LoadLocation(r.Zone); err != nil || r.Zone == "Local" {
			return fmt.Errorf("zone %q is no time zone", r.Zone)
		}
	}
	if r.Hours == "" {
		return nil
	}
	h, ok := r.when()
	switch {
	case !ok:
		return fmt.Errorf("hours %q are neither 24/7 nor like mon-fri 09:00–21:00", r.Hours)
	case h != always && r.zone() == "":
		return fmt.Errorf("hours %q need the time zone of the place: say zone", r.Hours)
	}
	return nil
}

// Now a row answers, it does not, or nobody knows.
const (
	hoursShut = iota
	hoursUnknown
	hoursOpen
)

// answers says whether a row answers at a time.
func (r row) answers(at time.Time) int {
	h, ok := r.when()
	if !ok {
		return hoursUnknown
	}
	if h == always {
		return hoursOpen
	}
	place, err := time.LoadLocation(r.zone())
	if err != nil { // wrongHours lets none such in
		return hoursUnknown
	}
	at = at.In(place)
	on := func(day time.Weekday) bool { return strings.Contains(h.days, strconv.Itoa(int(day))) }
	today, minute := at.Weekday(), at.Hour()*60+at.Minute()
	if h.open < h.shut && on(today) && minute >= h.open && minute < h.shut ||
		h.open > h.shut && (on(today) && minute >= h.open || on((today+6)%7) && minute < h.shut) {
		return hoursOpen
	}
	return hoursShut
}

// Clock is the hours of a row for the script, as minutes of a week that begins
// on Sunday, or "".
func (r row) Clock() string {
	const day, week = 24 * 60, 7 * 24 * 60
	h, ok := r.when()
	switch {
	case !ok:
		return ""
	case h == always:
		return fmt.Sprint("0-", week)
	}
	var spans []string
	add := func(from, to int) { spans = append(spans, fmt.Sprint(from, "-", to)) }
	for _, d := range h.days {
		from := int(d-'0')*day + h.open
		to := from - h.open + h.shut
		if h.open > h.shut {
			to += day
		}
		add(from, min(to, week))
		if to > week {
			add(0, to-week)
		}
	}
	return strings.Join(spans, " ")
}

// Place is the time zone of the hours for the script, or "" where they hold
// everywhere.
func (r row) Place() string {
	if h, ok := r.when(); ok && h != always {
		return r.zone()
	}
	return ""
}

// young and grown say whom a row is for.
func (r row) young() bool { return slices.Contains([]string{"anyone", "child", "under18"}, r.For) }
func (r row) grown() bool { return slices.Contains([]string{"anyone", "adult", "over18"}, r.For) }
