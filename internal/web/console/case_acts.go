package console

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
)

// caseNotices lists what pages of a case say was done.
func caseNotices() []string {
	return []string{"taken", "renewed", "given_back", "skipped", "draft", "decided", "decided_second", "decided_settle", "undone", "triaged", "moved", "assigned", "unassigned", "escalated", "acknowledged",
		"held", "unheld", "merged", "unmerged", "split", "noted", "told", "reopened", "follow_up", "closed", "taken_back", "second", "second_none",
		"report_begun", "report_sent", "report_failed", "no_report", "clock_added", "clock_met", "clock_dropped"}
}

// caseNotice tells what was done, as the address says.
func (c *console) caseNotice(r *http.Request) *notice {
	s, q := c.say(r), r.URL.Query()
	if part, err := caseID(q.Get("part")); err == nil {
		return &notice{false, s.t("casefile.is_part", "Case", strconv.FormatInt(part, 10))}
	}
	for _, n := range caseNotices() {
		if q.Get("did") == n {
			return &notice{true, s.word("casefile_did", n)}
		}
	}
	return nil
}

// caseAct is an act with a form: need in the queue of the case, do with the
// values, and the word for what was done.
func (c *console) caseAct(w http.ResponseWriter, r *http.Request, need auth.Capability, do func(cs casework.Case) (did string, err error)) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxCaseForm)
	if err := r.ParseForm(); err != nil {
		return jaga.Errorf(jaga.CodeInvalid, "the form cannot be read")
	}
	cs, err := c.theCase(r, need)
	if err != nil {
		return err
	}
	did, err := do(cs)
	if err != nil {
		return c.tellCase(w, r, cs.ID, err, nil)
	}
	if !strings.HasPrefix(did, "/") {
		did = casePath(cs.ID) + "?did=" + did
	}
	return seeOther(w, r, did)
}

func (c *console) caseTake(w http.ResponseWriter, r *http.Request) error {
	cs, err := c.decidable(r)
	if err != nil {
		return err
	}
	l, err := c.Cases.Take(r.Context(), actor(r), cs.ID)
	if err == nil {
		err = c.Cases.Begin(r.Context(), l)
	}
	if err != nil {
		return c.tellCase(w, r, cs.ID, err, nil)
	}
	return seeOther(w, r, casePath(cs.ID)+"?did=taken")
}

// leaseOf is the lease that a form names.
func leaseOf(r *http.Request, cs casework.Case) casework.Lease {
	fence, _ := strconv.ParseInt(r.FormValue("fence"), 10, 64)
	return casework.Lease{Case: cs.ID, Actor: actor(r), Fence: fence}
}

// caseRenew lengthens the lease. A script gets the new end instead of a page.
func (c *console) caseRenew(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	cs, err := c.theCase(r, auth.Decide)
	if err != nil {
		return err
	}
	l, err := c.Cases.Renew(r.Context(), leaseOf(r, cs))
	if r.Header.Get(casePartHeader) != "" {
		if mayTell(err) {
			p := c.caseProblem(c.say(r), err)
			return writeJSON(w, jaga.CodeOf(err).HTTPStatus(), map[string]string{"text": p.Text})
		}
		if err == nil {
			return writeJSON(w, http.StatusOK, map[string]int64{"until": l.Until.UnixMilli()})
		}
	}
	if err != nil {
		return c.tellCase(w, r, cs.ID, err, nil)
	}
	return seeOther(w, r, casePath(cs.ID)+"?did=renewed")
}

func (c *console) caseGiveBack(w http.ResponseWriter, r *http.Request) error {
	return c.caseAct(w, r, auth.Decide, func(cs casework.Case) (string, error) {
		if r.PostForm.Get("do") == "skip" {
			return "skipped", c.Cases.Skip(r.Context(), leaseOf(r, cs))
		}
		return "given_back", c.Cases.Release(r.Context(), leaseOf(r, cs))
	})
}

