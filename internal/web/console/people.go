package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
)

type peoplePage struct {
	page
	People []auth.Person
	Failed []failedLine
	Form   inviteForm
	Roles  []auth.Role
	Queues []string
	// Link is shown once, on the answer to the act that made it.
	Link string
	For  auth.Person
}

type inviteForm struct{ Name, Login, Role, Queue string }

// failedLine counts sign-ins that failed.
type failedLine struct {
	Method auth.Method
	Name   string // empty where it is not known who it was to be
	Count  int64
}

// failedDays is how far back failed sign-ins are shown.
const failedDays = 7

func (c *console) people(w http.ResponseWriter, r *http.Request) error {
	return c.peopleView(w, r, http.StatusOK, func(*peoplePage) {})
}

func (c *console) peopleView(w http.ResponseWriter, r *http.Request, status int, change func(*peoplePage)) error {
	v := &peoplePage{page: c.page(r, "people", c.say(r).t("people.title")), Roles: auth.Roles(), Form: inviteForm{Role: string(auth.Reviewer)}}
	v.Path = "/people"
	var err error
	if v.People, err = c.Auth.People(r.Context()); err != nil {
		return err
	}
	if v.Queues, err = c.knownQueues(r.Context()); err != nil {
		return err
	}
	names := map[int64]string{}
	for _, p := range v.People {
		names[p.ID] = p.Name
	}
	failed, err := c.Auth.Failed(r.Context(), failedDays)
	if err != nil {
		return err
	}
	for _, f := range failed {
		v.Failed = append(v.Failed, failedLine{f.Method, names[f.Person], f.Count})
	}
	change(v)
	return c.render(w, r, status, "people", v)
}

// grantOf reads a role and a queue of a form; no queue is all of them.
func grantOf(r *http.Request) (auth.Grant, error) {
	text := r.PostFormValue("role")
	if queue := strings.TrimSpace(r.PostFormValue("queue")); queue != "" && queue != auth.AllQueues {
		text += "@" + queue
	}
	return auth.ParseGrant(text)
}

// newGrantOf is grantOf for a role that is given: it has a queue that there is,
// or one that is confirmed to be new.
func (c *console) newGrantOf(r *http.Request) (auth.Grant, error) {
	g, err := grantOf(r)
	if err == nil {
		err = c.newQueue(r, g.Queue)
	}
	return g, err
}

func (c *console) invite(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	f := inviteForm{strings.TrimSpace(r.PostFormValue("person_name")), strings.TrimSpace(r.PostFormValue("login")), r.PostFormValue("role"), strings.TrimSpace(r.PostFormValue("queue"))}
	grant, err := c.newGrantOf(r)
	id, link := int64(0), ""
	if err == nil {
		id, link, err = c.Auth.Invite(r.Context(), actor(r), f.Name, f.Login, []auth.Grant{grant})
	}
	if err != nil && !mendable(err) {
		return err
	}
	if err != nil {
		return c.peopleView(w, r, jaga.CodeOf(err).HTTPStatus(), func(v *peoplePage) { v.Form, v.Problem = f, c.problem(c.say(r), err) })
	}
	who, err := c.Auth.Person(r.Context(), id)
	if err != nil {
		return err
	}
	return c.peopleView(w, r, http.StatusOK, func(v *peoplePage) { v.Link, v.For = c.signInLink(r, link), who })
}

type personPage struct {
	page
	Person auth.Person
	Queues []string
	// ByHand are the roles that people gave; FromProvider are those of the
	// provider's claims, which only the provider takes away.
	ByHand, FromProvider []auth.Grant
	Held                 []auth.Passkey
	Open                 []auth.Session
	Trail                []trailLine
	Roles                []auth.Role
	Form                 inviteForm
	Self                 bool
	Link                 string
}

func (c *console) person(w http.ResponseWriter, r *http.Request) error {
	return c.personView(w, r, http.StatusOK, func(v *personPage) {
		if done := r.URL.Query().Get("done"); slices.Contains(personNotices(), done) {
			v.Notice = &notice{true, c.say(r).t("person.done_" + done)}
		}
	})
}

// personNotices are what the page can say was done.
func personNotices() []string {
	return []string{"renamed", "given", "taken", "disabled", "enabled", "sessions_ended", "passkey_removed"}
}

