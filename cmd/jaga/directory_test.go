package main

import (
	"bytes"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadersSeeWhatPeopleFindOut goes from the console's form to the guide's
// page, and starts again with an operator's file that still has the old value.
func TestReadersSeeWhatPeopleFindOut(t *testing.T) {
	t.Parallel()
	data, folder := t.TempDir(), t.TempDir()
	start := func(environ ...string) (show func(path string) string, send func(path string, form url.Values) int, stop func()) {
		a := &app{Streams: Streams{In: strings.NewReader(""), Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}, environ: append(environ, "JAGA_DATA="+data), json: true}
		if err := a.load(); err != nil {
			t.Fatal(err)
		}
		log, err := a.logger()
		if err != nil {
			t.Fatal(err)
		}
		s, err := a.openSite(t.Context(), len(environ) == 0, log)
		if err != nil {
			t.Fatal(err)
		}
		h, err := a.handler(s, "http://jaga.test")
		if err != nil {
			t.Fatal(err)
		}
		person, _, err := s.auth.Operator(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		link, err := s.auth.NewLink(t.Context(), "system", person)
		if err != nil {
			t.Fatal(err)
		}
		session, err := s.auth.SignIn(t.Context(), link)
		if err != nil {
			t.Fatal(err)
		}
		show = func(path string) string {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
			return w.Body.String()
		}
		send = func(path string, form url.Values) int {
			r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			r.Header.Set("Cookie", "jaga_session="+session)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			return w.Code
		}
		return show, send, s.close
	}
	show, send, stop := start()
	if body := show("/guide/en/help"); !strings.Contains(body, `href="tel:129"`) {
		t.Fatal("the row is not there to begin with")
	}
	if code := send("/directory/id-sapa-129", url.Values{"do": {"answers"}, "value": {"129"}, "channel": {"phone"}}); code != 303 {
		t.Fatalf("status %d", code)
	}
	if body := show("/guide/en/help"); !strings.Contains(body, "Tried by a person on") {
		t.Error("readers do not see that somebody tried it")
	}
	if code := send("/directory/id-sapa-129", url.Values{"do": {"corrected"}, "value": {"129"}, "new_value": {"14444"}, "page": {"https://example.org/new"}, "dated": {"2026"}}); code != 303 {
		t.Fatalf("status %d", code)
	}
	changed := func(show func(string) string) {
		t.Helper()
		for _, path := range []string{"/guide/en/help", "/guide/id/help", "/guide/en/now", "/guide/en/crisis"} {
			if body := show(path); !strings.Contains(body, `href="tel:14444"`) || strings.Contains(body, `href="tel:129"`) {
				t.Errorf("%s does not lead to the new value alone", path)
			}
		}
	}
	changed(show)
	stop()

	// The operator's file still has the old value; the correction holds.
	file, err := os.ReadFile("../../internal/web/guide/content/help.toml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "help.toml"), file, 0o600); err != nil {
		t.Fatal(err)
	}
	show, send, stop = start("JAGA_GUIDE_FOLDER=" + folder)
	defer stop()
	changed(show)
	if code := send("/directory/id-sapa-129", url.Values{"do": {"corrected"}, "value": {"14444"}, "new_value": {"129"}, "page": {"https://example.org/new"}, "dated": {"2026"}}); code != 422 {
		t.Errorf("the old value came back: %d", code)
	}
}
