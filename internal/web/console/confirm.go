package console

import (
	"errors"
	"net/http"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
)

// typedField is a field of a form that is kept while somebody confirms.
type typedField struct{ Name, Value string }

type confirmPage struct {
	page
	passkeyPart
	Action   string       // where the form goes on to
	Typed    []typedField // what was typed before
	Back     string       // after a way to the provider
	Has      auth.Person
	Provider bool
}

// fresh asks whoever has not proved lately who they are to do so, and then does
// what they wanted: the form they sent is sent again with the proof.
func (c *console) fresh(do handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		err := auth.Fresh(r.Context())
		if err == nil {
			return do(w, r)
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		if formErr := r.ParseForm(); formErr != nil {
			return jaga.Errorf(jaga.CodeInvalid, "the form cannot be read")
		}
		who, _ := auth.From(r.Context())
		token := auth.SessionToken(r)
		switch {
		case r.PostForm.Get("confirm_answer") != "":
			err = passkeyFault(c.Auth.ConfirmPasskey(r.Context(), token, r.PostForm.Get("confirm_state"), []byte(r.PostForm.Get("confirm_answer"))))
		case r.PostForm.Get("confirm_password") != "":
			err = c.Auth.ConfirmPassword(r.Context(), token, who.ID, r.PostForm.Get("confirm_password"))
		}
		if err == nil {
			who.Fresh = true
			return do(w, r.WithContext(auth.With(r.Context(), who)))
		}
		return c.confirmView(w, r, err)
	}
}

func (c *console) confirmView(w http.ResponseWriter, r *http.Request, err error) error {
	who, _ := auth.From(r.Context())
	v := &confirmPage{page: c.page(r, "", c.say(r).t("confirm.title")), passkeyPart: c.passkeyPart(r), Action: r.URL.Path, Back: "/account", Provider: c.Auth.HasProvider()}
	v.Path = "/account" // a change of language begins anew
	var personErr error
	if v.Has, personErr = c.Auth.Person(r.Context(), who.ID); personErr != nil {
		return personErr
	}
	for _, name := range sortedKeys(r.PostForm) {
		if strings.Contains(name, "password") || strings.HasPrefix(name, "confirm_") {
			continue // typed again rather than written into a page
		}
		for _, value := range r.PostForm[name] {
			v.Typed = append(v.Typed, typedField{name, value})
		}
	}
	if next := r.PostForm.Get("next"); next != "" {
		v.Back = safeNext(next)
	}
	status := http.StatusForbidden
	if !errors.Is(err, auth.ErrStale) {
		switch jaga.CodeOf(err) {
		case jaga.CodeDenied, jaga.CodeBusy, jaga.CodeUnavailable:
			v.Problem = c.problem(c.say(r), err)
			if v.Problem.Field == "password" {
				v.Problem.Field = "confirm_password"
				if jaga.CodeOf(err) == jaga.CodeDenied {
					v.Problem.Text = c.say(r).t("error.confirm_password_denied")
				}
			}
		default:
			return err
		}
	}
	return c.render(w, r, status, "confirm", v)
}

// confirmPage lets people confirm before they begin.
func (c *console) confirmPage(w http.ResponseWriter, r *http.Request) error {
	next := safeNext(r.URL.Query().Get("next"))
	if auth.Fresh(r.Context()) == nil {
		return seeOther(w, r, next)
	}
	who, _ := auth.From(r.Context())
	v := &confirmPage{page: c.page(r, "", c.say(r).t("confirm.title")), passkeyPart: c.passkeyPart(r), Action: "/confirm", Back: next, Provider: c.Auth.HasProvider(), Typed: []typedField{{"next", next}}}
	var err error
	if v.Has, err = c.Auth.Person(r.Context(), who.ID); err != nil {
		return err
	}
	return c.render(w, r, http.StatusOK, "confirm", v)
}

func (c *console) confirmed(w http.ResponseWriter, r *http.Request) error {
	return seeOther(w, r, safeNext(r.PostFormValue("next")))
}

// confirmBegin tells a script what to ask the browser for.
func (c *console) confirmBegin(w http.ResponseWriter, _ *http.Request) error {
	ceremony, err := c.Auth.BeginProof(auth.PurposeConfirm)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, ceremony)
}
