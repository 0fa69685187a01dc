package console

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/slip"
	"github.com/jaga-project/jaga/internal/takedown"
)

const (
	// casesShown is how many cases of each state a page shows; the rest comes
	// when these are decided.
	casesShown = 20
	// itemsCompared is with how many items the codes of cases are compared.
	itemsCompared = 5000
	// commonFrom is how many of them make a code suspect: a picture of one
	// person is rarely in so many.
	commonFrom = 20
)

// reported is what the pages of banks show of cases that were handed in through
// the guide.
type reported struct {
	Waiting, Accepted, Refused []caseLine
	// More is how many wait that are not shown.
	More int64
}

// Any reports whether there is something to show.
func (r reported) Any() bool { return len(r.Waiting)+len(r.Accepted)+len(r.Refused) > 0 }

// caseLine is one case, and what the people who decide should know.
type caseLine struct {
	takedown.Review
	Here int // how many of the last items match
}

// Common reports whether the codes may be of something that many share.
func (c caseLine) Common() bool { return c.Here >= commonFrom }

// Compared is with how many items the codes were compared.
func (caseLine) Compared() int { return itemsCompared }

// Reasons lists the reasons for not accepting a case.
func (caseLine) Reasons() []slip.Reason { return slip.Reasons() }

func (c *console) reported(ctx context.Context) (r reported, err error) {
	if c.Takedown == nil {
		return r, nil
	}
	for state, to := range map[slip.State]*[]caseLine{slip.Waiting: &r.Waiting, slip.Accepted: &r.Accepted, slip.Refused: &r.Refused} {
		list, err := c.Takedown.List(ctx, state, casesShown)
		if err != nil {
			return r, err
		}
		for _, x := range list {
			if state != slip.Refused || len(x.Codes) > 0 { // without codes nothing can be decided anew
				*to = append(*to, caseLine{Review: x})
			}
		}
	}
	n, err := c.Takedown.Waiting(ctx)
	if err != nil {
		return r, err
	}
	r.More = n - int64(len(r.Waiting))
	var groups [][]engine.Value
	for _, x := range r.Waiting {
		groups = append(groups, x.Codes)
	}
	if len(groups) == 0 {
		return r, nil
	}
	counts, err := c.Intake.Near(ctx, groups, 31, itemsCompared)
	for i, n := range counts {
		r.Waiting[i].Here = n
	}
	return r, err
}

// waitingCases counts the cases that wait for a person.
func (c *console) waitingCases(ctx context.Context) (int64, error) {
	if c.Takedown == nil {
		return 0, nil
	}
	return c.Takedown.Waiting(ctx)
}

// caseDecide accepts a case, or does not.
func (c *console) caseDecide(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || c.Takedown == nil {
		return jaga.Errorf(jaga.CodeNotFound, "there is no such case")
	}
	do := r.PostFormValue("do")
	switch do {
	case "accept":
		err = c.Takedown.Accept(r.Context(), actor(r), id)
	case "refuse":
		err = c.Takedown.Refuse(r.Context(), actor(r), id, slip.Reason(r.PostFormValue("reason")))
	default:
		return jaga.Errorf(jaga.CodeInvalid, "there is no such act")
	}
	if jaga.CodeOf(err) == jaga.CodeConflict {
		// Somebody else decided, or it was withdrawn meanwhile.
		return c.bankListView(w, r, http.StatusConflict, &problem{Text: c.say(r).t("error.case_conflict")})
	}
	if err != nil {
		return err
	}
	return seeOther(w, r, "/banks?case="+do)
}

// caseNotice tells what was decided.
func caseNotice(s *speaker, did string) *notice {
	if !slices.Contains([]string{"accept", "refuse"}, did) {
		return nil
	}
	return &notice{true, s.t("case.notice_" + did)}
}
