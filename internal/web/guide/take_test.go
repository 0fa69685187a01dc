package guide_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/internal/slip"
	"github.com/jaga-project/jaga/internal/takedown"
	"github.com/jaga-project/jaga/internal/web/guide"
)

func send(t *testing.T, h http.Handler, from, path string, form url.Values, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.RemoteAddr = from
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Set-Cookie") != "" || !strings.Contains(w.Header().Get("Content-Security-Policy"), "connect-src 'none'") {
		t.Errorf("%s: %v", path, w.Header())
	}
	if m := regexp.MustCompile(`\[take[.a-z-]*\]`).FindString(w.Body.String()); m != "" {
		t.Errorf("%s: a text is missing: %s", path, m)
	}
	return w
}

func fileForm(n int) url.Values {
	var codes []string
	for i := range n {
		codes = append(codes, fmt.Sprintf("md5:%032x", i))
	}
	return url.Values{"do": {"file"}, "me": {"1"}, "codes": {strings.Join(codes, "\n")}}
}

func caseForm(do, number, pin string) url.Values {
	return url.Values{"do": {do}, "number": {number}, "pin": {pin}}
}

var slipOf = regexp.MustCompile(`<dd>([0-9A-Z-]{14})</dd>.*<dd>([0-9 ]{9})</dd>`)

// TestTakeForms walks through all that the forms can be sent with.
func TestTakeForms(t *testing.T) {
	t.Parallel()
	g, s, _ := openTake(t)
	const from = "203.0.113.9:4711"
	for _, lang := range []string{"en", "id"} {
		path := "/guide/" + lang + "/r"
		started := get(t, g, path)
		for _, part := range []string{map[string]string{"en": firstEN, "id": firstID}[lang], `id="files"`, `name="codes"`, `name="number"`, `data-program="/guide/`, `data-noise="`, "takeitdown", "stopncii"} {
			if !strings.Contains(started, part) {
				t.Errorf("%s lacks %s", path, part)
			}
		}
		if strings.Contains(started, `type="file" name`) || strings.Contains(started, "multipart") {
			t.Errorf("%s would send the file", path)
		}
		for name, c := range map[string]struct {
			form   url.Values
			status int
			holds  map[string]string
		}{
			"21 codes":     {fileForm(21), 422, map[string]string{"en": "At most 20 codes", "id": "paling banyak 20 kode"}},
			"no code":      {fileForm(0), 422, map[string]string{"en": "wrong with the codes", "id": "salah dengan kodenya"}},
			"no tick":      {url.Values{"do": {"file"}, "codes": fileForm(1)["codes"]}, 422, map[string]string{"en": "tick the box", "id": "Centang dulu"}},
			"no act":       {url.Values{}, 422, map[string]string{"en": "wrong with the codes", "id": "salah dengan kodenya"}},
			"a text":       {url.Values{"do": {"file"}, "me": {"1"}, "codes": {"<script>alert(1)</script>"}}, 422, map[string]string{"en": "wrong with the codes", "id": "salah dengan kodenya"}},
			"too long":     {url.Values{"do": {"file"}, "me": {"1"}, "codes": {strings.Repeat("x", 70_000)}}, 422, map[string]string{"en": "wrong with the codes", "id": "salah dengan kodenya"}},
			"wrong case":   {caseForm("look", "AAAA-BBBB-CCCC", "1234 5678"), 403, map[string]string{"en": "do not fit together", "id": "tidak cocok"}},
			"to take back": {caseForm("withdraw", "<b>", "’"), 403, map[string]string{"en": "do not fit together", "id": "tidak cocok"}},
		} {
			w := send(t, g, from, path, c.form)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.holds[lang]) || !strings.Contains(w.Body.String(), `role="alert"`) {
				t.Errorf("%s, %s: %d, want %d with %q", lang, name, w.Code, c.status, c.holds[lang])
			}
			if strings.Contains(w.Body.String(), "<script>alert") {
				t.Errorf("%s, %s: what was typed became a script", lang, name)
			}
		}
		w := send(t, g, from, path, fileForm(slip.MaxCodes))
		m := slipOf.FindStringSubmatch(strings.ReplaceAll(w.Body.String(), "\n", ""))
		if w.Code != 200 || m == nil {
			t.Fatalf("%s: %d: no number and PIN", path, w.Code)
		}
		for do, say := range map[string]map[string]string{
			"look": {"en": "It waits for a person", "id": "Menunggu seseorang"},
		} {
			w := send(t, g, from, path, caseForm(do, m[1], m[2]))
			if w.Code != 200 || !strings.Contains(w.Body.String(), say[lang]) || !strings.Contains(w.Body.String(), "<dd>20</dd>") {
				t.Errorf("%s, %s: %d", lang, do, w.Code)
			}
		}
		// What a reviewer decided is said kindly.
		list, err := s.List(t.Context(), slip.Waiting, 10)
		if err != nil {
			t.Fatal(err)
		}
		for _, why := range slip.Reasons() {
			if err := s.Refuse(t.Context(), "person:1", list[0].ID, why); err != nil {
				t.Fatal(err)
			}
			body := send(t, g, from, path, caseForm("look", m[1], m[2])).Body.String()
			if !strings.Contains(body, map[string]string{"en": "you did nothing wrong", "id": "Kamu tidak berbuat salah"}[lang]) {
				t.Errorf("%s, refused as %s: nothing kind is said", lang, why)
			}
			if err := s.Accept(t.Context(), "person:1", list[0].ID); err != nil {
				t.Fatal(err)
			}
		}
		if w := send(t, g, from, path, caseForm("withdraw", m[1], m[2])); w.Code != 200 || strings.Contains(w.Body.String(), `value="withdraw"`) {
			t.Errorf("%s: the withdrawal: %d", lang, w.Code)
		}
	}
}

