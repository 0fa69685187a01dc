package jaga

import "math"

// Sound says which seconds of two sounds are the same. Query is what came in,
// Stored the entry of the bank.
type Sound struct {
	// QuerySeconds is how long what came in is, as far as it was heard, and
	// StoredSeconds how long the entry is.
	QuerySeconds  float64 `json:"query_seconds"`
	StoredSeconds float64 `json:"stored_seconds"`
	// Query and Stored are the parts that are the same, in the order of Query:
	// part i of one is part i of the other. There are as many of both, at most
	// [MaxRanges]; More says that there are others. Their ends are true to about
	// two seconds.
	Query  []Range `json:"query"`
	Stored []Range `json:"stored"`
	More   bool    `json:"more,omitempty"`
	// Speed is how much faster the best of the parts must be played to be the
	// entry's: 1.02 for what was slowed down by 2 %. It is true to half a percent;
	// what is nearer to 1 has the same speed.
	Speed float64 `json:"speed"`
	// Errors is the share of bits in which the best of the parts differs from the
	// entry, in percent, 0..15, with one decimal.
	Errors float64 `json:"errors"`
}

// Percent is by how many percent the entry is faster; 0 where that is less than can
// be told from the same speed.
func (s *Sound) Percent() float64 {
	if p := 100 * (s.Speed - 1); math.Abs(p) > 0.5 {
		return p
	}
	return 0
}

// Covers reports whether every second that matched by o also matched by s. It is
// false where parts are left out.
func (s *Sound) Covers(o *Sound) bool {
	if s == nil || o == nil || s.More || o.More {
		return false
	}
	return (&Film{Query: s.Query}).Covers(&Film{Query: o.Query})
}
