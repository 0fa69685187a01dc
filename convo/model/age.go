//go:build !small

package model

import (
	"strconv"
	"strings"
)

// The kinds of people a message is between, in the words of the packs.
const (
	adult   = "adult"
	minor   = "minor"
	unknown = "unknown"
)

// adulthood is where childhood ends in the Convention on the Rights of the
// Child, article 1.
const adulthood = 18

// kindOf reads an age band: "adult", "minor", "unknown", "", a year "13", a
// range "13-15", "18+" or "<13". A range across adulthood is unknown. ok is
// false for anything else.
func kindOf(band string) (kind string, ok bool) {
	band = strings.ToLower(strings.TrimSpace(band))
	switch band {
	case "", unknown:
		return unknown, true
	case adult:
		return adult, true
	case minor, "child":
		return minor, true
	}
	from, to := band, band
	if low, open := strings.CutSuffix(band, "+"); open {
		from, to = low, "150"
	} else if high, open := strings.CutPrefix(band, "<"); open {
		from, to = "0", high
	} else if low, high, both := strings.Cut(strings.ReplaceAll(band, "–", "-"), "-"); both {
		from, to = low, high
	}
	low, err1 := strconv.ParseUint(strings.TrimSpace(from), 10, 8)
	high, err2 := strconv.ParseUint(strings.TrimSpace(to), 10, 8)
	if err1 != nil || err2 != nil || high < low {
		return "", false
	}
	if strings.HasPrefix(band, "<") {
		if high == 0 {
			return "", false
		}
		high--
	}
	switch {
	case low >= adulthood:
		return adult, true
	case high < adulthood:
		return minor, true
	}
	return unknown, true
}
