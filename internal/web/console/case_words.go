package console

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/converse"
)

// caseWords opens sealed words of a case for the reader: excerpts of
// conversations, what reporters wrote, and reasons. It is an act and not an
// address: that they were opened is recorded, each by itself.
func (c *console) caseWords(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return jaga.Errorf(jaga.CodeInvalid, "the form cannot be read")
	}
	cs, err := c.theCase(r, auth.OpenExcerpts)
	if err != nil {
		return err
	}
	open := openWords{map[string][]converse.Line{}, map[int64]string{}, map[int64]string{}}
	if err := c.openFindings(r, cs, open); err != nil {
		return err
	}
	if err := c.openReason(r, cs, open); err != nil {
		return err
	}
	return c.caseView(w, r, cs, caseAgain{status: http.StatusOK, open: open})
}

// openFindings opens what the form names and stands on its page of the case.
func (c *console) openFindings(r *http.Request, cs casework.Case, open openWords) error {
	wanted := r.PostForm["finding"]
	if len(wanted) == 0 {
		return nil
	}
	after, _ := strconv.ParseInt(r.FormValue("after"), 10, 64)
	list, err := c.Cases.Findings(r.Context(), cs.ID, max(after, 0), caseFindings)
	if err != nil {
		return err
	}
	for _, f := range list {
		if !slices.Contains(wanted, strconv.FormatInt(f.ID, 10)) {
			continue
		}
		switch {
		case f.Kind == casework.KindConversation:
			lines, err := c.Talk.Excerpt(r.Context(), actor(r), f.Ref)
			if err != nil && jaga.CodeOf(err) != jaga.CodeNotFound {
				return err
			}
			open.chats[f.Ref] = lines
		case f.HasText:
			if open.texts[f.ID], err = c.Cases.FindingText(r.Context(), actor(r), cs.ID, f.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// openReason opens what somebody wrote with an act, unless the reader decides
// without knowing what they said.
func (c *console) openReason(r *http.Request, cs casework.Case, open openWords) error {
	event, err := strconv.ParseInt(r.PostForm.Get("event"), 10, 64)
	if err != nil {
		return nil
	}
	acts, _, err := c.Cases.Acts(r.Context(), cs.ID, mostActs)
	if err != nil {
		return err
	}
	for _, a := range blindTo(cs, acts, actor(r)).acts(acts) {
		if a.ID == event && a.HasText {
			open.reasons[event], err = c.Cases.Reason(r.Context(), actor(r), event)
			return err
		}
	}
	return noCase()
}
