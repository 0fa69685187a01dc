package main

import (
	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/chroma"
	"github.com/jaga-project/jaga/internal/engine"
)

// soundEar listens to one side for what is in the other.
type soundEar struct {
	set      *chroma.Set // holds the other side, or nothing
	listener *chroma.Listener
}

// newSoundEar returns one for the sound among signals, if there is any that can be
// told from others.
func newSoundEar(signals []jaga.Signal) *soundEar {
	e := &soundEar{set: chroma.NewSet(nil)}
	if words := wordsOf(signals); len(words) > 0 {
		_ = e.set.Insert(1, words) // refused when there is too little detail: then nothing is compared
	}
	e.listener = e.set.Listen()
	return e
}

func (e *soundEar) write(samples []int16) { e.listener.Write(samples) }

// found returns what side A has of side B, and whether they could be compared.
func (e *soundEar) found(a side) (s *jaga.Sound, ok bool) {
	words := wordsOf(a.Signals)
	if e.set.Len() == 0 || chroma.Enough(words) != nil {
		return nil, false
	}
	var matches []chroma.Match
	length := float64(chroma.Span)/chroma.Rate + chroma.At(len(words)-1).Seconds()
	if e.listener.Heard() > 0 {
		e.listener.Flush()
		matches, length = e.listener.Matches(), e.listener.Heard().Seconds()
	} else if q, err := chroma.NewWordsQuery(words); err == nil {
		matches = e.set.Search(q)
	}
	if len(matches) == 0 {
		return nil, true
	}
	return engine.SoundOf(matches, length), true
}

// sounds compares the sound of two things. Where it is all there is to compare, or
// it matches and the pictures do not, it decides.
func (c *compared) sounds(ear *soundEar, a, b side) {
	s, ok := ear.found(a)
	if !ok {
		return
	}
	c.Sound = s
	switch {
	case s != nil && (c.Verdict == "no_match" || c.Verdict == "not_checked"):
		d := engine.SoundDistance(s)
		c.Verdict, c.Type, c.Why = "match", string(jaga.Chromaprint), ""
		c.Distance, c.Threshold, c.Variants, c.Variant, c.Film = &d, engine.SoundBits, nil, "", nil
	case s == nil && c.Verdict == "not_checked" && !pictured(a) && !pictured(b):
		c.Verdict, c.Type, c.Why = "no_match", string(jaga.Chromaprint), ""
	}
}

// pictured reports whether there are pictures on one side, or should be.
func pictured(x side) bool {
	for _, s := range x.Signals {
		if s.Type == jaga.PDQ || s.Type == jaga.VPDQ {
			return true
		}
	}
	return len(withoutSound(x.Skipped)) > 0
}

// withoutSound are the reasons that are not about sound.
func withoutSound(skipped []jaga.Skip) (out []jaga.Skip) {
	for _, s := range skipped {
		if s.Detector != jaga.DetectorSound {
			out = append(out, s)
		}
	}
	return out
}

// wordsOf returns the words of sound that was measured or given.
func wordsOf(signals []jaga.Signal) []uint32 {
	for _, s := range signals {
		if s.Type == jaga.Chromaprint {
			if words, err := chroma.Decode(s.Words); err == nil {
				return words
			}
		}
	}
	return nil
}
