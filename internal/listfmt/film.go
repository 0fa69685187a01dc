package listfmt

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/vpdq"
)

// isFrame reports whether a line is one of the reference's text file.
func isFrame(line []byte) bool {
	v, err := vpdq.ParseText(bytes.NewReader(line))
	return err == nil && len(v) == 1
}

// readFilm reads the rest of a list that is one film, and begins with line. The
// film is taken whole or not at all.
func (r *Reader) readFilm(line []byte) (*Row, error) {
	first := r.line
	text := strings.NewReader(string(line) + "\n")
	film, err := vpdq.ParseText(io.MultiReader(text, r.in))
	var bad *vpdq.LineError
	switch {
	case errors.As(err, &bad):
		r.drain()
		return nil, &LineError{first + bad.Line - 1, bad.Err.Error()}
	case err != nil:
		return nil, readError(err)
	}
	if err := r.setFilm(film); err != nil {
		return nil, &LineError{first, err.Error()}
	}
	return &r.row, nil
}

// drain reads to the end: what follows a bad line of a film is no film.
func (r *Reader) drain() { _, _ = io.Copy(io.Discard, r.in) }

func (r *Reader) setFilm(film vpdq.Video) error {
	if len(film) == 0 {
		return errors.New("a film without frames")
	}
	frames := film.Binary()
	r.row.Type, r.row.Value, r.row.Frames = jaga.VPDQ, sha256.Sum256(frames), string(frames)
	return nil
}