func (c *console) caseTriage(w http.ResponseWriter, r *http.Request) error {
	return c.caseAct(w, r, auth.Decide, func(cs casework.Case) (string, error) {
		risk, _ := strconv.ParseInt(r.PostForm.Get("risk"), 10, 64)
		return "triaged", c.Cases.Triage(r.Context(), actor(r), cs.ID, cs.Queue, jaga.Form(r.PostForm.Get("form")), casework.Risk(risk))
	})
}

// caseMove puts the case into another queue. The reader may lose sight of it
// with that, and then goes to the list.
func (c *console) caseMove(w http.ResponseWriter, r *http.Request) error {
	return c.caseAct(w, r, auth.Assign, func(cs casework.Case) (string, error) {
		queue := strings.TrimSpace(r.PostForm.Get("queue"))
		if err := c.newQueue(r, queue); err != nil {
			return "", err
		}
		if err := c.Cases.Move(r.Context(), actor(r), cs.ID, queue); err != nil {
			return "", err
		}
		if who, _ := auth.From(r.Context()); !who.Can(auth.ReadCases, queue) {
			return "/", nil
		}
		return "moved", nil
	})
}

// addressee is somebody who can be given cases of the queue.
func (c *console) addressee(r *http.Request, cs casework.Case, to string) error {
	people, err := c.colleagues(r.Context(), cs.Queue)
	if err != nil {
		return err
	}
	for _, p := range people {
		if p.Actor == to {
			return nil
		}
	}
	return &jaga.Error{Code: jaga.CodeInvalid, Field: "to", Msg: "nobody of this name decides on cases of the queue"}
}

func (c *console) caseAssign(w http.ResponseWriter, r *http.Request) error {
	return c.caseAct(w, r, auth.Assign, func(cs casework.Case) (string, error) {
		to := r.PostForm.Get("to")
		if to == "" {
			return "unassigned", c.Cases.Assign(r.Context(), actor(r), cs.ID, "")
		}
		if err := c.addressee(r, cs, to); err != nil {
			return "", err
		}
		return "assigned", c.Cases.Assign(r.Context(), actor(r), cs.ID, to)
	})
}

func (c *console) caseEscalate(w http.ResponseWriter, r *http.Request) error {
	return c.caseAct(w, r, auth.Escalate, func(cs casework.Case) (string, error) {
		to, reason := r.PostForm.Get("to"), strings.TrimSpace(r.PostForm.Get("reason"))
		if reason == "" {
			return "", &jaga.Error{Code: jaga.CodeInvalid, Field: "reason", Msg: "escalate: there is no reason"}
		}
		if err := c.addressee(r, cs, to); err != nil {
			return "", err
		}
		return "escalated", c.Cases.Escalate(r.Context(), actor(r), cs.ID, to, reason)
	})
}

func (c *console) caseAcknowledge(w http.ResponseWriter, r *http.Request) error {
	return c.caseAct(w, r, auth.ReadCases, func(cs casework.Case) (string, error) {
		return "acknowledged", c.Cases.Acknowledge(r.Context(), actor(r), cs.ID)
	})
}

// caseHold stops work until the end of a day, in the zone of the server.
func (c *console) caseHold(w http.ResponseWriter, r *http.Request) error {
	return c.caseAct(w, r, auth.Hold, func(cs casework.Case) (string, error) {
		day, err := time.ParseInLocation(time.DateOnly, r.PostForm.Get("until"), c.zone)
		if err != nil {
			return "", &jaga.Error{Code: jaga.CodeInvalid, Field: "until", Msg: "hold: it is no date"}
		}
		reason := strings.TrimSpace(r.PostForm.Get("reason"))
		if reason == "" {
			return "", &jaga.Error{Code: jaga.CodeInvalid, Field: "reason", Msg: "hold: there is no reason"}
		}
		return "held", c.Cases.Hold(r.Context(), actor(r), cs.ID, reason, day.AddDate(0, 0, 1))
	})
}

