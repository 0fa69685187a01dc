package api

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/media"
)

const (
	// maxField bounds one text field of a form.
	maxField = 64 << 10
	// maxParts bounds how many parts a form has.
	maxParts = 1000
	// formOverhead is room for what surrounds a file in a form.
	formOverhead = 1 << 20
)

// form reads a form part by part, so that a file is never in memory whole on
// its account. Text fields come before the files.
type form struct {
	parts  *multipart.Reader
	names  []string // of text fields
	max    int64    // bytes of one file
	film   int64    // bytes of one that is a film or sound
	length int64    // of the whole form, if it has a bound and is known
	fields map[string]string
	n      int
	next   *multipart.Part // the file at which reading fields stopped
	ended  bool
}

// isForm reports whether the body is a form.
func isForm(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "multipart/form-data"
}

// openForm reads the text fields of a form up to its first file. total bounds
// the whole body; 0 does not. Films and sounds may have film bytes, if that is
// more.
func openForm(c call, maxFile, film, total int64, names ...string) (*form, error) {
	body := patient(c)
	film = max(film, maxFile)
	length := int64(0)
	if total > 0 {
		total += film - maxFile
		if length = c.r.ContentLength; length > total {
			return nil, tooLarge(film)
		}
		body = http.MaxBytesReader(c.w, body, total)
	}
	c.r.Body = body
	parts, err := c.r.MultipartReader()
	if err != nil {
		return nil, damagedForm()
	}
	f := &form{parts: parts, names: names, max: maxFile, film: film, length: length, fields: map[string]string{}}
	for {
		p, err := f.part()
		if err == io.EOF {
			return f, nil
		}
		if err != nil {
			return nil, err
		}
		if isFile(p) {
			f.next = p
			return f, nil
		}
		if err := f.field(p); err != nil {
			return nil, err
		}
	}
}

func isFile(p *multipart.Part) bool {
	_, params, _ := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
	_, named := params["filename"]
	return named || p.FormName() == "file"
}

func (f *form) part() (*multipart.Part, error) {
	if f.ended {
		return nil, io.EOF
	}
	if f.n++; f.n > maxParts {
		return nil, invalid("body", "the form has more than 1000 parts")
	}
	p, err := f.parts.NextRawPart()
	// Only io.EOF itself is the end of a form; others may wrap it.
	f.ended = err == io.EOF
	if err != nil && err != io.EOF {
		return nil, formError(err)
	}
	return p, err
}

func (f *form) field(p *multipart.Part) error {
	name := p.FormName()
	if !slices.Contains(f.names, name) {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "body", Msg: "the form has a field that does not exist here", Hint: "/docs shows the fields"}
	}
	if _, twice := f.fields[name]; twice {
		return invalid(name, "it is there twice")
	}
	data, err := io.ReadAll(io.LimitReader(p, maxField+1))
	switch {
	case err != nil:
		return formError(err)
	case len(data) > maxField:
		return invalid(name, "it is longer than 64 KiB")
	case !utf8.Valid(data) || slices.Contains(data, 0):
		return invalid(name, "it is not UTF-8 text")
	}
	f.fields[name] = string(data)
	return nil
}

// file returns the next file, or io.EOF after the last.
func (f *form) file() (io.Reader, error) {
	p := f.next
	f.next = nil
	if p == nil {
		var err error
		if p, err = f.part(); err != nil {
			return nil, err
		}
	}
	if !isFile(p) {
		return nil, late()
	}
	if p.FormName() != "file" {
		return nil, invalid("file", "a file is sent in the field file")
	}
	most := f.max
	body := bufio.NewReaderSize(p, media.SniffLen)
	if f.film > f.max {
		// An error is met again by whoever reads.
		if head, _ := body.Peek(media.SniffLen); goesThrough(media.Sniff(head).Kind()) {
			most = f.film
		}
	}
	if f.length > most+formOverhead {
		return nil, tooLarge(most)
	}
	return &filePart{body, most, most, most != f.max}, nil
}

// goesThrough reports whether files of a kind are measured piece by piece and are
// never in memory.
func goesThrough(k jaga.Kind) bool { return k == jaga.KindVideo || k == jaga.KindAudio }

// only returns the one file of a form. Reading it to its end also reads the
// form to its end, so that nothing is kept of a form that was cut off.
func (f *form) only() (*lastFile, error) {
	r, err := f.file()
	if err == io.EOF {
		return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "file", Msg: "there is no file", Hint: "send it in the field file"}
	}
	if err != nil {
		return nil, err
	}
	return &lastFile{Reader: r, form: f}, nil
}

type lastFile struct {
	io.Reader
	form *form
	end  error // how reading ended
}

