// Package listfmt reads and writes lists of hashes: CSV, JSON lines, and plain
// text with one hash a line. A film stands in them as the list of its frames, as
// Hasher-Matcher-Actioner writes it; the text file of the reference's tool is a
// list of one film. Sound stands in them as the fingerprint that fpcalc prints, and
// what fpcalc prints is a list of one sound. Addresses, domains, words and phrases stand as themselves or as
// their digests. Readers stream, name the line of every fault, and
// never show more of a bad line than its length.
package listfmt

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/vpdq"
)

// Row is one hash of a list with what the list says of it.
type Row struct {
	Line  int // 1-based
	Type  jaga.SignalType
	Value [32]byte // the first Type.Size() bytes
	// Frames are those of a film in the compact form of package vpdq, of which
	// Value is the SHA-256.
	Frames string
	// Words are those of sound in the text form of package chroma, in the same
	// way.
	Words string
	Note  string
}

// Text is the lowercase hexadecimal text of the hash, of a film the list of its
// frames, and of sound its fingerprint.
func (r *Row) Text() string {
	if r.Type == jaga.Chromaprint {
		return r.Words
	}
	if r.Type == jaga.VPDQ {
		if film, err := vpdq.ParseBinary([]byte(r.Frames)); err == nil {
			return film.List()
		}
	}
	return hex.EncodeToString(r.Value[:r.Type.Size()])
}

// LineError says which line of a list is wrong, and why.
type LineError struct {
	Line int
	Msg  string
}

// Error returns line and reason.
func (e *LineError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Msg) }

// Format names the form of a list.
type Format string

// The formats.
const (
	CSV   Format = "csv"
	JSONL Format = "jsonl"
	Plain Format = "plain"
	// Frames is the text file of the reference's tool, "frame,quality,hash,
	// seconds" a line: one film. It is read only where the type is given.
	Frames Format = "frames"
)

// maxLine bounds the memory of one line; that of a film of 100,000 frames has
// half of it.
const (
	maxLine    = 16 << 20
	lineBuffer = 64 << 10
)

// Reader reads rows. Its format is found out from the first line.
type Reader struct {
	in      *bufio.Reader
	typ     jaga.SignalType // given by the caller, or empty
	format  Format
	columns columns
	line    int
	row     Row
}

// NewReader returns a reader of a list, which may be compressed with gzip. typ
// is the type of all its hashes; empty means that the list says so itself, or
// that their length does: 32 digits are MD5, 40 SHA-1, and 64 are refused,
// because both PDQ and SHA-256 have as many.
func NewReader(r io.Reader, typ jaga.SignalType) (*Reader, error) {
	if typ != "" && !typ.Valid() {
		return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "type", Msg: fmt.Sprintf("%q is not one of pdq, md5, sha1, sha256, vpdq, chromaprint, url, domain, keyword", typ)}
	}
	in := bufio.NewReaderSize(r, lineBuffer)
	if magic, _ := in.Peek(2); bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, &jaga.Error{Code: jaga.CodeInvalid, Msg: "read list: the gzip header is damaged", Err: err}
		}
		in = bufio.NewReaderSize(z, lineBuffer)
	}
	if bom, _ := in.Peek(3); bytes.Equal(bom, []byte("\xef\xbb\xbf")) {
		_, _ = in.Discard(3)
	}
	return &Reader{in: in, typ: typ}, nil
}

// Format returns the format, once a row was read.
func (r *Reader) Format() Format { return r.format }

// Next returns the next row, which is valid until the next call, or io.EOF
// after the last. A *LineError concerns one line only; reading may go on.
func (r *Reader) Next() (*Row, error) {
	for {
		line, err := r.readLine()
		if err != nil {
			return nil, err
		}
		line = bytes.TrimSpace(line)
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		if r.format == "" {
			header, err := r.detect(line)
			if err != nil {
				return nil, err
			}
			if header {
				continue
			}
		}
		r.row = Row{Line: r.line}
		switch r.format {
		case Frames:
			return r.readFilm(line)
		case JSONL:
			err = r.parseJSON(line)
		case CSV:
			err = r.parseCSV(line)
		default:
			if r.typ == jaga.Chromaprint && isFpcalc(line) {
				var more bool
				if line, more = bytes.CutPrefix(line, []byte("FINGERPRINT=")); !more {
					continue
				}
			}
			err = r.set(r.typ, line)
		}
		if err != nil {
			return nil, &LineError{r.line, err.Error()}
		}
		return &r.row, nil
	}
}

// readLine returns one line without its end. A line that is too long is
// skipped whole and is a *LineError.
func (r *Reader) readLine() ([]byte, error) {
	line, err := r.in.ReadSlice('\n')
	r.line++
	if errors.Is(err, bufio.ErrBufferFull) {
		line = bytes.Clone(line)
		for errors.Is(err, bufio.ErrBufferFull) && len(line) <= maxLine {
			var more []byte
			more, err = r.in.ReadSlice('\n')
			line = append(line, more...)
		}
	}
	switch {
	case len(line) > maxLine:
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = r.in.ReadSlice('\n')
		}
		if err != nil && err != io.EOF {
			return nil, readError(err)
		}
		return nil, &LineError{r.line, fmt.Sprintf("longer than %d bytes", maxLine)}
	case err == io.EOF && len(line) > 0:
		return line, nil
	case err == io.EOF:
		return nil, io.EOF
	case err != nil:
		return nil, readError(err)
	}
	return line, nil
}

func readError(err error) error {
	return &jaga.Error{Code: jaga.CodeInvalid, Msg: "read list: " + err.Error(), Hint: "is the file complete?", Err: err}
}

