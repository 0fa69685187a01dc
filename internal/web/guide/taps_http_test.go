package guide_test

import (
	"bytes"
	"html"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/web"
	"github.com/jaga-project/jaga/internal/web/guide"
)

var (
	tapState  = regexp.MustCompile(`<input type="hidden" name="a" value="([a-z]*)">`)
	tapButton = regexp.MustCompile(`<button class="tap[^"]*" name="b" value="([a-z])">([^<]*)</button>`)
	tapAbout  = regexp.MustCompile(`<p class="small about">([^<]*)</p>`)
	tapHead   = regexp.MustCompile(`<h1[^>]*>([^<]*)</h1>`)
)

// answerTaps sends a form as a browser does.
func answerTaps(t *testing.T, h http.Handler, path string, body string) (int, string) {
	t.Helper()
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Header().Get("Set-Cookie") != "" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%s: %v", path, w.Header())
	}
	return w.Code, w.Body.String()
}

// tapBody is what a reader without a script sees of a page.
func tapBody(page string) string {
	page, _, _ = strings.Cut(page, `<template`)
	return page
}

// TestTapsWithoutScript goes through the questions as a browser without a
// script does, by what stands in the pages alone.
func TestTapsWithoutScript(t *testing.T) {
	t.Parallel()
	g := open(t, nil)
	random := rand.New(rand.NewPCG(1, 2))
	var slowest time.Duration
	for n := range 120 {
		lang := []string{"en", "id"}[n%2]
		path := "/guide/" + lang + "/c"
		page := get(t, g, path)
		var before []string
		for taps := 0; ; taps++ {
			buttons := tapButton.FindAllStringSubmatch(tapBody(page), -1)
			if len(buttons) == 0 {
				break
			}
			if taps == 9 {
				t.Fatalf("%s: nine taps, and a question still: %s", path, tapHead.FindStringSubmatch(page)[1])
			}
			state := tapState.FindStringSubmatch(page)[1]
			if len(state) != taps || tapAbout.FindStringSubmatch(page)[1] == "" {
				t.Fatalf("%s after %d taps: state %q", path, taps, state)
			}
			if last := buttons[len(buttons)-1][2]; len(buttons) > 8 || len(buttons) > 1 && !regexp.MustCompile(`(?i)not sure|rather not|not know|belum yakin|tidak kubilang|tidak tahu`).MatchString(last) {
				t.Errorf("%s: %d answers, the last %q", path, len(buttons), last)
			}
			if taps > 0 {
				if _, back := answerTaps(t, g, path, url.Values{"a": {state}, "b": {"-"}}.Encode()); tapBody(back) != tapBody(before[len(before)-1]) {
					t.Fatalf("%s: Back from %q leads elsewhere", path, state)
				}
			}
			before = append(before, page)
			at := time.Now()
			var code int
			code, page = answerTaps(t, g, path, url.Values{"a": {state}, "b": {buttons[random.IntN(len(buttons))][1]}}.Encode())
			slowest = max(slowest, time.Since(at))
			if code != 200 {
				t.Fatalf("%s after %q: %d", path, state, code)
			}
		}
		for _, want := range []string{`href="/guide/` + lang + `/help"`, `href="https://wa.me/628111129129"`, `href="tel:129"`, `href="/guide/` + lang + `/notes"`, `href="/guide/` + lang + `/power"`, `href="/guide/` + lang + `/now"`, `href="/guide/` + lang + `/crisis"`, map[string]string{"en": firstEN, "id": firstID}[lang]} {
			main, _, _ := strings.Cut(page, `<footer`)
			if !strings.Contains(main, want) {
				t.Errorf("%s: a result without %s", path, want)
			}
		}
		if strings.Contains(page, "<template") || strings.Contains(page, "taps.js") {
			t.Errorf("%s: a result carries what only the first page needs", path)
		}
		order := []string{`data-slot="crisis"`, `data-slot="danger"`, `data-slot="looks"`, `data-slot="first"`, `data-slot="do"`, `data-slot="tell"`, `data-slot="why"`, `data-slot="power"`, `data-slot="more"`}
		if at := positions(page, order); !slices.IsSorted(at) || at[0] < 0 {
			t.Errorf("%s: the order is %v", path, at)
		}
		if _, again := answerTaps(t, g, path, url.Values{"a": {tapState.FindStringSubmatch(page)[1]}, "b": {"."}}.Encode()); tapBody(again) != tapBody(before[0]) {
			t.Errorf("%s: Start again leads elsewhere", path)
		}
	}
	t.Logf("the slowest answer of the server took %v", slowest)
}

