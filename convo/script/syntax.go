package script

import (
	"fmt"
	"strings"
	"unicode"
)

// SyntaxError says where a file breaks the rules of the language.
type SyntaxError struct {
	File string
	Line int
	What string // what is wrong, and what to write instead
}

// Error names the file, the line and what to write instead.
func (e *SyntaxError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.What) }

// clean drops a comment and the blanks around a line. A # starts a comment at
// the start of a line or between blanks, as in packs; "#1" is text.
func clean(s string) string {
	s = strings.TrimRight(s, "\r")
	for i := range len(s) {
		if s[i] != '#' {
			continue
		}
		before := i == 0 || blank(s[i-1])
		after := i+1 == len(s) || blank(s[i+1])
		if before && (after || strings.TrimSpace(s[:i]) == "") {
			s = s[:i]
			break
		}
	}
	return strings.TrimSpace(s)
}

func blank(b byte) bool { return b == ' ' || b == '\t' }

// cut returns the first word of a line and the rest.
func cut(s string) (word, rest string) {
	s = strings.TrimSpace(s)
	i := strings.IndexFunc(s, unicode.IsSpace)
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.TrimSpace(s[i:])
}

// cutName takes a name from the front: a letter, then letters, digits, - and
// _; or a single *. A - in front of > belongs to an arrow.
func cutName(s string) (name, rest string) {
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "*") {
		return "*", strings.TrimSpace(s[1:])
	}
	end := len(s)
	for i, r := range s {
		inside := i > 0 && (unicode.IsDigit(r) || r == '_' || (r == '-' && !strings.HasPrefix(s[i:], "->")))
		if !unicode.IsLetter(r) && !inside {
			end = i
			break
		}
	}
	return s[:end], strings.TrimSpace(s[end:])
}

// cutArrow takes -> or → from the front.
func cutArrow(s string) (rest string, ok bool) {
	s = strings.TrimSpace(s)
	if rest, ok = strings.CutPrefix(s, "->"); !ok {
		rest, ok = strings.CutPrefix(s, "→")
	}
	return strings.TrimSpace(rest), ok
}

// reserved are words that begin a line, so nobody can be called so.
var reserved = [...]string{"test", "lang", "channel", "actors", "tie", "under", "expect", "day", "repeat"}

// maxName bounds a name, in bytes; longer identifiers of the detector become
// digests, which would be hard to read.
const maxName = 40

// checkName says what is wrong with a new person's name.
func checkName(s string) error {
	name, rest := cutName(s)
	switch {
	case name == "*":
		return fmt.Errorf("* stands for everybody; give the person a name such as A")
	case name == "" || rest != "":
		return fmt.Errorf("%q is no name; write a letter, then letters, digits, - or _, such as A or coach-2", s)
	case len(name) > maxName:
		return fmt.Errorf("the name %.20q… is longer than %d bytes; write a short one such as A", name, maxName)
	}
	for _, r := range reserved {
		if name == r {
			return fmt.Errorf("%q begins a line of the language; write another name, such as A", name)
		}
	}
	return nil
}
