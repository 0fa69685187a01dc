package vpdq

import "github.com/jaga-project/jaga/pdq"

// Rule says when two films match. Query is the film that is asked about,
// Stored the one that it is compared with.
type Rule struct {
	// Distance is the largest distance of two frames that match, in bits of 256.
	Distance int
	// Below makes it the smallest distance that does not match.
	Below bool
	// Quality is the smallest quality of frames that are compared, 0..100.
	Quality int
	// Distinct counts frames with equal hashes of one film once.
	Distinct bool
	// QueryPercent and StoredPercent are the least shares of the frames of each
	// film that have a match in the other, 0..100. QueryPercent 80 finds what
	// was cut from the stored film; StoredPercent 80 finds a film that has the
	// stored one in it.
	QueryPercent, StoredPercent float64
	// Either makes one of the two shares enough. A share of 0 then is none that
	// can be reached; without Either it asks for nothing.
	Either bool
}

// ReferenceCPP is the rule of the official matcher in C++, with the shares of
// its example.
func ReferenceCPP() Rule {
	return Rule{Distance: pdq.MatchThreshold, Below: true, Quality: pdq.MinQuality, QueryPercent: 0, StoredPercent: 80}
}

// ReferencePython is the rule of python-threatexchange, and with it of
// Hasher-Matcher-Actioner.
func ReferencePython() Rule {
	return Rule{Distance: pdq.MatchThreshold, Quality: pdq.MinQuality, Distinct: true, QueryPercent: 80, StoredPercent: 0}
}

// DefaultRule finds both: a known film, or half of it, inside a longer one, and
// a film of which half was cut from a known one.
func DefaultRule() Rule {
	return Rule{Distance: pdq.MatchThreshold, Quality: pdq.MinQuality, Distinct: true, QueryPercent: 50, StoredPercent: 50, Either: true}
}

// Radius is the largest distance of two frames that match.
func (r Rule) Radius() int {
	if r.Below {
		return r.Distance - 1
	}
	return r.Distance
}

// Accepts reports whether films that have so much in common match. Films that
// have no frame in common never do.
func (r Rule) Accepts(o Overlap) bool {
	if o.QueryMatched == 0 {
		return false
	}
	query, stored := o.QueryPercent() >= r.QueryPercent, o.StoredPercent() >= r.StoredPercent
	if r.Either {
		return query && r.QueryPercent > 0 || stored && r.StoredPercent > 0
	}
	return query && stored
}
