package web_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/web"
)

// Each key has its own limit, which fills again; people, callers without a key and
// health checks have none.
func TestKeysAreLimited(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	served := 0
	next := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { served++ })
	h := web.NewLimits(2, 3, []string{"/v1/status"}, func() time.Time { return now }).Handler(next)
	ask := func(who auth.Who, path string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, path, nil)
		if who.Actor != "" {
			r = r.WithContext(auth.With(r.Context(), who))
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	one, two := auth.Who{Actor: "key:1"}, auth.Who{Actor: "key:2"}
	for i, left := range []string{`"key";r=2;t=1`, `"key";r=1;t=1`, `"key";r=0;t=2`} {
		if w := ask(one, "/v1/matches"); w.Code != 200 || w.Header().Get("RateLimit") != left || w.Header().Get("RateLimit-Policy") != `"key";q=3;w=2` {
			t.Errorf("%d: %d %v", i, w.Code, w.Header())
		}
	}
	w := ask(one, "/v1/matches")
	var p struct {
		Status             int
		Code, Detail, Hint string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != 429 || p.Status != 429 || p.Code != "busy" || p.Detail == "" || p.Hint == "" ||
		w.Header().Get("Content-Type") != "application/problem+json" || w.Header().Get("Retry-After") != "1" || served != 3 {
		t.Errorf("%d %v %s (%v), %d served", w.Code, w.Header(), w.Body, err, served)
	}
	if ask(two, "/v1/matches").Code != 200 {
		t.Error("one key's limit is another's")
	}
	for _, free := range []struct {
		who  auth.Who
		path string
	}{{one, "/v1/status"}, {auth.Who{Actor: "person:1", Person: true}, "/v1/matches"}, {auth.Who{}, "/v1/matches"}} {
		for range 10 {
			if w := ask(free.who, free.path); w.Code != 200 || w.Header().Get("RateLimit") != "" {
				t.Fatalf("%+v: %d", free, w.Code)
			}
		}
	}
	now = now.Add(500 * time.Millisecond)
	if ask(one, "/v1/matches").Code != 200 || ask(one, "/v1/matches").Code != 429 {
		t.Error("half a second is one request of two a second")
	}
	now = now.Add(-time.Hour) // a clock that was set back gives nothing and takes nothing
	if ask(one, "/v1/matches").Code != 429 {
		t.Error("a clock set back filled the bucket")
	}
	now = now.Add(2 * time.Hour)
	for i := range 4 {
		if want := map[bool]int{true: 200, false: 429}[i < 3]; ask(one, "/v1/matches").Code != want {
			t.Errorf("after an hour, request %d", i)
		}
	}
	off := web.NewLimits(0, 0, nil, nil).Handler(next)
	for range 100 {
		r := httptest.NewRequest(http.MethodGet, "/v1/matches", nil)
		w := httptest.NewRecorder()
		off.ServeHTTP(w, r.WithContext(auth.With(r.Context(), one)))
		if w.Code != 200 {
			t.Fatal("limited although it is off")
		}
	}
}
