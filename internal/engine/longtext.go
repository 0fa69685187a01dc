package engine

import (
	"bytes"
	"slices"
	"unicode/utf8"

	"github.com/jaga-project/jaga"
)

const (
	// windowBytes is how much of a long text is looked at at a time.
	windowBytes = 1 << 20
	// sharedBytes is what two windows have in common, so that what stands across
	// their border is found: more than the longest phrase has.
	sharedBytes = 4 << 10
)

// LongText spots the entries of lists in a text of any length that is written to
// it, with constant memory. It is not safe for concurrent use.
type LongText struct {
	engine *Engine
	buf    []byte
	at     int // where buf begins
	seen   int // what ends before it was reported
	line   int // newlines before buf
	bad    bool
	out    []Spotted
	by     map[jaga.Signal]int
}

// LongText returns an empty text.
func (e *Engine) LongText() *LongText {
	return &LongText{engine: e, by: map[jaga.Signal]int{}}
}

// Write takes the next bytes. It never fails.
func (l *LongText) Write(p []byte) (int, error) {
	n := len(p)
	for !l.bad && len(p) > 0 {
		k := min(len(p), windowBytes-len(l.buf))
		l.buf = append(l.buf, p[:k]...)
		if p = p[k:]; len(l.buf) == windowBytes {
			l.look(border(l.buf), false)
		}
	}
	return n, nil
}

// End returns what was spotted, each with its places and their lines; text is
// false when the bytes were no UTF-8 text, and nothing else is said then.
func (l *LongText) End() (spotted []Spotted, text bool) {
	if !l.bad {
		l.look(len(l.buf), true)
	}
	if l.bad {
		return nil, false
	}
	return l.out, true
}

// look looks at the first n bytes and, unless they are the last, keeps what the
// next window has in common with them.
func (l *LongText) look(n int, last bool) {
	part := l.buf[:n]
	if !utf8.Valid(part) || bytes.IndexByte(part, 0) >= 0 {
		l.bad, l.buf = true, nil
		return
	}
	var lines []int // of the newlines, once they are needed
	for _, x := range l.engine.Spot(string(part), "") {
		for _, p := range x.Places {
			if l.at+p.End <= l.seen {
				continue
			}
			if lines == nil {
				lines = newlines(part)
			}
			before, _ := slices.BinarySearch(lines, p.Start)
			p.Line = 1 + l.line + before
			p.Start, p.End = p.Start+l.at, p.End+l.at
			l.add(x.Signal, p)
		}
	}
	l.seen = l.at + n
	keep := n
	if !last {
		keep = border(part[:n-sharedBytes])
	}
	l.line += bytes.Count(l.buf[:keep], []byte{'\n'})
	l.at += keep
	l.buf = l.buf[:copy(l.buf, l.buf[keep:])]
}

func (l *LongText) add(s jaga.Signal, p jaga.Place) {
	k, ok := l.by[s]
	if !ok {
		k = len(l.out)
		l.by[s] = k
		l.out = append(l.out, Spotted{Signal: s})
	}
	if x := &l.out[k]; len(x.Places) < jaga.MaxRanges {
		x.Places = append(x.Places, p)
	}
}

func newlines(b []byte) (at []int) {
	for i, c := range b {
		if c == '\n' {
			at = append(at, i)
		}
	}
	return at
}

// border is where a text is best cut near its end: behind a line, else behind a
// character that no address has, else before the last character.
func border(b []byte) int {
	near := max(0, len(b)-sharedBytes)
	if i := bytes.LastIndexByte(b[near:], '\n'); i > 0 {
		return near + i + 1
	}
	if i := bytes.LastIndexAny(b[near:], " \t\"<>"); i > 0 {
		return near + i + 1
	}
	n := len(b) - 1
	for n > near && !utf8.RuneStart(b[n]) {
		n--
	}
	return n
}
