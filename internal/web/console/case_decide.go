package console

import (
	"net/http"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
)

// maxCaseForm is the largest form of a decision, in bytes: a note may be long.
const maxCaseForm = 3*casework.MaxText + maxForm

// decisionForm reads the form of a decision on the case of the address.
func (c *console) decisionForm(w http.ResponseWriter, r *http.Request) (casework.Case, *caseForm, error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxCaseForm)
	if err := r.ParseForm(); err != nil {
		return casework.Case{}, nil, jaga.Errorf(jaga.CodeInvalid, "the form cannot be read")
	}
	cs, err := c.decidable(r)
	if err != nil {
		return cs, nil, err
	}
	return cs, readCaseForm(r), nil
}

// caseDecideOn decides. What was typed stays on the page whatever happens; a
// decision that came too late is kept as a draft besides.
func (c *console) caseDecideOn(w http.ResponseWriter, r *http.Request) error {
	cs, form, err := c.decisionForm(w, r)
	if err != nil {
		return err
	}
	out, err := c.Cases.Decide(r.Context(), casework.Lease{Case: cs.ID, Actor: actor(r), Fence: form.Fence}, form.Decision)
	if err != nil {
		return c.tellCase(w, r, cs.ID, err, form)
	}
	did := "decided"
	switch {
	case out.Final:
	case cs.Round == 1:
		did = "decided_second"
	default:
		did = "decided_settle"
	}
	return seeOther(w, r, casePath(cs.ID)+"?did="+did)
}

// caseDraft keeps what was typed, for the reader alone.
func (c *console) caseDraft(w http.ResponseWriter, r *http.Request) error {
	cs, form, err := c.decisionForm(w, r)
	if err != nil {
		return err
	}
	if err := c.Cases.SaveDraft(r.Context(), actor(r), cs.ID, form.Decision); err != nil {
		return c.tellCase(w, r, cs.ID, err, form)
	}
	return seeOther(w, r, casePath(cs.ID)+"?did=draft#decide")
}

// casePartHeader asks for the derived scales alone.
const casePartHeader = "Jaga-Part"

type derivedPage struct {
	page
	Derived *derivedView
}

// casePreview shows what the scales make of what was typed, and decides
// nothing. A script asks for that part alone.
func (c *console) casePreview(w http.ResponseWriter, r *http.Request) error {
	cs, form, err := c.decisionForm(w, r)
	if err != nil {
		return err
	}
	if r.Header.Get(casePartHeader) != "" {
		v := &derivedPage{page: c.page(r, "cases", c.say(r).t("casefile.derived")), Derived: c.say(r).derive(form.Decision.Facts)}
		return c.render(w, r, http.StatusOK, "case_derived", v)
	}
	return c.caseView(w, r, cs, caseAgain{status: http.StatusOK, typed: form})
}

// caseUndo takes the reader's last decision back.
func (c *console) caseUndo(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	cs, err := c.theCase(r, auth.Decide)
	if err != nil {
		return err
	}
	decision, err := caseID(r.PostFormValue("decision"))
	if err != nil {
		return err
	}
	err = c.Cases.Undo(r.Context(), actor(r), cs.ID, decision)
	if err != nil {
		return c.tellCase(w, r, cs.ID, err, nil)
	}
	// Whoever takes back decides anew: the case is theirs again unless somebody
	// was quicker.
	if _, err := c.Cases.Take(r.Context(), actor(r), cs.ID); err != nil && !mayTell(err) {
		return err
	}
	return seeOther(w, r, casePath(cs.ID)+"?did=undone#decide")
}
