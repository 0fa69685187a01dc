package chatfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// document walks a JSON file that is too large for memory. The methods that
// consume a value do nothing once the file has broken off.
type document struct {
	r   *Reader
	dec *json.Decoder
	err error
	// read counts the bytes that the decoder was given.
	read int64
	// ends holds where the lines end that line has not counted yet.
	ends []int64
	// passed is the number of lines that line has counted.
	passed int
}

// errLong ends a document in which one value is too long.
var errLong = errors.New("a value is too long")

// maxDepth bounds how deep values are nested; encoding/json has the same bound.
const maxDepth = 10_000

func (r *Reader) document() *document {
	d := &document{r: r}
	d.dec = json.NewDecoder(readerFunc(d.fill))
	return d
}

// fill reads for the decoder. All that the decoder holds when it asks for more
// is one value without its end.
func (d *document) fill(p []byte) (int, error) {
	if d.read-d.dec.InputOffset() > int64(d.r.opt.MaxLine) {
		return 0, errLong
	}
	if len(d.ends) > 1<<12 {
		d.here()
	}
	n, err := d.r.in.Read(p)
	for i, c := range p[:n] {
		if c == '\n' {
			d.ends = append(d.ends, d.read+int64(i))
		}
	}
	d.read += int64(n)
	return n, err
}

// line returns the line of a place in the file. Places must not go backwards.
func (d *document) line(offset int64) int {
	n := 0
	for n < len(d.ends) && d.ends[n] < offset {
		n++
	}
	d.ends = d.ends[n:]
	d.passed += n
	return d.passed + 1
}

// here returns the line reading has come to.
func (d *document) here() int { return d.line(d.dec.InputOffset()) }

// live reports whether there is more to read.
func (d *document) live() bool { return d.err == nil && d.r.live() }

// fail records that the rest of the file cannot be read.
func (d *document) fail(err error) {
	if d.err != nil {
		return
	}
	d.err = err
	switch {
	case errors.Is(err, errLong):
		d.r.lose(d.here(), "", "a value is longer than %d bytes; the rest of the file was left out", d.r.opt.MaxLine)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		d.r.lose(d.here(), "", "the file ends in the middle of something")
	default:
		d.r.lose(d.here(), "", "it is no well-formed JSON (%v); the rest of the file was left out", err)
	}
}

// enter consumes the bracket that opens a value and reports whether it is the
// one. Another value is consumed whole.
func (d *document) enter(open json.Delim, field string) bool {
	if !d.live() {
		return false
	}
	t, err := d.dec.Token()
	if err != nil {
		d.fail(err)
		return false
	}
	if t == open {
		return true
	}
	if t != nil {
		d.r.lose(d.here(), field, "another kind of value stands here; it was left out")
	}
	if _, nested := t.(json.Delim); nested {
		if err := skipRest(d.dec); err != nil {
			d.fail(err)
		}
	}
	return false
}

// leave consumes the bracket that closes a value.
func (d *document) leave() {
	if !d.live() {
		return
	}
	if _, err := d.dec.Token(); err != nil {
		d.fail(err)
	}
}

// object calls do for every key of an object. do consumes the value.
func (d *document) object(field string, do func(key string)) {
	if !d.enter('{', field) {
		return
	}
	for d.live() && d.dec.More() {
		t, err := d.dec.Token()
		if err != nil {
			d.fail(err)
			return
		}
		key, _ := t.(string)
		do(key)
	}
	d.leave()
}

// list calls do for every element of a list. do consumes the element.
func (d *document) list(field string, do func()) {
	if !d.enter('[', field) {
		return
	}
	for d.live() && d.dec.More() {
		do()
	}
	d.leave()
}

// value consumes a value as it stands, returns the line it begins at, and
// reports whether there was one.
func (d *document) value() (raw json.RawMessage, line int, ok bool) {
	if !d.live() {
		return nil, 0, false
	}
	if err := d.dec.Decode(&raw); err != nil {
		d.fail(err)
		return nil, 0, false
	}
	return raw, d.line(d.dec.InputOffset() - int64(len(raw))), true
}

// decode consumes a value into v, whose fields should be lenient, and reports
// whether it fits. A value that does not fit is lost.
func (d *document) decode(v any, field string) (line int, ok bool) {
	raw, line, ok := d.value()
	if !ok {
		return 0, false
	}
	if !utf8.Valid(raw) {
		d.r.odd(line, field, "it is not valid UTF-8; the wrong bytes are shown as U+FFFD")
	}
	if err := json.Unmarshal(raw, v); err != nil {
		d.r.lose(line, field, "it was left out: %v", plainly(err))
		return line, false
	}
	return line, true
}

// text consumes a value and returns it if it is a string or a number.
func (d *document) text(field string) string {
	var v str
	if line, ok := d.decode(&v, field); ok && v.bad {
		d.r.odd(line, field, "it is no string and is taken as missing")
	}
	return v.s
}

// skip consumes a value.
func (d *document) skip() {
	if !d.live() {
		return
	}
	if err := skipValue(d.dec); err != nil {
		d.fail(err)
	}
}

// skipValue consumes a value of any size without keeping it.
func skipValue(dec *json.Decoder) error {
	t, err := dec.Token()
	if err != nil {
		return err
	}
	if _, nested := t.(json.Delim); nested {
		return skipRest(dec)
	}
	return nil
}

// skipRest consumes the rest of a value whose opening bracket is consumed.
func skipRest(dec *json.Decoder) error {
	for depth := 1; depth > 0; {
		t, err := dec.Token()
		if err != nil {
			return err
		}
		switch t {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth > maxDepth {
			return fmt.Errorf("values are nested deeper than %d", maxDepth)
		}
	}
	return nil
}

// end says so if something follows what was read.
func (d *document) end() {
	if !d.live() {
		return
	}
	if _, err := d.dec.Token(); !errors.Is(err, io.EOF) {
		d.r.lose(d.here(), "", "something follows the end of the export and was left out")
	}
}

// readJSON reads conversations of the project's own form, wherever their lines
// end.
func readJSON(r *Reader) {
	d := r.document()
	for d.live() {
		raw, line, ok := nextValue(d)
		if !ok {
			return
		}
		if raw[0] != '[' {
			r.conversation(raw, line)
			continue
		}
		counted := 0
		for at, one := range each(raw) {
			if !r.live() {
				return
			}
			line += bytes.Count(raw[counted:at], []byte("\n"))
			counted = at
			r.conversation(one, line)
		}
	}
}

// nextValue is document.value for a file in which values follow each other, so
// that its end is no problem.
func nextValue(d *document) (json.RawMessage, int, bool) {
	if !d.dec.More() && d.r.in.err == nil {
		if _, err := d.dec.Token(); errors.Is(err, io.EOF) {
			return nil, 0, false
		}
	}
	return d.value()
}
