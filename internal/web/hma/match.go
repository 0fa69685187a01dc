package hma

import (
	"net/http"
	"net/url"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/engine"
)

// hit is an entry that matched.
type hit struct {
	ID       int64  `json:"bank_content_id"`
	Distance string `json:"distance"`
}

// asking is how a look-up chooses banks.
type asking struct {
	banks  bankFilter
	seed   string
	seeded bool
	bypass bool
}

// asks reads it from a query. Only callers who may see every bank may also
// match in those that are switched off; for others the bypass is ignored, as
// HMA's GET always does.
func (s *server) asks(r *http.Request, q url.Values, bypass bool) asking {
	return asking{
		banks: parseBanks(q.Get("banks")), seed: q.Get("seed"), seeded: q.Has("seed"),
		bypass: bypass && s.May(r, scopeBanksRead) == nil,
	}
}

// find looks one hash up and groups what matched by bank.
func (s *server) find(t signalType, v engine.Value, a asking) (map[string][]hit, error) {
	query := engine.Query{Signals: []jaga.Signal{{Type: t.typ, Value: v.String(), Frames: v.Frames}}, Now: s.Now()}
	switch {
	case a.bypass: // 0 asks every bank
	case a.seeded:
		query.Draw = draw(a.seed)
	default:
		query.Draw = s.Draw()
	}
	// Banks are chosen afterwards: an allow bank speaks against a match
	// whether or not the client names it.
	answer, err := s.Engine.Match(query)
	if err != nil {
		return nil, err
	}
	engine.Suppress(answer.Matches)
	out := map[string][]hit{}
	for _, m := range answer.Matches {
		if m.Role == jaga.RoleMatch && m.Suppressed != jaga.SuppressedAllow && a.banks.has(m.Bank) {
			out[m.Bank] = append(out[m.Bank], hit{m.Entry, t.distance(m)})
		}
	}
	return out, nil
}

// findAll looks the hashes of a file up. What was found is said also of a file
// that was not checked whole; that nothing was found is not.
func (s *server) findAll(h hashes, a asking) (map[string]map[string][]hit, error) {
	out := map[string]map[string][]hit{}
	var missing error
	found := 0
	for _, x := range h {
		if x.missing != nil {
			missing = x.missing
			continue
		}
		if x.value == "" {
			return nil, bad("the file has too little detail for a %s hash; it was not checked", x.name)
		}
		v, err := x.parse(x.value)
		if err != nil {
			return nil, err
		}
		if out[x.name], err = s.find(x.signalType, v, a); err != nil {
			return nil, err
		}
		if x.part && len(out[x.name]) == 0 {
			missing = errPart
		}
		if x.several && len(out[x.name]) == 0 {
			return nil, errSeveral
		}
		found += len(out[x.name])
	}
	if missing != nil && found == 0 {
		return nil, missing
	}
	return out, nil
}

// lookup is GET /m/lookup.
func (s *server) lookup(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	var flaws malformed
	bypass := queryBool(q, "bypass_coinflip", &flaws)
	if err := flaws.err(); err != nil {
		return err
	}
	a := s.asks(r, q, bypass)
	if q.Has("url") {
		return s.lookupURL(w, r, q, a)
	}
	if !q.Has("signal") || !q.Has("signal_type") {
		return bad("give signal and signal_type, or url")
	}
	t, v, err := signalOf(q)
	if err != nil {
		return err
	}
	found, err := s.find(t, v, a)
	if err != nil {
		return err
	}
	return ok(w, found)
}

func signalOf(q url.Values) (signalType, engine.Value, error) {
	t, err := findType(q.Get("signal_type"))
	if err != nil {
		return t, engine.Value{}, err
	}
	v, err := t.parse(q.Get("signal"))
	return t, v, err
}

func (s *server) lookupURL(w http.ResponseWriter, r *http.Request, q url.Values, a asking) error {
	if q.Has("signal_type") && !q.Has("types") {
		q.Set("types", q.Get("signal_type"))
	}
	h, err := s.fetchHashes(r.Context(), q)
	if err != nil {
		return err
	}
	found, err := s.findAll(h, a)
	if err != nil {
		return err
	}
	if !q.Has("signal_type") {
		return ok(w, found)
	}
	inner := found[q.Get("signal_type")]
	if inner == nil {
		return bad("no hash of this signal_type was computed of the file: types does not name it")
	}
	return ok(w, inner)
}

// lookupFile is POST /m/lookup.
func (s *server) lookupFile(w http.ResponseWriter, r *http.Request) error {
	if !s.Engine.Loaded() {
		return engine.ErrNotLoaded // before a file is read for nothing
	}
	up, err := s.upload(w, r)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	found, err := s.findAll(up.hashes, s.asks(r, q, q.Get("bypass_coinflip") == "true"))
	if err != nil {
		return err
	}
	return ok(w, found)
}

// rawLookup is GET /m/raw_lookup: everything that is indexed, whatever the
// ratio of its bank and whether or not it is switched off.
func (s *server) rawLookup(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	var flaws malformed
	for _, name := range []string{"signal", "signal_type"} {
		if !q.Has(name) {
			flaws.missing(name)
		}
	}
	withDistance := queryBool(q, "include_distance", &flaws)
	if err := flaws.err(); err != nil {
		return err
	}
	t, v, err := signalOf(q)
	if err != nil {
		return err
	}
	answer, err := s.Engine.Match(engine.Query{Signals: []jaga.Signal{{Type: t.typ, Value: v.String(), Frames: v.Frames}}, Now: s.Now(), Raw: true})
	if err != nil {
		return err
	}
	banks := parseBanks(q.Get("banks"))
	hits, ids := []hit{}, []int64{}
	for _, m := range answer.Matches {
		if m.Role == jaga.RoleMatch && banks.has(m.Bank) {
			hits, ids = append(hits, hit{m.Entry, t.distance(m)}), append(ids, m.Entry)
		}
	}
	if withDistance {
		return ok(w, map[string]any{"matches": hits})
	}
	return ok(w, map[string]any{"matches": ids})
}

// compare is POST /m/compare.
func (s *server) compare(w http.ResponseWriter, r *http.Request) error {
	fields, err := readObject(w, r)
	if err != nil {
		return err
	}
	out := map[string]any{}
	for name, raw := range fields {
		t, err := findType(name)
		if err != nil {
			return err
		}
		values, err := pair(t, raw)
		if err != nil {
			return err
		}
		out[t.name] = t.match(values[0], values[1])
	}
	return ok(w, out)
}
