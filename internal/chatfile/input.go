package chatfile

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// headSize is how much of a file's beginning is looked at to find its format.
const headSize = 16 << 10

// input is the file as UTF-8: a byte order mark is taken away and UTF-16, which
// editors on Windows still write, is converted.
type input struct {
	raw *bufio.Reader
	buf *bufio.Reader
	err error // other than io.EOF
	// count is the number of bytes read from the file.
	count    int64
	progress func(int64)
	src      io.Reader
	started  bool
}

func newInput(r io.Reader, progress func(int64)) *input {
	in := &input{src: r, progress: progress}
	in.raw = bufio.NewReaderSize(readerFunc(in.fetch), 64<<10)
	return in
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// fetch reads from the source, counts, and remembers a failure.
func (in *input) fetch(p []byte) (int, error) {
	n, err := in.src.Read(p)
	in.count += int64(n)
	if n > 0 && in.progress != nil {
		in.progress(in.count)
	}
	if err != nil && !errors.Is(err, io.EOF) && in.err == nil {
		in.err = err
	}
	return n, err
}

// failure returns what went wrong with reading, if anything.
func (in *input) failure() error {
	if in.err == nil {
		return nil
	}
	return fmt.Errorf("read conversations: %w", in.err)
}

// start finds the encoding.
func (in *input) start() {
	if in.started {
		return
	}
	in.started = true
	const most = 0.75
	first, _ := in.raw.Peek(64)
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(first, []byte("\xEF\xBB\xBF")):
		in.raw.Discard(3)
	case bytes.HasPrefix(first, []byte("\xFF\xFE")):
		in.raw.Discard(2)
		order = binary.LittleEndian
	case bytes.HasPrefix(first, []byte("\xFE\xFF")):
		in.raw.Discard(2)
		order = binary.BigEndian
	case zeros(first, 1) > most && zeros(first, 0) == 0:
		order = binary.LittleEndian
	case zeros(first, 0) > most && zeros(first, 1) == 0:
		order = binary.BigEndian
	}
	in.buf = in.raw
	if order != nil {
		in.buf = bufio.NewReaderSize(&wide{r: in.raw, order: order}, 64<<10)
	}
}

// zeros returns how much of every second byte from i on is 0: most of one half
// in UTF-16 text of Latin letters, none in UTF-8.
func zeros(b []byte, i int) float64 {
	n, all := 0, 0
	for ; i < len(b); i += 2 {
		if b[i] == 0 {
			n++
		}
		all++
	}
	if all < 2 {
		return 0
	}
	return float64(n) / float64(all)
}

// head returns the file's beginning without consuming it.
func (in *input) head() []byte {
	in.start()
	b, _ := in.buf.Peek(headSize)
	return b
}

// Read reads the file as UTF-8.
func (in *input) Read(p []byte) (int, error) {
	in.start()
	return in.buf.Read(p)
}

// wide turns UTF-16 into UTF-8. A lone surrogate or an odd last byte becomes
// U+FFFD.
type wide struct {
	r     *bufio.Reader
	order binary.ByteOrder
	out   []byte // converted and not handed out
	err   error
}

func (w *wide) Read(p []byte) (int, error) {
	for len(w.out) == 0 && w.err == nil {
		w.fill()
	}
	n := copy(p, w.out)
	w.out = w.out[n:]
	if n == 0 && len(p) > 0 {
		return 0, w.err
	}
	return n, nil
}

// fill converts some of the input.
func (w *wide) fill() {
	w.out = make([]byte, 0, 4<<10)
	for len(w.out) < 4<<10-utf8.UTFMax {
		u, err := w.unit()
		if err != nil {
			w.err = err
			return
		}
		c := rune(u)
		if utf16.IsSurrogate(c) {
			c = utf8.RuneError
			if b, err := w.r.Peek(2); err == nil {
				if full := utf16.DecodeRune(rune(u), rune(w.order.Uint16(b))); full != utf8.RuneError {
					w.r.Discard(2)
					c = full
				}
			}
		}
		w.out = utf8.AppendRune(w.out, c)
	}
}

func (w *wide) unit() (uint16, error) {
	var b [2]byte
	_, err := io.ReadFull(w.r, b[:])
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return utf8.RuneError, nil
	}
	return w.order.Uint16(b[:]), err
}
