package vpdq

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga/pdq"
)

// LineError says which line, or which entry of a list, is wrong, and why. It
// holds nothing of what stands there.
type LineError struct {
	Line int // from 1
	Err  error
}

// Error returns line and reason.
func (e *LineError) Error() string { return fmt.Sprintf("vpdq: line %d: %v", e.Line, e.Err) }

// Unwrap returns the reason.
func (e *LineError) Unwrap() error { return e.Err }

// maxLine is longer than any line that is well formed.
const maxLine = 256

// ParseText reads the text file of the reference's tool: a line
// "frame,quality,hash,seconds" for each frame. Empty lines are ignored. The
// file is refused whole; the error is a *[LineError] or that of r.
func ParseText(r io.Reader) (Video, error) {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 0, maxLine), maxLine)
	var v Video
	line := 0
	for in.Scan() {
		line++
		text := strings.TrimSpace(in.Text())
		if text == "" {
			continue
		}
		f, err := parseLine(text)
		if err != nil {
			return nil, &LineError{line, err}
		}
		if len(v) == MaxFrames {
			return nil, &LineError{line, fmt.Errorf("a film has at most %d frames", MaxFrames)}
		}
		v = append(v, f)
	}
	if err := in.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, &LineError{line + 1, fmt.Errorf("it is longer than %d bytes", maxLine)}
	} else if err != nil {
		return nil, fmt.Errorf("vpdq: read list: %w", err)
	}
	return v, nil
}

func parseLine(text string) (f Feature, err error) {
	parts := strings.Split(text, ",")
	if len(parts) != 4 {
		return f, fmt.Errorf("%d parts; want frame,quality,hash,seconds", len(parts))
	}
	if f.Frame, err = number(parts[0], "frame"); err != nil {
		return f, err
	}
	return f, f.rest(parts[2], parts[1], parts[3])
}

// number reads a number that is not negative.
func number(text, what string) (int, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 31)
	if err != nil {
		return 0, fmt.Errorf("its %s is no number", what)
	}
	return int(n), nil
}

// rest reads all but the frame number.
func (f *Feature) rest(hash, quality, at string) (err error) {
	if f.Hash, err = pdq.ParseHash(strings.TrimSpace(hash)); err != nil {
		return errors.New("its hash is not 64 hexadecimal digits")
	}
	if f.Quality, err = number(quality, "quality"); err != nil {
		return err
	}
	if f.At, err = strconv.ParseFloat(strings.TrimSpace(at), 64); err != nil {
		return errors.New("its time is no number of seconds")
	}
	return f.check()
}

// WriteText writes the text file of the reference's tool.
func (v Video) WriteText(w io.Writer) error {
	out := bufio.NewWriter(w)
	for _, f := range v {
		// A failed write is reported by Flush.
		_, _ = fmt.Fprintf(out, "%d,%d,%s,%.3f\n", f.Frame, f.Quality, f.Hash, f.At)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("vpdq: write list: %w", err)
	}
	return nil
}

// ParseList reads the form of Hasher-Matcher-Actioner and python-threatexchange:
// a JSON list of texts "hash,quality,seconds". Frame numbers are 0. The list is
// refused whole; an error about one of its texts is a *[LineError] with its
// place in the list.
func ParseList(text string) (Video, error) {
	var lines []string
	if err := json.Unmarshal([]byte(text), &lines); err != nil {
		return nil, errors.New("vpdq: it is not a JSON list of texts")
	}
	if len(lines) > MaxFrames {
		return nil, fmt.Errorf("vpdq: %d frames; a film has at most %d", len(lines), MaxFrames)
	}
	v := make(Video, len(lines))
	for i, line := range lines {
		parts := strings.Split(line, ",")
		if len(parts) != 3 {
			return nil, &LineError{i + 1, fmt.Errorf("%d parts; want hash,quality,seconds", len(parts))}
		}
		if err := v[i].rest(parts[0], parts[1], parts[2]); err != nil {
			return nil, &LineError{i + 1, err}
		}
	}
	return v, nil
}

// List returns the form that [ParseList] reads, times with three decimals. (The
// reference writes three significant digits, so that beyond 1000 seconds its
// times are rounded to ten.)
func (v Video) List() string {
	out := make([]byte, 0, 2+len(v)*84)
	out = append(out, '[')
	for i, f := range v {
		if i > 0 {
			out = append(out, ',', ' ')
		}
		out = fmt.Appendf(out, `"%s,%d,%.3f"`, f.Hash, f.Quality, f.At)
	}
	return string(append(out, ']'))
}
