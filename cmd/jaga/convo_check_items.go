package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"unicode/utf8"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo/indicator"
)

// checkItem is one message by itself. Members that are not named here are
// allowed and ignored, so that the items of an evaluation can be given.
type checkItem struct {
	ID      string  `json:"id"`
	Text    *string `json:"text"`
	Speaker string  `json:"speaker"`
	Target  string  `json:"target"`
}

// itemAnswer is what the words of one item show.
type itemAnswer struct {
	ID         string         `json:"id"`
	Indicators []indicator.ID `json:"indicators"`
	// Cut is true when the message was not read in full.
	Cut bool `json:"cut,omitempty"`
}

// maxItemLine bounds one line of items: the longest message that is read takes
// at most six times its bytes as JSON.
const maxItemLine = 16 << 20

// items answers each line of a file of items with one line, in order.
func (r *convoRun) items(ctx context.Context, name string) error {
	var in io.Reader
	shown := "stdin"
	if name == "-" {
		in = untilDone(ctx, r.a.In)
	} else {
		f, err := openRegular(name)
		if err != nil {
			return err
		}
		defer f.Close()
		in, shown = f, printable(name)
	}
	defer r.problems.end()
	out := bufio.NewWriterSize(r.a.Out, 64<<10)
	err := r.answers(ctx, shown, bufio.NewReaderSize(in, 64<<10), out)
	if ferr := out.Flush(); ferr != nil && err == nil {
		err = fmt.Errorf("write result: %w", ferr)
	}
	if err == nil && r.unread {
		return statusError(exitNotChecked)
	}
	return err
}

func (r *convoRun) answers(ctx context.Context, file string, in *bufio.Reader, out io.Writer) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for n := 1; ; n++ {
		line, long, rerr := itemLine(in)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if rerr != nil && !errors.Is(rerr, io.EOF) {
			return fmt.Errorf("read %s, line %d: %w", file, n, rerr)
		}
		if n == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if line = bytes.TrimSpace(line); long || len(line) > 0 {
			it, err := parseItem(line, long)
			switch {
			case err != nil && r.f.strict:
				return errorf(jaga.CodeInvalid, "", "%s:%d: %w", file, n, err)
			case err != nil:
				r.problems.add(fmt.Sprintf("%s:%d: %v; the line was left out", file, n, err))
				r.unread = true
			default:
				got := r.detector.Read(*it.Text, it.Speaker, it.Target)
				r.unread = r.unread || got.Cut
				if err := enc.Encode(itemAnswer{it.ID, orEmpty(got.Indicators), got.Cut}); err != nil {
					return fmt.Errorf("write result: %w", err)
				}
			}
		}
		if rerr != nil {
			return nil
		}
	}
}

// parseItem reads one line, of one that is too long nothing; the error names the field and holds nothing of
// the text.
func parseItem(line []byte, long bool) (checkItem, error) {
	var it checkItem
	if long {
		return it, fmt.Errorf("it is longer than %d bytes", maxItemLine)
	}
	if !utf8.Valid(line) {
		return it, errors.New("it is not valid UTF-8")
	}
	if err := json.Unmarshal(line, &it); err != nil {
		if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && t.Field != "" {
			return it, fmt.Errorf("%s: it is no text", t.Field)
		}
		if s, ok := errors.AsType[*json.SyntaxError](err); ok {
			return it, fmt.Errorf("it is no well-formed JSON, at byte %d of the line", s.Offset)
		}
		return it, errors.New("it is no JSON object")
	}
	switch {
	case it.ID == "":
		return it, errors.New("id: it is missing")
	case it.Text == nil:
		return it, errors.New("text: it is missing")
	case !kindOfPerson(it.Speaker):
		return it, fmt.Errorf("speaker: %.40q is not adult, minor or unknown", it.Speaker)
	case !kindOfPerson(it.Target):
		return it, fmt.Errorf("target: %.40q is not adult, minor or unknown", it.Target)
	}
	return it, nil
}

// kindOfPerson reports whether the word names who speaks or is spoken to; none
// is unknown.
func kindOfPerson(word string) bool {
	return slices.Contains([]string{"", "adult", "minor", "unknown"}, word)
}

// itemLine returns the next line without more memory than a line may have. The
// last line comes together with io.EOF.
func itemLine(in *bufio.Reader) (line []byte, long bool, err error) {
	for {
		part, err := in.ReadSlice('\n')
		if long = long || len(line)+len(part) > maxItemLine; long {
			line = nil
		} else {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, long, err
		}
	}
}
