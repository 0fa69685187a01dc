package hma

import (
	"net/http"

	"github.com/jaga-project/jaga/internal/engine"
)

// indexState is one index: size hashes, the newest change at built, which is
// unix seconds and -1 when there are none.
type indexState struct {
	signalType
	loaded bool
	size   int
	built  int64
}

// indices reads the states of the indices, of the type that the query names or
// of all.
func (s *server) indices(r *http.Request) ([]indexState, error) {
	types := signalTypes()
	if q := r.URL.Query(); q.Has("signal_type") {
		t, err := findType(q.Get("signal_type"))
		if err != nil {
			return nil, err
		}
		types = []signalType{t}
	}
	// An index here is changed with the database, so both were last changed
	// when a bank was.
	banks, err := s.Banks.List(r.Context())
	if err != nil {
		return nil, err
	}
	newest := int64(-1)
	for _, b := range banks {
		newest = max(newest, b.UpdatedAt/1_000_000)
	}
	stats := s.Engine.Stats()
	var out []indexState
	for _, t := range types {
		x := indexState{signalType: t, loaded: stats.Loaded, size: stats.Entries[t.typ], built: -1}
		if x.size > 0 {
			x.built = newest
		}
		out = append(out, x)
	}
	return out, nil
}

// indexStatus is GET /m/index/status.
func (s *server) indexStatus(w http.ResponseWriter, r *http.Request) error {
	list, err := s.indices(r)
	if err != nil {
		return err
	}
	out := map[string]any{}
	for _, x := range list {
		out[x.name] = map[string]any{"present": x.loaded, "built_to": x.built, "size": x.size}
	}
	return ok(w, out)
}

// signalTypeIndex is GET /c/signal_type/index.
func (s *server) signalTypeIndex(w http.ResponseWriter, r *http.Request) error {
	list, err := s.indices(r)
	if err != nil {
		return err
	}
	if !s.Engine.Loaded() {
		return engine.ErrNotLoaded // 0 entries would be untrue of the database
	}
	out := map[string]any{}
	for _, x := range list {
		out[x.name] = map[string]any{"db_size": x.size, "index_size": x.size, "index_out_of_date": false,
			"newest_db_item": x.built, "index_built_to": x.built}
	}
	return ok(w, out)
}

// signalTypes is GET /c/signal_type.
func (s *server) signalTypes(w http.ResponseWriter, _ *http.Request) error {
	var out []map[string]any
	for _, t := range signalTypes() {
		out = append(out, map[string]any{"name": t.name, "enabled_ratio": ratio(1)})
	}
	return ok(w, out)
}

// updateSignalType is PUT /c/signal_type/{type}. Every type stays on: a client
// would take the answers about a type that is off for "no match".
func (s *server) updateSignalType(w http.ResponseWriter, r *http.Request) error {
	t, err := findType(r.PathValue("type"))
	if err != nil {
		return refuse(http.StatusNotFound, "%s", err)
	}
	fields, err := readDeclared(w, r)
	if err != nil {
		return err
	}
	var flaws malformed
	raw, given := fields["enabled_ratio"]
	f, isNumber := jsonRatio(raw)
	switch {
	case !given:
		flaws.missing("enabled_ratio")
	case !isNumber:
		flaws.add("float_parsing", "enabled_ratio", "Input should be a valid number")
	}
	if err := flaws.err(); err != nil {
		return err
	}
	if f != 1 {
		return bad("signal types are always on; change the enabled_ratio of a bank instead")
	}
	return ok(w, map[string]any{"name": t.name, "enabled_ratio": ratio(1)})
}

// contentTypes is GET /c/content_type.
func (s *server) contentTypes(w http.ResponseWriter, _ *http.Request) error {
	return ok(w, []map[string]any{{"name": photo, "enabled": true}, {"name": video, "enabled": false}})
}