func positions(in string, of []string) []int {
	var out []int
	for _, s := range of {
		out = append(out, strings.Index(in, s))
	}
	return out
}

// TestTapsBadInput: what no form of ours sends leads to the first question.
func TestTapsBadInput(t *testing.T) {
	t.Parallel()
	g := open(t, nil)
	for _, path := range []string{"/guide/en/c", "/guide/id/c"} {
		first := get(t, g, path)
		for name, body := range map[string]string{
			"nothing":               "",
			"no answer":             "a=ab",
			"no letters before":     "b=a",
			"an unknown letter":     "a=&b=z",
			"a letter of no screen": "a=zzz&b=a",
			"too many":              "a=abcdefgabc&b=a",
			"more than there are":   "a=aababaaaaaaaa&b=a",
			"several letters":       "a=&b=" + strings.Repeat("a", 40),
			"no letters at all":     "a=%00%ff&b=%F0%9F%92%A5",
			"repeated before":       "a=a&a=b&b=a",
			"repeated answer":       "a=a&b=a&b=b",
			"back at the first":     "a=&b=-",
			"a broken form":         "a=%zz;&&b",
			"a megabyte":            "a=" + strings.Repeat("a", 1<<20) + "&b=a",
			"a megabyte elsewhere":  "a=&b=-&x=" + strings.Repeat("x", 1<<20),
		} {
			if code, page := answerTaps(t, g, path, body); code != 200 || page != first {
				t.Errorf("%s, %s: %d, and not the first question", path, name, code)
			}
		}
		r := httptest.NewRequest("POST", path, strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"x.jpg\"\r\n\r\nx\r\n--x--"))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		if w.Code != 200 || w.Body.String() != first {
			t.Errorf("%s: a file leads elsewhere: %d", path, w.Code)
		}
		if strings.Contains(first, `type="file"`) {
			t.Errorf("%s asks for a file", path)
		}
		for _, method := range []string{"PUT", "DELETE"} {
			if w := ask(t, g, method, path, ""); w.Code != http.StatusMethodNotAllowed {
				t.Errorf("%s %s: %d", method, path, w.Code)
			}
		}
	}
}

// TestTapsAreNotLogged taps through the server as it is put together.
func TestTapsAreNotLogged(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	who := auth.New(storetest.Open(t, storetest.SQLite(t)))
	h := web.New(who, slog.New(slog.NewTextHandler(&log, nil)), http.NotFoundHandler(), web.Part{Owns: guide.Owns, Handler: open(t, nil), Unlogged: true})
	for header, value := range map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": "http://example.com"} {
		r := httptest.NewRequest("POST", "http://example.com/guide/en/c", strings.NewReader("a=ab&b=b"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set(header, value)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK || tapState.FindStringSubmatch(w.Body.String())[1] != "abb" {
			t.Errorf("%s %s: %d", header, value, w.Code)
		}
	}
	if log.Len() > 0 {
		t.Errorf("the log names what was tapped:\n%s", log.String())
	}
}

// TestTheWayToTheTaps: the check is what a reader meets first.
func TestTheWayToTheTaps(t *testing.T) {
	t.Parallel()
	g := open(t, nil)
	for _, lang := range []string{"en", "id"} {
		first := map[string]string{"en": firstEN, "id": firstID}[lang]
		to := `href="/guide/` + lang + `/c"`
		main := strings.SplitN(get(t, g, "/guide/"+lang), first, 2)[1]
		if next := strings.Index(main, "href="); !strings.HasPrefix(main[next:], to) {
			t.Errorf("after the first sentence of the home page in %s comes %.60s", lang, html.UnescapeString(main[next:]))
		}
		for _, a := range []string{"k", "t", "p", "e", "f"} {
			if !strings.Contains(get(t, g, "/guide/"+lang+"/"+a), to) {
				t.Errorf("%s/%s does not lead to the check", lang, a)
			}
		}
	}
}
