package console

import (
	"net/http"
	"strconv"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
)

// caseRoutes are the page of one case and what people do with it. Each handler
// asks again whether the reader may do it in the queue of the case.
func (c *console) caseRoutes() []route {
	return []route{
		{"GET /cases/{id}", auth.ReadCases, c.casePage},
		{"POST /cases/{id}/words", auth.OpenExcerpts, c.caseWords},
		{"POST /cases/{id}/take", auth.Decide, c.caseTake},
		{"POST /cases/{id}/renew", auth.Decide, c.caseRenew},
		{"POST /cases/{id}/give-back", auth.Decide, c.caseGiveBack},
		{"POST /cases/{id}/preview", auth.Decide, c.casePreview},
		{"POST /cases/{id}/draft", auth.Decide, c.caseDraft},
		{"POST /cases/{id}/decide", auth.Decide, c.caseDecideOn},
		{"POST /cases/{id}/undo", auth.Decide, c.caseUndo},
		{"POST /cases/{id}/triage", auth.Decide, c.caseTriage},
		{"POST /cases/{id}/move", auth.Assign, c.caseMove},
		{"POST /cases/{id}/assign", auth.Assign, c.caseAssign},
		{"POST /cases/{id}/escalate", auth.Escalate, c.caseEscalate},
		{"POST /cases/{id}/acknowledge", auth.ReadCases, c.caseAcknowledge},
		{"POST /cases/{id}/hold", auth.Hold, c.caseHold},
		{"POST /cases/{id}/unhold", auth.Hold, c.caseUnhold},
		{"POST /cases/{id}/merge", auth.Merge, c.caseMerge},
		{"POST /cases/{id}/unmerge", auth.Merge, c.caseUnmerge},
		{"POST /cases/{id}/split", auth.Merge, c.caseSplit},
		{"POST /cases/{id}/notes", auth.Decide, c.caseNote},
		{"POST /cases/{id}/reopen", auth.Decide, c.caseReopen},
		{"POST /cases/{id}/follow-up", auth.Decide, c.caseFollowUp},
		{"POST /cases/{id}/close", auth.Decide, c.caseClose},
		{"POST /cases/{id}/second", auth.Decide, c.caseAskSecond},
		{"POST /cases/{id}/take-back", auth.Decide, c.caseTakeBack},
		{"POST /cases/{id}/reports", auth.Decide, c.caseReportBegin},
		{"POST /cases/{id}/reports/{report}", auth.Decide, c.caseReportResult},
		{"POST /cases/{id}/no-report", auth.Decide, c.caseNoReport},
		{"POST /cases/{id}/clocks", auth.Decide, c.caseClockAdd},
		{"POST /cases/{id}/clocks/end", auth.Decide, c.caseClockEnd},
	}
}

// noCase is the one answer for a case that is not there and for one that is not
// the reader's to see: they must look alike.
func noCase() error {
	return &jaga.Error{Code: jaga.CodeNotFound, Msg: "there is no such case"}
}

// caseID reads the number of a case in an address or a form.
func caseID(text string) (int64, error) {
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id <= 0 {
		return 0, noCase()
	}
	return id, nil
}

// theCase returns the case of the address if the reader may do something with
// it. Whoever may not read the queue learns nothing of it, not even that there
// is such a case.
func (c *console) theCase(r *http.Request, need auth.Capability) (casework.Case, error) {
	id, err := caseID(r.PathValue("id"))
	if err != nil {
		return casework.Case{}, err
	}
	return c.readable(r, id, need)
}

// readable is theCase for a case that is named in another way.
func (c *console) readable(r *http.Request, id int64, need auth.Capability) (casework.Case, error) {
	cs, root, err := c.Cases.Get(r.Context(), id)
	if jaga.CodeOf(err) == jaga.CodeNotFound {
		return casework.Case{}, noCase()
	}
	if err != nil {
		return casework.Case{}, err
	}
	who, _ := auth.From(r.Context())
	whole := cs
	if root != id { // a part is where the whole is
		if whole, _, err = c.Cases.Get(r.Context(), root); err != nil {
			return casework.Case{}, err
		}
	}
	if !who.Can(auth.ReadCases, cs.Queue) || !who.Can(auth.ReadCases, whole.Queue) {
		return casework.Case{}, noCase()
	}
	if !who.Can(need, cs.Queue) {
		return casework.Case{}, &jaga.Error{Code: jaga.CodeDenied, Field: "capability", Msg: "none of your roles includes " + string(need) + " in this queue", Hint: "an administrator gives roles, on the page People"}
	}
	return cs, nil
}

// decidable is theCase for a decision: the second and third one on a case are
// for those who may review a second time.
func (c *console) decidable(r *http.Request) (casework.Case, error) {
	cs, err := c.theCase(r, auth.Decide)
	if err == nil && cs.Round > 1 {
		cs, err = c.theCase(r, auth.SecondReview)
	}
	return cs, err
}

func casePath(id int64) string { return "/cases/" + strconv.FormatInt(id, 10) }
