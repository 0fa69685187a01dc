package eval

import (
	"io"
	"strconv"
	"strings"
)

// LineRef names one line of one conversation.
type LineRef struct {
	Conversation string
	Line         int
}

// ReadAuthors reads the truth of task 1, or a list of retrieved authors: one
// author id a line. file is for messages only.
func ReadAuthors(file string, r io.Reader, o ReadOptions) (Set[string], Skipped, error) {
	authors := Set[string]{}
	skipped, err := eachLine(file, r, o, func(_ int, data []byte) error {
		if len(strings.Fields(string(data))) != 1 {
			return wrongField("author", "one id without blanks is expected")
		}
		authors[string(data)] = struct{}{}
		return nil
	})
	return authors, skipped, err
}

// ReadLineRefs reads the truth of task 2, or a list of retrieved lines:
// conversation id, tab, line number, of which the white space is trimmed.
// file is for messages only.
func ReadLineRefs(file string, r io.Reader, o ReadOptions) (Set[LineRef], Skipped, error) {
	lines := Set[LineRef]{}
	skipped, err := eachLine(file, r, o, func(_ int, data []byte) error {
		id, number, ok := strings.Cut(string(data), "\t")
		id, number = strings.TrimSpace(id), strings.TrimSpace(number)
		if !ok || id == "" {
			return wrongField("conversation", "an id, a tab and a line number are expected")
		}
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 {
			return wrongField("line", "not a whole number from 1")
		}
		lines[LineRef{id, n}] = struct{}{}
		return nil
	})
	return lines, skipped, err
}
