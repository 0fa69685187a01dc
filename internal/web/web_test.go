package web_test

import (
	"bytes"
	"cmp"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/web"
)

func TestParts(t *testing.T) {
	t.Parallel()
	say := func(text string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/a/panic" {
				panic("SECRET")
			}
			who, _ := auth.From(r.Context())
			_, _ = w.Write([]byte(text + " " + who.Actor))
		})
	}
	who := auth.New(storetest.Open(t, storetest.SQLite(t)))
	var log bytes.Buffer
	h := web.New(who, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})), say("rest"),
		web.Part{Owns: func(p string) bool { return strings.HasPrefix(p, "/a/") }, Handler: say("a")})
	for _, c := range []struct {
		method, path, key, origin string
		status                    int
		body                      string
	}{
		{"GET", "/a/x?ref=SECRET", "", "", 200, "a "},
		{"GET", "/a/x", who.LocalKey(), "", 200, "a local"},
		{"GET", "/a/x", "jaga_wrong", "", 200, "a "},
		{"GET", "/else", "", "", 200, "rest "},
		{"POST", "/else", "", "", 200, "rest "},
		{"POST", "/else", "", "https://elsewhere.example", 403, ""},
		{"GET", "/a/panic", "", "", 500, "a fault of the server; it is in its log\n"},
	} {
		r := httptest.NewRequest(c.method, c.path, nil)
		if c.key != "" {
			r.Header.Set("Authorization", "Bearer "+c.key)
		}
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.status || c.body != "" && w.Body.String() != c.body {
			t.Errorf("%s %s: %d %q, want %d %q", c.method, c.path, w.Code, w.Body.String(), c.status, c.body)
		}
	}
	if strings.Contains(log.String(), "ref=") || strings.Contains(log.String(), who.LocalKey()) {
		t.Errorf("the log holds what was sent:\n%s", log.String())
	}
	if !strings.Contains(log.String(), "path=/a/x status=200") {
		t.Errorf("no access log:\n%s", log.String())
	}
}

func TestAllow(t *testing.T) {
	t.Parallel()
	allow := web.Allow([]netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("::1/128")}, "https://jaga.example.org")
	none := web.Allow(nil, "")
	for _, c := range []struct {
		remote string
		header [2]string
		scopes []auth.Scope
		want   bool
		host   string
	}{
		{remote: "10.1.2.3:99", host: "jaga:8474", want: true},
		{remote: "10.1.2.3:99", host: "10.1.0.1:8474", want: true},
		{remote: "10.1.2.3:99", host: "[::1]:8474", want: true},
		{remote: "10.1.2.3:99", host: "jaga.default.svc.cluster.local", want: true},
		{remote: "10.1.2.3:99", host: "JAGA.example.org.", want: true},
		{remote: "10.1.2.3:99", host: "rebound.example.com:8474"},
		{remote: "10.1.2.3:99", host: "10.1.0.1.example.com"},
		{remote: "10.1.2.3:99", want: true},
		{remote: "[::ffff:10.1.2.3]:99", want: true},
		{remote: "[::1]:99", want: true},
		{remote: "10.2.2.3:99"},
		{remote: "nonsense"},
		{remote: "10.1.2.3:99", header: [2]string{"X-Forwarded-For", "10.1.0.9"}},
		{remote: "10.1.2.3:99", header: [2]string{"Forwarded", "for=10.1.0.9"}},
		{remote: "10.1.2.3:99", header: [2]string{"Authorization", "Bearer jaga_revoked"}},
		{remote: "10.1.2.3:99", header: [2]string{"Authorization", "Basic"}},
		{remote: "10.1.2.3:99", header: [2]string{"Authorization", "Bearer "}, want: true},
		{remote: "192.0.2.1:1", scopes: []auth.Scope{auth.Match}, want: true},
		{remote: "192.0.2.1:1", scopes: []auth.Scope{auth.BanksRead}},
	} {
		r := httptest.NewRequest("GET", "/m/lookup", nil)
		r.RemoteAddr, r.Host = c.remote, cmp.Or(c.host, "localhost:8474")
		if c.header[0] != "" {
			r.Header.Set(c.header[0], c.header[1])
		}
		if c.scopes != nil {
			r = r.WithContext(auth.With(r.Context(), auth.Who{Actor: "key:1", Scopes: c.scopes}))
		}
		if got := allow(r, "match") == nil; got != c.want {
			t.Errorf("%+v: allowed %v, want %v", c, got, c.want)
		}
		if c.scopes == nil && none(r, "match") == nil {
			t.Errorf("%+v: allowed without any open network", c)
		}
	}
}

// Who reads a part that is kept out of the log leaves no line there.
func TestUnlogged(t *testing.T) {
	t.Parallel()
	var lines bytes.Buffer
	log := slog.New(slog.NewTextHandler(&lines, &slog.HandlerOptions{Level: slog.LevelDebug}))
	ok := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	h := web.New(auth.New(storetest.Open(t, storetest.SQLite(t))), log, ok,
		web.Part{Owns: func(p string) bool { return p == "/quiet" }, Handler: ok, Unlogged: true},
		web.Part{Owns: func(p string) bool { return p == "/loud" }, Handler: ok})
	for _, path := range []string{"/quiet", "/loud", "/rest"} {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
	}
	if got := lines.String(); strings.Contains(got, "/quiet") || !strings.Contains(got, "/loud") || !strings.Contains(got, "/rest") {
		t.Errorf("the log is %q, want the other two paths alone", got)
	}
}
