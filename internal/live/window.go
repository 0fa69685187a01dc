package live

import (
	"slices"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/pdq"
)

// Rule says how many frames must match.
type Rule struct {
	// Matching of the last Of frames must match entries of one bank. A single
	// frame can look like another picture by chance, or for one moment of a
	// cross-fade; two of five frames, at one or two frames a second, are a scene
	// that was there for about a second. 0 is 2 of 5.
	Matching, Of int
	// Near is the largest PDQ distance, in bits, at which a frame counts as the
	// one before it; such a frame is not compared again and shares its answer.
	// 0 is 8: re-encoding the same picture moves fewer bits than that, and a
	// bank's threshold (31) is far above it. Negative compares every frame.
	Near int
}

// DefaultRule is two of five frames.
func DefaultRule() Rule { return Rule{Matching: 2, Of: 5, Near: 8} }

// mostFrames bounds a window.
const mostFrames = 120

// Check fills in what is not set, and refuses what cannot work.
func (r *Rule) Check() error {
	d := DefaultRule()
	if r.Matching == 0 && r.Of == 0 {
		r.Matching, r.Of = d.Matching, d.Of
	}
	if r.Near == 0 {
		r.Near = d.Near
	}
	bad := func(field, msg string) error { return &jaga.Error{Code: jaga.CodeInvalid, Field: field, Msg: msg} }
	switch {
	case r.Matching < 1 || r.Of > mostFrames:
		return bad("matching", "it is not between 1 and the number of frames, which is at most 120")
	case r.Matching > r.Of:
		return bad("matching", "it is more than the number of frames")
	case r.Near > pdq.MatchThreshold:
		return bad("near", "it is larger than 31 bits, at which pictures match")
	}
	return nil
}

// Shot is a frame that was hashed.
type Shot struct {
	At      time.Time
	Hash    pdq.Hash
	Quality int // PDQ's, 0..100
	// Turned are the signals of the picture turned and mirrored; may be nil.
	Turned []jaga.Signal
}

// Range is a stretch of a stream in which frames matched a bank.
type Range struct {
	Bank  string
	Form  jaga.Form
	Band  jaga.Band
	From  time.Time // the first frame that matched
	Until time.Time // the last one so far
	// Frames is how many matched; Best is the nearest of them, with the entry
	// that it is nearest to.
	Frames int
	Best   Shot
	Match  jaga.Match
}

// Seen says what became of a frame.
type Seen struct {
	// Same is set for a frame that is nearly the one before it.
	Same bool
	// Matched is set when it, or the one that it is the same as, matches.
	Matched bool
	// Found are ranges that this frame confirmed; a range is told of once.
	Found []Range
	// Ended are ranges that were told of and are over.
	Ended []Range
}

// Window keeps the last frames of a stream and says when enough of them match.
// Its zero value is not usable; see [NewWindow]. It is for one goroutine at a time.
type Window struct {
	rule  Rule
	match func(Shot) []jaga.Match
	last  *pdq.Hash
	was   []jaga.Match // of the last frame that was compared
	banks map[string]*run
}

// run is what is known of one bank: for each of the last frames whether it matched.
type run struct {
	last []bool
	told bool
	Range
}

// NewWindow returns a window. match compares a frame with the banks; matches that
// are suppressed and those of allow banks count for nothing.
func NewWindow(rule Rule, match func(Shot) []jaga.Match) (*Window, error) {
	if err := rule.Check(); err != nil {
		return nil, err
	}
	return &Window{rule: rule, match: match, banks: map[string]*run{}}, nil
}

// Observe takes the next frame, which must have enough detail to be compared.
func (w *Window) Observe(s Shot) (out Seen) {
	if w.last != nil && w.last.Distance(s.Hash) <= w.rule.Near {
		out.Same = true
	} else {
		h := s.Hash
		w.last, w.was = &h, w.match(s)
	}
	near := map[string]jaga.Match{} // the nearest of each bank
	for _, m := range w.was {
		if m.Role != jaga.RoleMatch || m.Suppressed != "" {
			continue
		}
		if had, ok := near[m.Bank]; !ok || m.Distance < had.Distance {
			near[m.Bank] = m
		}
	}
	out.Matched = len(near) > 0
	for bank, m := range near {
		r := w.banks[bank]
		if r == nil {
			r = &run{Range: Range{Bank: bank, Form: m.Form, Band: m.Band, From: s.At, Best: s, Match: m}}
			w.banks[bank] = r
		}
		if m.Distance < r.Match.Distance {
			r.Best, r.Match = s, m
		}
		r.Until, r.Frames = s.At, r.Frames+1
	}
	for bank, r := range w.banks {
		_, hit := near[bank]
		r.last = append(r.last, hit)
		if len(r.last) > w.rule.Of {
			r.last = r.last[1:]
		}
		n := 0
		for _, x := range r.last {
			if x {
				n++
			}
		}
		switch {
		case n == 0:
			if r.told {
				out.Ended = append(out.Ended, r.Range)
			}
			delete(w.banks, bank)
		case n >= w.rule.Matching && !r.told:
			r.told = true
			out.Found = append(out.Found, r.Range)
		}
	}
	byBand := func(a, b Range) int {
		if a.Band != b.Band {
			return int(b.Band) - int(a.Band)
		}
		return compareText(a.Bank, b.Bank)
	}
	slices.SortFunc(out.Found, byBand)
	slices.SortFunc(out.Ended, byBand)
	return out
}

// Open are the ranges that were told of and go on.
func (w *Window) Open() (out []Range) {
	for _, r := range w.banks {
		if r.told {
			out = append(out, r.Range)
		}
	}
	slices.SortFunc(out, func(a, b Range) int { return compareText(a.Bank, b.Bank) })
	return out
}

// Break ends everything, because frames are missing: what comes after a gap is
// not counted together with what came before. It returns the ranges that were
// told of.
func (w *Window) Break() []Range {
	out := w.Open()
	w.last, w.was = nil, nil
	clear(w.banks)
	return out
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
