package chatfile

import (
	"slices"
	"strconv"
	"strings"
)

// Acts returns the events that a Message's Act may be, besides indicators'
// codes: those that package convo takes.
func Acts() []string {
	return []string{
		"category", "payment", "gift", "report", "block", "refusal", "request",
		"sent", "call", "join", "leave", "login", "feed", "media",
	}
}

// knownAct reports whether an act is an event or has the form of an
// indicator's code: a group of one to three capitals, a hyphen and two digits.
func knownAct(act string) bool {
	group, number, found := strings.Cut(act, "-")
	if !found {
		return slices.Contains(Acts(), act)
	}
	if len(group) < 1 || len(group) > 3 || len(number) != 2 {
		return false
	}
	for _, c := range []byte(group) {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return digits(number)
}

// digits reports whether s is one or more ASCII digits.
func digits(s string) bool {
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

// oldest is the highest age that a band may name.
const oldest = 120

// band checks an age band and writes a single year as a range.
func band(s string) (clean string, ok bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	s = strings.ReplaceAll(s, "–", "-")
	switch s {
	case "adult", "minor", "unknown":
		return s, true
	case "":
		return "unknown", true
	}
	low, high, found := strings.Cut(s, "-")
	if !found {
		high = low
	}
	if !digits(low) || !digits(high) {
		return "unknown", false
	}
	from, err1 := strconv.Atoi(low)
	to, err2 := strconv.Atoi(high)
	if err1 != nil || err2 != nil || from > to || to > oldest {
		return "unknown", false
	}
	return strconv.Itoa(from) + "-" + strconv.Itoa(to), true
}
