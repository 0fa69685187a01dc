package hma

import (
	"net/http"
	"slices"
	"sort"
	"strings"
)

// route is one path with what answers its methods.
type route struct {
	// path is a pattern of [http.ServeMux]; template is how HMA writes it.
	path, template string
	methods        map[string]action
}

// action answers one method of a path.
type action struct {
	scope string // empty is open to all
	about string // one line for the OpenAPI document
	do    func(w http.ResponseWriter, r *http.Request) error
}

func (s *server) table() []route {
	match := func(about string, do func(http.ResponseWriter, *http.Request) error) action {
		return action{scopeMatch, about, do}
	}
	read := func(about string, do func(http.ResponseWriter, *http.Request) error) action {
		return action{scopeBanksRead, about, do}
	}
	write := func(about string, do func(http.ResponseWriter, *http.Request) error) action {
		return action{scopeBanksWrite, about, do}
	}
	const get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	type m = map[string]action
	return []route{
		{"/status", "/status", m{get: {"", "whether the server can match", s.status}}},
		{"/status/live", "/status/live", m{get: {"", "whether the server runs", s.alive}}},
		{"/site-map", "/site-map", m{get: {"", "the paths", s.siteMap}}},
		{"/openapi/openapi.json", "/openapi/openapi.json", m{get: {"", "this document", s.openAPI}}},

		{"/ui", "/ui", m{get: {"", "Jaga's console", s.console}}},
		{"/ui/{$}", "/ui/", m{get: {"", "Jaga's console", s.console}}},
		{"/ui/banks", "/ui/banks", m{get: {"", "Jaga's console", s.console}}},
		{"/ui/exchanges", "/ui/exchanges", m{get: {"", "Jaga's console", s.console}}},
		{"/ui/match", "/ui/match", m{get: {"", "Jaga's console", s.console}}},
		{"/ui/documentation", "/ui/documentation", m{get: {"", "Jaga's console", s.console}}},
		{"/ui/query", "/ui/query", m{post: read("look a file up, with what is noted about the matches", s.uiQuery)}},
		{"/ui/query_url", "/ui/query_url", m{post: read("look the file at a URL up", s.uiQueryURL)}},
		{"/ui/query_hash", "/ui/query_hash", m{post: read("look a hash up", s.uiQueryHash)}},
		{"/ui/bank/{name}/content/find", "/ui/bank/<bank_name>/content/find", m{post: read("find entries of a bank", s.uiFind)}},

		{"/h/hash", "/h/hash", m{get: match("hash the file at a URL", s.hashURL), post: match("hash a file", s.hashFile)}},
		{"/m/lookup", "/m/lookup", m{get: match("look a hash, or the file at a URL, up", s.lookup), post: match("look a file up", s.lookupFile)}},
		{"/m/raw_lookup", "/m/raw_lookup", m{get: match("look a hash up in everything that is indexed", s.rawLookup)}},
		{"/m/compare", "/m/compare", m{post: match("compare pairs of hashes", s.compare)}},
		{"/m/index/status", "/m/index/status", m{get: match("the state of the indices", s.indexStatus)}},

		{"/c/banks", "/c/banks", m{get: read("list banks", s.listBanks), post: write("create a bank", s.createBank)}},
		{"/c/bank/{name}", "/c/bank/<bank_name>", m{get: read("a bank", s.getBank), put: write("change a bank", s.updateBank), del: write("delete a bank", s.deleteBank)}},
		{"/c/bank/{name}/content", "/c/bank/<bank_name>/content", m{post: write("add a file to a bank", s.addContent)}},
		{"/c/bank/{name}/signal", "/c/bank/<bank_name>/signal", m{post: write("add hashes to a bank", s.addSignal)}},
		{"/c/bank/{name}/content/{id}", "/c/bank/<bank_name>/content/<int:content_id>", m{get: read("an entry", s.getContent), put: write("change an entry", s.updateContent), del: write("delete an entry", s.deleteContent)}},

		{"/c/signal_type", "/c/signal_type", m{get: read("list signal types", s.signalTypes)}},
		{"/c/signal_type/{type}", "/c/signal_type/<signal_type_name>", m{put: write("change a signal type", s.updateSignalType)}},
		{"/c/signal_type/index", "/c/signal_type/index", m{get: read("compare the indices with the database", s.signalTypeIndex)}},
		{"/c/content_type", "/c/content_type", m{get: read("list content types", s.contentTypes)}},

		{"/c/exchanges", "/c/exchanges", m{get: read("list exchanges", s.listExchanges), post: write("create an exchange", s.createExchange)}},
		{"/c/exchanges/apis", "/c/exchanges/apis", m{get: read("list exchange APIs", s.listExchanges)}},
		{"/c/exchanges/api/{api}", "/c/exchanges/api/<api_name>", m{get: read("an exchange API", s.exchangeAPI), post: write("set credentials", s.exchangeAPI)}},
		{"/c/exchanges/api/{api}/schema", "/c/exchanges/api/<api_name>/schema", m{get: read("the settings of an exchange API", s.noExchange)}},
		{"/c/exchange/{name}", "/c/exchange/<exchange_name>", m{get: read("an exchange", s.noExchange), put: write("change an exchange", s.noExchange), del: write("delete an exchange", s.deleteExchange)}},
		{"/c/exchange/{name}/status", "/c/exchange/<exchange_name>/status", m{get: read("the state of an exchange", s.noExchange)}},
	}
}

