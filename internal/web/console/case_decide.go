package console

import (
	"context"
	"net/http"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/store"
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
		c.noteLooks(r.Context(), cs.ID, func(tx *store.Tx, key string) error { return c.Look.Decided(tx, actor(r), key, cs.ID) })
	case cs.Round == 1:
		did = "decided_second"
	default:
		did = "decided_settle"
	}
	return seeOther(w, r, casePath(cs.ID)+"?did="+did)
}

// noteLooks tells the keeper of looks of every file of a case. It is done after
// the decision, which does not fail with it: at worst somebody is asked to look
// who would not have needed to.
func (c *console) noteLooks(ctx context.Context, id int64, do func(*store.Tx, string) error) {
	lister, ok := c.Files.(CaseFiles)
	if !ok {
		return
	}
	who, _ := auth.From(ctx)
	for after := ""; ; {
		ids, err := lister.OfCase(ctx, who.Actor, id, after, 200)
		if err == nil && len(ids) == 0 {
			return
		}
		var keys []string
		for _, e := range ids {
			if err != nil {
				break
			}
			var v Veiled
			if v, err = c.Files.Veiled(ctx, who.Actor, id, e); err == nil {
				keys = append(keys, v.Key)
			}
		}
		if err == nil {
			err = c.DB.Bulk(ctx, func(tx *store.Tx) error {
				for _, k := range keys {
					if err := do(tx, k); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err != nil {
			c.Log.Error("note what was decided about files", "case", id, "error", err)
			return
		}
		after = ids[len(ids)-1]
	}
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
	if cs.State == casework.StateDecided {
		c.noteLooks(r.Context(), cs.ID, c.Look.Reopened)
	}
	// Whoever takes back decides anew: the case is theirs again unless somebody
	// was quicker.
	if _, err := c.Cases.Take(r.Context(), actor(r), cs.ID); err != nil && !mayTell(err) {
		return err
	}
	return seeOther(w, r, casePath(cs.ID)+"?did=undone#decide")
}
