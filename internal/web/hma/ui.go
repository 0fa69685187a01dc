package hma

import (
	"cmp"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/engine"
)

// HMA's own pages ask these calls, and scripts copied from them do. The pages
// themselves are Jaga's console.

// console is GET /ui and what was below it.
func (s *server) console(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, "/", http.StatusFound)
	return nil
}

// uiQuery is POST /ui/query: a file.
func (s *server) uiQuery(w http.ResponseWriter, r *http.Request) error {
	up, err := s.upload(w, r)
	if err != nil {
		return err
	}
	return s.uiAnswer(w, r, up.hashes, up.fields)
}

// uiQueryURL is POST /ui/query_url.
func (s *server) uiQueryURL(w http.ResponseWriter, r *http.Request) error {
	fields, err := readForm(w, r)
	if err != nil {
		return err
	}
	h, err := s.uiFetch(r, fields["url"], fields["content_type"])
	if err != nil {
		return err
	}
	return s.uiAnswer(w, r, h, fields)
}

func (s *server) uiFetch(r *http.Request, address, content string) (hashes, error) {
	if address == "" || content == "" {
		return nil, bad("give url and content_type")
	}
	return s.fetchHashes(r.Context(), url.Values{"url": {address}, "content_type": {content}})
}

// uiQueryHash is POST /ui/query_hash.
func (s *server) uiQueryHash(w http.ResponseWriter, r *http.Request) error {
	fields, err := readForm(w, r)
	if err != nil {
		return err
	}
	h, err := uiHash(fields["signal_type"], fields["signal_value"])
	if err != nil {
		return err
	}
	return s.uiAnswer(w, r, h, fields)
}

func uiHash(name, value string) (hashes, error) {
	if name == "" || value == "" {
		return nil, bad("give signal_type and signal_value")
	}
	t, err := findType(name)
	if err != nil {
		return nil, err
	}
	v, err := t.parse(value)
	text := v.String()
	if v.Type == jaga.VPDQ {
		text = value
	}
	return hashes{{signalType: t, value: text}}, err
}

// uiMatch is one match. What is only in one of the two answers is left out of
// the other.
type uiMatch struct {
	Bank      string    `json:"bank_name,omitempty"`
	ContentID int64     `json:"content_id"`
	Distance  string    `json:"distance"`
	Metadata  *metadata `json:"metadata,omitempty"`
	Note      string    `json:"note,omitempty"`
	Type      string    `json:"signal_type"`
	Value     string    `json:"signal_value"`
}

// uiMatches looks hashes up, also in banks that are switched off when bypass
// is set. The nearest come first, then, as in HMA, those without a distance.
func (s *server) uiMatches(r *http.Request, h hashes, bypass bool) ([]uiMatch, error) {
	if err := s.May(r, scopeMatch); err != nil {
		return nil, err
	}
	found, err := s.findAll(h, asking{bypass: bypass})
	if err != nil {
		return nil, err
	}
	out := []uiMatch{}
	for _, x := range h {
		for name, hits := range found[x.name] {
			for _, hit := range hits {
				out = append(out, uiMatch{Bank: name, ContentID: hit.ID, Distance: hit.Distance, Type: x.name, Value: x.value})
			}
		}
	}
	slices.SortFunc(out, func(a, b uiMatch) int {
		return cmp.Or(far(a)-far(b), cmp.Compare(a.Bank, b.Bank), cmp.Compare(a.ContentID, b.ContentID), cmp.Compare(a.Type, b.Type))
	})
	return out, nil
}

func far(m uiMatch) int {
	bits, err := strconv.Atoi(m.Distance)
	if err != nil {
		return engine.MaxThreshold + 1
	}
	return bits
}

// uiAnswer answers a query with what matched, and what was noted about it.
func (s *server) uiAnswer(w http.ResponseWriter, r *http.Request, h hashes, fields map[string]string) error {
	bypass, given := fields["bypass_enabled_ratio"]
	list, err := s.uiMatches(r, h, !given || strings.EqualFold(bypass, "true"))
	if err != nil {
		return err
	}
	banks := []string{}
	for i := range list {
		m := &list[i]
		banks = append(banks, m.Bank)
		e, err := s.Banks.Entry(r.Context(), m.Bank, m.ContentID)
		if jaga.CodeOf(err) == jaga.CodeNotFound {
			continue // deleted in the meantime
		}
		if err != nil {
			return err
		}
		m.Note = e.Note
		if meta, there := storedMetadata(e.Metadata); there {
			m.Metadata = &meta
		}
	}
	slices.Sort(banks)
	return ok(w, map[string]any{"hashes": h.texts(), "banks": slices.Compact(banks), "matches": list})
}

// uiFind is POST /ui/bank/{name}/content/find: the entries of one bank that
// match a hash or the file at a url.
func (s *server) uiFind(w http.ResponseWriter, r *http.Request) error {
	raw, err := readDeclared(w, r)
	if err != nil {
		return err
	}
	fields := map[string]string{}
	var flaws malformed
	for _, name := range []string{"url", "content_type", "signal_type", "signal_value"} {
		if null(raw[name]) {
			continue
		}
		value, isText := jsonText(raw[name])
		if !isText {
			flaws.add("string_type", name, "Input should be a valid string")
		}
		fields[name] = value
	}
	if err := flaws.err(); err != nil {
		return err
	}
	b, err := s.bank(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	var h hashes
	if fields["url"] != "" {
		h, err = s.uiFetch(r, fields["url"], fields["content_type"])
	} else {
		h, err = uiHash(fields["signal_type"], fields["signal_value"])
	}
	if err != nil {
		return err
	}
	all, err := s.uiMatches(r, h, true)
	if err != nil {
		return err
	}
	list, ids := []uiMatch{}, []int64{}
	for _, m := range all {
		if m.Bank == b.Name {
			m.Bank = ""
			list, ids = append(list, m), append(ids, m.ContentID)
		}
	}
	slices.Sort(ids)
	return ok(w, map[string]any{"bank_name": b.Name, "content_ids": slices.Compact(ids), "matches": list})
}

// readForm reads the text fields of a form, the first of each name.
func readForm(w http.ResponseWriter, r *http.Request) (map[string]string, error) {
	r.Body = http.MaxBytesReader(w, r.Body, formOverhead)
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case err == nil && kind == "multipart/form-data":
		return readFields(r)
	case err == nil && kind == "application/x-www-form-urlencoded":
		if err := r.ParseForm(); err != nil {
			return nil, formError(err)
		}
		out := map[string]string{}
		for name, values := range r.PostForm {
			out[name] = values[0]
		}
		return out, nil
	}
	return nil, bad("send a form")
}

// readFields reads a form of parts; files in it are an error.
func readFields(r *http.Request) (map[string]string, error) {
	form, err := r.MultipartReader()
	if err != nil {
		return nil, bad("the form is damaged")
	}
	up := &upload{fields: map[string]string{}}
	for range maxParts {
		part, err := form.NextRawPart()
		switch {
		case errors.Is(err, io.EOF):
			return up.fields, nil
		case err != nil:
			return nil, formError(err)
		case part.FileName() != "":
			return nil, bad("there is no place for a file in this form")
		}
		if err := up.field(part); err != nil {
			return nil, err
		}
	}
	return nil, bad("the form has more than %d parts", maxParts)
}
