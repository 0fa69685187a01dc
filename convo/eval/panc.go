package eval

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// PANCFiles returns the names of the two files of the PANC corpus.
func PANCFiles() (train, test string) {
	return "datapack-PANC-train.json", "datapack-PANC-test.json"
}

// PANCChat is one chat of PANC (Vogt, Leser and Akbik, ACL 2021).
type PANCChat struct {
	Positive  bool // className predator; otherwise non-predator
	HasErrors bool // as the corpus marks it
	// Segments hold the messages that are not empty, between the separators
	// of the corpus. There is one segment at least, which may be empty.
	Segments [][]Text
	Missing  int // entries that are null: lines the corpus has lost
}

// Messages is the number of messages that are not empty.
func (c PANCChat) Messages() int {
	n := 0
	for _, s := range c.Segments {
		n += len(s)
	}
	return n
}

// maxPANCChat bounds the bytes of one chat; the corpus stays far below.
const maxPANCChat = 16 << 20

// PANCReader reads the chats of a PANC datapack, one at a time.
type PANCReader struct {
	file    string
	options ReadOptions
	budget  *budgetReader
	dec     *json.Decoder
	skipped Skipped
	inside  bool // the object of chats
	found   bool // it was there
	n       int  // chats so far
	err     error
}

// NewPANCReader reads from r; file is for messages only.
func NewPANCReader(file string, r io.Reader, o ReadOptions) *PANCReader {
	budget := newBudgetReader(r, maxPANCChat)
	return &PANCReader{file: file, options: o, budget: budget, dec: json.NewDecoder(budget)}
}

// Skipped counts the chats that were left out so far because an entry of them
// is malformed. A chat is left out as a whole: without one of its messages its
// windows would be others.
func (r *PANCReader) Skipped() Skipped { return r.skipped }

// Offset is how many bytes of the input have been taken in.
func (r *PANCReader) Offset() int64 { return r.dec.InputOffset() }

// Next returns the next chat, and io.EOF after the last. JSON that is not
// well-formed ends the reading with a [LineError], under any options.
func (r *PANCReader) Next() (PANCChat, error) {
	if r.err != nil {
		return PANCChat{}, r.err
	}
	c, err := r.next()
	r.err = err
	return c, err
}

func (r *PANCReader) next() (PANCChat, error) {
	for {
		if !r.inside {
			if err := r.toChats(); err != nil {
				return PANCChat{}, err
			}
		}
		if !r.dec.More() {
			if err := r.expect(json.Delim('}')); err != nil {
				return PANCChat{}, err
			}
			r.inside = false
			continue
		}
		if _, err := r.token(); err != nil { // the name
			return PANCChat{}, err
		}
		start := r.dec.InputOffset()
		var raw json.RawMessage
		if err := r.value(&raw); err != nil {
			return PANCChat{}, err
		}
		index := r.n
		r.n++
		c, err := parsePANCChat(raw)
		if err == nil {
			return c, nil
		}
		fault := at(r.file, 0, err)
		fault.Offset = start
		fault.Field = join(fmt.Sprintf("chats[%d]", index), fault.Field)
		if err := r.skipped.add(r.options, fault); err != nil {
			return PANCChat{}, err
		}
	}
}

// toChats goes on to the value of the next field "chats" of the outermost
// object. At the end of that object it returns io.EOF.
func (r *PANCReader) toChats() error {
	if !r.found && r.dec.InputOffset() == 0 {
		if err := r.expect(json.Delim('{')); err != nil {
			return err
		}
	}
	for r.dec.More() {
		name, err := r.token()
		if err != nil {
			return err
		}
		if name == "chats" && r.found {
			return r.fault("chats", "there twice")
		}
		if name == "chats" {
			if err := r.expect(json.Delim('{')); err != nil {
				return err
			}
			r.inside, r.found = true, true
			return nil
		}
		var other json.RawMessage
		if err := r.value(&other); err != nil {
			return err
		}
	}
	if err := r.expect(json.Delim('}')); err != nil {
		return err
	}
	if !r.found {
		return r.fault("chats", "missing: not a PANC datapack")
	}
	if _, err := r.dec.Token(); !errors.Is(err, io.EOF) {
		return r.fault("", "something follows the datapack")
	}
	return io.EOF
}

func (r *PANCReader) token() (json.Token, error) {
	r.budget.renew()
	tok, err := r.dec.Token()
	return tok, r.reword(err)
}

// value reads what follows a name, under the budget that began with it.
func (r *PANCReader) value(into *json.RawMessage) error {
	return r.reword(r.dec.Decode(into))
}

func (r *PANCReader) expect(want json.Delim) error {
	tok, err := r.token()
	if err != nil {
		return err
	}
	if tok != want {
		return r.fault("", fmt.Sprintf("%q is expected here", want.String()))
	}
	return nil
}

// reword says what is wrong without quoting the content, as the decoder does.
func (r *PANCReader) reword(err error) error {
	_, syntax := errors.AsType[*json.SyntaxError](err)
	switch {
	case err == nil:
		return nil
	case syntax || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return r.fault("", "the JSON is not well-formed, or the file is cut off here")
	}
	if long, ok := errors.AsType[errTooLong](err); ok {
		return r.fault("", long.Error())
	}
	return fmt.Errorf("reading %s, byte %d: %w", r.file, r.dec.InputOffset(), err)
}

func (r *PANCReader) fault(field, msg string) *LineError {
	return &LineError{File: r.file, Offset: r.dec.InputOffset(), Field: field, Msg: msg}
}

func parsePANCChat(raw []byte) (PANCChat, error) {
	var in struct {
		ClassName string             `json:"className"`
		HasErrors bool               `json:"hasErrors"`
		Content   *[]json.RawMessage `json:"content"`
	}
	if err := decode(raw, &in); err != nil {
		return PANCChat{}, err
	}
	c := PANCChat{HasErrors: in.HasErrors, Segments: [][]Text{nil}}
	switch in.ClassName {
	case "predator":
		c.Positive = true
	case "non-predator":
	default:
		return c, wrongField("className", "neither predator nor non-predator")
	}
	if in.Content == nil {
		return c, wrongField("content", "missing")
	}
	for i, entry := range *in.Content {
		if bytes.Equal(entry, []byte("null")) {
			c.Missing++
			continue
		}
		var e struct {
			Type string  `json:"type"`
			Body *string `json:"body"`
		}
		where := fmt.Sprintf("content[%d]", i)
		if err := decode(entry, &e); err != nil {
			if f, ok := errors.AsType[*fieldError](err); ok {
				return c, wrongField(join(where, f.field), "%s", f.msg)
			}
			return c, wrongField(where, "%s", err)
		}
		switch e.Type {
		case "separator":
			c.Segments = append(c.Segments, nil)
		case "message":
			if e.Body != nil && *e.Body != "" {
				last := len(c.Segments) - 1
				c.Segments[last] = append(c.Segments[last], NewText(*e.Body))
			}
		default:
			return c, wrongField(where+".type", "neither message nor separator")
		}
	}
	return c, nil
}

func join(outer, inner string) string {
	if inner == "" {
		return outer
	}
	return outer + "." + inner
}
