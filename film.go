package jaga

// Film says which parts of films a match is about. Query is what came in,
// Stored the entry of the bank; a picture has no parts.
type Film struct {
	// QueryFrames and StoredFrames are how many distinct frames were compared,
	// QueryMatched and StoredMatched how many of them have a match; 0 for a
	// picture.
	QueryFrames   int `json:"query_frames,omitempty"`
	QueryMatched  int `json:"query_matched,omitempty"`
	StoredFrames  int `json:"stored_frames,omitempty"`
	StoredMatched int `json:"stored_matched,omitempty"`
	// QueryPercent and StoredPercent are the shares of frames that have a
	// match, 0..100, with one decimal; 0 for a picture.
	QueryPercent  float64 `json:"query_percent,omitempty"`
	StoredPercent float64 `json:"stored_percent,omitempty"`
	// QuerySeconds and StoredSeconds are the times of the last frames that were
	// hashed: about how long the films are.
	QuerySeconds  float64 `json:"query_seconds,omitempty"`
	StoredSeconds float64 `json:"stored_seconds,omitempty"`
	// Query and Stored are the parts that matched, in order, at most
	// [MaxRanges] of each. More says that there are others.
	Query  []Range `json:"query,omitempty"`
	Stored []Range `json:"stored,omitempty"`
	More   bool    `json:"more,omitempty"`
}

// MaxRanges is how many parts of a film a match names.
const MaxRanges = 100

// Range is a part of a film, in seconds from its beginning. From and To are
// equal where a single frame matched.
type Range struct {
	From float64 `json:"from"`
	To   float64 `json:"to"`
}

// Covers reports whether every part of the film that matched by o also matched
// by f. It is false where parts are left out.
func (f *Film) Covers(o *Film) bool {
	if f == nil || o == nil || f.More || o.More {
		return false
	}
	i := 0
	for _, r := range o.Query {
		for i < len(f.Query) && f.Query[i].To < r.To {
			i++
		}
		if i == len(f.Query) || f.Query[i].From > r.From {
			return false
		}
	}
	return true
}
