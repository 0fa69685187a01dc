package api

import (
	"context"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/pdq"
	"github.com/jaga-project/jaga/vpdq"
)

// oneOf is a film that is compared, or a picture as a film of one frame.
type oneOf struct {
	value   engine.Value
	video   vpdq.Video
	picture bool
}

// compareFilms compares two films, or a film and a picture.
func (s *server) compareFilms(ctx context.Context, p Pair) (*compareOutput, error) {
	var x [2]oneOf
	for i, text := range []string{p.A, p.B} {
		var err error
		if x[i], err = readOneOf(text); err != nil {
			return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: []string{"a", "b"}[i], Msg: err.Error(), Err: err}
		}
	}
	if x[0].picture && x[1].picture {
		return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "type", Msg: "neither is a film", Hint: "send the type pdq to compare two pictures"}
	}
	rule := vpdq.DefaultRule()
	c := vpdq.Compare(x[0].video, x[1].video, rule)
	o := c.At(rule.Distance)
	if o.QueryFrames == 0 || o.StoredFrames == 0 {
		return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: []string{"a", "b"}[min(o.QueryFrames, 1)], Msg: "it has no frame of a quality that can be compared"}
	}
	out := Comparison{Type: p.Type, Same: x[0].value == x[1].value, Distance: c.Nearest(), Bits: []int{}, Default: rule.Distance, Thresholds: []BankThreshold{}, Film: engine.FilmOf(o)}
	// A picture has no seconds and no shares.
	if f := out.Film; x[0].picture {
		f.Query, f.QueryFrames, f.QueryMatched, f.QueryPercent = nil, 0, 0, 0
	} else if x[1].picture {
		f.Stored, f.StoredFrames, f.StoredMatched, f.StoredPercent = nil, 0, 0, 0
	}
	banks, err := s.Banks.List(ctx)
	for _, b := range banks {
		at := c.At(b.Threshold)
		matches := engine.FilmRule{Query: b.FilmQuery, Stored: b.FilmStored, Both: b.FilmBoth}.Accepts(at)
		if x[0].picture || x[1].picture {
			matches = at.QueryMatched > 0 // whatever the shares are
		}
		out.Thresholds = append(out.Thresholds, BankThreshold{b.Name, b.Threshold, matches})
	}
	return &compareOutput{out}, err
}

// readOneOf reads the frames of a film or the hash of a picture. A list's hash
// comes without its quality; whoever made the list vouches for it.
func readOneOf(text string) (oneOf, error) {
	if len(text) == 2*jaga.PDQ.Size() {
		v, err := engine.ParseValue(jaga.PDQ, text)
		return oneOf{v, vpdq.Video{{Hash: pdq.Hash(v.Bytes), Quality: 100}}, true}, err
	}
	v, err := engine.ParseValue(jaga.VPDQ, text)
	if err != nil {
		return oneOf{}, err
	}
	film, err := v.Film()
	return oneOf{v, film, false}, err
}