// detect finds out the format from the first line with content and reports
// whether the line is a header.
func (r *Reader) detect(line []byte) (header bool, err error) {
	switch {
	case line[0] == '{':
		r.format = JSONL
	case line[0] == '[' && r.typ == jaga.VPDQ:
		r.format = Plain
	case r.typ == jaga.Chromaprint && isFpcalc(line):
		r.format = Plain
	case r.typ == jaga.VPDQ && isFrame(line):
		r.format = Frames
	case line[0] == '[':
		return false, &LineError{r.line, "a JSON array; write one object a line (JSON lines)"}
	case r.typ.OfText() && !isTextHeader(line):
		// Addresses have commas and semicolons of their own.
		r.format = Plain
	case bytes.ContainsAny(line, ",;\t"):
		r.format = CSV
		var named bool
		r.columns, named = parseHeader(line)
		return named, nil
	case isHeaderWord(string(line)):
		r.format = Plain
		if t := jaga.SignalType(strings.ToLower(string(line))); t.Valid() && r.typ == "" {
			r.typ = t
		}
		return true, nil
	default:
		r.format = Plain
	}
	return false, nil
}

// set takes a hash of the type, or of the type that its length says.
func (r *Reader) set(typ jaga.SignalType, text []byte) error {
	text = bytes.TrimSpace(text)
	if typ == jaga.VPDQ {
		film, err := vpdq.ParseList(string(text))
		if err != nil {
			return fmt.Errorf("not the list of a film's frames: %w", err)
		}
		return r.setFilm(film)
	}
	if typ == jaga.Chromaprint {
		return r.setSound(string(text))
	}
	if typ.OfText() && !isDigest(text) {
		return r.setText(typ, string(text))
	}
	if typ == "" {
		switch len(text) {
		case 32:
			typ = jaga.MD5
		case 40:
			typ = jaga.SHA1
		case 64:
			return errors.New("64 digits can be PDQ or SHA-256; say which (--type)")
		default:
			return fmt.Errorf("%d characters; a hash has 32 (MD5), 40 (SHA-1) or 64 (PDQ, SHA-256) hexadecimal digits", len(text))
		}
	}
	if len(text) != 2*typ.Size() {
		return fmt.Errorf("%d characters; %s has %d hexadecimal digits", len(text), typ, 2*typ.Size())
	}
	if _, err := hex.Decode(r.row.Value[:], text); err != nil {
		return fmt.Errorf("not hexadecimal")
	}
	r.row.Type = typ
	return nil
}

func (r *Reader) setNote(note string) error {
	if n := utf8.RuneCountInString(note); n > 255 {
		return fmt.Errorf("the note has %d characters; at most 255 are kept", n)
	}
	if !utf8.ValidString(note) {
		return errors.New("the note is not UTF-8 text")
	}
	r.row.Note = note
	return nil
}

// parseJSON reads {"type": "pdq", "value": "…", "note": "…"} or, as
// Hasher-Matcher-Actioner writes signals, {"pdq": "…"}.
func (r *Reader) parseJSON(line []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(line, &fields); err != nil {
		return errors.New("not a JSON object")
	}
	text := func(names ...string) (string, bool, error) {
		for _, n := range names {
			raw, ok := fields[n]
			if !ok || string(raw) == "null" {
				continue
			}
			var s string
			if err := json.Unmarshal(raw, &s); err != nil {
				return "", false, fmt.Errorf("%q is not a text", n)
			}
			return s, true, nil
		}
		return "", false, nil
	}
	if note, ok, err := text("note", "comment"); err != nil {
		return err
	} else if ok {
		if err := r.setNote(note); err != nil {
			return err
		}
	}
	found := 0
	for _, t := range jaga.SignalTypes() {
		value, ok, err := text(string(t))
		if err != nil {
			return err
		}
		if ok {
			found++
			if err := r.set(t, []byte(value)); err != nil {
				return err
			}
		}
	}
	if found == 0 {
		value, ok, err := text("fingerprint") // fpcalc -json
		if err != nil {
			return err
		}
		if ok {
			return r.set(jaga.Chromaprint, []byte(value))
		}
	}
	if found > 1 {
		return errors.New("several hashes in one object; write one object for each")
	}
	if found == 1 {
		return nil
	}
	value, ok, err := text("value", "hash", "signal", "indicator")
	if err != nil || !ok {
		return cmpErr(err, errors.New(`no "value"`))
	}
	typ := r.typ
	if t, ok, err := text("type", "signal_type"); err != nil {
		return err
	} else if ok {
		if typ, err = typeOf(t); err != nil {
			return err
		}
	}
	return r.set(typ, []byte(value))
}

func cmpErr(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

// punctuation is what lists put between the parts of a type's name.
var punctuation = strings.NewReplacer("-", "", "_", "")

// typeOf reads a type's name as lists write it.
func typeOf(name string) (jaga.SignalType, error) {
	if t := jaga.SignalType(name); t.Valid() { // in every line of most lists
		return t, nil
	}
	n := punctuation.Replace(strings.ToLower(strings.TrimSpace(name)))
	n = strings.TrimPrefix(strings.TrimPrefix(n, "hash"), "video") // HASH_MD5, video_md5
	if t := jaga.SignalType(n); t.Valid() {
		return t, nil
	}
	if n == "fingerprint" {
		return jaga.Chromaprint, nil
	}
	return "", errors.New("the type is not one of pdq, md5, sha1, sha256, vpdq, chromaprint, url, domain, keyword")
}
