package chatfile

import (
	"bytes"
	"strings"
	"time"
	"unicode/utf8"
)

// transcript collects the messages of a text file until its end, when it is
// known in which order its dates are.
type transcript struct {
	*builder
	lines  lines
	stamps []stamped
	cal    calendar
	// indonesian is true once something shows that the app spoke Indonesian.
	indonesian bool

	// The message that further lines may belong to, while open is true: next
	// without its text, which is in tail, and clock if it is timed.
	open  bool
	next  Message
	tail  strings.Builder
	timed bool
	clock stamp
}

// stamped is a message's time before it is known: the index of the message and
// the stamp.
type stamped struct {
	index int
	stamp stamp
}

func (r *Reader) transcript() *transcript {
	return &transcript{builder: r.build(), lines: lines{r: r}}
}

// line returns the next line as valid text.
func (t *transcript) line() (string, bool) {
	if !t.lines.next() {
		return "", false
	}
	if !utf8.Valid(t.lines.text) {
		t.r.odd(t.lines.number, "", "it is not valid UTF-8; the wrong bytes are shown as U+FFFD")
		return string(bytes.ToValidUTF8(t.lines.text, []byte("\uFFFD"))), true
	}
	return string(t.lines.text), true
}

// begin starts a message whose text may go on in further lines.
func (t *transcript) begin(m Message, st *stamp) {
	t.open = true
	t.next = m
	t.tail.Reset()
	t.tail.WriteString(m.Text)
	t.timed = st != nil
	if st != nil {
		t.clock = *st
	}
}

// more adds a line to the message that was begun. Text beyond the bound is not
// collected; one byte more shows that there was some.
func (t *transcript) more(line string) {
	if t.tail.Len() > MaxText {
		return
	}
	t.tail.WriteByte('\n')
	t.tail.WriteString(line)
}

// end adds the message that was begun. read makes of its text what it means.
func (t *transcript) end(read func(m *Message) bool) {
	if !t.open {
		return
	}
	t.open = false
	m := t.next
	m.Text = strings.Trim(t.tail.String(), " \t\n")
	if read != nil && !read(&m) || !t.meet(m.From, m.Line) {
		t.skip()
		return
	}
	before := len(t.c.Messages)
	t.add(m)
	if t.timed && len(t.c.Messages) > before {
		t.stamps = append(t.stamps, stamped{before, t.clock})
		t.cal.see(t.clock)
	}
}

// date gives the messages their times.
func (t *transcript) date() {
	if len(t.stamps) == 0 {
		return
	}
	o, doubt := t.cal.decide(t.indonesian)
	if doubt != "" {
		t.r.odd(0, "time", "%s", doubt)
	}
	for _, s := range t.stamps {
		at, ok := s.stamp.time(o, t.r.opt.Location)
		if !ok {
			t.r.odd(t.c.Messages[s.index].Line, "time", "there is no such date; the time is taken as unknown")
			at = time.Time{}
		}
		t.c.Messages[s.index].At = at
	}
}

// senderName cleans a sender's name; a text that is no name is "".
func senderName(s string) string {
	const longest = 100
	s = strings.Trim(s, spaces+marks)
	if len(s) > longest {
		return ""
	}
	return s
}