// TestTakeAlike: what a wrong PIN gets and what an unknown number gets are the
// same to the byte.
func TestTakeAlike(t *testing.T) {
	t.Parallel()
	g, _, _ := openTake(t)
	m := slipOf.FindStringSubmatch(strings.ReplaceAll(send(t, g, "203.0.113.9:1", "/guide/en/r", fileForm(1)).Body.String(), "\n", ""))
	wrong := "0000 0000"
	if m[2] == wrong {
		wrong = "1111 1111"
	}
	for i := range 12 {
		a := send(t, g, "203.0.113.9:1", "/guide/en/r", caseForm("look", m[1], wrong))
		b := send(t, g, "203.0.113.9:1", "/guide/en/r", caseForm("look", "AAAA-BBBB-CCCC", wrong))
		if a.Code != b.Code || a.Body.String() != b.Body.String() {
			t.Errorf("try %d: the answers differ", i)
		}
		if locked := a.Code == http.StatusTooManyRequests; locked != (i >= 10) {
			t.Errorf("try %d: %d", i, a.Code)
		}
	}
}

// TestTakeFlood: whoever sends too much gets a page that leads on. Networks are
// told apart also behind a proxy, but not by what the sender says alone.
func TestTakeFlood(t *testing.T) {
	t.Parallel()
	g, _, _ := openTake(t)
	file := func(from string, header ...string) *httptest.ResponseRecorder {
		return send(t, g, from, "/guide/en/r", fileForm(1), header...)
	}
	for range 20 {
		if w := file("203.0.113.9:1", "X-Forwarded-For", "198.51.100.77"); w.Code != 200 {
			t.Fatal(w.Code)
		}
	}
	w := file("203.0.113.10:1", "X-Forwarded-For", "198.51.100.78")
	if w.Code != http.StatusTooManyRequests || !strings.Contains(w.Body.String(), "https://takeitdown") {
		t.Errorf("a flood: %d", w.Code)
	}
	if first := strings.Index(w.Body.String(), "https://takeitdown"); first > strings.Index(w.Body.String(), `id="c"`) {
		t.Error("the way out stands behind the form")
	}
	for range 20 {
		file("127.0.0.1:1", "X-Forwarded-For", "192.0.2.99, 198.51.100.1")
	}
	if w := file("127.0.0.1:1", "X-Forwarded-For", "192.0.2.1, 198.51.100.2"); w.Code != http.StatusTooManyRequests {
		t.Errorf("a flood by way of a proxy: %d", w.Code)
	}
	if w := file("127.0.0.1:1", "X-Forwarded-For", "198.51.100.1, 192.0.2.99"); w.Code != 200 {
		t.Errorf("another reader behind the proxy: %d", w.Code)
	}
}

// TestTakeOff: where nothing is taken in, the page says so and leads on, and
// cases from before can be looked at.
func TestTakeOff(t *testing.T) {
	t.Parallel()
	on, _, _ := openTake(t)
	for _, path := range []string{"/guide/en/pictures", "/guide/id/pictures"} {
		if link := `href="` + path[:9] + `/r"`; strings.Contains(get(t, open(t, nil), path), link) || !strings.Contains(get(t, on, path), link) {
			t.Errorf("%s leads to the page where it is off, or does not where it is on", path)
		}
	}
	off, err := guide.New(guide.Options{Takedown: takedown.New(nil, nil, nil, takedown.Options{})})
	if err != nil {
		t.Fatal(err)
	}
	for name, g := range map[string]*guide.Guide{"none": open(t, nil), "closed": off} {
		body := get(t, g, "/guide/en/r")
		if !strings.Contains(body, "This is not switched on here") || !strings.Contains(body, "https://takeitdown") || strings.Contains(body, `id="files"`) || !strings.Contains(body, `name="pin"`) {
			t.Errorf("%s: the page offers what it cannot do", name)
		}
		if w := send(t, g, "203.0.113.9:1", "/guide/en/r", fileForm(1)); w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "https://takeitdown") {
			t.Errorf("%s: %d", name, w.Code)
		}
	}
}

// TestTakeProgram: the program is small enough to wait for.
func TestTakeProgram(t *testing.T) {
	t.Parallel()
	g := open(t, nil)
	on, _, _ := openTake(t)
	url := regexp.MustCompile(`data-program="([^"]*)"`).FindStringSubmatch(get(t, on, "/guide/en/r"))[1]
	r := httptest.NewRequest("GET", url, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	n, _ := io.Copy(io.Discard, w.Body)
	if w.Code != 200 || n > 1<<20 || w.Header().Get("Content-Encoding") != "gzip" {
		t.Errorf("%d bytes, want at most 1 MiB; %d, %v", n, w.Code, w.Header())
	}
	t.Logf("the program: %d bytes on the way", n)
}
