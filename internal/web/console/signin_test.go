package console_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
	"github.com/jaga-project/jaga/internal/web/console"
)

func TestNobodyGetsInWithoutASession(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db)
		w.newBank("KNOWN")
		_, secret, err := w.auth.CreateKey(t.Context(), "person:1", "all", auth.Scopes(), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for pattern, isOpen := range console.Routes() {
			method, path, found := strings.Cut(pattern, " ")
			if isOpen || !found {
				continue
			}
			n++
			path = strings.NewReplacer("{$}", "", "{bank}", "KNOWN", "{id}", "1", "{passkey}", "1").Replace(path)
			for _, key := range []string{"", "Bearer " + secret, "Bearer wrong"} {
				r := httptest.NewRequest(method, path, strings.NewReader("name=X&do=off&id=1"))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				if key != "" {
					r.Header.Set("Authorization", key)
				}
				a := w.send(r)
				if to := a.header.Get("Location"); a.status != http.StatusSeeOther || !strings.HasPrefix(to, "/sign-in") {
					t.Errorf("%s %s with key %.12q: status %d to %q, want to the page for signing in", method, path, key, a.status, to)
				}
			}
		}
		if n < 20 {
			t.Errorf("only %d routes were walked", n)
		}
		if list, err := w.banks.List(t.Context()); err != nil || len(list) != 1 {
			t.Errorf("something was done for nobody: %v %v", list, err)
		}
	})
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := open(t, db)
		if to := w.get("/items?state=findings").header.Get("Location"); to != "/sign-in?next="+url.QueryEscape("/items?state=findings") {
			t.Errorf("a visitor is sent to %q", to)
		}
		want(t, "without a link", w.page("/sign-in"), "jaga sign-in", "Sign-in name", "Passkeys cannot work here")
		token := w.link()
		for range 3 { // a preview opens the page, and nothing is used up
			want(t, "with a link", w.page("/sign-in?token="+token+"&next=/banks"), `value="`+token+`"`, `value="/banks"`, "Sign in")
		}
		if to := w.get("/sign-in?lang=id&token=" + token).header.Get("Location"); to != "/sign-in?token="+token {
			t.Errorf("choosing the language leads to %q, and the link is lost", to)
		}
		a := w.post("/sign-in", url.Values{"token": {token}, "next": {"/banks"}})
		if a.status != http.StatusSeeOther || a.header.Get("Location") != "/banks" {
			t.Fatalf("sign in: %d to %q", a.status, a.header.Get("Location"))
		}
		cookie := a.header.Get("Set-Cookie")
		if !strings.Contains(cookie, "HttpOnly") || !strings.Contains(cookie, "SameSite=Lax") {
			t.Errorf("cookie %q", cookie)
		}
		w.session = strings.TrimPrefix(strings.Split(cookie, ";")[0], "jaga_session=")
		want(t, "signed in", w.page("/banks"), "Operator", "Sign out")
		other := open(t, db)
		again := other.post("/sign-in", url.Values{"token": {token}})
		if again.status != http.StatusForbidden || again.header.Get("Set-Cookie") != "" {
			t.Errorf("the link opens twice: %d", again.status)
		}
		want(t, "a used link", again.body, "no longer works", "jaga sign-in")
		r := httptest.NewRequest(http.MethodPost, "/sign-out", nil)
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if a := w.send(r); a.status != http.StatusForbidden {
			t.Errorf("another site signs people out: %d", a.status)
		}
		if to := w.post("/sign-out", nil).header.Get("Location"); to != "/sign-in" {
			t.Errorf("sign out leads to %q", to)
		}
		if a := w.get("/banks"); a.status != http.StatusSeeOther {
			t.Errorf("after signing out: %d", a.status)
		}
	})
}

func TestSafeNext(t *testing.T) {
	t.Parallel()
	for in, out := range map[string]string{
		"/items?state=findings": "/items?state=findings", "/": "/", "": "/", "//evil.example": "/", "https://evil.example/": "/", "/\\evil.example": "/",
		"\\\\evil.example": "/", "javascript:alert(1)": "/", "/a\r\nSet-Cookie: x": "/", "items": "/", "/%2f%2fevil.example": "/", "http:/evil": "/", "/\t/evil.example": "/",
	} {
		if got := console.SafeNext(in); got != out {
			t.Errorf("SafeNext(%q) = %q, want %q", in, got, out)
		}
	}
}

func TestPreferences(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a := w.get("/items?state=clear&theme=dark&lang=id")
		if a.status != http.StatusSeeOther || a.header.Get("Location") != "/items?state=clear" {
			t.Errorf("a choice leads to %d %q", a.status, a.header.Get("Location"))
		}
		cookies := strings.Join(a.header.Values("Set-Cookie"), "\n")
		if !strings.Contains(cookies, "jaga_theme=dark") || !strings.Contains(cookies, "jaga_lang=id") {
			t.Errorf("cookies %q", cookies)
		}
		if c := w.get("/?lang=xx&theme=<b>").header.Values("Set-Cookie"); len(c) > 0 {
			t.Errorf("a choice that does not exist is kept: %q", c)
		}
		w.lang = "no-such"
		for accept, lang := range map[string]string{"id-ID,id;q=0.9,en;q=0.8": "id", "de": "en", "en-GB": "en", "": "en", "ms,id;q=0.5": "id", "\x00": "en"} {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header.Set("Accept-Language", accept)
			if body := w.send(r).body; !strings.Contains(body, `<html lang="`+lang+`"`) {
				t.Errorf("Accept-Language %q is not answered in %s", accept, lang)
			}
		}
	})
}

func FuzzSafeNext(f *testing.F) {
	for _, seed := range []string{"/", "//h", "/\\h", "/a?b=//c", "http://h/", "/%2f/h", "/a/../..//h"} {
		f.Add(seed)
	}
	base, err := url.Parse("http://here.example/sign-in")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, next string) {
		to, err := base.Parse(console.SafeNext(next))
		if err != nil || to.Host != "here.example" || to.Scheme != "http" || to.User != nil {
			t.Errorf("%q leads to %v, %v", next, to, err)
		}
	})
}
