package chatfile

import (
	"strings"

	"github.com/jaga-project/jaga/convo"
)

// readPlain reads text of lines such as "name: text". A time in square brackets
// may stand before the name. A line without a name goes on with the message
// before it.
func readPlain(r *Reader) {
	t := r.transcript()
	t.c.ID = r.stem()
	untimed := 0
	for {
		line, ok := t.line()
		if !ok {
			break
		}
		number := t.lines.number
		st, m, rest := t.plainTime(line)
		name, text, found := plainName(rest)
		switch {
		case found:
			t.end(t.says)
			m.From, m.Text, m.Line = name, text, number
			if st == nil && m.At.IsZero() {
				untimed++
			}
			t.begin(m, st)
		case strings.TrimSpace(line) == "":
			if t.open {
				t.more("")
			}
		case t.open:
			t.more(line)
		default:
			r.lose(number, "", "it comes before the first \"name: text\" and was left out")
		}
	}
	t.end(t.says)
	t.date()
	if untimed > 0 {
		r.odd(0, "time", "messages without a time: %d", untimed)
	}
	if len(t.c.Messages) > 0 {
		r.emit(t.finish())
	}
}

// says reports whether a message says anything.
func (t *transcript) says(m *Message) bool {
	if m.Text == "" {
		t.r.odd(m.Line, "", "the message is empty and was left out")
	}
	return m.Text != ""
}

// plainTime takes a time in square brackets off a line: into a stamp if the
// order of its numbers is open, else into the message.
func (t *transcript) plainTime(line string) (st *stamp, m Message, rest string) {
	line = strings.TrimLeft(line, spaces+marks)
	inside, after, found := strings.Cut(strings.TrimPrefix(line, "["), "]")
	if !strings.HasPrefix(line, "[") || !found || len(inside) > maxStamp {
		return nil, Message{}, line
	}
	inside = strings.Trim(inside, spaces+marks)
	if at, _ := parseTime(inside, t.r.opt.Location); !at.IsZero() {
		return nil, Message{Message: convo.Message{At: at}}, after
	}
	if s, ok := parseStamp(inside); ok {
		return &s, Message{}, after
	}
	s := scanner{inside}
	if s.clock(&stamp{}) && s.s == "" {
		return nil, Message{}, after // a time of day tells no date
	}
	return nil, Message{}, line
}

// plainName splits "name: text". A name has at most five words and no sign that
// ends a sentence, so that prose with a colon in it is not taken for one.
func plainName(line string) (name, text string, ok bool) {
	const longest, words = 60, 5
	before, after, found := strings.Cut(line, ":")
	name = senderName(before)
	if !found || name == "" || len(name) > longest || len(strings.Fields(name)) > words || strings.ContainsAny(name, "!?;/\\<>[]") {
		return "", "", false
	}
	if after != "" && !strings.HasPrefix(after, " ") && !strings.HasPrefix(after, "\t") {
		return "", "", false
	}
	return name, strings.TrimSpace(after), true
}
