package hma

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
)

const (
	// maxField bounds one text field of a form, as Werkzeug does.
	maxField = 500_000
	// maxParts bounds how many parts a form has.
	maxParts = 100
	// formOverhead is room for what surrounds the file in a form.
	formOverhead = 1 << 20
)

// upload is a form with one file.
type upload struct {
	hashes hashes
	fields map[string]string // text fields, the first of each name
}

// upload reads a form that has exactly one file, in the field that names its
// content type, and hashes the file while it comes in: it is not kept.
func (s *server) upload(w http.ResponseWriter, r *http.Request) (*upload, error) {
	most := s.MaxBytes + formOverhead
	if r.ContentLength > most {
		return nil, &http.MaxBytesError{Limit: most}
	}
	r.Body = http.MaxBytesReader(w, r.Body, most)
	form, err := r.MultipartReader()
	if err != nil {
		return nil, bad("send one file as multipart/form-data, in the field photo or video")
	}
	up := &upload{fields: map[string]string{}}
	for n := 0; ; n++ {
		part, err := form.NextRawPart()
		switch {
		case errors.Is(err, io.EOF):
			if up.hashes == nil {
				return nil, bad("there is no file; send one in the field photo or video")
			}
			return up, nil
		case err != nil:
			return nil, formError(err)
		case n == maxParts:
			return nil, bad("the form has more than %d parts", maxParts)
		}
		if part.FileName() == "" {
			err = up.field(part)
		} else {
			err = s.file(r, up, part)
		}
		if err != nil {
			return nil, err
		}
	}
}

func (s *server) file(r *http.Request, up *upload, part *multipart.Part) error {
	if up.hashes != nil {
		return bad("there is more than one file")
	}
	q := r.URL.Query()
	types, err := s.chosen(part.FormName(), q.Get("types"), q.Has("types"))
	if err != nil {
		return err
	}
	up.hashes, err = s.measure(r.Context(), limit(part, s.MaxBytes), types)
	return err
}

func (up *upload) field(part *multipart.Part) error {
	data, err := io.ReadAll(limit(part, maxField))
	if err != nil {
		return formError(err)
	}
	if _, there := up.fields[part.FormName()]; !there {
		up.fields[part.FormName()] = string(data)
	}
	return nil
}

// formError keeps the errors of limits; the others are the client's.
func formError(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return err
	}
	return bad("the form is damaged or ends too early")
}
