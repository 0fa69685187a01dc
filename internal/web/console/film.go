package console

import (
	"fmt"
	"math"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/pdq"
	"github.com/jaga-project/jaga/vpdq"
)

// filmPlot shows which seconds of two films matched, as two bars.
type filmPlot struct {
	Bars []filmBar
}

// filmBar is one film, or a picture, which has no seconds.
type filmBar struct {
	Name    string
	Picture bool
	Length  string
	Share   string // of the frames that matched, "" where there is none
	Marks   []filmMark
	Parts   string // the same in words
}

// filmMark is a part that matched, as shares of the bar.
type filmMark struct{ X, W string }

// filmPlotOf draws the parts of a match; nil when neither side is a film.
func (s *speaker) filmPlotOf(f *jaga.Film, query, stored string) *filmPlot {
	if f == nil {
		return nil
	}
	return &filmPlot{[]filmBar{
		s.filmBar(query, f.Query, f.QuerySeconds, f.QueryMatched, f.QueryFrames, f.More),
		s.filmBar(stored, f.Stored, f.StoredSeconds, f.StoredMatched, f.StoredFrames, f.More),
	}}
}

func (s *speaker) filmBar(name string, parts []jaga.Range, seconds float64, matched, frames int, more bool) filmBar {
	b := filmBar{Name: name, Picture: len(parts) == 0, Length: s.t("film.length", "N", clockOf(seconds)), Parts: s.parts(parts, more)}
	if frames > 0 {
		b.Share = s.t("film.share", "Matched", matched, "Frames", frames, "Percent", s.decimal(100*float64(matched)/float64(frames), 1)+" %")
	}
	whole := max(seconds, 1)
	for _, r := range parts {
		// A single frame is drawn, too.
		w := max(r.To-r.From, whole/200)
		x := min(r.From, whole-w)
		b.Marks = append(b.Marks, filmMark{fmt.Sprintf("%.2f%%", 100*max(0, x)/whole), fmt.Sprintf("%.2f%%", min(100, 100*w/whole))})
	}
	return b
}

// maxParts is how many parts of a film a sentence names.
const maxParts = 12

// parts names the parts of a film that matched.
func (s *speaker) parts(list []jaga.Range, more bool) string {
	var out []string
	for i, r := range list {
		if i == maxParts {
			more = true
			break
		}
		if r.To > r.From {
			out = append(out, s.t("film.from_to", "From", clockOf(r.From), "To", clockOf(r.To)))
		} else {
			out = append(out, s.t("film.at", "From", clockOf(r.From)))
		}
	}
	if more {
		out = append(out, s.t("film.more"))
	}
	return strings.Join(out, ", ")
}

// where says in a few words which seconds matched: of what came in where that is
// a film, and otherwise of the entry.
func (s *speaker) where(f *jaga.Film) string {
	if len(f.Query) > 0 {
		return s.parts(f.Query, f.More)
	}
	return s.parts(f.Stored, f.More)
}

// clockOf writes seconds as 1:02:03 or 2:03.
func clockOf(seconds float64) string {
	n := int(math.Round(seconds))
	if n >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", n/3600, n/60%60, n%60)
	}
	return fmt.Sprintf("%d:%02d", n/60, n%60)
}

// filmsOf compares two sides of which one is a film, and reports whether they
// match as banks match unless somebody sets them otherwise. A picture is a film of
// one frame.
func filmsOf(a, b side) (f *jaga.Film, within, ok bool) {
	x, film := framesOf(a)
	y, other := framesOf(b)
	if !film && !other || len(x) == 0 || len(y) == 0 {
		return nil, false, false
	}
	o, within := vpdq.Match(x, y, vpdq.DefaultRule())
	f = engine.FilmOf(o)
	if !film {
		f.Query, f.QueryFrames = nil, 0
	}
	if !other {
		f.Stored, f.StoredFrames = nil, 0
	}
	return f, within, true
}

// framesOf returns the frames of a film, and of a picture one frame.
func framesOf(x side) (v vpdq.Video, film bool) {
	for _, s := range x.Signals {
		switch {
		case s.Type == jaga.VPDQ && s.Frames != "":
			if v, err := vpdq.ParseBinary([]byte(s.Frames)); err == nil {
				return v, true
			}
		case s.Type == jaga.PDQ && s.Variant == "":
			if h, err := pdq.ParseHash(s.Value); err == nil {
				quality := s.Quality
				if !x.File {
					quality = 100 // whoever typed it vouches for it
				}
				v = vpdq.Video{{Hash: h, Quality: quality}}
			}
		}
	}
	return v, false
}
