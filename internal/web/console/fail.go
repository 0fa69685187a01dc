package console

import (
	"crypto/rand"
	"errors"
	"net/http"
	"strings"

	"github.com/jaga-project/jaga"
)

type failPage struct {
	page
	Lead, What, ID string
	NotFound       bool
}

// fail answers with a page that says what happened and what to do.
func (c *console) fail(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() != nil {
		return // nobody waits for the answer
	}
	s := c.say(r)
	code := jaga.CodeOf(err)
	var tooBig *http.MaxBytesError
	if errors.As(err, &tooBig) {
		code = jaga.CodeInvalid
	}
	v := &failPage{page: c.page(r, "", s.t("fail."+string(code)+"_title")), Lead: s.t("fail." + string(code)), NotFound: code == jaga.CodeNotFound}
	if code == jaga.CodeInternal {
		v.ID = rand.Text()[:8]
		c.Log.Error("page", "id", v.ID, "method", r.Method, "route", r.Pattern, "error", err)
	} else if p := c.problem(s, err); p.Text != v.Lead {
		v.What = strings.TrimSpace(p.Text + " " + p.Hint)
	}
	if err := c.render(w, r, code.HTTPStatus(), "fail", v); err != nil {
		c.Log.Error("page of an error", "error", err)
		http.Error(w, "a fault of ours; see the log", http.StatusInternalServerError)
	}
}

func (c *console) notFound(http.ResponseWriter, *http.Request) error {
	return jaga.Errorf(jaga.CodeNotFound, "there is no such page")
}

// problem says in the reader's language what is wrong.
func (c *console) problem(s *speaker, err error) *problem {
	var e *jaga.Error
	var tooBig *http.MaxBytesError
	switch {
	case errors.As(err, &tooBig):
		return &problem{Field: "file", Text: s.t("error.too_big", "Size", s.size(tooBig.Limit))}
	case !errors.As(err, &e):
		return &problem{Text: s.t("fail.internal")}
	}
	if line, ok := strings.CutPrefix(e.Field, "line "); ok {
		return &problem{Field: "file", Text: s.t("error.line", "Line", line, "What", s.detail(e.Msg)), Hint: s.t("error.line_hint")}
	}
	p := &problem{Field: e.Field}
	for _, key := range []string{"error." + e.Field + "_" + string(e.Code), "error." + e.Field, "fail." + string(e.Code)} {
		if s.has(key) {
			p.Text = s.t(key)
			return p
		}
	}
	p.Text = s.t("fail.internal")
	return p
}

// asError returns the error of ours in err, or nil.
func asError(err error) *jaga.Error {
	e, _ := errors.AsType[*jaga.Error](err)
	return e
}
