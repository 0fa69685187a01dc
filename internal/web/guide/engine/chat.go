package engine

import (
	"slices"
	"strings"
	"unicode"
)

// message is one thing that somebody wrote.
type message struct {
	from string // "" for words of which nobody is named
	text string
}

// marks are invisible characters that apps put before a line.
const marks = "\u200e\u200f\u202a\u202b\u202c\u202f\ufeff "

// read takes a chat apart as people copy it: with a date and a name before
// each message, with a name alone, with the name on a line of its own, or loose
// words. Where names are not clear, all is taken for loose words, a message a
// line.
func read(text string) []message {
	var named, loose []message
	var more strings.Builder // the text of the last of named
	put := func() {
		if len(named) > 0 {
			named[len(named)-1].text = strings.TrimSpace(more.String())
		}
		more.Reset()
	}
	headed, dated, lines := 0, 0, 0
	for line := range strings.Lines(text) {
		line = strings.Trim(line, marks+"\r\n\t")
		if line == "" {
			continue
		}
		lines++
		loose = append(loose, message{text: line})
		rest, date := unstamped(line)
		name, words, ok := "", "", false
		if name, ok = heading(line); ok {
			date = true
		} else {
			name, words, ok = speaker(rest)
		}
		switch {
		case ok:
			headed++
			if date {
				dated++
			}
			put()
			named = append(named, message{from: name})
			more.WriteString(words)
		case len(named) > 0:
			more.WriteString("\n" + rest)
		default:
			named = append(named, message{})
			more.WriteString(rest)
		}
	}
	put()
	if dated > 1 || headed > 1 && 2*headed >= lines && (again(named) || headed == lines) {
		return slices.DeleteFunc(named, func(m message) bool { return m.text == "" })
	}
	return loose
}

// again reports whether somebody is named twice: a list of words with colons
// names each once.
func again(list []message) bool {
	seen := map[string]bool{}
	for _, m := range list {
		if m.from != "" && seen[m.from] {
			return true
		}
		seen[m.from] = true
	}
	return false
}

// unstamped takes a date and time from before a line: in brackets, or up to a
// dash, as the exports of WhatsApp have them.
func unstamped(line string) (rest string, found bool) {
	const longest = 40
	if strings.HasPrefix(line, "[") {
		if inside, after, ok := strings.Cut(line[1:], "]"); ok && len(inside) <= longest && clock(inside) {
			return strings.Trim(after, marks), true
		}
	}
	if before, after, ok := strings.Cut(line, " - "); ok && len(before) <= longest && clock(before) {
		return strings.Trim(after, marks), true
	}
	return line, false
}

// clock reports whether a text can be a date or a time: digits, with a sign
// between them, and few letters.
func clock(s string) bool {
	digits, signs, letters := 0, 0, 0
	for _, r := range s {
		switch {
		case unicode.IsDigit(r):
			digits++
		case strings.ContainsRune(":./-", r):
			signs++
		case unicode.IsLetter(r):
			letters++
		}
	}
	return digits >= 3 && signs > 0 && letters <= digits+4
}

// heading reads a line that names who wrote the next ones, as Telegram's and
// Discord's windows copy it: "Rio, [13.11.2025 20:01]", "Rio — 13/11/2025 20:01".
func heading(line string) (name string, ok bool) {
	if before, stamp, found := strings.Cut(line, ", ["); found && strings.HasSuffix(stamp, "]") && clock(stamp) {
		return before, isName(before)
	}
	if before, stamp, found := strings.Cut(line, " — "); found && clock(stamp+" 0:0") && strings.ContainsAny(stamp, "0123456789") {
		return before, isName(before)
	}
	return "", false
}

// speaker splits "name: text".
func speaker(line string) (name, text string, ok bool) {
	name, text, ok = strings.Cut(line, ":")
	if !ok || text != "" && !strings.HasPrefix(text, " ") && !strings.HasPrefix(text, "\t") {
		return "", "", false
	}
	name = strings.Trim(name, marks)
	return name, strings.Trim(text, marks+"\t"), isName(name)
}

// isName reports whether a text can be a name: short, with no sign that ends a
// sentence.
func isName(s string) bool {
	const longest, words = 40, 4
	return s != "" && len(s) <= longest && len(strings.Fields(s)) <= words && !strings.ContainsAny(s, "!?;/\\<>[]{}\"") &&
		!strings.HasSuffix(s, ".")
}

// names lists who wrote, those who wrote most first.
func names(list []message) []string {
	n := map[string]int{}
	var out []string
	for _, m := range list {
		if m.from == "" {
			continue
		}
		if n[m.from] == 0 {
			out = append(out, m.from)
		}
		n[m.from]++
	}
	slices.SortStableFunc(out, func(a, b string) int { return n[b] - n[a] })
	return out
}
