package console

import (
	"net/http"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/look"
)

type consentView struct {
	page
	Session look.Session
	Mine    bool // the reader asked for the session themself
	Open    bool
}

// consentFor returns a session, to those who may look at files of its case.
func (c *console) consentFor(r *http.Request) (look.Session, error) {
	s, err := c.Look.Session(r.Context(), revealID(r))
	if err != nil {
		return s, err
	}
	if c.Files == nil {
		return s, jaga.Errorf(jaga.CodeNotFound, "there is no such view session")
	}
	return s, c.Files.May(r.Context(), actor(r), s.Case)
}

func (c *console) consentPage(w http.ResponseWriter, r *http.Request) error {
	s, err := c.consentFor(r)
	if err != nil {
		return err
	}
	v := &consentView{page: c.page(r, "look", c.say(r).t("look.consent_title", "Case", s.Case)), Session: s, Mine: s.Person == actor(r)}
	v.Open = s.NeedsSecond && s.Second == "" && !c.Look.Over(s)
	if s.Second != "" {
		v.Notice = &notice{true, c.say(r).t("look.consented")}
	}
	return c.render(w, r, http.StatusOK, "look_consent", v)
}

// consent is given by a second person, who has proved lately who they are: a
// colleague's screen that was left open does not agree to anything.
func (c *console) consent(w http.ResponseWriter, r *http.Request) error {
	s, err := c.consentFor(r)
	if err != nil {
		return err
	}
	if err := c.Look.Consent(r.Context(), actor(r), s.ID); err != nil {
		return err
	}
	return seeOther(w, r, r.URL.Path)
}

// lookAgreed tells the script of whoever asked for a session whether a second
// person has agreed.
func (c *console) lookAgreed(w http.ResponseWriter, r *http.Request) error {
	s, err := c.Look.Session(r.Context(), revealID(r))
	if err == nil && s.Person != actor(r) {
		err = jaga.Errorf(jaga.CodeNotFound, "there is no such view session")
	}
	if err != nil {
		return c.refuse(w, r, err)
	}
	return writeJSON(w, http.StatusOK, map[string]bool{"agreed": s.Second != "", "over": c.Look.Over(s)})
}

// consents are the sessions that wait for the reader's consent, in cases whose
// files they may see.
func (c *console) consents(r *http.Request) (out []look.Session, err error) {
	if c.Files == nil {
		return nil, nil
	}
	list, err := c.Look.Waiting(r.Context(), actor(r))
	for _, s := range list {
		switch err := c.Files.May(r.Context(), actor(r), s.Case); jaga.CodeOf(err) {
		case "":
			out = append(out, s)
		case jaga.CodeDenied, jaga.CodeNotFound:
		default:
			return nil, err
		}
	}
	return out, err
}