// handler puts the routes behind what all of them share.
func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	for _, rt := range s.routes {
		mux.Handle(rt.path, s.serve(rt))
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		page(w, http.StatusNotFound)
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		r = r.Clone(r.Context())
		r.Body = s.patient(w, r.Body)
		if strings.Contains(r.URL.Path, "//") {
			r.URL.Path, r.URL.RawPath = collapse(r.URL.Path), collapse(r.URL.RawPath)
		}
		mux.ServeHTTP(w, r)
	})
}

// serve answers one path: a method it has, OPTIONS, or 405.
func (s *server) serve(rt route) http.Handler {
	allow := []string{http.MethodOptions}
	for method := range rt.methods {
		allow = append(allow, method)
		if method == http.MethodGet {
			allow = append(allow, http.MethodHead)
		}
	}
	sort.Strings(allow)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		if id := r.PathValue("id"); strings.Trim(id, "0123456789") != "" {
			page(w, http.StatusNotFound) // the path has a number there
			return
		}
		a, ok := rt.methods[method]
		if !ok {
			w.Header().Set("Allow", strings.Join(allow, ", "))
			if method == http.MethodOptions {
				w.WriteHeader(http.StatusOK)
				return
			}
			page(w, http.StatusMethodNotAllowed)
			return
		}
		defer func() {
			// Flask turns an uncaught exception into an answer; a connection
			// that just breaks would be retried for ever.
			if v := recover(); v != nil {
				if v == http.ErrAbortHandler {
					panic(v)
				}
				s.Log.Error("a handler broke", "path", rt.template, "panic", v)
				s.fail(w, r, rt, errInternal)
			}
		}()
		if a.scope != "" {
			if err := s.May(r, a.scope); err != nil {
				s.deny(w, r, rt, err)
				return
			}
		}
		if err := a.do(w, r); err != nil {
			s.fail(w, r, rt, err)
		}
	})
}

func (s *server) siteMap(w http.ResponseWriter, _ *http.Request) error {
	paths := make([]string, 0, len(s.routes))
	for _, rt := range s.routes {
		paths = append(paths, rt.template)
	}
	slices.Sort(paths)
	return ok(w, paths)
}

func (s *server) status(w http.ResponseWriter, _ *http.Request) error {
	if !s.Engine.Loaded() {
		text(w, http.StatusServiceUnavailable, "text/html", "INDEX-NOT-LOADED")
		return nil
	}
	return s.alive(w, nil)
}

func (s *server) alive(w http.ResponseWriter, _ *http.Request) error {
	text(w, http.StatusOK, "text/html", "I-AM-ALIVE")
	return nil
}

// openAPI describes the paths, enough for tools that list them; docs/hma.md
// has the whole.
func (s *server) openAPI(w http.ResponseWriter, _ *http.Request) error {
	type object = map[string]any
	paths := object{}
	for _, rt := range s.routes {
		path := object{}
		for method, a := range rt.methods {
			path[strings.ToLower(method)] = object{
				"summary":   a.about,
				"responses": object{"default": object{"description": "see docs/hma.md"}},
			}
		}
		var params []object
		for part := range strings.SplitSeq(rt.path, "/") {
			if name, ok := strings.CutPrefix(part, "{"); ok {
				name = strings.TrimSuffix(name, "}")
				params = append(params, object{"name": name, "in": "path", "required": true, "schema": object{"type": "string"}})
			}
		}
		if params != nil {
			path["parameters"] = params
		}
		paths[rt.path] = path
	}
	return ok(w, object{
		"openapi": "3.1.0",
		"info":    object{"title": "Hasher-Matcher-Actioner API of Jaga", "version": "1.1"},
		"paths":   paths,
	})
}
