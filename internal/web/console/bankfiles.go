package console

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/media"
)

// fileResult is what became of one file that was put into a bank.
type fileResult struct {
	Name    string
	List    bool
	Already bool  // the bank has this very file
	Entry   int64 // of a picture or another file
	Hashes  []jaga.SignalType
	Skipped []string
	Import  bank.ImportResult
	Bad     []badLine
	Problem *problem
}

type badLine struct {
	Line int
	Text string
}

// bankFiles puts files into a bank: of a list its hashes, of every other file
// its own. The fields of the form come before the files, and files are read as
// they arrive; nothing of them is kept.
func (c *console) bankFiles(w http.ResponseWriter, r *http.Request) error {
	s := c.say(r)
	if _, err := c.Banks.Get(r.Context(), r.PathValue("bank")); err != nil {
		return err
	}
	r.Body = http.MaxBytesReader(w, r.Body, c.MaxBytes+maxForm)
	var form uploadForm
	var results []fileResult
	var failed error
	parts, err := r.MultipartReader()
	for failed = err; failed == nil; {
		var part *multipart.Part
		if part, failed = parts.NextPart(); failed != nil {
			break
		}
		name := part.FormName()
		if name != "file" {
			var text string
			if text, failed = formText(part); failed == nil {
				form.set(name, text)
			}
			continue
		}
		body := bufio.NewReaderSize(part, 4096)
		head, peekErr := body.Peek(1024)
		if len(head) == 0 && part.FileName() == "" {
			continue // no file was chosen
		}
		res := fileResult{Name: part.FileName()}
		if peekErr != nil && !errors.Is(peekErr, io.EOF) {
			res.Problem = c.problem(s, peekErr)
		} else if err := c.bankFile(r, s, form, head, body, &res); err != nil {
			var tooBig *http.MaxBytesError
			if !mendable(err) && !errors.As(err, &tooBig) && jaga.CodeOf(err) != jaga.CodeBusy {
				return err
			}
			res.Problem = c.problem(s, err)
		}
		results = append(results, res)
	}
	status := http.StatusOK
	wrong := (*problem)(nil)
	switch {
	case len(results) == 0 && failed != nil && !errors.Is(failed, io.EOF):
		status, wrong = http.StatusUnprocessableEntity, c.problem(s, failed)
		var tooBig *http.MaxBytesError
		if !errors.As(failed, &tooBig) {
			wrong = &problem{Field: "file", Text: s.t("error.no_file")}
		}
	case len(results) == 0:
		status, wrong = http.StatusUnprocessableEntity, &problem{Field: "file", Text: s.t("error.no_file")}
	}
	for _, res := range results {
		if res.Problem != nil {
			status = http.StatusUnprocessableEntity
		}
	}
	return c.bankView(w, r, status, func(v *bankPage) { v.Results, v.Upload, v.Problem, v.New = results, form, wrong, false })
}

func (f *uploadForm) set(name, text string) {
	switch name {
	case "type":
		f.Type = text
	case "source":
		f.Source = text
	case "licence":
		f.Licence = text
	case "skip_bad":
		f.SkipBad = text != ""
	case "sound":
		f.Sound = text != ""
	}
}

// isList reports whether a file is a list of hashes, by its beginning.
func isList(head []byte) bool {
	switch media.Sniff(head[:min(len(head), media.SniffLen)]) {
	case "application/gzip":
		return true
	case "":
	default:
		return false
	}
	if len(head) == 0 || bytes.IndexByte(head, 0) >= 0 {
		return false
	}
	// The end of what was read may cut a character.
	for cut := 0; cut < utf8.UTFMax && cut < len(head); cut++ {
		if utf8.Valid(head[:len(head)-cut]) {
			return true
		}
	}
	return false
}

func (c *console) bankFile(r *http.Request, s *speaker, form uploadForm, head []byte, body io.Reader, res *fileResult) error {
	name := r.PathValue("bank")
	if isList(head) {
		res.List = true
		got, err := c.Banks.Import(r.Context(), actor(r), name, body, bank.ImportOptions{
			Type: jaga.SignalType(form.Type), SkipBad: form.SkipBad, Source: form.Source, Licence: form.Licence})
		if err != nil {
			return err
		}
		res.Import = got
		for _, b := range got.BadLines {
			res.Bad = append(res.Bad, badLine{b.Line, s.detail(b.Msg)})
		}
		return nil
	}
	m, err := c.Decoder.Measure(r.Context(), body, media.Options{})
	if err != nil {
		return err
	}
	if !form.Sound {
		m = m.WithoutTrack()
	}
	if m.Bytes == 0 {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "empty_file", Msg: "the file has no bytes"}
	}
	b, err := c.Banks.Get(r.Context(), name)
	if err != nil {
		return err
	}
	e := bank.NewEntry{Source: form.Source, Licence: form.Licence}
	for _, sig := range m.Usable() {
		v, err := engine.ParseSignal(sig)
		if err != nil {
			return err
		}
		if sig.Type == jaga.SHA256 && c.Engine.Has(b.ID, v, c.now().Unix()) {
			res.Already = true
			return nil
		}
		e.Values = append(e.Values, v)
		res.Hashes = append(res.Hashes, sig.Type)
	}
	for _, k := range m.Skipped {
		if k.Detector == jaga.DetectorSound && m.Hashed() {
			continue // its pictures were hashed; which hashes there are stands beside it
		}
		res.Skipped = append(res.Skipped, s.skip(k))
	}
	added, err := c.Banks.Add(r.Context(), actor(r), name, e)
	res.Entry = added.ID
	return err
}

// bankHash adds one hash that was typed.
func (c *console) bankHash(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	f := hashForm{r.PostFormValue("type"), strings.TrimSpace(r.PostFormValue("value")), strings.TrimSpace(r.PostFormValue("note"))}
	v, err := parseHash(f.Type, f.Value)
	if err == nil {
		var e bank.Entry
		if e, err = c.Banks.Add(r.Context(), actor(r), r.PathValue("bank"), bank.NewEntry{Values: []engine.Value{v}, Note: f.Note}); err == nil {
			return seeOther(w, r, entryPath(e)+"?added=1")
		}
	}
	if !mendable(err) {
		return err
	}
	return c.bankView(w, r, http.StatusUnprocessableEntity, func(p *bankPage) { p.Hash, p.New, p.Problem = f, false, c.problem(c.say(r), err) })
}

// parseHash reads a hash that was typed. Its length decides the type where it
// can; 64 digits are what was chosen.
func parseHash(typ, text string) (engine.Value, error) {
	t := jaga.SignalType(typ)
	if t == jaga.Chromaprint && len(text) != 2*t.Size() {
		v, err := engine.ParseValue(t, text)
		if err != nil {
			return v, &jaga.Error{Code: jaga.CodeInvalid, Field: "value", Msg: "not hexadecimal", Err: err}
		}
		return v, nil
	}
	switch len(text) {
	case 2 * jaga.MD5.Size():
		t = jaga.MD5
	case 2 * jaga.SHA1.Size():
		t = jaga.SHA1
	case 2 * jaga.SHA256.Size():
		if t != jaga.SHA256 {
			t = jaga.PDQ
		}
	default:
		return engine.Value{}, &jaga.Error{Code: jaga.CodeInvalid, Field: "value", Msg: "not a hash of a known length"}
	}
	v, err := engine.ParseValue(t, text)
	if err != nil {
		return v, &jaga.Error{Code: jaga.CodeInvalid, Field: "value", Msg: "not hexadecimal", Err: err}
	}
	return v, nil
}
