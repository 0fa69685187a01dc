package eval

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// maxLine bounds the memory of one line: the observations of a long
// conversation fit, a file without line ends does not.
const maxLine = 16 << 20

// eachLine calls use with every line that is not blank, without white space
// around it. What use returns is the fault of that line; an error of eachLine
// is one of reading, or the first fault under strict options.
func eachLine(file string, r io.Reader, o ReadOptions, use func(line int, data []byte) error) (Skipped, error) {
	var skipped Skipped
	in := bufio.NewReaderSize(r, 64<<10)
	for n := 1; ; n++ {
		data, long, err := nextLine(in)
		if err != nil && !errors.Is(err, io.EOF) {
			return skipped, fmt.Errorf("reading %s, line %d: %w", file, n, err)
		}
		if n == 1 {
			data = bytes.TrimPrefix(data, []byte("\ufeff"))
		}
		var fault error
		switch trimmed := bytes.TrimSpace(data); {
		case long:
			fault = fmt.Errorf("longer than %d bytes", maxLine)
		case len(trimmed) == 0:
		case !utf8.Valid(trimmed):
			fault = errors.New("not valid UTF-8")
		default:
			fault = use(n, trimmed)
		}
		if fault != nil {
			if err := skipped.add(o, at(file, n, fault)); err != nil {
				return skipped, err
			}
		}
		if err != nil {
			return skipped, nil
		}
	}
}

// nextLine returns the next line, or, of one beyond maxLine, only that it was
// too long. The last line comes together with io.EOF.
func nextLine(in *bufio.Reader) (line []byte, long bool, err error) {
	for {
		part, err := in.ReadSlice('\n')
		if long = long || len(line)+len(part) > maxLine; long {
			line = nil
		} else {
			line = append(line, part...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, long, err
		}
	}
}

// decode unmarshals one JSON value and words its faults without its content.
func decode(data []byte, into any) error {
	err := json.Unmarshal(data, into)
	if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return wrongField(t.Field, "wants %s, has another type", t.Type)
	}
	if s, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("not JSON, at byte %d of the line", s.Offset)
	}
	if err != nil {
		return errors.New("not JSON of the expected form")
	}
	return nil
}
