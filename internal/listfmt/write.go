package listfmt

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/jaga-project/jaga"
)

// Writer writes rows in a format that Reader reads.
type Writer struct {
	format Format
	out    *bufio.Writer
	csv    *csv.Writer
	last   jaga.SignalType
}

// NewWriter returns a writer. A plain list holds one type only.
func NewWriter(w io.Writer, format Format) (*Writer, error) {
	out := &Writer{format: format, out: bufio.NewWriterSize(w, 1<<16)}
	switch format {
	case CSV:
		out.csv = csv.NewWriter(out.out)
		return out, out.csv.Write([]string{"type", "value", "note"})
	case JSONL, Plain:
		return out, nil
	}
	return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "format", Msg: fmt.Sprintf("%q is not one of csv, jsonl, plain", format)}
}

// Write appends one row.
func (w *Writer) Write(r *Row) error {
	switch w.format {
	case CSV:
		return w.csv.Write([]string{string(r.Type), r.Text(), defused(r.Note)})
	case JSONL:
		line, err := json.Marshal(struct {
			Type  jaga.SignalType `json:"type"`
			Value string          `json:"value"`
			Note  string          `json:"note,omitempty"`
		}{r.Type, r.Text(), r.Note})
		if err != nil {
			return err
		}
		_, err = w.out.Write(append(line, '\n'))
		return err
	}
	if w.last == "" {
		if _, err := fmt.Fprintln(w.out, r.Type); err != nil {
			return err
		}
		w.last = r.Type
	}
	if w.last != r.Type {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "format", Msg: fmt.Sprintf("a plain list holds one type; this one has %s and %s", w.last, r.Type), Hint: "choose csv or jsonl, or one type"}
	}
	_, err := fmt.Fprintln(w.out, r.Text())
	return err
}

// defused keeps a spreadsheet from taking a note for a formula.
func defused(note string) string {
	if note != "" && strings.ContainsRune("=+-@\t\r", rune(note[0])) {
		return "'" + note
	}
	return note
}

// Flush writes what is still in memory.
func (w *Writer) Flush() error {
	if w.csv != nil {
		w.csv.Flush()
		if err := w.csv.Error(); err != nil {
			return err
		}
	}
	return w.out.Flush()
}
