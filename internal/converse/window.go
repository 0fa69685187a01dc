package converse

import (
	"slices"
	"time"
)

// Line is a message of an excerpt.
type Line struct {
	Message string    `json:"message"`
	From    string    `json:"from"`
	At      time.Time `json:"at"`
	Text    string    `json:"text,omitempty"`
	// Transcribed says that a machine heard the words, and may be wrong.
	Transcribed bool   `json:"transcribed,omitempty"`
	Act         string `json:"act,omitempty"`
}

// window holds, in memory alone, the lines that a reviewer will want to see
// if a finding is made: the last few, and those that were evidence. After a
// restart it is empty, and excerpts begin with what comes then.
type window struct {
	last   []Line
	marked []Line
}

const (
	windowLast   = 6
	windowMarked = 12
	windowText   = 2000 // bytes of a line that are kept
)

func (w *window) add(m *Message, touched bool) {
	l := Line{Message: m.ID, From: m.From, At: at(m), Text: m.Text, Act: m.Act, Transcribed: m.Transcribed}
	if len(l.Text) > windowText {
		cut := windowText
		for cut > 0 && l.Text[cut]&0xC0 == 0x80 {
			cut--
		}
		l.Text = l.Text[:cut] + "…"
	}
	if touched {
		if len(w.marked) == windowMarked {
			w.marked = slices.Delete(w.marked, 1, 2) // the first and the newest stay
		}
		w.marked = append(w.marked, l)
	}
	if len(w.last) == windowLast {
		w.last = slices.Delete(w.last, 0, 1)
	}
	w.last = append(w.last, l)
}

// excerpt returns the lines for a finding in the order of time.
func (w *window) excerpt() []Line { return merge(w.marked, w.last) }

// maxLines bounds an excerpt.
const maxLines = 60

// merge puts lines together in the order of time, each once. Of too many, the
// first half and the newest stay.
func merge(a, b []Line) []Line {
	out := slices.Clone(a)
	for _, l := range b {
		if !slices.ContainsFunc(out, func(o Line) bool {
			return o.Message == l.Message && o.At.Equal(l.At) && o.Text == l.Text && o.Act == l.Act
		}) {
			out = append(out, l)
		}
	}
	slices.SortStableFunc(out, func(a, b Line) int { return a.At.Compare(b.At) })
	if over := len(out) - maxLines; over > 0 {
		out = slices.Delete(out, maxLines/2, maxLines/2+over)
	}
	return out
}
