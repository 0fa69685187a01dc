package guide_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/internal/web/guide"
)

const (
	firstEN = "It is not your fault. You can stop. We can help you decide what next."
	firstID = "Ini bukan salahmu. Kamu boleh berhenti. Kita pikirkan langkah berikutnya."
)

func ask(t *testing.T, h http.Handler, method, path, accept string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Accept-Language", accept)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func get(t *testing.T, h http.Handler, path string) string {
	t.Helper()
	w := ask(t, h, "GET", path, "")
	if w.Code != 200 {
		t.Fatalf("%s: %d", path, w.Code)
	}
	return w.Body.String()
}

var (
	href  = regexp.MustCompile(`href="([^"]*)"`)
	route = regexp.MustCompile(`^/guide/(en|id)/([ktpef])/([abcd])$`)
	tags  = regexp.MustCompile(`<[^>]*>`)
)

// TestEveryPage looks at every page for what none of them may lack.
func TestEveryPage(t *testing.T) {
	t.Parallel()
	g := open(t, nil)
	paths := g.Paths()
	if len(paths) < 140 {
		t.Fatalf("%d pages", len(paths))
	}
	style := len(get(t, g, href.FindStringSubmatch(regexp.MustCompile(`<link rel="stylesheet"[^>]*>`).FindString(get(t, g, "/guide/en")))[1]))
	heaviest, where := 0, ""
	for _, path := range paths {
		w := ask(t, g, "GET", path, "")
		body, lang := w.Body.String(), path[7:9]
		if w.Code != 200 {
			t.Errorf("%s: %d", path, w.Code)
		}
		if w.Header().Get("Set-Cookie") != "" || !strings.HasPrefix(w.Header().Get("Content-Security-Policy"), "default-src 'none'; connect-src 'none'; script-src 'self'") ||
			w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %v", path, w.Header())
		}
		for _, script := range regexp.MustCompile(`<script[^>]*>[^<]*`).FindAllString(body, -1) {
			if !regexp.MustCompile(`^<script src="/guide/[0-9a-f]{8}\.js" defer>$`).MatchString(script) {
				t.Errorf("%s holds a script in its text or of another place: %s", path, script)
			}
		}
		for _, never := range []string{"javascript:", " onclick", " style=", "<style", "<img", "<iframe", "<form", "<input", "[title.", "no value", "raw HTML omitted", "<font"} {
			if sends := strings.HasSuffix(path, "/r"); strings.Contains(body, never) && !(sends && (never == "<form" || never == "<input")) {
				t.Errorf("%s holds %s", path, never)
			}
		}
		if m := regexp.MustCompile(`\[[a-z]+(\.[a-z0-9-]+)*\]`).FindString(tags.ReplaceAllString(body, " ")); m != "" {
			t.Errorf("%s: a text is missing: %s", path, m)
		}
		if n := len(body) + style; n > heaviest {
			heaviest, where = n, path
		}
		links := map[string]bool{}
		for _, m := range href.FindAllStringSubmatch(body, -1) {
			to := html.UnescapeString(m[1])
			links[to] = true
			u, err := url.Parse(to)
			switch {
			case err != nil:
				t.Errorf("%s: %q: %v", path, to, err)
			case u.Path == "" && u.Fragment != "":
				if !strings.Contains(body, `id="`+u.Fragment+`"`) {
					t.Errorf("%s: %s leads nowhere", path, to)
				}
			case u.Scheme == "" && ask(t, g, "GET", to, "").Code != 200:
				t.Errorf("%s: %s leads nowhere", path, to)
			case !slices.Contains([]string{"", "https", "http", "tel", "sms"}, u.Scheme):
				t.Errorf("%s: %s", path, to)
			}
		}
		if !links["/guide/"+lang+"/help"] {
			t.Errorf("%s does not lead to people who help", path)
		}
		if other := map[string]string{"en": "id", "id": "en"}[lang]; !links["/guide/"+other+path[9:]] {
			t.Errorf("%s does not lead to itself in %s", path, other)
		}
		if !links["https://"+lang+".wikipedia.org/"] {
			t.Errorf("%s has no way to leave", path)
		}
		if title := regexp.MustCompile(`<title>(.*)</title>`).FindStringSubmatch(body)[1]; !regexp.MustCompile(`^Jaga( · [A-Z0-9 ]{1,4})?$`).MatchString(title) {
			t.Errorf("%s: the title %q tells who looks at the list of pages", path, title)
		}
		for _, old := range []string{"82125751234", "8111772273", "82136772273", "aduankonten@mail"} {
			if strings.Contains(regexp.MustCompile(`[ .-]`).ReplaceAllString(body, ""), old) {
				t.Errorf("%s holds %s, which helps nobody any more", path, old)
			}
		}
	}
	if heaviest > 30<<10 {
		t.Errorf("%s needs %d bytes with its style, want at most 30 KB", where, heaviest)
	}
	t.Logf("the heaviest page is %s: %d bytes with its style of %d, uncompressed", where, heaviest, style)
}

