package chatfile

import (
	"strings"
	"time"
)

// stamp is a date and a time of day as a text file has them, before it is known
// which number is the day.
type stamp struct {
	// date holds the three numbers of the date as they stand.
	date [3]int
	// sep is the sign between them.
	sep                  byte
	hour, minute, second int
	// noon is true if the time is told with AM or PM.
	noon bool
	// dotted is true if a point stands between hour and minute, as in
	// Indonesian.
	dotted bool
	// precise is true if there are seconds.
	precise bool
}

// order says which number of a date is which.
type order byte

const (
	dayFirst   order = iota + 1 // 31/12/2023
	monthFirst                  // 12/31/2023
	yearFirst                   // 2023-12-31
)

// marks are the invisible signs that phones put around names and times.
const marks = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"

// spaces are what stands for a space.
const spaces = " \t\u00a0\u202f\u2009"

// scanner takes a stamp apart.
type scanner struct{ s string }

// number takes 1 to most digits.
func (s *scanner) number(most int) (n int, ok bool) {
	i := 0
	for i < len(s.s) && i < most && s.s[i] >= '0' && s.s[i] <= '9' {
		n = n*10 + int(s.s[i]-'0')
		i++
	}
	s.s = s.s[i:]
	return n, i > 0
}

// one takes one of the given signs.
func (s *scanner) one(signs string) byte {
	if s.s == "" || strings.IndexByte(signs, s.s[0]) < 0 {
		return 0
	}
	c := s.s[0]
	s.s = s.s[1:]
	return c
}

func (s *scanner) space() { s.s = strings.TrimLeft(s.s, spaces+marks) }

// parseStamp reads a date and a time, such as "12/31/23, 9:15 PM",
// "31/12/2023 21.15", "2023-12-31, 21:15:03", or the other way round, as
// WhatsApp's messages have them when they are copied.
func parseStamp(text string) (st stamp, ok bool) {
	text = strings.Trim(text, spaces+marks)
	s := scanner{text}
	if s.date(&st) {
		s.between()
		if s.clock(&st) && s.s == "" && st.possible() {
			return st, true
		}
	}
	clock, date, found := strings.Cut(text, ", ")
	st, s = stamp{}, scanner{date}
	late := scanner{clock}
	ok = found && s.date(&st) && s.s == "" && late.clock(&st) && late.s == "" && st.possible()
	return st, ok
}

// date takes three numbers with the same sign between them.
func (s *scanner) date(st *stamp) (ok bool) {
	for i := range st.date {
		if i == 1 {
			st.sep = s.one("/.-")
		}
		if i == 1 && st.sep == 0 || i == 2 && s.one(string(st.sep)) == 0 {
			return false
		}
		if st.date[i], ok = s.number(4); !ok {
			return false
		}
	}
	return true
}

// between takes what stands between the date and the time.
func (s *scanner) between() {
	s.one(",")
	s.space()
	for _, at := range []string{"at ", "pukul "} { // the latter is Indonesian
		s.s = strings.TrimPrefix(s.s, at)
	}
}

// clock takes a time of day.
func (s *scanner) clock(st *stamp) (ok bool) {
	if st.hour, ok = s.number(2); !ok {
		return false
	}
	sep := s.one(":.")
	if st.minute, ok = s.number(2); sep == 0 || !ok {
		return false
	}
	st.dotted = sep == '.'
	if s.one(":.") != 0 {
		if st.second, ok = s.number(2); !ok {
			return false
		}
		st.precise = true
	}
	s.space()
	switch half := halfOfDay(s.s); half {
	case "am", "pm":
		if st.hour > 12 {
			return false
		}
		st.noon = true
		st.hour %= 12
		if half == "pm" {
			st.hour += 12
		}
		s.s = ""
	}
	return st.hour < 24 && st.minute < 60 && st.second < 61
}

// halfOfDay returns the letters of "AM", "p. m." and the like in lower case.
func halfOfDay(s string) string {
	if s == "" {
		return ""
	}
	return strings.ToLower(strings.Map(func(c rune) rune {
		if c == '.' || strings.ContainsRune(spaces, c) {
			return -1
		}
		return c
	}, s))
}

// possible reports whether the numbers can be a date in some order.
func (st stamp) possible() bool {
	for _, o := range []order{dayFirst, monthFirst, yearFirst} {
		if _, ok := st.time(o, time.UTC); ok {
			return true
		}
	}
	return false
}

// time is the stamp as a time of loc, and whether the numbers are a date in
// this order.
func (st stamp) time(o order, loc *time.Location) (time.Time, bool) {
	day, month, year := st.date[0], st.date[1], st.date[2]
	switch o {
	case monthFirst:
		day, month = month, day
	case yearFirst:
		day, year = year, day
	}
	if year < 100 && o != yearFirst {
		year += 2000
	}
	if year < firstYear || year > lastYear || month < 1 || month > 12 || day < 1 {
		return time.Time{}, false
	}
	// A day that the month does not have would become one of the next month.
	if time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Day() != day {
		return time.Time{}, false
	}
	return time.Date(year, time.Month(month), day, st.hour, st.minute, st.second, 0, loc), true
}

// calendar finds the order of a file's dates.
type calendar struct {
	// fit counts the stamps that are dates in an order, back those that lie
	// before the one before them.
	fit, back [yearFirst + 1]int
	last      [yearFirst + 1]time.Time
	seen      int
	noon      int
	other     int // signs between numbers that only go with the day first
}

// see takes in one more stamp.
func (c *calendar) see(st stamp) {
	c.seen++
	if st.noon {
		c.noon++
	}
	if st.sep != '/' {
		c.other++
	}
	for _, o := range []order{dayFirst, monthFirst, yearFirst} {
		t, ok := st.time(o, time.UTC)
		if !ok {
			continue
		}
		c.fit[o]++
		if t.Before(c.last[o]) {
			c.back[o]++
		}
		c.last[o] = t
	}
}

// decide returns the order, and why it is doubtful if it is. Chats run forward
// in time, so an order in which they jump back is the wrong one.
func (c *calendar) decide(indonesian bool) (o order, doubt string) {
	day, month, year := c.fit[dayFirst], c.fit[monthFirst], c.fit[yearFirst]
	switch {
	case year > day && year > month:
		return yearFirst, ""
	case day > month:
		return dayFirst, mixed(c.seen - day)
	case month > day:
		return monthFirst, mixed(c.seen - month)
	case c.back[dayFirst] < c.back[monthFirst]:
		return dayFirst, ""
	case c.back[monthFirst] < c.back[dayFirst]:
		return monthFirst, ""
	case indonesian:
		return dayFirst, "no date shows whether day or month comes first; taken as day/month, as in Indonesian"
	case c.other > 0:
		return dayFirst, "no date shows whether day or month comes first; taken as day/month, as the signs between the numbers suggest"
	case c.noon > 0:
		return monthFirst, "no date shows whether day or month comes first; taken as month/day, as in American English"
	}
	return dayFirst, "no date shows whether day or month comes first; taken as day/month"
}

// mixed says so if some dates do not fit the order of most.
func mixed(misfits int) string {
	if misfits == 0 {
		return ""
	}
	return "some dates have the day first and some the month; those that do not fit most are taken as unknown"
}
