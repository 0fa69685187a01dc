package chatfile

import (
	"bufio"
	"bytes"
	"errors"
)

// lines cuts the input into lines of a bounded length.
type lines struct {
	r *Reader
	// text is the current line without its end, valid until the next one.
	text []byte
	// number is the current line's, from 1.
	number int
	ended  bool
}

// next moves to the next line and reports whether there is one. A line that is
// too long is passed over and recorded as lost.
func (l *lines) next() bool {
	for !l.ended && l.r.live() {
		long := l.fill()
		if l.ended && len(l.text) == 0 && !long {
			return false
		}
		l.number++
		if !long {
			return true
		}
		l.r.lose(l.number, "", "the line is longer than %d bytes and was left out", l.r.opt.MaxLine)
	}
	return false
}

// fill reads up to the end of a line and reports whether it was too long.
func (l *lines) fill() (long bool) {
	l.text = l.text[:0]
	for {
		part, err := l.r.in.buf.ReadSlice('\n')
		if len(l.text)+len(part) > l.r.opt.MaxLine {
			long = true
		}
		if !long {
			l.text = append(l.text, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		l.ended = err != nil
		l.text = bytes.TrimSuffix(l.text, []byte("\n"))
		l.text = bytes.TrimSuffix(l.text, []byte("\r"))
		return long
	}
}
