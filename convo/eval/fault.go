package eval

import (
	"errors"
	"fmt"
	"strings"
)

// LineError says what is wrong with one line or entry of an input. It never
// quotes the content.
type LineError struct {
	File   string `json:"file"`             // the name the caller gave
	Line   int    `json:"line,omitempty"`   // counted from 1; 0 when unknown
	Offset int64  `json:"offset,omitempty"` // in bytes; 0 when unknown
	Field  string `json:"field,omitempty"`  // empty when the whole line is meant
	Msg    string `json:"msg"`
}

// Error returns file, place, field and reason.
func (e *LineError) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	if e.Offset > 0 {
		fmt.Fprintf(&b, " (byte %d)", e.Offset)
	}
	b.WriteString(": ")
	if e.Field != "" {
		fmt.Fprintf(&b, "field %q: ", e.Field)
	}
	return b.String() + e.Msg
}

// ReadOptions says how a reader takes what it cannot read.
type ReadOptions struct {
	// Strict makes the first malformed line an error. Otherwise such lines
	// are left out and counted in Skipped.
	Strict bool
}

// Skipped counts what a reader left out. A result without it beside it hides
// how much was not measured.
type Skipped struct {
	Count int          `json:"count"`
	First []*LineError `json:"first,omitempty"` // of the first few, in order
}

// keptFaults is how many faults Skipped shows.
const keptFaults = 10

// add counts a fault, or returns it under strict options.
func (s *Skipped) add(o ReadOptions, e *LineError) error {
	if o.Strict {
		return e
	}
	s.Count++
	if len(s.First) < keptFaults {
		s.First = append(s.First, e)
	}
	return nil
}

// fieldError is a fault whose place in the input its finder does not know.
type fieldError struct{ field, msg string }

func (e *fieldError) Error() string { return fmt.Sprintf("field %q: %s", e.field, e.msg) }

func wrongField(field, format string, args ...any) error {
	return &fieldError{field, fmt.Sprintf(format, args...)}
}

// at gives err, the fault of one line, its place.
func at(file string, line int, err error) *LineError {
	e := &LineError{File: file, Line: line, Msg: err.Error()}
	if f, ok := errors.AsType[*fieldError](err); ok {
		e.Field, e.Msg = f.field, f.msg
	}
	return e
}