func (c *console) caseUnhold(w http.ResponseWriter, r *http.Request) error {
	return c.caseAct(w, r, auth.Hold, func(cs casework.Case) (string, error) {
		return "unheld", c.Cases.Unhold(r.Context(), actor(r), cs.ID)
	})
}

// caseMerge makes the case part of another one, whose page follows with a way
// back.
func (c *console) caseMerge(w http.ResponseWriter, r *http.Request) error {
	return c.caseAct(w, r, auth.Merge, func(cs casework.Case) (string, error) {
		into, err := caseID(strings.TrimPrefix(strings.TrimSpace(r.PostForm.Get("into")), "#"))
		if err == nil {
			_, err = c.readable(r, into, auth.Merge)
		}
		if err != nil {
			return "", &jaga.Error{Code: jaga.CodeInvalid, Field: "into", Msg: "merge: there is no such case"}
		}
		if err := c.Cases.Merge(r.Context(), actor(r), cs.ID, into); err != nil {
			return "", err
		}
		return casePath(into) + "?did=merged", nil
	})
}

// caseUnmerge takes a part out of the case.
func (c *console) caseUnmerge(w http.ResponseWriter, r *http.Request) error {
	return c.caseAct(w, r, auth.Merge, func(cs casework.Case) (string, error) {
		id, err := caseID(r.PostForm.Get("part"))
		if err != nil {
			return "", err
		}
		part, err := c.readable(r, id, auth.Merge)
		if err != nil {
			return "", err
		}
		if part.MergedInto != cs.ID {
			return "", &jaga.Error{Code: jaga.CodeConflict, Field: "case", Msg: "unmerge: it is no part of the case"}
		}
		return "unmerged", c.Cases.Unmerge(r.Context(), actor(r), part.ID)
	})
}

// caseSplit makes findings a case of their own, whose page follows.
func (c *console) caseSplit(w http.ResponseWriter, r *http.Request) error {
	return c.caseAct(w, r, auth.Merge, func(cs casework.Case) (string, error) {
		var list []int64
		for _, text := range r.PostForm["finding"] {
			if id, err := strconv.ParseInt(text, 10, 64); err == nil {
				list = append(list, id)
			}
		}
		fresh, err := c.Cases.Split(r.Context(), actor(r), cs.ID, list)
		return casePath(fresh) + "?did=split", err
	})
}

func (c *console) caseNote(w http.ResponseWriter, r *http.Request) error {
	return c.caseAct(w, r, auth.Decide, func(cs casework.Case) (string, error) {
		text := strings.TrimSpace(strings.ReplaceAll(r.PostForm.Get("note"), "\r\n", "\n"))
		people, err := c.colleagues(r.Context(), cs.Queue)
		if err != nil {
			return "", err
		}
		var told []string
		for _, p := range mentioned(text, people) {
			told = append(told, p.Actor)
		}
		if _, err := c.Cases.AddNote(r.Context(), actor(r), cs.ID, text, told); err != nil {
			return "", err
		}
		if len(told) > 0 {
			return "told", nil
		}
		return "noted", nil
	})
}

func (c *console) caseReopen(w http.ResponseWriter, r *http.Request) error {
	return c.caseAct(w, r, auth.Decide, func(cs casework.Case) (string, error) {
		reason := strings.TrimSpace(r.PostForm.Get("reason"))
		if reason == "" {
			return "", &jaga.Error{Code: jaga.CodeInvalid, Field: "reason", Msg: "reopen: there is no reason"}
		}
		if err := c.Cases.Reopen(r.Context(), actor(r), cs.ID, r.PostForm.Get("why"), reason); err != nil {
			return "", err
		}
		return "reopened", nil
	})
}

func (c *console) caseFollowUp(w http.ResponseWriter, r *http.Request) error {
	return c.caseAct(w, r, auth.Decide, func(cs casework.Case) (string, error) {
		return "follow_up", c.Cases.FollowUp(r.Context(), actor(r), cs.ID)
	})
}
