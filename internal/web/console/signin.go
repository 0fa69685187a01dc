package console

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
)

type signInPage struct {
	page
	Token, Next string
	Bad         bool
}

// toSignIn sends a visitor without a session to the page for signing in, and
// from there back to where they wanted to go.
func toSignIn(w http.ResponseWriter, r *http.Request) {
	next := "/"
	if r.Method == http.MethodGet {
		next = r.URL.RequestURI()
	}
	to := "/sign-in"
	if next = safeNext(next); next != "/" {
		to += "?next=" + url.QueryEscape(next)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// safeNext returns an address of this server only: a link for signing in must
// not be able to send anybody elsewhere.
func safeNext(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.IsAbs() || u.Host != "" || u.User != nil || !strings.HasPrefix(next, "/") ||
		strings.HasPrefix(u.Path, "//") || strings.ContainsAny(next, "\\\r\n\t") || strings.HasPrefix(next, "//") {
		return "/"
	}
	return next
}

// signInPage shows one button and uses nothing up: programs that preview links
// open this page as well.
func (c *console) signInPage(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	v := &signInPage{page: c.page(r, "", c.say(r).t("sign_in.title")), Token: q.Get("token"), Next: safeNext(q.Get("next"))}
	if v.Signed && v.Token == "" {
		return seeOther(w, r, v.Next)
	}
	return c.render(w, r, http.StatusOK, "sign_in", v)
}

// maxForm bounds forms without files.
const maxForm = 64 << 10

func (c *console) signIn(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	token := r.PostFormValue("token")
	next := safeNext(r.PostFormValue("next"))
	session, err := c.Auth.SignIn(r.Context(), token)
	if jaga.CodeOf(err) == jaga.CodeDenied {
		v := &signInPage{page: c.page(r, "", c.say(r).t("sign_in.title")), Bad: true, Next: next}
		v.Path = "/sign-in"
		return c.render(w, r, http.StatusForbidden, "sign_in", v)
	}
	if err != nil {
		return err
	}
	auth.SetCookie(w, session, c.Secure)
	return seeOther(w, r, next)
}

func (c *console) signOut(w http.ResponseWriter, r *http.Request) error {
	if token := auth.SessionToken(r); token != "" {
		if err := c.Auth.SignOut(r.Context(), token); err != nil {
			return err
		}
	}
	auth.ClearCookie(w, c.Secure)
	return seeOther(w, r, "/sign-in")
}
