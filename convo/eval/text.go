package eval

import (
	"fmt"
	"io"
)

// Text is text of a research corpus. Every way of printing or marshalling it
// gives its length only, so that no report, log line or error can carry it;
// [Text.ForClassifier] is the one way out.
//
// The text is behind a pointer because fmt does not call the methods of what
// lies in an unexported field; of a pointer it prints the address there.
type Text struct{ s *string }

// NewText wraps s.
func NewText(s string) Text { return Text{&s} }

// ForClassifier returns the text itself, for a classifier to read. It is
// never printed, logged or stored.
func (t Text) ForClassifier() string {
	if t.s == nil {
		return ""
	}
	return *t.s
}

// Len is the length in bytes.
func (t Text) Len() int { return len(t.ForClassifier()) }

// String says how long the text is.
func (t Text) String() string { return fmt.Sprintf("[text of %d bytes]", t.Len()) }

// Format prints what String says, under every verb.
func (t Text) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, t.String()) }

// MarshalText gives what String says; it never fails.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.String()), nil }
