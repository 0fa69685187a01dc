package media

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"os"
	"strconv"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/jail"
)

// Source is where the bytes of a video or sound come from: one of Reader, At with
// Size, or File.
type Source struct {
	// Reader is read once, to its end or until enough is decoded.
	Reader io.Reader
	// At and Size are bytes that can be read anywhere, such as sealed evidence.
	At   io.ReaderAt
	Size int64
	// File is handed to the decoder itself, if it may read it; nothing moves in
	// it. The caller closes it.
	File *os.File
}

// headBytes is how much of the beginning of a stream is kept, to look at before it
// is decoded. The facts of a file are looked for in its first 5 MB by ffmpeg.
const headBytes = 8 << 20

// input is a source that is made ready to be decoded, several times.
type input struct {
	typ   Type
	files []*os.File // to hand over
	name  string     // for ffmpeg
	more  []string   // further arguments of the reader
	// once says that open gives the bytes only once, except for probing.
	once bool
	// open gives the bytes from the beginning; nil when a file is handed over. For
	// a stream, probing gets its head only.
	open  func(probe bool) io.Reader
	close func()
	// guessed was started before it was known what to start; nil mostly.
	guessed *decoding
}

// prepare finds out what a source is. Its error is *NotChecked, or that of reading
// the source.
func (d *Decoder) prepare(ctx context.Context, s Source) (*input, error) {
	switch {
	case s.File != nil:
		info, err := s.File.Stat()
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			return d.prepareStream(ctx, s.File)
		}
		head := make([]byte, min(SniffLen, info.Size()))
		if _, err := s.File.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if readable(s.File) {
			return handed(s.File, Sniff(head), info.Size(), func() {}), nil
		}
		return d.prepareAt(s.File, info.Size(), Sniff(head))
	case s.At != nil:
		head := make([]byte, min(SniffLen, s.Size))
		if _, err := s.At.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		return d.prepareAt(s.At, s.Size, Sniff(head))
	case s.Reader != nil:
		return d.prepareStream(ctx, s.Reader)
	}
	return nil, notChecked(jaga.WhyEmpty, "the file has no bytes")
}

// handed is a file that is handed over.
func handed(f *os.File, t Type, size int64, close func()) *input {
	in := &input{typ: t, files: []*os.File{f}, name: "/proc/self/fd/3", close: close}
	if t == JXL {
		// Its reader has to be told where the picture ends.
		in.more = []string{"-frame_size", strconv.FormatInt(min(size, math.MaxInt32), 10)}
	}
	return in
}

// prepareMemory hands over what is in memory.
func prepareMemory(data []byte) (*input, error) {
	if len(data) == 0 {
		return nil, notChecked(jaga.WhyEmpty, "the file has no bytes")
	}
	f, err := jail.Memory(data)
	if err != nil {
		return nil, whyNotRun(err)
	}
	return handed(f, Sniff(data), int64(len(data)), func() { f.Close() }), nil
}

// prepareAt reads from the beginning, with the index of the file moved there.
// Pictures are taken into memory, because their readers go back and forth.
func (d *Decoder) prepareAt(at io.ReaderAt, size int64, t Type) (*input, error) {
	switch {
	case size == 0:
		return nil, notChecked(jaga.WhyEmpty, "the file has no bytes")
	case t.Kind() == jaga.KindImage && size > d.limits.Bytes:
		return nil, notChecked(jaga.WhyTooBig, "%d bytes; pictures up to %d bytes are decoded", size, d.limits.Bytes)
	case t.Kind() == jaga.KindImage:
		data := make([]byte, size)
		if _, err := at.ReadAt(data, 0); err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		return prepareMemory(data)
	}
	open := func(bool) io.Reader { return io.NewSectionReader(at, 0, size) }
	if demuxers[t] == "mov" {
		view, err := indexFirst(at, size)
		if err != nil {
			return nil, err
		}
		open = func(bool) io.Reader { return view.reader() }
	}
	return &input{typ: t, name: "pipe:0", open: open, close: func() {}}, nil
}

// prepareStream keeps the head of a stream. A file whose index stands at its end
// cannot be decoded as a stream, so it is kept on the disk, encrypted with a key
// that nobody else has, and under no name.
func (d *Decoder) prepareStream(ctx context.Context, r io.Reader) (*input, error) {
	r = stoppable{ctx, r}
	head := make([]byte, 64<<10) // most are far smaller, or far larger
	n, err := io.ReadFull(r, head)
	if err == nil {
		head = append(make([]byte, 0, headBytes), head...)[:headBytes]
		var more int
		more, err = io.ReadFull(r, head[n:])
		n += more
	}
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, err
	}
	head = head[:n]
	if len(head) < headBytes { // all of it
		return prepareMemory(head)
	}
	t := Sniff(head)
	rest := io.MultiReader(bytes.NewReader(head), r)
	if demuxers[t] != "mov" || streamable(head) {
		return &input{typ: t, name: "pipe:0", once: true, close: func() {}, open: func(probe bool) io.Reader {
			if probe {
				return bytes.NewReader(head)
			}
			return rest
		}}, nil
	}
	kept, err := newSpool(rest, d.tools.spool())
	if err != nil {
		return nil, err
	}
	in, err := d.prepareAt(kept, kept.size, t)
	if err != nil {
		kept.Close()
		return nil, err
	}
	in.close = func() { kept.Close() }
	return in, nil
}
