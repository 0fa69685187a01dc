package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// Every address that a page of the console leads to must reach the console, not
// another interface, and the other interfaces must be reached as well.
func TestHandler(t *testing.T) {
	t.Parallel()
	var errs bytes.Buffer
	a := &app{Streams: Streams{In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: &errs}, environ: []string{"JAGA_DATA=" + t.TempDir(), "JAGA_SERVER_HMA_OPEN_NETWORKS=192.0.2.0/24"}, json: true}
	if err := a.load(); err != nil {
		t.Fatal(err)
	}
	log, err := a.logger()
	if err != nil {
		t.Fatal(err)
	}
	s, err := a.openSite(t.Context(), true, log)
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	h, err := a.handler(s, "http://jaga.test")
	if err != nil {
		t.Fatal(err)
	}
	get := func(path string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	for _, page := range []string{"/", "/items", "/banks", "/banks/new", "/why", "/directory", "/system", "/keys", "/keyboard"} {
		if w := get(page); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/sign-in") {
			t.Errorf("%s: %d, want to be asked to sign in", page, w.Code)
		}
	}
	// A page of another site, opened in a browser inside an open network,
	// changes nothing through any interface; a program there may.
	for _, path := range []string{"/c/bank/A", "//c/bank/A", "/v1/banks/A", "/banks/A/delete"} {
		for site, want := range map[string]func(status int) bool{
			"cross-site": func(status int) bool { return status == http.StatusForbidden },
			"":           func(status int) bool { return status != http.StatusForbidden },
		} {
			r := httptest.NewRequest(http.MethodDelete, "http://localhost"+path, nil) // from 192.0.2.1
			r.Header.Set("Sec-Fetch-Site", site)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if !want(w.Code) {
				t.Errorf("DELETE %s from %q: %d", path, site, w.Code)
			}
			if strings.HasSuffix(path, "/c/bank/A") && site == "" && w.Code != http.StatusOK {
				t.Errorf("DELETE %s by a program in an open network: %d, want 200", path, w.Code)
			}
		}
	}
	for path, want := range map[string]int{
		"/sign-in": 200, "/status": 200, "/docs": 200, "/openapi.json": 200, "/openapi/openapi.json": 200,
		"/v1/banks": 401, "/c/banks": 401, "/m/lookup?signal=x": 401, // for a public host name
		"/nothing": 404, "/v1/nothing": 404,
	} {
		if w := get(path); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
}