func (l *lastFile) Read(p []byte) (n int, err error) {
	if l.end != nil {
		return 0, l.end
	}
	n, err = l.Reader.Read(p)
	if err == io.EOF {
		switch _, after := l.form.part(); {
		case after == nil:
			err = late()
		default:
			err = after // io.EOF in a form that is whole
		}
	}
	l.end = err
	return n, err
}

func late() error {
	return &jaga.Error{Code: jaga.CodeInvalid, Field: "body", Msg: "something follows the file", Hint: "send one file, and the other fields of the form before it"}
}

// filePart is a file with a limit.
type filePart struct {
	part io.Reader
	left int64
	max  int64
	film bool // it has the limit of films
}

func (f *filePart) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	if f.left < 0 {
		return 0, tooLarge(f.max)
	}
	// One byte more than is left tells a file of the limit's size from a
	// larger one.
	n, err := f.part.Read(p[:min(int64(len(p)), f.left+1)])
	f.left -= int64(n)
	if f.left < 0 {
		return 0, tooLarge(f.max)
	}
	if err != nil && err != io.EOF {
		err = formError(err)
	}
	return n, err
}

func tooLarge(most int64) error { return &http.MaxBytesError{Limit: most} }

func damagedForm() error {
	return &Problem{Status: http.StatusBadRequest, Code: jaga.CodeInvalid, Field: "body", Detail: "the form is damaged or ends too early"}
}

// formError keeps the errors of limits; the others are the client's.
func formError(err error) error {
	var p *Problem
	if errors.As(bodyError(err), &p) {
		return damagedForm()
	}
	return err
}

// patient is a request's body that may take as long as it likes, unless it
// stands still.
func patient(c call) io.ReadCloser {
	b := &patientBody{ReadCloser: c.r.Body, deadline: http.NewResponseController(c.w)}
	_ = b.deadline.SetWriteDeadline(time.Time{})
	return b
}

type patientBody struct {
	io.ReadCloser
	deadline *http.ResponseController
	last     time.Time
}

func (b *patientBody) Read(p []byte) (int, error) {
	if now := time.Now(); now.Sub(b.last) > time.Second {
		b.last = now
		_ = b.deadline.SetReadDeadline(now.Add(bodyTime)) // not every writer has one
	}
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		// What comes after the body must not be cut off.
		_ = b.deadline.SetReadDeadline(time.Time{})
	}
	return n, err
}

// accepted is a file that waits until it is checked.
type accepted struct {
	io.Reader
	size int64
	give func() // makes room for others
}

// accept keeps a file after its request has ended: a film or sound on the disk,
// encrypted, everything else in memory.
func (s *server) accept(r *lastFile) (accepted, error) {
	if part, ok := r.Reader.(*filePart); !ok || !part.film {
		data, give, err := s.waiting.readAll(r)
		if err != nil {
			give()
		}
		return accepted{bytes.NewReader(data), int64(len(data)), give}, err
	}
	counted := &budgeted{Reader: r, budget: &s.films}
	kept, err := media.NewSpool(counted)
	if err != nil {
		s.films.used.Add(-counted.taken)
		return accepted{}, err
	}
	return accepted{kept.Reader(), kept.Size(), func() { kept.Close(); s.films.used.Add(-counted.taken) }}, nil
}

// budget bounds the bytes that are kept for several requests.
type budget struct {
	used atomic.Int64
	most int64
}

// budgeted takes from a budget what is read.
type budgeted struct {
	io.Reader
	budget *budget
	taken  int64
}

func (b *budgeted) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	b.taken += int64(n)
	if b.budget.used.Add(int64(n)) > b.budget.most {
		return n, tooManyWait()
	}
	return n, err
}

func tooManyWait() error {
	return &jaga.Error{Code: jaga.CodeBusy, Field: "file", Msg: "too many files wait already", Hint: "try again in a moment, or send Prefer: wait"}
}

// readAll reads r into memory; give gives the memory back.
func (b *budget) readAll(r io.Reader) (data []byte, give func(), err error) {
	taken := int64(0)
	give = func() { b.used.Add(-taken) }
	buf := make([]byte, 0, 64<<10)
	for {
		if grown := int64(cap(buf)) - taken; grown > 0 {
			taken += grown
			if b.used.Add(grown) > b.most {
				return nil, give, tooManyWait()
			}
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err == io.EOF {
			return buf, give, nil
		}
		if err != nil {
			return nil, give, err
		}
		if len(buf) == cap(buf) {
			buf = slices.Grow(buf, cap(buf))
		}
	}
}

func invalid(field, msg string) error {
	return &jaga.Error{Code: jaga.CodeInvalid, Field: field, Msg: msg}
}
