package hma

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
)

// source is what people see an entry came from.
const source = "HMA API"

// addContent is POST /c/bank/{name}/content.
func (s *server) addContent(w http.ResponseWriter, r *http.Request) error {
	b, err := s.bank(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	var h hashes
	var n bank.NewEntry
	if q := r.URL.Query(); q.Has("url") {
		h, n, err = s.contentOfURL(w, r, q)
	} else {
		h, n, err = s.contentOfForm(w, r)
	}
	if err != nil {
		return err
	}
	return s.add(w, r, b.Name, h, n)
}

func (s *server) contentOfURL(w http.ResponseWriter, r *http.Request, q url.Values) (h hashes, n bank.NewEntry, err error) {
	if isJSON(r) && r.ContentLength != 0 {
		fields, err := readObject(w, r)
		if err != nil {
			return nil, n, err
		}
		if n.Metadata, err = parseMetadata(fields["metadata"]); err != nil {
			return nil, n, err
		}
		if n.Note, err = jsonNote(fields["note"]); err != nil {
			return nil, n, err
		}
	}
	h, err = s.fetchHashes(r.Context(), q)
	return h, n, err
}

func (s *server) contentOfForm(w http.ResponseWriter, r *http.Request) (hashes, bank.NewEntry, error) {
	var n bank.NewEntry
	up, err := s.upload(w, r)
	if err != nil {
		return nil, n, err
	}
	if text := up.fields["metadata"]; text != "" {
		if !json.Valid([]byte(text)) {
			return nil, n, bad("metadata must be a JSON object")
		}
		if n.Metadata, err = parseMetadata(json.RawMessage(text)); err != nil {
			return nil, n, err
		}
	}
	n.Note, err = checkNote(up.fields["note"])
	return up.hashes, n, err
}

// addSignal is POST /c/bank/{name}/signal.
func (s *server) addSignal(w http.ResponseWriter, r *http.Request) error {
	b, err := s.bank(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	fields, err := readObject(w, r)
	if err != nil {
		return err
	}
	h, n, err := parseSignals(fields)
	if err != nil {
		return err
	}
	return s.add(w, r, b.Name, h, n)
}

// parseSignals reads hashes by type, and a note.
func parseSignals(fields map[string]json.RawMessage) (hashes, bank.NewEntry, error) {
	var n bank.NewEntry
	note, err := jsonNote(fields["note"])
	if err != nil {
		return nil, n, err
	}
	n.Note = note
	var h hashes
	for name, raw := range fields {
		if name == "note" {
			continue
		}
		t, err := findType(name)
		if err != nil {
			return nil, n, err
		}
		value, isText := jsonText(raw)
		if !isText {
			return nil, n, bad("the %s hash must be a string", t.name)
		}
		h = append(h, hashed{signalType: t, value: value})
	}
	if len(h) == 0 {
		return nil, n, bad("give at least one hash by its signal type")
	}
	return h, n, nil
}

// add adds an entry with the hashes and answers with its number.
func (s *server) add(w http.ResponseWriter, r *http.Request, name string, h hashes, n bank.NewEntry) error {
	n.Source = source
	stored := map[string]string{}
	for _, x := range h {
		if x.missing != nil {
			continue // the answer says which hashes the entry has
		}
		if x.value == "" {
			return bad("the file has too little detail for a %s hash; it was not added", x.name)
		}
		v, err := x.parse(x.value)
		if err != nil {
			return err
		}
		n.Values = append(n.Values, v)
		stored[x.name] = v.String()
		if v.Type == jaga.VPDQ {
			stored[x.name] = x.value
		}
	}
	e, err := s.Banks.Add(r.Context(), s.Actor(r), name, n)
	if err != nil {
		return bankError(err)
	}
	return ok(w, map[string]any{"id": e.ID, "signals": stored})
}

// content returns the bank and the entry that a path names. An entry of
// another bank is not found: who may see one bank need not see all.
func (s *server) content(ctx context.Context, r *http.Request) (bank.Bank, bank.Entry, error) {
	b, err := s.bank(ctx, r.PathValue("name"))
	if err != nil {
		return b, bank.Entry{}, err
	}
	id, err := contentID(r)
	if err != nil {
		return b, bank.Entry{}, err
	}
	e, err := s.Banks.Entry(ctx, b.Name, id)
	if jaga.CodeOf(err) == jaga.CodeNotFound {
		err = errNoContent
	}
	return b, e, err
}

var errNoContent = &refusal{http.StatusNotFound, "content not found"}

// contentID is the entry number of a path of digits; one that is too large for
// us is that of no entry.
func contentID(r *http.Request) (int64, error) {
	id, err := strconv.ParseUint(r.PathValue("id"), 10, 32)
	if err != nil {
		return 0, errNoContent
	}
	return int64(id), nil
}

// getContent is GET /c/bank/{name}/content/{id}.
func (s *server) getContent(w http.ResponseWriter, r *http.Request) error {
	b, e, err := s.content(r.Context(), r)
	if err != nil {
		return err
	}
	out := map[string]any{"id": e.ID, "disable_until_ts": e.DisableUntil, "original_media_uri": nil, "bank": show(b)}
	q := r.URL.Query()
	wants := func(name string, without bool) bool {
		if !q.Has(name) {
			return without
		}
		return strings.EqualFold(q.Get(name), "true")
	}
	if wants("include_signals", false) {
		signals := map[string]string{}
		for _, sig := range e.Signals {
			signals[nameOf(sig.Type)] = sig.Value
			if sig.Type == jaga.VPDQ {
				film, err := s.Banks.Film(r.Context(), b.Name, e.ID)
				if err != nil {
					return bankError(err)
				}
				signals[nameOf(sig.Type)] = film.List()
			}
		}
		out["signals"] = signals
	}
	if m, there := storedMetadata(e.Metadata); there && wants("include_metadata", true) {
		out["metadata"] = m.full()
	}
	if e.Note != "" {
		out["note"] = e.Note
	}
	return ok(w, out)
}

// full has all four keys of HMA's metadata.
func (m metadata) full() map[string]any {
	out := map[string]any{"content_id": m.ContentID, "content_uri": m.ContentURI, "json": nil, "collab": nil}
	if m.JSON != nil {
		out["json"] = m.JSON
	}
	return out
}

// updateContent is PUT /c/bank/{name}/content/{id}.
func (s *server) updateContent(w http.ResponseWriter, r *http.Request) error {
	fields, err := readObject(w, r)
	if err != nil {
		return err
	}
	b, e, err := s.content(r.Context(), r)
	if err != nil {
		return err
	}
	var change bank.EntryChange
	if raw, given := fields["disable_until_ts"]; given {
		ts, isInt := jsonInt(raw)
		if !isInt {
			return bad("disable_until_ts must be an integer")
		}
		change.DisableUntil = &ts
	}
	if raw, given := fields["note"]; given {
		note, err := jsonNote(raw)
		if err != nil {
			return err
		}
		change.Note = &note
	}
	if change != (bank.EntryChange{}) {
		if e, err = s.Banks.UpdateEntry(r.Context(), s.Actor(r), b.Name, e.ID, change); err != nil {
			return err
		}
	}
	out := map[string]any{"id": e.ID, "disable_until_ts": e.DisableUntil, "collab_metadata": map[string]any{},
		"original_media_uri": nil, "bank": show(b), "user_metadata": nil, "note": nil}
	if m, there := storedMetadata(e.Metadata); there {
		out["user_metadata"] = m
	}
	if e.Note != "" {
		out["note"] = e.Note
	}
	return ok(w, out)
}

// deleteContent is DELETE /c/bank/{name}/content/{id}.
func (s *server) deleteContent(w http.ResponseWriter, r *http.Request) error {
	b, err := s.bank(r.Context(), r.PathValue("name"))
	if err != nil {
		return err
	}
	deleted := 0
	if id, err := contentID(r); err == nil {
		gone, err := s.Banks.DeleteEntry(r.Context(), s.Actor(r), b.Name, id)
		if err != nil {
			return bankError(err)
		}
		if gone {
			deleted = 1
		}
	}
	return ok(w, map[string]int{"deleted": deleted})
}
