package chatfile

import (
	"fmt"
	"strings"
)

// Problem is something in a file that is not as it should be.
type Problem struct {
	// File is the name that was given to New.
	File string
	// Line is counted from 1; 0 if the problem concerns the whole file.
	Line int
	// Field is the name of the field, as in "messages.at"; "" if there is none.
	Field string
	// What says what is wrong and what was done about it.
	What string
	// Lost is true if something in the file was left out, so that whoever
	// checks the rest must report it as not checked.
	Lost bool
}

// Error names the file, the line and the field. It makes a Problem the error
// that a strict Reader ends with.
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	b.WriteString(": ")
	if p.Field != "" {
		b.WriteString(p.Field + ": ")
	}
	b.WriteString(p.What)
	return b.String()
}

// shown shortens a value from the file so that a problem stays one short line.
func shown(s string) string {
	const most = 40
	runes := 0
	for i := range s {
		if runes++; runes > most {
			return fmt.Sprintf("%q…", s[:i])
		}
	}
	return fmt.Sprintf("%q", s)
}
