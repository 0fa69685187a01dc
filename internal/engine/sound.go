package engine

import (
	"crypto/sha256"
	"math"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/chroma"
)

// SoundBits is the largest distance of sound that matches: of 32 bits of a word
// 15 % may differ, see package chroma. Banks do not set it.
const SoundBits = 5

// SoundValue returns the value of sound with these words. More than
// [chroma.MaxWords] are an error.
func SoundValue(words []uint32) (Value, error) {
	text, err := chroma.Encode(words)
	if err != nil {
		return Value{Type: jaga.Chromaprint}, err
	}
	return Value{Type: jaga.Chromaprint, Bytes: sha256.Sum256([]byte(text)), Words: text}, nil
}

// SoundSignal returns the signal of sound with these words.
func SoundSignal(words []uint32) (jaga.Signal, error) {
	v, err := SoundValue(words)
	if err != nil {
		return jaga.Signal{}, err
	}
	return jaga.Signal{Type: jaga.Chromaprint, Value: v.String(), Words: v.Words, Quality: chroma.BestDetail(words), By: "chromaprint/1"}, nil
}

// Sound returns the words of sound's value.
func (v Value) Sound() ([]uint32, error) { return chroma.Decode(v.Words) }

// heard appends the matches of sound: of what the query's ear heard, or else of
// the words, which are found at their own speed only. Sound without either, or
// with too little of it, matches nothing.
func (t *tables) heard(dst []jaga.Match, q Query, s jaga.Signal, v Value) ([]jaga.Match, error) {
	if q.Ear != nil {
		return t.soundMatches(dst, q, s, q.Ear.listener.Matches(), q.Ear.listener.Heard().Seconds()), nil
	}
	if v.Words == "" || t.sound.Len() == 0 {
		return dst, nil
	}
	words, err := v.Sound()
	if err != nil {
		return dst, err
	}
	look, err := chroma.NewWordsQuery(words)
	if err != nil {
		return dst, nil // too short for anything to be found
	}
	s.Value = v.String()
	return t.soundMatches(dst, q, s, t.sound.Search(look), wordsSeconds(len(words))), nil
}

// wordsSeconds is the sound that so many words were made of.
func wordsSeconds(n int) float64 {
	return chroma.At(n-1).Seconds() + chroma.Span/float64(chroma.Rate)
}

// soundMatches makes one match of all that was found of an entry.
func (t *tables) soundMatches(dst []jaga.Match, q Query, s jaga.Signal, found []chroma.Match, length float64) []jaga.Match {
	if len(found) == 0 {
		return dst
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	by := map[uint32][]chroma.Match{}
	var order []uint32
	for _, f := range found {
		if by[f.ID] == nil {
			order = append(order, f.ID)
		}
		by[f.ID] = append(by[f.ID], f)
	}
	for _, id := range order {
		b, ok := t.asked(q, id)
		if _, there := t.sounds.of[id]; !ok || !there {
			continue // it may have gone since it was heard
		}
		sound := SoundOf(by[id], length)
		m := t.match(s, b, id, t.sounds.text(id), SoundDistance(sound), SoundBits)
		m.Sound = sound
		dst = append(dst, m)
	}
	return dst
}

// SoundOf puts what two sounds have in common into the words of a match: stretches
// of one recording, in the order of what came in, of which length is the seconds
// that were heard.
func SoundOf(found []chroma.Match, length float64) *jaga.Sound {
	s := &jaga.Sound{QuerySeconds: tenths(length), Errors: 100}
	for _, f := range found {
		s.StoredSeconds = tenths(f.Length.Seconds())
		addHeard(s, f)
	}
	return s
}

// SoundDistance is how many of the 32 bits of a word differ in the mean, 0 to
// [SoundBits].
func SoundDistance(s *jaga.Sound) int { return int(math.Round(s.Errors * 32 / 100)) }

// addHeard adds a stretch that was heard. They come in the order of the query.
func addHeard(s *jaga.Sound, f chroma.Match) {
	if e := tenths(100 * f.Errors); e < s.Errors {
		s.Errors, s.Speed = e, math.Round(f.Speed*1000)/1000
	}
	if len(s.Query) == jaga.MaxRanges {
		s.More = true
		return
	}
	s.Query = append(s.Query, rangeOf(f.Query))
	s.Stored = append(s.Stored, rangeOf(f.Recording))
}

func rangeOf(r chroma.Range) jaga.Range {
	return jaga.Range{From: tenths(r.From.Seconds()), To: tenths(r.To.Seconds())}
}

// Ear compares sound with the banks as it comes, also where it plays up to 2 % too
// fast or too slow. It follows changes of the banks: what is added is listened for
// from then on, and what was heard counts for as long as its entry does. It is not
// safe for concurrent use.
type Ear struct {
	e        *Engine
	listener *chroma.Listener
}

// Listen returns an ear that compares each time so much sound has come: something
// is known at most so much later, and not before ten seconds more have come in all.
// 0 is 50 seconds, which costs least, and is for sound that is at hand. It returns
// [ErrNotLoaded] before the tables are there.
func (e *Engine) Listen(every time.Duration) (*Ear, error) {
	t := e.tables.Load()
	if t == nil {
		return nil, ErrNotLoaded
	}
	if every <= 0 {
		return &Ear{e, t.sound.Listen()}, nil
	}
	return &Ear{e, t.sound.ListenEvery(every)}, nil
}

// Write adds samples: mono, [chroma.Rate] a second.
func (x *Ear) Write(samples []int16) {
	x.listener.Use(x.e.tables.Load().sound)
	x.listener.Write(samples)
}

// Flush compares what has not been compared yet. Sound that is written afterwards
// goes on where this ended.
func (x *Ear) Flush() {
	x.listener.Use(x.e.tables.Load().sound)
	x.listener.Flush()
}

// Heard is how much sound was written.
func (x *Ear) Heard() time.Duration { return x.listener.Heard() }

// Searched reports whether anything was long enough and had enough detail to be
// compared. Without it nothing found means nothing.
func (x *Ear) Searched() bool { return x.listener.Searched() }

// Flat returns the stretches that had too little detail to be compared.
func (x *Ear) Flat() []chroma.Range { return x.listener.Flat() }

// Forget drops what ended before a moment of the sound: a stream without end must
// not take memory without end.
func (x *Ear) Forget(before time.Duration) { x.listener.Forget(before) }
