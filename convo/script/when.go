package script

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// maxDays bounds how long a conversation of a test may go on.
const maxDays = 3650

// when takes the time from the front of a step. Without one, a step comes one
// minute after the step before.
func (p *parser) when(line string) (at time.Time, rest string, err error) {
	word, tail := cut(line)
	first := p.now.IsZero()
	now := p.now
	if first {
		now = start
	}
	switch {
	case word == "day":
		num, after := cut(tail)
		day, err := strconv.Atoi(num)
		if err != nil || day < 1 || day > maxDays {
			return at, "", fmt.Errorf("day %q: write a number from 1 to %d, such as: day 2 08:15", num, maxDays)
		}
		at, rest = start.AddDate(0, 0, day-1), after
		if clock, after := cut(rest); isClock(clock) {
			if at, err = setClock(at, clock); err != nil {
				return at, "", err
			}
			rest = after
		}
	case isClock(word):
		if at, err = setClock(now, word); err != nil {
			return at, "", err
		}
		rest = tail
	case strings.HasPrefix(word, "+"):
		d, err := span(word[1:])
		if err != nil {
			return at, "", err
		}
		at, rest = now.Add(d), tail
	case first:
		at, rest = now, line
	default:
		at, rest = now.Add(time.Minute), line
	}
	if !first && at.Before(p.now) {
		return at, "", fmt.Errorf("the time goes back, behind day %d %s; write a later one, or the next day: day %d %s",
			dayOf(p.now), p.now.Format("15:04"), dayOf(p.now)+1, at.Format("15:04"))
	}
	if dayOf(at) > maxDays {
		return at, "", fmt.Errorf("the conversation goes on for more than %d days; write shorter times", maxDays)
	}
	return at, rest, nil
}

// dayOf counts days from 1.
func dayOf(t time.Time) int {
	return int(t.Truncate(24*time.Hour).Sub(start.Truncate(24*time.Hour))/(24*time.Hour)) + 1
}

// isClock tells a word such as 20:01 from a name in front of a colon.
func isClock(s string) bool {
	return strings.Contains(s, ":") && s[0] >= '0' && s[0] <= '9'
}

func setClock(day time.Time, s string) (time.Time, error) {
	c, err := time.Parse("15:04", s)
	if err != nil {
		return day, fmt.Errorf("%q is no time of day; write hours and minutes from 00:00 to 23:59, such as 08:15", s)
	}
	y, m, d := day.Date()
	return time.Date(y, m, d, c.Hour(), c.Minute(), 0, 0, time.UTC), nil
}

// span reads 30s, 5m or 2h.
func span(s string) (time.Duration, error) {
	units := map[string]time.Duration{"s": time.Second, "m": time.Minute, "h": time.Hour}
	if len(s) >= 2 {
		unit, ok := units[s[len(s)-1:]]
		n, err := strconv.Atoi(s[:len(s)-1])
		if ok && err == nil && n >= 0 && n <= maxDays*24*60*60 {
			if d := time.Duration(n) * unit; d/unit == time.Duration(n) && d <= maxDays*24*time.Hour {
				return d, nil
			}
		}
	}
	return 0, fmt.Errorf("%q is no span of time; write seconds, minutes or hours: 30s, 5m, 2h", s)
}
