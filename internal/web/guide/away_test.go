package guide_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/web/guide"
)

// kept is the list of files that stands in a service worker.
type kept struct {
	Version    string
	Files      map[string]string
	Home, Lost map[string]string
}

// listIn reads the list out of a service worker.
func listIn(t *testing.T, worker string) kept {
	t.Helper()
	line, _, _ := strings.Cut(worker, "\n")
	var k kept
	if err := json.Unmarshal([]byte(strings.TrimSuffix(strings.TrimPrefix(line, "self.pack = "), ";")), &k); err != nil {
		t.Fatalf("%.200s: %v", line, err)
	}
	return k
}

// at opens the guide as it is at another time.
func at(t *testing.T, now *time.Time) *guide.Guide {
	t.Helper()
	g, err := guide.New(guide.Options{Now: func() time.Time { return *now }})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestWorkerListsWhatIsServed: every page that needs no server is in the list,
// with the sum of what the server answers, at any hour of the day.
func TestWorkerListsWhatIsServed(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 0, 30, 0, 0, time.UTC)
	g := at(t, &now)
	w := ask(t, g, "GET", "/guide/sw.js", "")
	h := w.Header()
	if w.Code != 200 || h.Get("Content-Security-Policy") != "default-src 'none'; connect-src 'self'" || h.Get("Cache-Control") != "no-cache" || !strings.HasPrefix(h.Get("Content-Type"), "text/javascript") {
		t.Fatalf("%d %v", w.Code, h)
	}
	list := listIn(t, w.Body.String())
	now = time.Date(2026, 11, 25, 23, 30, 0, 0, time.UTC)
	for name, want := range list.Files {
		w := ask(t, g, "GET", "/guide/"+name, "")
		sum := sha256.Sum256(w.Body.Bytes())
		if got := base64.StdEncoding.EncodeToString(sum[:12]); w.Code != 200 || got != want {
			t.Errorf("%s: %d, the sum is %s, the list says %s", name, w.Code, got, want)
		}
	}
	for _, p := range g.Paths() {
		if list.Files[strings.TrimPrefix(p, "/guide/")] == "" && !strings.HasSuffix(p, "/r") && !strings.HasSuffix(p, "/m") {
			t.Errorf("%s is not kept", p)
		}
	}
	for _, name := range []string{list.Home["en"], list.Home["id"], list.Lost["en"], list.Lost["id"], "manifest.webmanifest"} {
		if list.Files[name] == "" {
			t.Errorf("%q is named and not kept", name)
		}
	}
	tag := h.Get("ETag")
	r := httptest.NewRequest("GET", "/guide/sw.js", nil)
	r.Header.Set("If-None-Match", tag)
	again := httptest.NewRecorder()
	if g.ServeHTTP(again, r); again.Code != http.StatusNotModified || again.Body.Len() > 0 {
		t.Errorf("asked with %s: %d", tag, again.Code)
	}
}

// TestWorkerChangesWithTheTexts: a phone that keeps the guide learns of a new
// text by another version, and of a fact that has become old.
func TestWorkerChangesWithTheTexts(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
	version := func(h http.Handler) string { return listIn(t, get(t, h, "/guide/sw.js")).Version }
	g := at(t, &now)
	first := version(g)
	if first != version(at(t, &now)) {
		t.Error("the same texts have two versions")
	}
	if changed := open(t, replaced(t, "en/about.md", "It is made by the Jaga project", "It is kept by a school")); version(changed) == first {
		t.Error("another text has the same version")
	}
	now = now.AddDate(2, 0, 0)
	if version(g) == first {
		t.Error("two years later the law cards still count as new")
	}
}

// TestManifest: nothing on the home screen tells what it is, and the icons are
// there.
func TestManifest(t *testing.T) {
	t.Parallel()
	g := open(t, nil)
	w := ask(t, g, "GET", "/guide/manifest.webmanifest", "")
	if w.Header().Get("Content-Type") != "application/manifest+json" || strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("%v", w.Header())
	}
	var m struct {
		Name, Short_name, Start_url, Display, Description string //nolint:revive // as the manifest spells them
		Icons                                             []struct{ Src, Sizes, Type string }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &m); err != nil {
		t.Fatal(err)
	}
	if m.Name != "Jaga" || m.Short_name != "Jaga" || m.Start_url != "./" || m.Display != "standalone" || m.Description != "" {
		t.Errorf("%+v", m)
	}
	sizes := []string{}
	for _, i := range m.Icons {
		sizes = append(sizes, i.Sizes)
		if w := ask(t, g, "GET", path.Join("/guide", i.Src), ""); w.Code != 200 || w.Header().Get("Content-Type") != i.Type {
			t.Errorf("%s: %d %s", i.Src, w.Code, w.Header().Get("Content-Type"))
		}
	}
	if !slices.Equal(sizes, []string{"192x192", "512x512", "any"}) {
		t.Errorf("icons of %v", sizes)
	}
}

// TestForget: also without a script the browser is told to keep nothing.
func TestForget(t *testing.T) {
	t.Parallel()
	g := open(t, nil)
	w := ask(t, g, "POST", "/guide/id/off", "")
	if w.Code != 200 || w.Header().Get("Clear-Site-Data") != `"cache", "storage"` || !strings.Contains(w.Body.String(), "<p>Sudah dihapus dari HP ini.</p>") {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if w := ask(t, g, "GET", "/guide/id/off", ""); w.Header().Get("Clear-Site-Data") != "" || strings.Contains(w.Body.String(), "<p>Sudah dihapus dari HP ini.</p>") {
		t.Error("reading the page removes what is kept")
	}
}
