package console

import (
	"cmp"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/indicator"
)

// chatMessage is one message of a chat that a page shows.
type chatMessage struct {
	ID, From string
	Name     string // what the sender is called
	At       time.Time
	Text     string
	Act      string
	Media    string // the kind of attachment
	// Transcribed says that a machine heard the words.
	Transcribed bool
}

// timeline is a chat as a page shows it.
type timeline struct {
	Zone  string // of the times, empty when there are none
	Lines []chatLine
	// More is how many messages behind the last line are left out.
	More int
	// Anchors are the places of messages on the page, by their short ID.
	Anchors map[string]string
}

// chatLine is a message with what stands before it.
type chatLine struct {
	Day    string // a day that begins
	Gap    string // how long nothing was written, or how many messages are left out
	Anchor string
	Side   string // left, right or middle
	Name   string
	Time   string // RFC 3339
	Clock  string
	Act    string // what happened, when it is not words
	// Transcribed says that a machine heard the words, and may be wrong.
	Transcribed bool
	Parts       []chatPart
	// Marks are indicators that the line shows and no words of it.
	Marks []indicator.ID
	// From here on a finding has its band.
	Reached []jaga.Band
}

// chatPart is a piece of a text; with marks it is why there is a finding.
type chatPart struct {
	Text  string
	Marks []indicator.ID
}

// span is a part of a text, in bytes, that shows an indicator.
type span struct {
	start, end int
	id         indicator.ID
}

// notes are what findings say of the messages of a chat.
type notes struct {
	spans   map[string][]span
	whole   map[string][]indicator.ID
	reached map[string][]jaga.Band
	left    string // whose messages stand on the left
}

// note gathers what findings say, by message.
func note(list []convo.Finding) notes {
	n := notes{map[string][]span{}, map[string][]indicator.ID{}, map[string][]jaga.Band{}, ""}
	for i, f := range list {
		if i == 0 {
			n.left = f.From
		}
		if f.FirstAt != "" {
			n.reached[f.FirstAt] = append(n.reached[f.FirstAt], f.Band)
		}
		for _, r := range f.Because {
			switch {
			case r.Message == "":
			case r.Span != nil:
				x := span{r.Span[0], r.Span[1], r.Indicator}
				if !slices.Contains(n.spans[r.Message], x) {
					n.spans[r.Message] = append(n.spans[r.Message], x)
				}
			case !slices.Contains(n.whole[r.Message], r.Indicator):
				n.whole[r.Message] = append(n.whole[r.Message], r.Indicator)
			}
		}
	}
	return n
}

// counts reports whether findings say anything of a message.
func (n notes) counts(id string) bool {
	key := convo.ShortID(id)
	return len(n.spans[key])+len(n.whole[key])+len(n.reached[key]) > 0
}

// longestText is how many bytes of a message a page shows.
const longestText = 4000

// gapFrom is how long nothing is written before a page says so.
const gapFrom = time.Hour

// timelineOf makes lines of the messages that pick chooses, in order; nil
// chooses all. most bounds them, and prefix begins their anchors.
func (c *console) timelineOf(s *speaker, all []chatMessage, n notes, prefix string, pick func(int) bool, most int) timeline {
	tl := timeline{Anchors: map[string]string{}}
	last, day := -1, ""
	for i, m := range all {
		if pick != nil && !pick(i) {
			continue
		}
		if len(tl.Lines) == most {
			break
		}
		line := c.line(s, m, n)
		line.Anchor = fmt.Sprintf("%s%d", prefix, i+1)
		if m.ID != "" {
			tl.Anchors[convo.ShortID(m.ID)] = line.Anchor
		}
		if given(m.At) {
			tl.Zone = m.At.In(c.zone).Format("MST")
			if d := s.day(m.At.In(c.zone)); d != day {
				line.Day, day = d, d
			}
		}
		switch {
		case i-last > 1:
			line.Gap = s.t("talk.hidden", "N", i-last-1)
		case last >= 0 && line.Day == "" && given(all[last].At) && m.At.Sub(all[last].At) >= gapFrom:
			line.Gap = s.t("talk.later", "Time", s.duration(m.At.Sub(all[last].At)))
		}
		tl.Lines = append(tl.Lines, line)
		last = i
	}
	tl.More = len(all) - 1 - last
	return tl
}

func (c *console) line(s *speaker, m chatMessage, n notes) chatLine {
	key := convo.ShortID(m.ID)
	line := chatLine{Name: cmp.Or(m.Name, m.From), Side: "right", Transcribed: m.Transcribed}
	if m.ID != "" {
		line.Marks, line.Reached = slices.Clone(n.whole[key]), n.reached[key]
	}
	if convo.ShortID(m.From) == n.left {
		line.Side = "left"
	}
	if given(m.At) {
		at := m.At.In(c.zone)
		line.Time, line.Clock = at.Format(time.RFC3339), s.clock(at)
	}
	if m.Text == "" {
		line.Side, line.Act = "middle", s.act(m)
		// What was seen in words that are not kept is said of the whole line.
		for _, x := range n.spans[key] {
			if m.ID != "" && !slices.Contains(line.Marks, x.id) {
				line.Marks = append(line.Marks, x.id)
			}
		}
		return line
	}
	var spans []span
	if m.ID != "" {
		spans = n.spans[key]
	}
	line.Parts = parts(clip(m.Text, longestText), spans)
	return line
}

// act says what happened.
func (s *speaker) act(m chatMessage) string {
	if m.Media != "" {
		return s.word("media", m.Media)
	}
	if e, ok := indicator.Get(indicator.ID(m.Act)); ok {
		return s.t("talk.act_indicator", "What", e.Name.In(s.tag))
	}
	if key := "chatact." + m.Act; s.has(key) {
		return s.t(key)
	}
	return s.t("talk.act_none")
}

// clip shortens a text to whole characters.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	for most > 0 && !utf8.RuneStart(text[most]) {
		most--
	}
	return text[:most] + "…"
}

// parts cuts a text at the edges of spans. Spans may overlap; edges that stand
// outside the text, or inside a character, move to where they can be cut.
func parts(text string, spans []span) []chatPart {
	edges := []int{0, len(text)}
	fitted := make([]span, 0, len(spans))
	for _, x := range spans {
		x.start, x.end = min(max(x.start, 0), len(text)), min(max(x.end, 0), len(text))
		for x.start > 0 && x.start < len(text) && !utf8.RuneStart(text[x.start]) {
			x.start--
		}
		for x.end < len(text) && !utf8.RuneStart(text[x.end]) {
			x.end++
		}
		if x.start < x.end {
			fitted = append(fitted, x)
			edges = append(edges, x.start, x.end)
		}
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	var out []chatPart
	for i := 1; i < len(edges); i++ {
		p := chatPart{Text: text[edges[i-1]:edges[i]]}
		for _, x := range fitted {
			if x.start <= edges[i-1] && edges[i] <= x.end && !slices.Contains(p.Marks, x.id) {
				p.Marks = append(p.Marks, x.id)
			}
		}
		slices.Sort(p.Marks)
		out = append(out, p)
	}
	return out
}
