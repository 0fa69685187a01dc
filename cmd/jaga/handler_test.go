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
	a := &app{Streams: Streams{In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: &errs}, environ: []string{"JAGA_DATA=" + t.TempDir()}, json: true}
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
	for _, page := range []string{"/", "/items", "/banks", "/banks/new", "/why", "/system", "/keys", "/keyboard"} {
		if w := get(page); w.Code != http.StatusSeeOther || !strings.HasPrefix(w.Header().Get("Location"), "/sign-in") {
			t.Errorf("%s: %d, want to be asked to sign in", page, w.Code)
		}
	}
	for path, want := range map[string]int{
		"/sign-in": 200, "/status": 200, "/docs": 200, "/openapi.json": 200, "/openapi/openapi.json": 200,
		"/v1/banks": 401, "/c/banks": 401, "/m/lookup?signal=x": 401, "/nothing": 404, "/v1/nothing": 404,
	} {
		if w := get(path); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
}
