package main

import (
	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/pdq"
	"github.com/jaga-project/jaga/vpdq"
)

// films compares two things of which one is a film, and reports whether they could
// be compared. A picture is a film of one frame.
func (c *compared) films(a, b side) bool {
	x, film := framesOf(a.Signals)
	y, other := framesOf(b.Signals)
	if !film && !other || len(withoutSound(a.Skipped))+len(withoutSound(b.Skipped)) > 0 {
		return false
	}
	if !film {
		x = frameOf(a.Signals)
	}
	if !other {
		y = frameOf(b.Signals)
	}
	r := vpdq.DefaultRule()
	r.Distance = c.Threshold
	o, ok := vpdq.Match(x, y, r)
	if o.QueryFrames == 0 || o.StoredFrames == 0 {
		return false
	}
	c.Type, c.Verdict = string(jaga.VPDQ), "no_match"
	c.Variants, c.Variant, c.Distance = nil, "", nil
	if o.QueryMatched > 0 {
		c.Distance, c.Film = &o.Distance, engine.FilmOf(o)
		if !film {
			c.Film.Query = nil
		}
		if !other {
			c.Film.Stored = nil
		}
	}
	if ok {
		c.Verdict = "match"
	}
	return true
}

// frameOf is the picture of one side, as it came, as a film of one frame.
func frameOf(signals []jaga.Signal) (v vpdq.Video) {
	for _, s := range signals {
		if s.Type != jaga.PDQ || s.Variant != "" {
			continue
		}
		if h, err := pdq.ParseHash(s.Value); err == nil {
			v = append(v, vpdq.Feature{Hash: h, Quality: s.Quality})
		}
	}
	return v
}