func (c *console) personView(w http.ResponseWriter, r *http.Request, status int, change func(*personPage)) error {
	ctx, s, id := r.Context(), c.say(r), pathNumber(r, "id")
	v := &personPage{page: c.page(r, "people", s.t("people.title")), Roles: auth.Roles(), Self: id == me(r)}
	v.Path = personPath(id)
	var err error
	if v.Person, err = c.Auth.Person(ctx, id); err != nil {
		return err
	}
	v.Title = v.Person.Name
	if v.Queues, err = c.knownQueues(ctx); err != nil {
		return err
	}
	v.Form = inviteForm{Name: v.Person.Name, Login: v.Person.Login, Role: string(auth.Reviewer)}
	if v.FromProvider, err = c.Auth.FromProvider(ctx, id); err != nil {
		return err
	}
	for _, g := range v.Person.Grants {
		if !slices.Contains(v.FromProvider, g) {
			v.ByHand = append(v.ByHand, g)
		}
	}
	if v.Held, err = c.Auth.Passkeys(ctx, id); err != nil {
		return err
	}
	if v.Open, err = c.Auth.Sessions(ctx, id); err != nil {
		return err
	}
	names, err := c.names(ctx, s)
	if err != nil {
		return err
	}
	if v.Trail, err = c.trail(ctx, s, names, "person:"+strconv.FormatInt(id, 10)); err != nil {
		return err
	}
	slices.Reverse(v.Trail)
	change(v)
	return c.render(w, r, status, "person", v)
}

func personPath(id int64) string { return "/people/" + strconv.FormatInt(id, 10) }

// personDone ends an act on a person.
func (c *console) personDone(w http.ResponseWriter, r *http.Request, done string, err error) error {
	switch jaga.CodeOf(err) {
	case "":
		return seeOther(w, r, personPath(pathNumber(r, "id"))+"?done="+done)
	case jaga.CodeInvalid, jaga.CodeConflict:
	default:
		return err
	}
	return c.personView(w, r, jaga.CodeOf(err).HTTPStatus(), func(v *personPage) {
		if r.PostForm.Has("person_name") {
			v.Form.Name, v.Form.Login = r.PostFormValue("person_name"), r.PostFormValue("login")
		}
		if r.PostForm.Has("role") {
			v.Form.Role, v.Form.Queue = r.PostFormValue("role"), r.PostFormValue("queue")
		}
		v.Problem = c.problem(c.say(r), err)
	})
}

func (c *console) personRename(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	return c.personDone(w, r, "renamed", c.Auth.Rename(r.Context(), actor(r), pathNumber(r, "id"), r.PostFormValue("person_name"), r.PostFormValue("login")))
}

func (c *console) personGive(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	g, err := c.newGrantOf(r)
	if err == nil {
		err = c.Auth.Give(r.Context(), actor(r), pathNumber(r, "id"), g)
	}
	return c.personDone(w, r, "given", err)
}

func (c *console) personTake(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	g, err := grantOf(r)
	if err == nil {
		err = c.Auth.Take(r.Context(), actor(r), pathNumber(r, "id"), g)
	}
	return c.personDone(w, r, "taken", err)
}

// personLink makes a sign-in link for somebody who lost their way in.
func (c *console) personLink(w http.ResponseWriter, r *http.Request) error {
	token, err := c.Auth.NewLink(r.Context(), actor(r), pathNumber(r, "id"))
	if err != nil {
		return c.personDone(w, r, "", err)
	}
	return c.personView(w, r, http.StatusOK, func(v *personPage) { v.Link = c.signInLink(r, token) })
}

func (c *console) personDisable(w http.ResponseWriter, r *http.Request) error {
	return c.personDone(w, r, "disabled", c.Auth.Disable(r.Context(), actor(r), pathNumber(r, "id")))
}

func (c *console) personEnable(w http.ResponseWriter, r *http.Request) error {
	return c.personDone(w, r, "enabled", c.Auth.Enable(r.Context(), actor(r), pathNumber(r, "id")))
}

func (c *console) personSessionsEnd(w http.ResponseWriter, r *http.Request) error {
	if _, err := c.Auth.Person(r.Context(), pathNumber(r, "id")); err != nil {
		return err
	}
	return c.personDone(w, r, "sessions_ended", c.Auth.EndSessions(r.Context(), actor(r), pathNumber(r, "id"), ""))
}

func (c *console) personPasskeyRemove(w http.ResponseWriter, r *http.Request) error {
	return c.personDone(w, r, "passkey_removed", c.Auth.RemovePasskey(r.Context(), actor(r), pathNumber(r, "id"), pathNumber(r, "passkey")))
}

type startPage struct {
	page
	Grants []auth.Grant
	Work   *homeWork // of cases; nil for those who read none
}

// ownHome is the first page of those whose roles do not include what came in.
func (c *console) ownHome(w http.ResponseWriter, r *http.Request, who auth.Who) error {
	s := c.say(r)
	work, err := c.homeWork(r.Context(), s, c.now())
	if err != nil {
		return err
	}
	return c.render(w, r, http.StatusOK, "start", &startPage{c.page(r, "home", s.t("nav.home")), who.Grants, work})
}
