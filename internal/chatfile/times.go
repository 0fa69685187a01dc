package chatfile

import (
	"fmt"
	"time"
)

// The years that a message may be of. Chat is no older than the first of them,
// and a later time than the last is a broken clock or a unit mistaken.
const (
	firstYear = 1990
	lastYear  = 2200
)

// plausible reports whether a time can be a message's.
func plausible(t time.Time) bool { return t.Year() >= firstYear && t.Year() <= lastYear }

// zoneless are forms of a time that RFC 3339 does not allow, but files hold.
var zoneless = [...]string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"}

// parseTime reads RFC 3339, or a time without a zone as one of loc; why is not
// empty if there is something to say about it. The time is zero if it could not
// be read or is implausible.
func parseTime(s string, loc *time.Location) (t time.Time, why string) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		for _, layout := range zoneless {
			if t, err = time.ParseInLocation(layout, s, loc); err == nil {
				why = fmt.Sprintf("%s has no zone and was taken as a time of %s", shown(s), loc)
				break
			}
		}
	}
	if err != nil {
		return time.Time{}, fmt.Sprintf("%s is no RFC 3339 time; the time is taken as unknown", shown(s))
	}
	if !plausible(t) {
		return time.Time{}, fmt.Sprintf("the year %d is not between %d and %d; the time is taken as unknown", t.Year(), firstYear, lastYear)
	}
	return t, why
}

// unixMillis turns milliseconds since 1970 into a time of loc; zero if it is
// implausible.
func unixMillis(ms int64, loc *time.Location) time.Time {
	t := time.UnixMilli(ms).In(loc)
	if !plausible(t) {
		return time.Time{}
	}
	return t
}
