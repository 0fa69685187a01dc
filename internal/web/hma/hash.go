package hma

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/pdq"
	"github.com/jaga-project/jaga/vpdq"
)

// hashed is the hash of a file, "" for a picture with too little detail.
type hashed struct {
	signalType
	value string
	// several is true for the perceptual hash of the first of several
	// pictures, and part for that of a part of a video: a match counts, "no
	// match" does not.
	several, part bool
	// missing is why there is no value, of a type of several: what the others
	// find counts.
	missing error
}

// hashes is in the order of the types that were asked for.
type hashes []hashed

func (h hashes) texts() map[string]string {
	out := make(map[string]string, len(h))
	for _, x := range h {
		out[x.name] = x.value
	}
	return out
}

// answer tells the hashes of a file, unless they say too little of it for
// somebody to look it up by them.
func (h hashes) answer(w http.ResponseWriter) error {
	for _, x := range h {
		switch {
		case x.missing != nil:
			return x.missing
		case x.part:
			return errPart
		}
	}
	return ok(w, h.texts())
}

// measure computes the hashes of a file. What cannot be computed is an error.
func (s *server) measure(ctx context.Context, r io.Reader, types []signalType) (hashes, error) {
	m, err := s.Decoder.Measure(ctx, r, media.Options{Deaf: true}) // it has no type for sound
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, err
	case err != nil:
		return nil, bad("the file could not be read to its end")
	}
	values := map[jaga.SignalType]jaga.Signal{}
	for _, sig := range m.Signals {
		values[sig.Type] = sig
	}
	var out hashes
	for _, t := range types {
		sig, found := values[t.typ]
		if !found && t.typ == jaga.VPDQ && len(types) > 1 {
			out = append(out, hashed{signalType: t, missing: unmeasured(m.Skipped, t)})
			continue
		}
		if !found {
			return nil, unmeasured(m.Skipped, t)
		}
		value := sig.Value
		if t.typ == jaga.VPDQ {
			if value, err = list(sig); err != nil {
				return nil, err
			}
		}
		if !t.typ.Exact() && sig.Quality < pdq.MinQuality {
			value = ""
		}
		out = append(out, hashed{t, value, m.Several && t.typ == jaga.PDQ, t.typ == jaga.VPDQ && slices.ContainsFunc(m.Skipped, func(s jaga.Skip) bool { return s.Detector == jaga.DetectorVPDQ }), nil})
	}
	return out, nil
}

// list is a film's hash as HMA writes it.
func list(sig jaga.Signal) (string, error) {
	v, err := vpdq.ParseBinary([]byte(sig.Frames))
	if err != nil {
		return "", err
	}
	return v.List(), nil
}

// unmeasured says why there is no hash of a type.
func unmeasured(skipped []jaga.Skip, t signalType) error {
	detector, status := jaga.DetectorPDQ, http.StatusBadRequest
	switch {
	case t.typ.Exact():
		detector = jaga.DetectorExact
	case t.typ == jaga.VPDQ:
		// Some clients take any object with status 400 for "no match".
		detector, status = jaga.DetectorVPDQ, http.StatusNotImplemented
	}
	for _, skip := range skipped {
		if skip.Detector != detector {
			continue
		}
		switch skip.Why {
		case jaga.WhyTooBig:
			status = http.StatusRequestEntityTooLarge
		case jaga.WhyBusy:
			status = http.StatusServiceUnavailable
		case jaga.WhyInternal:
			return errInternal
		}
		return refuse(status, "the file was not checked: %s: %s", skip.Why, skip.Detail)
	}
	if detector == jaga.DetectorVPDQ {
		return refuse(status, "the file was not checked: it is no video that is decoded here")
	}
	return errInternal
}

// hashFile is POST /h/hash.
func (s *server) hashFile(w http.ResponseWriter, r *http.Request) error {
	up, err := s.upload(w, r)
	if err != nil {
		return err
	}
	return up.hashes.answer(w)
}

// hashURL is GET /h/hash.
func (s *server) hashURL(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	var flaws malformed
	if !q.Has("url") {
		flaws.missing("url")
		return flaws
	}
	h, err := s.fetchHashes(r.Context(), q)
	if err != nil {
		return err
	}
	return h.answer(w)
}

// fetchHashes fetches the file at the url of a query and hashes it.
func (s *server) fetchHashes(ctx context.Context, q url.Values) (hashes, error) {
	if !s.FetchURLs {
		return nil, refuse(http.StatusForbidden, "this server does not fetch urls; send the file, or allow it with the setting server.fetch_urls")
	}
	content, named := q.Get("content_type"), q.Has("content_type")
	if named {
		// Before anything is fetched: a wrong name cannot become right.
		if _, err := s.chosen(content, q.Get("types"), q.Has("types")); err != nil {
			return nil, err
		}
	}
	file, err := s.fetch.get(ctx, q.Get("url"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	if !named {
		if content = file.content; content == "" {
			return nil, bad("the remote server does not say that the file is a photo or a video; name its content_type")
		}
	}
	types, err := s.chosen(content, q.Get("types"), q.Has("types"))
	if err != nil {
		return nil, err
	}
	return s.measure(ctx, file, types)
}
