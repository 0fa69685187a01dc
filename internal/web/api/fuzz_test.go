package api

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/media"
	"github.com/jaga-project/jaga/internal/store"
)

// fuzzed is a server on a database of its own, for bodies of all kinds.
func fuzzed(f *testing.F) (send func(op int, kind string, body []byte) *httptest.ResponseRecorder, operations int) {
	ctx, cancel := context.WithCancel(context.Background())
	f.Cleanup(cancel)
	db, err := store.Open(ctx, "sqlite:"+filepath.Join(f.TempDir(), "jaga.db"), store.Options{Origin: "jaga.test"})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { _ = db.Close() })
	eng := engine.New()
	banks, err := bank.Open(ctx, db, eng, bank.Options{})
	if err != nil {
		f.Fatal(err)
	}
	dec := media.NewDecoder(media.DefaultLimits(), 0)
	in := intake.New(ctx, db, eng, dec, intake.Options{})
	f.Cleanup(in.Wait)
	s, err := build(Options{DB: db, Banks: banks, Intake: in, Engine: eng, Auth: auth.New(db), Decoder: dec, MaxBytes: 1 << 20, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		f.Fatal(err)
	}
	who := auth.Who{Actor: "key:1", Scopes: auth.Scopes()}
	if _, err := banks.Create(ctx, "test", bank.Defaults("A")); err != nil {
		f.Fatal(err)
	}
	targets := [][2]string{{"POST", "/v1/items"}, {"POST", "/v1/matches"}, {"POST", "/v1/compare"}, {"POST", "/v1/banks"}, {"PATCH", "/v1/banks/A"}, {"POST", "/v1/banks/A/entries"},
		{"PATCH", "/v1/banks/A/entries/1"}, {"PUT", "/v1/banks/A/entries/1/opinion"}, {"POST", "/v1/banks/A/import?skip_bad=true"}, {"POST", "/v1/keys"}}
	return func(op int, kind string, body []byte) *httptest.ResponseRecorder {
		r := httptest.NewRequest(targets[op][0], targets[op][1], strings.NewReader(string(body)))
		r.Header.Set("Content-Type", kind)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r.WithContext(auth.With(ctx, who)))
		return w
	}, len(targets)
}

// Whatever the body is, the answer is ours: JSON, a problem where it is one,
// and never a fault of the server.
func FuzzJSONBodies(f *testing.F) {
	for _, body := range []string{`{"signals":[{"type":"pdq","value":"` + hashP + `","quality":3}],"ref":"x"}`, `{"name":"B","threshold":3}`, `{"type":"pdq","a":"` + hashP + `","b":"` + hashQ + `"}`,
		`{"note":null,"enabled":true,"expires_at":null,"quarantine":""}`, `{"expires_at":"9999-12-31T23:59:59Z"}`, `{"disabled_until":"2030-01-01T00:00:00+24:00"}`, `{"verdict":"confirm"}`,
		`{"label":"x","scopes":["match"],"expires_at":"0001-01-01T00:00:00Z"}`, `{"signals":[{"type":"md5","value":"` + md5P + `"}],"metadata":{"a":[1e400,"\u0000"]}}`, `[[[[`, `"`, `{"NAME":"A","name":"B"}`, "{\"note\":\"\xff\"}"} {
		for op := range 10 {
			f.Add(op, []byte(body))
		}
	}
	send, n := fuzzed(f)
	f.Fuzz(func(t *testing.T, op int, body []byte) {
		if op < 0 || op >= n {
			return
		}
		checkOurs(t, send(op, "application/json", body))
	})
}

func FuzzForms(f *testing.F) {
	for _, parts := range [][]part{{{"file", "a", "x"}}, {{"ref", "", "r"}, {"file", "a", "x"}}, {{"note", "", "n"}, {"metadata", "", "{}"}, {"expires_at", "", "2030-01-01T00:00:00Z"}, {"file", "a", "x"}, {"file", "b", photo(1, 64)}}} {
		kind, body := formBody(f, parts...)
		_, boundary, _ := strings.Cut(kind, "boundary=")
		for _, op := range []int{0, 1, 5} {
			f.Add(op, []byte(strings.ReplaceAll(body, boundary, "b")))
		}
	}
	send, _ := fuzzed(f)
	f.Fuzz(func(t *testing.T, op int, body []byte) {
		if op != 0 && op != 1 && op != 5 {
			return
		}
		checkOurs(t, send(op, "multipart/form-data; boundary=b", body))
	})
}

func checkOurs(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	body, _ := io.ReadAll(w.Body)
	if w.Code >= 500 && w.Code != http.StatusServiceUnavailable {
		t.Fatalf("%d %s", w.Code, body)
	}
	kind := w.Header().Get("Content-Type")
	if w.Code >= 400 != (kind == "application/problem+json") || !json.Valid(body) {
		t.Fatalf("%d %s %s", w.Code, kind, body)
	}
}
