package console

import (
	"net/http"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
)

// providerCookie holds the sealed state of a way to the provider.
const providerCookie = "jaga_provider"

func (c *console) providerState(w http.ResponseWriter, value string, age int) {
	name := providerCookie
	if c.Secure {
		name = "__Host-" + name
	}
	// The provider sends the browser back from another site, which cookies of
	// the strict kind do not survive.
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: c.Secure, SameSite: http.SameSiteLaxMode})
}

func (c *console) toProvider(w http.ResponseWriter, r *http.Request, why auth.Purpose, next string) error {
	address, keep, err := c.Auth.BeginProvider(r.Context(), why, safeNext(next))
	if err != nil {
		return err
	}
	c.providerState(w, keep, 600)
	return seeOther(w, r, address)
}

func (c *console) providerSignIn(w http.ResponseWriter, r *http.Request) error {
	err := c.toProvider(w, r, auth.ToSignIn, r.URL.Query().Get("next"))
	if jaga.CodeOf(err) == jaga.CodeUnavailable {
		c.Log.Warn("sign in at the provider", "error", err)
		return c.signInFailed(w, r, "", err)
	}
	return err
}

func (c *console) providerConfirm(w http.ResponseWriter, r *http.Request) error {
	return c.toProvider(w, r, auth.ToConfirm, r.URL.Query().Get("next"))
}

func (c *console) providerLink(w http.ResponseWriter, r *http.Request) error {
	if auth.Fresh(r.Context()) != nil {
		return seeOther(w, r, "/confirm?next=/account")
	}
	return c.toProvider(w, r, auth.ToLink, "/account?done=provider_linked")
}

// providerBack is where the provider sends people back to.
func (c *console) providerBack(w http.ResponseWriter, r *http.Request) error {
	keep := ""
	for _, name := range []string{"__Host-" + providerCookie, providerCookie} {
		if k, err := r.Cookie(name); err == nil {
			keep = k.Value
			break
		}
	}
	c.providerState(w, "", -1)
	q := r.URL.Query()
	out, err := c.Auth.FinishProvider(r.Context(), keep, q.Get("state"), q.Get("code"), auth.SessionToken(r))
	if jaga.CodeOf(err) == jaga.CodeDenied || jaga.CodeOf(err) == jaga.CodeUnavailable {
		if out.Purpose == auth.ToConfirm || out.Purpose == auth.ToLink {
			return c.accountDone(w, r, "", &jaga.Error{Code: jaga.CodeOf(err), Field: "provider", Msg: err.Error(), Err: err})
		}
		return c.signInFailed(w, r, "", &jaga.Error{Code: jaga.CodeOf(err), Field: "provider", Msg: err.Error(), Err: err})
	}
	if err != nil {
		return err
	}
	if out.Purpose == auth.ToSignIn {
		auth.SetCookie(w, out.Session, c.Secure)
	}
	return seeOther(w, r, safeNext(out.Next))
}
