package console

import (
	"math"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/chroma"
	"github.com/jaga-project/jaga/internal/engine"
)

// soundPlotOf draws the parts of two sounds that are the same, as those of films.
func (s *speaker) soundPlotOf(m *jaga.Sound, query, stored string) *filmPlot {
	return &filmPlot{[]filmBar{
		s.filmBar(query, m.Query, m.QuerySeconds, 0, 0, m.More),
		s.filmBar(stored, m.Stored, m.StoredSeconds, 0, 0, m.More),
	}}
}

// tempo says how much faster or slower the entry is; nothing where it is not.
func (s *speaker) tempo(m *jaga.Sound) string {
	return s.tempoOf(m, "sound.faster", "sound.slower")
}

func (s *speaker) tempoOf(m *jaga.Sound, faster, slower string) string {
	n := s.decimal(math.Abs(m.Percent()), 1) + " %"
	switch {
	case m.Percent() > 0:
		return s.t(faster, "N", n)
	case m.Percent() < 0:
		return s.t(slower, "N", n)
	}
	return ""
}

// soundsOf compares the sound of two sides: b with what was heard of it, if that is
// a file, and otherwise by its fingerprint, which is found at its own speed only. ok
// says that both have sound that can be compared.
func soundsOf(a, b side) (m *jaga.Sound, ok bool) {
	x, y := wordsOf(a.Signals), wordsOf(b.Signals)
	if chroma.Enough(x) != nil || chroma.Enough(y) != nil {
		return nil, false
	}
	var found []chroma.Match
	var length float64
	if b.heard != nil {
		b.heard.Flush()
		found, length = b.heard.Matches(), b.heard.Heard().Seconds()
	} else {
		set := chroma.NewSet(nil)
		q, err := chroma.NewWordsQuery(y)
		if err != nil || set.Insert(1, x) != nil {
			return nil, false
		}
		found, length = set.Search(q), chroma.At(len(y)-1).Seconds()+float64(chroma.Span)/chroma.Rate
	}
	if len(found) == 0 {
		return nil, true
	}
	m = engine.SoundOf(found, length)
	// What was listened to stands second on the page.
	m.Query, m.Stored, m.QuerySeconds, m.StoredSeconds = m.Stored, m.Query, m.StoredSeconds, m.QuerySeconds
	m.Speed = 1 / m.Speed
	return m, true
}

// listenFor returns a listener for what a side has, nil where it has no sound that
// can be told from other sound.
func listenFor(x side) *chroma.Listener {
	set := chroma.NewSet(nil)
	if set.Insert(1, wordsOf(x.Signals)) != nil {
		return nil
	}
	return set.Listen()
}

// wordsOf returns the words of sound that was measured or typed.
func wordsOf(signals []jaga.Signal) []uint32 {
	for _, x := range signals {
		if x.Type == jaga.Chromaprint {
			if words, err := chroma.Decode(x.Words); err == nil {
				return words
			}
		}
	}
	return nil
}
