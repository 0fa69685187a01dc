package console

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
)

type signInPage struct {
	page
	Token, Next string
	Login       string
	Bad         bool
	passkeyPart
	Provider bool
}

// passkeyPart is what a page with a button for passkeys knows.
type passkeyPart struct {
	Passkeys  auth.PasskeyState
	PasskeyAt string // the address at which they work
}

func (c *console) passkeyPart(r *http.Request) passkeyPart {
	state, at := c.Auth.PasskeysAt(r.Host)
	return passkeyPart{state, at}
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

// signInView begins the page for signing in.
func (c *console) signInView(r *http.Request, next string) *signInPage {
	v := &signInPage{page: c.page(r, "", c.say(r).t("sign_in.title")), Next: safeNext(next), passkeyPart: c.passkeyPart(r), Provider: c.Auth.HasProvider()}
	if r.Method != http.MethodGet {
		v.Path = "/sign-in"
	}
	return v
}

// signInPage shows the ways in and uses nothing up: programs that preview links
// open this page as well.
func (c *console) signInPage(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	v := c.signInView(r, q.Get("next"))
	v.Token = q.Get("token")
	if v.Signed && v.Token == "" {
		return seeOther(w, r, v.Next)
	}
	return c.render(w, r, http.StatusOK, "sign_in", v)
}

// maxForm bounds forms without files.
const maxForm = 64 << 10

// signIn uses a link.
func (c *console) signIn(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	next := safeNext(r.PostFormValue("next"))
	session, err := c.Auth.SignIn(r.Context(), r.PostFormValue("token"))
	if jaga.CodeOf(err) == jaga.CodeDenied {
		v := c.signInView(r, next)
		v.Bad = true
		return c.render(w, r, http.StatusForbidden, "sign_in", v)
	}
	if err != nil {
		return err
	}
	return c.signedIn(w, r, session, next)
}

// signInPassword takes a name and a password.
func (c *console) signInPassword(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	login := strings.TrimSpace(r.PostFormValue("login"))
	session, err := c.Auth.PasswordSignIn(r.Context(), login, r.PostFormValue("password"))
	if err != nil {
		return c.signInFailed(w, r, login, err)
	}
	return c.signedIn(w, r, session, r.PostFormValue("next"))
}

// signInPasskeyBegin tells a script what to ask the browser for.
func (c *console) signInPasskeyBegin(w http.ResponseWriter, _ *http.Request) error {
	ceremony, err := c.Auth.BeginProof(auth.PurposeSignIn)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, ceremony)
}

func (c *console) signInPasskey(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	session, err := c.Auth.PasskeySignIn(r.Context(), r.PostFormValue("state"), []byte(r.PostFormValue("answer")))
	if err != nil {
		return c.signInFailed(w, r, "", passkeyFault(err))
	}
	return c.signedIn(w, r, session, r.PostFormValue("next"))
}

// passkeyFault names the field at fault where a passkey was refused.
func passkeyFault(err error) error {
	if jaga.CodeOf(err) == jaga.CodeDenied {
		return &jaga.Error{Code: jaga.CodeDenied, Field: "passkey", Msg: err.Error(), Err: err}
	}
	return err
}

// signInFailed shows the page again with what is wrong; what was typed as the
// name stays.
func (c *console) signInFailed(w http.ResponseWriter, r *http.Request, login string, err error) error {
	switch jaga.CodeOf(err) {
	case jaga.CodeDenied, jaga.CodeBusy, jaga.CodeUnavailable:
	default:
		return err
	}
	v := c.signInView(r, r.PostFormValue("next"))
	v.Login, v.Problem = login, c.problem(c.say(r), err)
	return c.render(w, r, jaga.CodeOf(err).HTTPStatus(), "sign_in", v)
}

// signedIn gives the browser the session and leads on. Whoever has no passkey
// yet, where they work, is first shown how to make one.
func (c *console) signedIn(w http.ResponseWriter, r *http.Request, session, next string) error {
	auth.SetCookie(w, session, c.Secure)
	next = safeNext(next)
	if c.passkeyPart(r).Passkeys == auth.PasskeysWork && c.withoutPasskey(r.Context(), session) {
		return seeOther(w, r, "/welcome?next="+url.QueryEscape(next))
	}
	return seeOther(w, r, next)
}

// withoutPasskey reports whether the person of a session has none, and no
// other lasting way to sign in.
func (c *console) withoutPasskey(ctx context.Context, session string) bool {
	who, err := c.Auth.Session(ctx, session)
	if err != nil {
		return false
	}
	p, err := c.Auth.Person(ctx, who.ID)
	return err == nil && p.Passkeys == 0 && !p.Password && !p.Linked
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
