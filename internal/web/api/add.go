package api

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/media"
)

// FileResults says what became of the files of a form.
type FileResults struct {
	Added   int          `json:"added" doc:"How many became entries."`
	Known   int          `json:"known" doc:"How many were in the bank already, byte for byte; they were not added again."`
	Refused int          `json:"refused" doc:"How many are not." example:"0"`
	Results []FileResult `json:"results" doc:"One for each file, in their order." nullable:"false"`
}

// FileResult says what became of one file: either there is an entry or a
// problem.
type FileResult struct {
	File    int      `json:"file" doc:"Which file of the form, from 1. Names of files are not repeated."`
	Entry   *Entry   `json:"entry,omitempty" doc:"The new entry."`
	Known   bool     `json:"known,omitempty" doc:"The bank has this very file already; nothing was added."`
	Why     jaga.Why `json:"why,omitempty" doc:"Why the file was not hashed perceptually, for programs." example:"truncated"`
	Problem *Problem `json:"problem,omitempty" doc:"Why there is no entry."`
}

type addInput struct {
	Name      string `path:"name" doc:"The name of the bank." maxLength:"255" example:"KNOWN_MATERIAL"`
	Sound     bool   `query:"sound" doc:"Of films, add the sound, too. Such an entry matches every film with the same music."`
	ExactOnly bool   `query:"exact_only" doc:"Add files that cannot be hashed perceptually with their exact hashes alone."`
}

// addEntries is POST /v1/banks/{name}/entries.
func (s *server) addEntries(c call, in *addInput) error {
	ctx := c.r.Context()
	b, err := s.Banks.Get(ctx, in.Name)
	if err != nil {
		return err
	}
	if isForm(c.r) {
		return s.addFiles(c, in, b.ID)
	}
	var n NewEntry
	if err := readBody(s, c, &n); err != nil {
		return err
	}
	entry := bank.NewEntry{Note: n.Note, Metadata: json.RawMessage(n.Metadata), Source: n.Source, Licence: n.Licence}
	if n.ExpiresAt != nil {
		entry.ExpiresAt = n.ExpiresAt.Unix()
	}
	err = checkExpiry(entry.ExpiresAt)
	if err == nil {
		entry.Values, err = values(n.Signals)
	}
	if err != nil {
		return err
	}
	e, err := s.Banks.Add(ctx, actor(ctx), in.Name, entry)
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", entryAddress(e))
	return c.send(http.StatusCreated, entryOf(e, time.Now()))
}

// addFiles adds an entry for every file of a form.
func (s *server) addFiles(c call, in *addInput, bankID int64) error {
	f, err := openForm(c, s.MaxBytes, 0, "note", "metadata", "source", "licence", "expires_at")
	if err != nil {
		return err
	}
	common, err := commonFields(f.fields)
	if err != nil {
		return err
	}
	out := FileResults{Results: []FileResult{}}
	for {
		file, err := f.file()
		if err == io.EOF {
			break
		}
		result := FileResult{File: len(out.Results) + 1}
		ended := err != nil
		if err == nil {
			ended, err = s.addFile(c, in, bankID, common, file, &result)
		}
		if err != nil {
			if out.Added == 0 && ended {
				return err // nothing was accepted, so the whole request can fail
			}
			result.Problem = s.problem.of(c.r.Context(), err)
			out.Refused++
		} else if result.Known {
			out.Known++
		} else {
			out.Added++
		}
		out.Results = append(out.Results, result)
		if ended {
			break
		}
	}
	if len(out.Results) == 0 {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "file", Msg: "there is no file", Hint: "send it in the field file"}
	}
	return c.send(http.StatusOK, out)
}

// addFile adds an entry for one file. ended reports that the rest of the form
// cannot be used.
func (s *server) addFile(c call, in *addInput, bankID int64, entry bank.NewEntry, file io.Reader, result *FileResult) (ended bool, err error) {
	ctx := c.r.Context()
	m, err := s.Decoder.Measure(ctx, file, media.Options{})
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			result.Why = jaga.WhyTooBig
			return false, err
		}
		return true, formError(err)
	}
	if !in.Sound {
		m = m.WithoutTrack()
	}
	near := slices.IndexFunc(m.Skipped, func(x jaga.Skip) bool { return x.Detector != jaga.DetectorExact })
	if near >= 0 {
		result.Why = m.Skipped[near].Why
	}
	usable := m.Usable()
	if len(usable) == 0 || near >= 0 && !m.Hashed() && !in.ExactOnly {
		return false, refused(m.Skipped, near, len(usable) > 0)
	}
	for _, sig := range usable {
		v, err := engine.ParseSignal(sig)
		if err != nil {
			return false, err
		}
		if sig.Type == jaga.SHA256 && s.Engine.Has(bankID, v, time.Now().Unix()) {
			result.Known = true
			return false, nil
		}
		entry.Values = append(entry.Values, v)
	}
	e, err := s.Banks.Add(ctx, actor(ctx), in.Name, entry)
	if err != nil {
		return true, err
	}
	shown := entryOf(e, time.Now())
	result.Entry = &shown
	return false, nil
}

// refused says why a file makes no entry.
func refused(skipped []jaga.Skip, near int, exact bool) error {
	p := &Problem{Status: http.StatusUnprocessableEntity, Code: jaga.CodeInvalid, Field: "file", Detail: "the file cannot be hashed"}
	if near >= 0 {
		p.Detail = "the file cannot be hashed perceptually: " + skipped[near].Detail
		if skipped[near].Detail == "" {
			p.Detail = "the file cannot be hashed perceptually: " + string(skipped[near].Why)
		}
	}
	if exact {
		p.Hint = "exact_only=true adds its exact hashes alone; they find only this very file"
	}
	return p
}

// commonFields reads the text fields that hold for all files of a form.
func commonFields(fields map[string]string) (bank.NewEntry, error) {
	n := bank.NewEntry{Note: fields["note"], Source: fields["source"], Licence: fields["licence"]}
	if text := fields["metadata"]; text != "" {
		var object map[string]any
		if err := unmarshal([]byte(text), &object); err != nil || object == nil {
			return n, invalid("metadata", "it is not a JSON object")
		}
		n.Metadata = json.RawMessage(text)
	}
	if text := fields["expires_at"]; text != "" {
		at, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return n, invalid("expires_at", "it is not a time as in 2026-01-31T12:00:00Z")
		}
		n.ExpiresAt = at.Unix()
		if err := checkExpiry(n.ExpiresAt); err != nil {
			return n, err
		}
	}
	// What every entry would be refused for is refused before the first file.
	switch {
	case utf8.RuneCountInString(n.Note) > 255:
		return n, invalid("note", "it has more than 255 characters")
	case len(n.Source) > 255:
		return n, invalid("source", "it is longer than 255 bytes")
	case len(n.Licence) > 255:
		return n, invalid("licence", "it is longer than 255 bytes")
	}
	return n, nil
}
