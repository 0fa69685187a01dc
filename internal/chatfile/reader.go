package chatfile

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"time"
)

// Options say how a file is read. The zero value works.
type Options struct {
	// Format is the file's format; "" finds it from the file's beginning and
	// its name.
	Format Format
	// Strict ends reading at the first problem.
	Strict bool
	// Location is the zone of times that are written without one; nil is UTC.
	Location *time.Location
	// MaxLine bounds one line, or one message of a JSON export, in bytes;
	// 0 is the constant MaxLine.
	MaxLine int
	// Progress, if set, is called now and then with the number of bytes of the
	// file read so far.
	Progress func(bytes int64)
}

// Reader reads the conversations of one file. It is not safe for concurrent
// use.
type Reader struct {
	in       *input
	name     string
	opt      Options
	format   Format
	started  bool
	problems []Problem
	total    int
	lost     int
	// err ends reading: a failure of the input, or the first problem if strict.
	err error
	// stopped is set when the caller wants no more conversations.
	stopped bool
	emitted bool
	yield   func(*Conversation, error) bool
	seen    map[string]bool
}

// New returns a Reader of r. The name is used in problems, to recognise the
// format, and to name a conversation that has no name of its own; it need not
// be a file's.
func New(r io.Reader, name string, opt Options) *Reader {
	if opt.Location == nil {
		opt.Location = time.UTC
	}
	if opt.MaxLine <= 0 {
		opt.MaxLine = MaxLine
	}
	return &Reader{in: newInput(r, opt.Progress), name: name, opt: opt, seen: map[string]bool{}}
}

// All returns the file's conversations, one after the other, and last an error
// if there is one: a failure of the input, a format that is not known, or, if
// strict, the first Problem. A conversation that an error cut short comes
// before the error. All works once.
func (r *Reader) All() iter.Seq2[*Conversation, error] {
	return func(yield func(*Conversation, error) bool) {
		if r.started {
			yield(nil, errors.New("read conversations: the file was read already"))
			return
		}
		r.started = true
		r.yield = yield
		r.read()
		if r.err == nil {
			r.err = r.in.failure()
		}
		if r.err != nil && !r.stopped {
			yield(nil, r.err)
		}
	}
}

// read finds the format and hands the file to its parser.
func (r *Reader) read() {
	head := r.in.head()
	r.format = r.opt.Format
	if r.format == "" {
		r.format = Detect(head, r.name)
	}
	parse := parsers(r.format)
	if parse == nil {
		if r.err = r.in.failure(); r.err == nil {
			r.err = fmt.Errorf("read %s: %s", r.name, unknown(r.format, head))
		}
		return
	}
	parse(r)
	if !r.emitted && r.total == 0 && r.in.err == nil {
		r.odd(0, "", "there is no conversation in it")
	}
}

// unknown says why a file has no parser.
func unknown(f Format, head []byte) string {
	if f != "" {
		return fmt.Sprintf("there is no format %q", string(f))
	}
	if what := unreadable(head); what != "" {
		return "it is " + what
	}
	return "it is no text"
}

// Format returns the format the file is read in; "" before All has begun.
func (r *Reader) Format() Format { return r.format }

// Problems returns the first MaxProblems problems found so far, in the order of
// the file.
func (r *Reader) Problems() []Problem { return r.problems }

// Counts returns how many problems were found so far, and how many of them left
// something of the file unread.
func (r *Reader) Counts() (problems, lost int) { return r.total, r.lost }

// live reports whether reading goes on.
func (r *Reader) live() bool { return r.err == nil && !r.stopped }

// odd records a problem that leaves nothing out.
func (r *Reader) odd(line int, field, format string, args ...any) {
	r.record(line, field, false, format, args)
}

// lose records a problem that leaves something out.
func (r *Reader) lose(line int, field, format string, args ...any) {
	r.record(line, field, true, format, args)
}

func (r *Reader) record(line int, field string, lost bool, format string, args []any) {
	r.total++
	if lost {
		r.lost++
	}
	if len(r.problems) >= MaxProblems {
		return
	}
	p := Problem{File: r.name, Line: line, Field: field, What: fmt.Sprintf(format, args...), Lost: lost}
	r.problems = append(r.problems, p)
	if r.opt.Strict && r.err == nil {
		r.err = p
	}
}

// emit hands a conversation to the caller.
func (r *Reader) emit(c *Conversation) {
	if r.stopped || r.opt.Strict && r.err != nil {
		return
	}
	r.emitted = true
	r.stopped = !r.yield(c, nil)
}