// TestEveryRoute looks at the 40 ways to help.
func TestEveryRoute(t *testing.T) {
	t.Parallel()
	g, n := open(t, nil), 0
	for _, path := range g.Paths() {
		m := route.FindStringSubmatch(path)
		if m == nil {
			continue
		}
		n++
		body, lang := get(t, g, path), m[1]
		first := map[string]string{"en": firstEN, "id": firstID}[lang]
		hero, _, _ := strings.Cut(body, `<section class="card`)
		if !strings.Contains(hero, first) {
			t.Errorf("%s does not begin with %q", path, first)
		}
		for _, page := range []string{"now", "crisis", "power", "help"} {
			if !strings.Contains(body, `href="/guide/`+lang+"/"+page+`"`) {
				t.Errorf("%s does not lead to %s", path, page)
			}
		}
		account := map[string]string{"en": "You are not in trouble for having an account.", "id": "Kamu tidak akan kena masalah karena punya akun."}[lang]
		if young := m[2] == "k" || m[2] == "t"; young != strings.Contains(body, account) {
			t.Errorf("%s: %q: %v", path, account, !young)
		}
		home := get(t, g, "/guide/"+lang)
		if !strings.Contains(home, `href="`+path+`"`) {
			t.Errorf("the home page does not lead to %s", path)
		}
	}
	if n != 40 {
		t.Errorf("%d routes, want 40", n)
	}
}

func TestHome(t *testing.T) {
	t.Parallel()
	g := open(t, nil)
	for _, lang := range []string{"en", "id"} {
		home := get(t, g, "/guide/"+lang)
		for _, page := range []string{"now", "help", "law", "words", "say", "power", "notes", "pictures", "crisis", "terms", "sources", "about", "leaving"} {
			if !strings.Contains(home, `href="/guide/`+lang+"/"+page+`"`) {
				t.Errorf("the home page in %s does not lead to %s", lang, page)
			}
		}
	}
}

// TestParentsSeeWhatToSayFirst: the answer stands before anything else.
func TestParentsSeeWhatToSayFirst(t *testing.T) {
	t.Parallel()
	g := open(t, nil)
	for path, say := range map[string]string{
		"/guide/en/p": "What your child needs to hear first:", "/guide/id/p": "Yang pertama perlu didengar anak Anda:",
		"/guide/en/p/d": "You are not in trouble. We will do this together.", "/guide/id/p/d": "Kamu tidak akan dimarahi. Kita hadapi bersama.",
	} {
		hero, _, _ := strings.Cut(get(t, g, path), "</header>\n<")
		if body := get(t, g, path); !strings.Contains(body[:strings.Index(body, `class="card`)], say) {
			t.Errorf("%s does not say %q first: %s", path, say, hero)
		}
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	g := open(t, nil)
	for _, c := range []struct {
		method, path, accept string
		status               int
		to, holds            string
	}{
		{"GET", "/guide", "", 303, "/guide/en", ""},
		{"GET", "/guide/", "id-ID,id;q=0.9,en;q=0.8", 303, "/guide/id", ""},
		{"GET", "/guide", "ms", 303, "/guide/id", ""},
		{"GET", "/guide", "fr,en;q=0.5", 303, "/guide/en", ""},
		{"GET", "/guide", ";;;", 303, "/guide/en", ""},
		{"GET", "/guide/en/", "", 200, "", "Does something feel wrong?"},
		{"GET", "/guide/id/zzz", "", 404, "", "Halaman ini tidak ada"},
		{"GET", "/guide/xx", "id", 404, "", "Halaman ini tidak ada"},
		{"GET", "/guide/en/../../etc", "", 404, "", "This page is not here"},
		{"HEAD", "/guide/en/t/d", "", 200, "", ""},
		{"POST", "/guide/en", "", 405, "", ""},
	} {
		w := ask(t, g, c.method, c.path, c.accept)
		if w.Code != c.status || w.Header().Get("Location") != c.to || !strings.Contains(w.Body.String(), c.holds) {
			t.Errorf("%s %s (%s): %d, to %q", c.method, c.path, c.accept, w.Code, w.Header().Get("Location"))
		}
		if w.Header().Get("Set-Cookie") != "" || w.Header().Get("Content-Security-Policy") == "" {
			t.Errorf("%s %s: %v", c.method, c.path, w.Header())
		}
	}
	for path, want := range map[string]bool{"/guide": true, "/guide/": true, "/guide/en/t/d": true, "/guided": false, "/": false, "/items": false} {
		if guide.Owns(path) != want {
			t.Errorf("Owns(%q) is %v", path, !want)
		}
	}
}
