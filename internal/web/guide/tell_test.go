package guide_test

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/tell"
	"github.com/jaga-project/jaga/internal/web/guide"
)

// tellNow is a Thursday, 10:25 in Jakarta.
func tellNow() time.Time { return time.Date(2026, 11, 26, 3, 25, 0, 0, time.UTC) }

// openTell is a guide with a team behind it, and a clock that a test moves.
func openTell(t *testing.T) (*guide.Guide, *tell.Service, *time.Time) {
	t.Helper()
	now := tellNow()
	h, err := tell.ParseHours("Asia/Jakarta", []string{"mon-fri 09:00-17:00"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := tell.New(storetest.Open(t, storetest.SQLite(t)), tell.Options{Key: bytes.Repeat([]byte{7}, 32), Team: "Tim Perlindungan <Uji>", Hours: h,
		Goal: 4 * time.Hour, Keep: 90 * 24 * time.Hour, Work: 1, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	g, err := guide.New(guide.Options{Tell: s, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	return g, s, &now
}

var tokenOf = regexp.MustCompile(`name="token" value="([A-Z2-7]{26})"`)

func token(t *testing.T, body string) string {
	t.Helper()
	m := tokenOf.FindStringSubmatch(body)
	if m == nil {
		t.Fatal("the form has no token")
	}
	return m[1]
}

var tellSlip = regexp.MustCompile(`<dd>([0-9A-Z-]{14})</dd>.*<dd>([0-9 ]{11})</dd>`)

func tellForm(do string, pairs ...string) url.Values {
	f := url.Values{"do": {do}}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	return f
}

// missing finds a text that is missing.
var missing = regexp.MustCompile(`\[tell[.a-z_-]*\]`)

// TestTellForms walks through all that the forms can be sent with, in both
// languages.
func TestTellForms(t *testing.T) {
	t.Parallel()
	g, s, _ := openTell(t)
	for i, lang := range []string{"en", "id"} {
		path := "/guide/" + lang + "/m"
		from := fmt.Sprintf("203.0.%d.9:4711", i)
		post := func(form url.Values) *httptest.ResponseRecorder {
			t.Helper()
			w := send(t, g, from, path, form)
			if m := missing.FindString(w.Body.String()); m != "" {
				t.Errorf("%s: a text is missing: %s", path, m)
			}
			if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self'") || strings.Contains(csp, "wasm") || w.Header().Get("Set-Cookie") != "" {
				t.Errorf("%s: %v", path, w.Header())
			}
			if !strings.Contains(w.Body.String(), `href="/guide/`+lang+`/crisis"`) || !strings.Contains(w.Body.String(), `href="/guide/`+lang+`/now"`) {
				t.Errorf("%v: the page does not lead to people who help in danger", form["do"])
			}
			return w
		}
		say := func(en, id string) string { return map[string]string{"en": en, "id": id}[lang] }
		started := get(t, g, path)
		for _, part := range []string{map[string]string{"en": firstEN, "id": firstID}[lang], "Tim Perlindungan &lt;Uji&gt;", "17:00 (WIB)", "15:00 (WIB)", say("90 days", "90 hari"), say("4,000", "4.000"), say("not an emergency service", "bukan layanan darurat"), `autocomplete="off"`} {
			if !strings.Contains(started, part) {
				t.Errorf("%s lacks %q", path, part)
			}
		}
		if strings.Index(started, `id="x"`) > strings.Index(started, `id="write"`) {
			t.Error("the way to people who help in danger stands behind the form")
		}
		if n := strings.Count(started, "<script"); n != 1 { // leave.js
			t.Errorf("%s loads %d scripts", path, n)
		}
		long := strings.Repeat("ab ", 1400) + "<script>alert(1)</script>"
		for name, c := range map[string]struct {
			form   url.Values
			status int
			holds  string
		}{
			"nothing":      {tellForm("send", "text", " \n", "token", token(t, started)), 422, say("There is no text yet", "Belum ada tulisan")},
			"too long":     {tellForm("send", "text", long, "token", token(t, started)), 422, say("Your text has 4225", "Panjang tulisanmu 4225")},
			"far too long": {tellForm("send", "text", strings.Repeat("x", 2<<20)), 422, say("This is too long", "Ini terlalu panjang")},
			"no act":       {url.Values{}, 422, say("wrong with the form", "salah dengan formulirnya")},
			"a wrong pair": {tellForm("look", "number", "0000-0000-0000", "pin", "12345 67890"), 403, say("do not fit together", "tidak cocok")},
			"a typo":       {tellForm("look", "number", "0000-0000-0001", "pin", "12345 67890"), 422, say("typing error", "salah ketik")},
			"a short PIN":  {tellForm("delete", "number", "0000-0000-0000", "pin", "12345"), 422, say("ten digits", "sepuluh angka")},
			"hostile":      {tellForm("reply", "number", "<b>", "pin", "’"), 422, say("typing error", "salah ketik")},
		} {
			w := post(c.form)
			if w.Code != c.status || !strings.Contains(w.Body.String(), c.holds) || !strings.Contains(w.Body.String(), `role="alert"`) {
				t.Errorf("%s, %s: %d, want %d with %q", lang, name, w.Code, c.status, c.holds)
			}
			if strings.Contains(w.Body.String(), "<script>alert") || strings.Contains(w.Body.String(), "<b>\"") {
				t.Errorf("%s, %s: what was typed became a part of the page", lang, name)
			}
			if name == "too long" && !strings.Contains(w.Body.String(), strings.Repeat("ab ", 1400)) {
				t.Errorf("%s: what was typed is gone", lang)
			}
		}
		// A message, twice, is one; both answers have number and PIN.
		text := "Line one\r\n<i>line two</i>"
		form := tellForm("send", "text", text, "token", token(t, started))
		w := post(form)
		m := tellSlip.FindStringSubmatch(strings.ReplaceAll(w.Body.String(), "\n", ""))
		if w.Code != 200 || m == nil || strings.Contains(w.Body.String(), "line two") {
			t.Fatalf("%s: %d: no number and PIN, or the text is shown", path, w.Code)
		}
		again := post(form)
		if n := tellSlip.FindStringSubmatch(strings.ReplaceAll(again.Body.String(), "\n", "")); n == nil || n[1] != m[1] || n[2] != m[2] || !strings.Contains(again.Body.String(), say("here only once", "hanya ada satu")) {
			t.Errorf("%s: sent twice: %v", lang, n)
		}
		look := tellForm("look", "number", strings.ToLower(m[1]), "pin", m[2])
		w = post(look)
		if body := w.Body.String(); w.Code != 200 || !strings.Contains(body, "Line one\n&lt;i&gt;line two&lt;/i&gt;") || !strings.Contains(body, say("There is no answer yet", "Belum ada jawaban")) || strings.Count(body, `class="typed"`) != 1 {
			t.Errorf("%s: %d", lang, w.Code)
		}
		id, _, err := s.Next(t.Context(), "person:1")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Answer(t.Context(), "person:1", id, 1, "Thank you.\nHow are you?"); err != nil {
			t.Fatal(err)
		}
		if body := post(look).Body.String(); !strings.Contains(body, "Thank you.\nHow are you?") || !strings.Contains(body, say("You have an answer", "Ada jawaban untukmu")) || !strings.Contains(body, `class="team"`) {
			t.Errorf("%s: the answer is not there", lang)
		}
		reply := tellForm("reply", "number", m[1], "pin", m[2], "text", "I am fine.")
		post(reply)
		if body := post(reply).Body.String(); strings.Count(body, "I am fine.") != 1 || !strings.Contains(body, say("here only once", "hanya ada satu")) {
			t.Errorf("%s: a reply that is sent twice", lang)
		}
		reply.Set("text", long)
		if w := post(reply); w.Code != 422 || !strings.Contains(w.Body.String(), strings.Repeat("ab ", 1400)) || !strings.Contains(w.Body.String(), "How are you?") {
			t.Errorf("%s: a reply that is too long: %d", lang, w.Code)
		}
		if w := post(tellForm("delete", "number", m[1], "pin", m[2])); w.Code != 200 || !strings.Contains(w.Body.String(), say("It is deleted", "Sudah dihapus")) {
			t.Errorf("%s: %d", lang, w.Code)
		}
		if w := post(look); w.Code != 403 {
			t.Errorf("%s: after it was deleted: %d", lang, w.Code)
		}
	}
}

// TestTellShut: while nobody reads, the page says when somebody does and who can
// be reached now, before the form.
func TestTellShut(t *testing.T) {
	t.Parallel()
	g, _, now := openTell(t)
	*now = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC) // a Friday evening
	for lang, want := range map[string]string{"en": "Somebody reads again on Monday 30 November 2026, 09:00 (WIB).", "id": "Ada yang membaca lagi hari Senin 30 November 2026, 09:00 (WIB)."} {
		body := get(t, g, "/guide/"+lang+"/m")
		if !strings.Contains(body, want) || !strings.Contains(body, `href="/guide/`+lang+`/help?n=1"`) {
			t.Errorf("%s does not say when somebody reads, or who does now", lang)
		}
		if strings.Index(body, `id="o"`) > strings.Index(body, `id="write"`) {
			t.Errorf("%s: the others stand behind the form", lang)
		}
	}
}

// TestTellDoors: help and the checks lead to the page where it is on, and
// nowhere else; off, the page says so and leads on.
func TestTellDoors(t *testing.T) {
	t.Parallel()
	on, _, _ := openTell(t)
	off := open(t, nil)
	for _, lang := range []string{"en", "id"} {
		link := `href="/guide/` + lang + `/m"`
		for _, page := range []string{"", "/help", "/help/de", "/c", "/w"} {
			if !strings.Contains(get(t, on, "/guide/"+lang+page), link) {
				t.Errorf("%s%s does not lead to the page", lang, page)
			}
			if strings.Contains(get(t, off, "/guide/"+lang+page), link) {
				t.Errorf("%s%s leads to the page where it is off", lang, page)
			}
		}
		body := get(t, off, "/guide/"+lang+"/m")
		if strings.Contains(body, `id="write"`) || !strings.Contains(body, `name="pin"`) || !strings.Contains(body, "/help?n=1") || missing.MatchString(body) {
			t.Errorf("%s: off, the page offers what it cannot do", lang)
		}
		if w := send(t, off, "203.0.113.9:1", "/guide/"+lang+"/m", tellForm("send", "text", "x")); w.Code != 503 || !strings.Contains(w.Body.String(), "/help?n=1") {
			t.Errorf("%s: %d", lang, w.Code)
		}
	}
	files, err := on.Export()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if strings.HasSuffix(f.Name, "/m.html") || strings.HasSuffix(f.Name, ".html") && bytes.Contains(f.Data, []byte(`/m.html"`)) {
			t.Errorf("%s of the export has to do with a page that needs a server", f.Name)
		}
	}
}

// TestTellAlike: what a wrong PIN gets and what an unknown number gets are the
// same to the byte, apart from the number that was typed.
func TestTellAlike(t *testing.T) {
	t.Parallel()
	g, _, _ := openTell(t)
	const from = "203.0.113.9:1"
	w := send(t, g, from, "/guide/en/m", tellForm("send", "text", "x"))
	m := tellSlip.FindStringSubmatch(strings.ReplaceAll(w.Body.String(), "\n", ""))
	for i := range 12 {
		a := send(t, g, from, "/guide/en/m", tellForm("look", "number", m[1], "pin", "00000 00000"))
		b := send(t, g, from, "/guide/en/m", tellForm("look", "number", "0000-0000-0000", "pin", "00000 00000"))
		body := func(w *httptest.ResponseRecorder) string {
			return tokenOf.ReplaceAllString(strings.NewReplacer(m[1], "N", "0000-0000-0000", "N").Replace(w.Body.String()), "")
		}
		if a.Code != b.Code || body(a) != body(b) {
			t.Errorf("try %d: the answers differ", i)
		}
		if want := map[bool]int{false: 403, true: 429}[i >= 10]; a.Code != want {
			t.Errorf("try %d: %d", i, a.Code)
		}
	}
}

// TestTellFlood: whoever sends too much keeps the text and is led on.
func TestTellFlood(t *testing.T) {
	t.Parallel()
	g, _, _ := openTell(t)
	for range 12 {
		if w := send(t, g, "203.0.113.9:1", "/guide/en/m", tellForm("send", "text", "x")); w.Code != 200 {
			t.Fatal(w.Code)
		}
	}
	w := send(t, g, "203.0.113.200:1", "/guide/en/m", tellForm("send", "text", "my words"))
	if w.Code != 429 || !strings.Contains(w.Body.String(), "my words</textarea>") || strings.Index(w.Body.String(), `id="o"`) > strings.Index(w.Body.String(), `id="write"`) {
		t.Errorf("a flood: %d", w.Code)
	}
	if w := send(t, g, "198.51.100.1:1", "/guide/en/m", tellForm("send", "text", "x")); w.Code != 200 {
		t.Errorf("another network: %d", w.Code)
	}
}
