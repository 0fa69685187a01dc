package convo

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga/convo/pack"
)

// adultAge is where childhood ends in the Convention on the Rights of the
// Child, article 1.
const adultAge = 18

// AgeBand is what is known of somebody's age, in whole years, both ends
// included. The zero value is unknown.
type AgeBand struct {
	Lo, Hi int
	Known  bool
}

// maxAge is the upper end of a band that has none.
const maxAge = 150

// ParseAgeBand reads "adult", "minor", "unknown", a single age such as "13",
// a range such as "13-15", and the open forms "18+" and "<13". An empty text
// is unknown.
func ParseAgeBand(s string) (AgeBand, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	bad := func() (AgeBand, error) {
		return AgeBand{}, fmt.Errorf(`age band %q: write "adult", "minor", "unknown" or a range of years such as "13-15"`, s)
	}
	num := func(t string) (int, bool) {
		v, err := strconv.Atoi(strings.TrimSpace(t))
		return v, err == nil && v >= 0 && v <= maxAge
	}
	switch s {
	case "", "unknown":
		return AgeBand{}, nil
	case "adult":
		return AgeBand{adultAge, maxAge, true}, nil
	case "minor", "child":
		return AgeBand{0, adultAge - 1, true}, nil
	}
	if t, ok := strings.CutSuffix(s, "+"); ok {
		if lo, ok := num(t); ok {
			return AgeBand{lo, maxAge, true}, nil
		}
		return bad()
	}
	if t, ok := strings.CutPrefix(s, "<"); ok {
		if hi, ok := num(t); ok && hi > 0 {
			return AgeBand{0, hi - 1, true}, nil
		}
		return bad()
	}
	from, to, isRange := strings.Cut(strings.ReplaceAll(s, "–", "-"), "-")
	lo, ok := num(from)
	if !ok {
		return bad()
	}
	if !isRange {
		return AgeBand{lo, lo, true}, nil
	}
	hi, ok := num(to)
	if !ok || hi < lo {
		return bad()
	}
	return AgeBand{lo, hi, true}, nil
}

// String returns the band in the form that [ParseAgeBand] reads.
func (b AgeBand) String() string {
	switch {
	case !b.Known:
		return "unknown"
	case b.Lo == adultAge && b.Hi == maxAge:
		return "adult"
	case b.Hi == maxAge:
		return strconv.Itoa(b.Lo) + "+"
	case b.Lo == 0 && b.Hi == adultAge-1:
		return "minor"
	case b.Lo == b.Hi:
		return strconv.Itoa(b.Lo)
	}
	return strconv.Itoa(b.Lo) + "-" + strconv.Itoa(b.Hi)
}

// who returns the kind of person. A band on both sides of the legal line is
// unknown.
func (b AgeBand) who() pack.Who {
	switch {
	case !b.Known:
		return pack.Unknown
	case b.Hi < adultAge:
		return pack.Minor
	case b.Lo >= adultAge:
		return pack.Adult
	}
	return pack.Unknown
}

// Person is what is known of an account.
type Person struct {
	ID  string
	Age AgeBand
	// Confidence in the age, 0..1; 0 means that none is stated and counts
	// as 1. Below 0.5 the age counts as unknown.
	Confidence float64
	// Role is what the platform knows about the account, see [Roles].
	Role string
	// Verified is true when the platform has verified the role.
	Verified bool
	// Followers is the size of the audience, 0 when unknown.
	Followers int64
	// Created is when the account was made, zero when unknown.
	Created time.Time
}

// Roles lists the roles that change what evidence means. Others are kept and
// change nothing.
func Roles() []string {
	return []string{"parent", "guardian", "relative", "teacher", "coach", "religious", "moderator", "helpline", "official", "scout", "famous", "broadcaster", "facilitator", "employer"}
}

// Tie is what is known of the relation between two people.
type Tie struct {
	A, B string
	// Kind is family, guardian, household, friend, classmate, team, none …
	Kind string
	// Verified is true when the platform knows the tie by itself; a tie that
	// somebody only claims is not verified.
	Verified bool
	// Since is when the tie, or mutual ordinary contact, began; zero when
	// unknown.
	Since time.Time
	// Mutual is the number of shared contacts, negative when unknown.
	Mutual int
}

// Channel says who can read along.
type Channel string

// The channels. An unknown channel counts as private.
const (
	ChannelUnknown Channel = ""
	ChannelPrivate Channel = "private"
	ChannelGroup   Channel = "group"
	ChannelPublic  Channel = "public"
	ChannelLive    Channel = "live"
)

func (c Channel) open() bool { return c == ChannelGroup || c == ChannelPublic || c == ChannelLive }
