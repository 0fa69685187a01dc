package chatlook

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// The ends of marked words while a text is laid out. Private-use characters of
// a conversation are shown as escapes, so none of it is taken for these.
const (
	markOpen  = '\ue000'
	markClose = '\ue001'
)

// safe makes text from a file harmless for a terminal: control characters and
// what turns the direction of writing are shown as escapes, other invisible
// characters are left out, except those that hold emoji together.
func safe(s string) string {
	if !strings.ContainsFunc(s, odd) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case !odd(r):
			b.WriteRune(r)
		case r == '\n' || r == '\t' || r == '\r' || r == '\u2028' || r == '\u2029':
			b.WriteByte(' ')
		case unicode.Is(unicode.Cf, r) && !directs(r):
		default:
			fmt.Fprintf(&b, "\\u%04x", r)
		}
	}
	return b.String()
}

func odd(r rune) bool {
	if r < 0x7f {
		return r < ' '
	}
	return r != '\u200d' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Zl, unicode.Zp)
}

// directs reports whether a character turns the direction of writing of what
// follows.
func directs(r rune) bool { return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' }

// columns returns how many columns a character takes.
func columns(r rune) int {
	switch {
	case r == markOpen || r == markClose:
		return 0
	case r < 0x300:
		return 1
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// wide returns how many columns a text takes, without its styles.
func wide(s string) int {
	n := 0
	for len(s) > 0 {
		if k := sgr(s); k > 0 {
			s = s[k:]
			continue
		}
		r, k := utf8.DecodeRuneInString(s)
		n += columns(r)
		s = s[k:]
	}
	return n
}

// sgr returns the length of the style sequence that s begins with, 0 if there
// is none. Only this package's own are in a text: safe has escaped others.
func sgr(s string) int {
	if !strings.HasPrefix(s, "\x1b[") {
		return 0
	}
	if i := strings.IndexByte(s, 'm'); i > 0 {
		return i + 1
	}
	return 0
}

// shorten makes one safe line of at most n columns.
func shorten(s string, n int) string {
	const perColumn = 16 // bytes: an emoji with its modifiers
	if len(s) > n*perColumn {
		s = strings.ToValidUTF8(s[:n*perColumn], "") + "…"
	}
	s = strings.Join(strings.Fields(safe(s)), " ")
	if wide(s) <= n {
		return s
	}
	at, w := 0, 0
	for i, r := range s {
		if w += columns(r); w >= n {
			at = i
			break
		}
	}
	return strings.TrimRight(s[:at], " ") + "…"
}

// The most of one message that is shown, in bytes before and after the first
// marked word, and in lines. The whole is in the file.
const (
	excerptBefore = 240
	excerptAfter  = 480
)

// marked returns the message's text with the spans marked, of long ones the
// part around the first span.
func (p *Printer) marked(text string, spans [][2]int) string {
	spans = slices.DeleteFunc(spans, func(s [2]int) bool {
		return s[0] < 0 || s[1] > len(text) || s[0] >= s[1]
	})
	slices.SortFunc(spans, func(a, b [2]int) int { return a[0] - b[0] })
	first := 0
	if len(spans) > 0 {
		first = spans[0][0]
	}
	from, to := 0, len(text)
	if len(text) > excerptBefore+excerptAfter {
		from = boundary(text, max(0, first-excerptBefore))
		to = boundary(text, min(len(text), first+excerptAfter))
	}
	open, closing := "«", "»"
	if p.o.Colour {
		open, closing = string(markOpen), string(markClose)
	}
	var b strings.Builder
	if from > 0 {
		b.WriteString("… ")
	}
	at := from
	for _, s := range spans {
		start, end := max(s[0], at), min(s[1], to)
		if start >= end {
			continue
		}
		b.WriteString(lines(text[at:start]))
		b.WriteString(open + lines(text[start:end]) + closing)
		at = end
	}
	b.WriteString(lines(text[at:to]))
	if to < len(text) {
		b.WriteString(" …")
	}
	return b.String()
}

// lines makes text safe and keeps its line ends.
func lines(s string) string {
	if !strings.Contains(s, "\n") {
		return safe(s)
	}
	parts := strings.Split(s, "\n")
	for i := range parts {
		parts[i] = safe(parts[i])
	}
	return strings.Join(parts, "\n")
}

// boundary moves a place in a text back to where a character starts.
func boundary(s string, i int) int {
	for i > 0 && i < len(s) && !utf8.RuneStart(s[i]) {
		i--
	}
	return i
}

// line writes one line that is known to be short.
func (p *Printer) line(indent, text string) {
	p.buf.WriteString(strings.TrimRight(indent+text, " ") + "\n")
}

// para writes text, broken into lines behind the indent.
func (p *Printer) para(indent, text string) { p.hang(indent, "", text) }

// list writes parts that are not broken if they fit on a line.
func (p *Printer) list(indent string, parts []string, between string) {
	row := ""
	for _, part := range parts {
		if row != "" && wide(indent)+wide(row)+wide(between)+wide(part) > p.o.Width {
			p.para(indent, p.style(faint, row))
			row = ""
		}
		if row != "" {
			row += between
		}
		row += part
	}
	p.para(indent, p.style(faint, row))
}

// joined is a list whose parts keep together with their dots.
func joined(parts []string) string { return strings.Join(parts, " · ") }

// hang writes text with a label before it, the lines after the first indented
// like the text if there is room.
func (p *Printer) hang(indent, label, text string) {
	const least = 24 // columns below which a hanging text is hard to read
	next := indent + repeat(" ", wide(label))
	if p.o.Width-wide(next) < least {
		next = indent
		if wide(label) > 0 && p.o.Width-wide(indent)-wide(label) < least/2 {
			p.line(indent, label)
			label = ""
		}
	}
	before := indent + label
	open, current := "", false // the style and the mark that a line break interrupts
	for i, row := range rows(text, max(p.o.Width-wide(next), 8), max(p.o.Width-wide(before), 8)) {
		if i > 0 {
			before = next
		}
		var out string
		out, open, current = p.render(row, open, current)
		p.line(before, out)
	}
}

// render turns the marks into styles and closes at the line's end what goes on
// in the next line, so that a style never runs into the margin.
func (p *Printer) render(row, open string, current bool) (out, nextOpen string, nextCurrent bool) {
	var b strings.Builder
	start := func() {
		switch {
		case current:
			b.WriteString("\x1b[" + marker + "m")
		case open != "":
			b.WriteString(open)
		}
	}
	start()
	for len(row) > 0 {
		if k := sgr(row); k > 0 {
			if open = row[:k]; open == "\x1b[0m" {
				open = ""
			}
			b.WriteString(row[:k])
			row = row[k:]
			continue
		}
		r, k := utf8.DecodeRuneInString(row)
		switch r {
		case markOpen:
			current = true
			start()
		case markClose:
			current = false
			b.WriteString("\x1b[0m")
			start()
		default:
			b.WriteString(row[:k])
		}
		row = row[k:]
	}
	if current || open != "" {
		b.WriteString("\x1b[0m")
	}
	return b.String(), open, current
}

// rows breaks text into lines of at most n columns, the first of at most
// first.
func rows(text string, n, first int) []string {
	var out []string
	row, w, room := "", 0, first
	for word := range strings.FieldsSeq(text) {
		k := wide(word)
		if row != "" && w+1+k > room {
			out = append(out, row)
			row, w, room = "", 0, n
		}
		for k > room && row == "" { // a word longer than a line
			head, rest := cut(word, room)
			if rest == "" {
				break
			}
			out = append(out, head)
			word, room = rest, n
			k = wide(word)
		}
		if row != "" {
			row += " "
			w++
		}
		row += word
		w += k
	}
	return append(out, row)
}

// cut splits a word before the column n, with styles kept whole.
func cut(word string, n int) (head, rest string) {
	w := 0
	for i := 0; i < len(word); {
		if k := sgr(word[i:]); k > 0 {
			i += k
			continue
		}
		r, k := utf8.DecodeRuneInString(word[i:])
		if w += columns(r); w > n && i > 0 {
			return word[:i], word[i:]
		}
		i += k
	}
	return word, ""
}

func repeat(s string, n int) string { return strings.Repeat(s, max(n, 0)) }
