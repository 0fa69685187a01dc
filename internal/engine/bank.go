package engine

import (
	"fmt"
	"slices"
	"sort"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/vpdq"
)

// Bank is what matching needs to know of a bank.
type Bank struct {
	ID   int64
	Name string
	Role jaga.Role
	Form jaga.Form // of the finding a match makes
	Band jaga.Band // of the finding a match makes
	// EnabledRatio is the share of look-ups in which the bank takes part,
	// 0..1, as in Hasher-Matcher-Actioner: it does when EnabledRatio is at
	// least the look-up's draw.
	EnabledRatio float64
	// Threshold is the largest PDQ distance that matches, 0..MaxThreshold, of
	// pictures and of frames of films.
	Threshold int
	// Film says when films match.
	Film FilmRule
}

// FilmRule says how much two films must have in common to match: the least
// shares of the frames of the film that came in, and of the entry's, in percent.
// With Both it takes both, and 0 asks for nothing; otherwise one is enough, and
// 0 is a share that is not asked for.
type FilmRule struct {
	Query, Stored int
	Both          bool
}

// DefaultFilmRule takes half of either film: a known film inside a longer one is
// found, and a piece that was cut from a known one.
func DefaultFilmRule() FilmRule { return FilmRule{Query: 50, Stored: 50} }

// Accepts reports whether films that have so much in common match.
func (r FilmRule) Accepts(o vpdq.Overlap) bool {
	return vpdq.Rule{QueryPercent: float64(r.Query), StoredPercent: float64(r.Stored), Either: !r.Both}.Accepts(o)
}

// MaxThreshold is the largest PDQ threshold of a bank. Unrelated pictures lie
// around 128 bits apart; beyond 64 a match says nothing.
const MaxThreshold = 64

// Facts are what differs, for one entry, from a plain entry. The zero value
// is an entry that is switched off; [PlainFacts] is the plain one.
type Facts struct {
	// DisabledUntil is in the encoding of Hasher-Matcher-Actioner: 0 is off
	// for good, 1 is on, another value is on once that time (unix seconds)
	// has passed.
	DisabledUntil int64
	// ExpiresAt is when the entry stops matching (unix seconds), 0 is never.
	ExpiresAt int64
	// Quarantined entries match, but wait for a person before they count.
	Quarantined bool
}

// PlainFacts returns the facts of an entry that is on, never expires and is
// not quarantined.
func PlainFacts() Facts { return Facts{DisabledUntil: 1} }

// On reports whether the entry matches at the time (unix seconds).
func (f Facts) On(now int64) bool {
	return f.DisabledUntil != 0 && f.DisabledUntil <= now && (f.ExpiresAt == 0 || now < f.ExpiresAt)
}

// Span says that the entries First to Last, both included, belong to a bank.
// Imports are contiguous, so a few spans describe millions of entries.
type Span struct {
	First, Last uint32
	Bank        int64
}

// spans is sorted by First and does not overlap.
type spans []Span

func newSpans(in []Span) (spans, error) {
	s := slices.Clone(in)
	sort.Slice(s, func(i, j int) bool { return s[i].First < s[j].First })
	for i, x := range s {
		if x.First > x.Last {
			return nil, fmt.Errorf("span %d-%d of bank %d runs backwards", x.First, x.Last, x.Bank)
		}
		if i > 0 && s[i-1].Last >= x.First {
			return nil, fmt.Errorf("spans %d-%d and %d-%d overlap", s[i-1].First, s[i-1].Last, x.First, x.Last)
		}
	}
	return s, nil
}

// bank returns the bank of an entry.
func (s spans) bank(entry uint32) (int64, bool) {
	i := sort.Search(len(s), func(i int) bool { return s[i].Last >= entry })
	if i < len(s) && s[i].First <= entry {
		return s[i].Bank, true
	}
	return 0, false
}

// with returns s with the entry in the bank; s itself is not changed when its
// array would have to be reordered. New entries mostly extend the last span.
func (s spans) with(entry uint32, bank int64) (spans, error) {
	if old, ok := s.bank(entry); ok {
		if old != bank {
			return s, fmt.Errorf("entry %d belongs to bank %d, not to %d", entry, old, bank)
		}
		return s, nil
	}
	if n := len(s); n > 0 && s[n-1].Bank == bank && s[n-1].Last+1 == entry {
		s[n-1].Last = entry
		return s, nil
	}
	i := sort.Search(len(s), func(i int) bool { return s[i].First > entry })
	return slices.Insert(s, i, Span{entry, entry, bank}), nil
}
