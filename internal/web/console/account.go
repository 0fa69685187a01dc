package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
)

type accountPage struct {
	page
	passkeyPart
	Person   auth.Person
	Held     []auth.Passkey
	Open     []auth.Session
	This     string // the session that looks
	Provider bool
	Min      int    // the length of a password
	Link     string // shown once
	Typed    string // what was typed as the name of a new passkey
	Next     string // of the page after the first sign-in
}

func (c *console) account(w http.ResponseWriter, r *http.Request) error {
	return c.accountView(w, r, http.StatusOK, func(v *accountPage) {
		if done := r.URL.Query().Get("done"); slices.Contains(accountNotices(), done) {
			v.Notice = &notice{true, c.say(r).t("account.done_" + done)}
		}
	})
}

// accountNotices are what the page can say was done.
func accountNotices() []string {
	return []string{"passkey_added", "passkey_renamed", "passkey_removed", "password_set", "password_removed", "provider_linked", "provider_removed", "sessions_ended"}
}

func (c *console) accountView(w http.ResponseWriter, r *http.Request, status int, change func(*accountPage)) error {
	who, _ := auth.From(r.Context())
	v := &accountPage{page: c.page(r, "account", c.say(r).t("account.title")), passkeyPart: c.passkeyPart(r), This: who.Session, Provider: c.Auth.HasProvider(), Min: auth.MinPassword}
	v.Path = "/account"
	ctx := r.Context()
	var err error
	if v.Person, err = c.Auth.Person(ctx, who.ID); err != nil {
		return err
	}
	if v.Held, err = c.Auth.Passkeys(ctx, who.ID); err != nil {
		return err
	}
	if v.Open, err = c.Auth.Sessions(ctx, who.ID); err != nil {
		return err
	}
	change(v)
	return c.render(w, r, status, "account", v)
}

// accountDone ends an act on one's own account: it leads back with a notice, or
// shows what is wrong.
func (c *console) accountDone(w http.ResponseWriter, r *http.Request, done string, err error) error {
	switch jaga.CodeOf(err) {
	case "":
		return seeOther(w, r, "/account?done="+done)
	case jaga.CodeInternal:
		return err
	}
	return c.accountView(w, r, jaga.CodeOf(err).HTTPStatus(), func(v *accountPage) {
		v.Typed, v.Problem = r.PostFormValue("passkey_name"), c.problem(c.say(r), err)
	})
}

// welcome is the first page for whoever came by a link: it makes a passkey.
func (c *console) welcome(w http.ResponseWriter, r *http.Request) error {
	who, _ := auth.From(r.Context())
	v := &accountPage{page: c.page(r, "", c.say(r).t("welcome.title")), passkeyPart: c.passkeyPart(r), Next: safeNext(r.URL.Query().Get("next"))}
	var err error
	if v.Person, err = c.Auth.Person(r.Context(), who.ID); err != nil {
		return err
	}
	return c.render(w, r, http.StatusOK, "welcome", v)
}

// me is the number of the person who asks.
func me(r *http.Request) int64 {
	who, _ := auth.From(r.Context())
	return who.ID
}

// passkeyBegin tells a script what to ask the browser for.
func (c *console) passkeyBegin(w http.ResponseWriter, r *http.Request) error {
	ceremony, err := c.Auth.BeginPasskey(r.Context(), me(r))
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, ceremony)
}

func (c *console) passkeyAdd(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	err := passkeyFault(c.Auth.AddPasskey(r.Context(), me(r), r.PostFormValue("passkey_name"), r.PostFormValue("state"), []byte(r.PostFormValue("answer"))))
	if next := r.PostFormValue("next"); err == nil && next != "" {
		return seeOther(w, r, safeNext(next))
	}
	return c.accountDone(w, r, "passkey_added", err)
}

func pathNumber(r *http.Request, name string) int64 {
	id, err := strconv.ParseInt(r.PathValue(name), 10, 64)
	if err != nil {
		return 0 // nothing has this number
	}
	return id
}

func (c *console) passkeyRename(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	return c.accountDone(w, r, "passkey_renamed", c.Auth.RenamePasskey(r.Context(), me(r), pathNumber(r, "id"), r.PostFormValue("passkey_name")))
}

func (c *console) passkeyRemove(w http.ResponseWriter, r *http.Request) error {
	return c.accountDone(w, r, "passkey_removed", c.Auth.RemovePasskey(r.Context(), actor(r), me(r), pathNumber(r, "id")))
}

func (c *console) passwordSet(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	who, _ := auth.From(r.Context())
	return c.accountDone(w, r, "password_set", c.Auth.SetPassword(r.Context(), who.ID, r.PostFormValue("new_password"), who.Session))
}

func (c *console) passwordRemove(w http.ResponseWriter, r *http.Request) error {
	return c.accountDone(w, r, "password_removed", c.Auth.RemovePassword(r.Context(), actor(r), me(r)))
}

func (c *console) providerUnlink(w http.ResponseWriter, r *http.Request) error {
	return c.accountDone(w, r, "provider_removed", c.Auth.Unlink(r.Context(), actor(r), me(r)))
}

// accountLink makes a sign-in link for another device of the same person.
func (c *console) accountLink(w http.ResponseWriter, r *http.Request) error {
	token, err := c.Auth.NewLink(r.Context(), actor(r), me(r))
	if err != nil {
		return err
	}
	return c.accountView(w, r, http.StatusOK, func(v *accountPage) { v.Link = c.signInLink(r, token) })
}

// signInLink is the address of a link, as the one who asks reaches the server.
func (c *console) signInLink(r *http.Request, token string) string {
	link := url.URL{Scheme: "http", Host: r.Host, Path: "/sign-in", RawQuery: url.Values{"token": {token}}.Encode()}
	if c.Secure {
		link.Scheme = "https"
	}
	return link.String()
}

// sessionsEnd ends one session, or all but this one.
func (c *console) sessionsEnd(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	who, _ := auth.From(r.Context())
	var err error
	if name := r.PostFormValue("session"); name != "" {
		err = c.Auth.EndSession(r.Context(), actor(r), who.ID, name)
	} else {
		err = c.Auth.EndSessions(r.Context(), actor(r), who.ID, who.Session)
	}
	return c.accountDone(w, r, "sessions_ended", err)
}
