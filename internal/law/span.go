package law

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Span is a length of time as laws write it: hours, days or years. The zero
// value is no number at all; "0h" is at once.
type Span struct {
	Hours, Days, Years int
	set                bool
}

var spanText = regexp.MustCompile(`^(0|[1-9][0-9]{0,4})([hdy])$`)

// ParseSpan reads "4h", "365d", "5y", or "" for no number.
func ParseSpan(text string) (Span, error) {
	if text == "" {
		return Span{}, nil
	}
	m := spanText.FindStringSubmatch(text)
	if m == nil {
		return Span{}, fmt.Errorf("%q is not a length of time such as 4h, 365d or 5y", text)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return Span{}, err
	}
	s := Span{set: true}
	switch m[2] {
	case "h":
		s.Hours = n
	case "d":
		s.Days = n
	default:
		s.Years = n
	}
	if s.Years > 100 {
		return Span{}, fmt.Errorf("%q is longer than 100 years", text)
	}
	return s, nil
}

// UnmarshalText reads a span in a file.
func (s *Span) UnmarshalText(text []byte) error {
	v, err := ParseSpan(string(text))
	if err == nil {
		*s = v
	}
	return err
}

// MarshalText writes it as it is read.
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Set reports whether there is a number.
func (s Span) Set() bool { return s.set }

// String returns the text that [ParseSpan] reads.
func (s Span) String() string {
	switch {
	case !s.set:
		return ""
	case s.Years > 0:
		return strconv.Itoa(s.Years) + "y"
	case s.Days > 0:
		return strconv.Itoa(s.Days) + "d"
	}
	return strconv.Itoa(s.Hours) + "h"
}

// Days can be counted by the calendar, to the same time of the clock on the
// wall, or as 24 hours each; the two differ when the clocks change. Both are
// computed, and the caller takes the safe one.
func (s Span) both(from time.Time, zone *time.Location) (calendar, elapsed time.Time) {
	local := from.In(zone)
	calendar = local.AddDate(s.Years, 0, s.Days).Add(time.Duration(s.Hours) * time.Hour)
	// A year is elapsed when its days are.
	days := s.Days
	if s.Years > 0 {
		noon := time.Date(local.Year(), local.Month(), local.Day(), 12, 0, 0, 0, time.UTC)
		days += int(noon.AddDate(s.Years, 0, 0).Sub(noon) / (24 * time.Hour))
	}
	elapsed = from.Add(time.Duration(days)*24*time.Hour + time.Duration(s.Hours)*time.Hour)
	return calendar, elapsed
}

// Before is the end of the span for something that must be done by then: the
// earlier way of counting.
func (s Span) Before(from time.Time, zone *time.Location) time.Time {
	a, b := s.both(from, zone)
	if b.Before(a) {
		a = b
	}
	return a.In(zone)
}

// After is the end of the span for something that is kept until then: the later
// way of counting.
func (s Span) After(from time.Time, zone *time.Location) time.Time {
	a, b := s.both(from, zone)
	if b.After(a) {
		a = b
	}
	return a.In(zone)
}

// Back is the beginning of the span that ends at the time: the earlier way of
// counting, so that nothing is left out.
func (s Span) Back(to time.Time, zone *time.Location) time.Time {
	local := to.In(zone)
	a := local.AddDate(-s.Years, 0, -s.Days).Add(-time.Duration(s.Hours) * time.Hour)
	b := to.Add(-time.Duration(s.Days)*24*time.Hour - time.Duration(s.Hours)*time.Hour)
	if s.Years == 0 && b.Before(a) {
		a = b
	}
	return a.In(zone)
}
