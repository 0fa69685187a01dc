package console

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/store"
)

// holdRow is a hold as a page shows it. Its words are for those who set holds.
type holdRow struct {
	evidence.Hold
	In     caseName
	On     bool // it keeps now
	Soon   bool // it ends within a week, or what its letter asks for does
	Past   bool // the time that its letter asks for is over
	Words  bool // the reader may read reason, authority and letter
	May    bool // the reader may renew and release it
	Who    string
	EndWho string
}

func (c *console) holdRow(q *queues, names func(string) string, h evidence.Hold, caseID int64) (row holdRow, err error) {
	now := c.now().UnixMicro()
	row = holdRow{Hold: h, On: h.Active(now), Who: names(h.By), EndWho: names(h.ReleasedBy)}
	row.Past = h.Past(now)
	if end := holdEnd(h); row.On && !end.IsZero() {
		row.Soon = end.UnixMicro() < now+endsSoon
	}
	if row.In, err = q.name(caseID); err != nil {
		return row, err
	}
	row.May, err = q.may(auth.LegalHolds, caseID)
	row.Words = row.May
	return row, err
}

// holdEnd is when a hold ends, or when the time is over that its letter asks for;
// zero where neither is known.
func holdEnd(h evidence.Hold) time.Time {
	if h.Asked.IsZero() {
		return h.Until
	}
	return h.Asked
}

type holdsPage struct {
	page
	Rows  []holdRow
	Past  bool
	Later string
	Typed evidenceForm
}

// holdRows lists the holds that the reader may know of, before a number, and the
// number of the last one where there are more.
func (c *console) holdRows(r *http.Request, q *queues, past bool, before int64) (out []holdRow, next int64, err error) {
	names, err := c.names(r.Context(), c.say(r))
	if err != nil {
		return nil, 0, err
	}
	for len(out) < evidencePerPage {
		var list []evidence.Hold
		var cases []int64
		err := c.DB.View(r.Context(), func(tx *store.Tx) (err error) {
			if list, err = c.Evidence.AllHolds(tx, past, before, evidenceMost); err != nil {
				return err
			}
			for _, h := range list {
				id, err := c.caseOf(tx, h.Scope)
				if err != nil {
					return err
				}
				cases = append(cases, id)
			}
			return nil
		})
		if err != nil {
			return nil, 0, err
		}
		for i, h := range list {
			before = h.ID
			may, err := q.may(auth.ReadEvidence, cases[i])
			if err != nil {
				return nil, 0, err
			}
			if !may {
				continue
			}
			row, err := c.holdRow(q, names, h, cases[i])
			if err != nil {
				return nil, 0, err
			}
			if out = append(out, row); len(out) == evidencePerPage {
				return out, before, nil
			}
		}
		if len(list) < evidenceMost {
			break
		}
	}
	return out, 0, nil
}

func (c *console) holdsPage(w http.ResponseWriter, r *http.Request) error {
	return c.holdsView(w, r, http.StatusOK, evidenceForm{}, nil)
}

func (c *console) holdsView(w http.ResponseWriter, r *http.Request, status int, typed evidenceForm, wrong error) error {
	s, q := c.say(r), c.queues(r)
	v := &holdsPage{page: c.page(r, "evidence", s.t("evid.holds")), Typed: typed, Past: r.URL.Query().Get("show") == "past"}
	if r.Method != http.MethodGet {
		v.Path = "/evidence/holds"
	}
	v.Notice = c.evidenceNotice(r)
	if wrong != nil {
		v.Problem = c.evidenceProblem(r, wrong, "")
	}
	before, _ := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64) // nonsense begins anew
	rows, next, err := c.holdRows(r, q, v.Past, max(0, before))
	if err != nil {
		return err
	}
	if v.Rows = rows; next != 0 {
		u := url.Values{"before": {strconv.FormatInt(next, 10)}}
		if v.Past {
			u.Set("show", "past")
		}
		v.Later = "/evidence/holds?" + u.Encode()
	}
	return c.render(w, r, status, "evidence_holds", v)
}

// holdScope reads what a hold is for: a file, or a case by its number.
func holdScope(r *http.Request) (at evidence.Scope, err error) {
	if at.Evidence = trimmed(r, "evidence"); at.Evidence != "" {
		return at, nil
	}
	text := strings.TrimPrefix(trimmed(r, "evid_scope"), "#")
	if strings.Contains(text, "-") { // the number of a file
		at.Evidence = text
		return at, nil
	}
	if at.Case, err = strconv.ParseInt(text, 10, 64); err != nil || at.Case < 1 {
		return at, &jaga.Error{Code: jaga.CodeInvalid, Field: "scope", Msg: "hold: it is the number of a case or of a file"}
	}
	return at, nil
}

// holdAdd holds a file, or a case with all that are part of it.
func (c *console) holdAdd(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	form, q := typedForm(r, "hold"), c.queues(r)
	at, err := holdScope(r)
	var root int64
	if err == nil {
		root, err = c.holdable(r, q, at)
	}
	if err == nil {
		err = c.addHold(r, at, root)
	}
	from := trimmed(r, "from")
	if err != nil {
		if !evidenceTells(err) {
			return err
		}
		status := jaga.CodeOf(err).HTTPStatus()
		switch {
		case from == "case" && at.Case > 0:
			cs, cerr := c.readable(r, root, auth.ReadEvidence)
			if cerr != nil {
				return cerr
			}
			return c.evidenceCaseView(w, r, status, cs, form, err)
		case from == "file":
			return c.evidenceFileView(w, r, status, at.Evidence, form, err)
		}
		return c.holdsView(w, r, status, form, err)
	}
	switch {
	case from == "case" && at.Case > 0:
		return seeOther(w, r, caseEvidencePath(root)+"?done=held#holds")
	case from == "file":
		return seeOther(w, r, filePath(at.Evidence)+"?done=held#holds")
	}
	return seeOther(w, r, "/evidence/holds?done=held")
}

// holdable makes sure that the reader may hold it, and returns the case.
func (c *console) holdable(r *http.Request, q *queues, at evidence.Scope) (root int64, err error) {
	id := at.Case
	if at.Evidence != "" {
		it, err := c.evidenceItem(r, q, at.Evidence, auth.LegalHolds)
		if err != nil {
			return 0, scopeUnknown(err)
		}
		id = it.Case
	}
	where, err := q.of(id)
	if err != nil {
		return 0, err
	}
	if at.Case > 0 && where.root == 0 {
		return 0, scopeUnknown(noEvidence())
	}
	return where.root, scopeUnknown(q.must(auth.LegalHolds, id))
}

// scopeUnknown is told beside the field, where nothing is known under the number.
func scopeUnknown(err error) error {
	if jaga.CodeOf(err) == jaga.CodeNotFound {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "scope", Msg: "hold: there is no such case or file"}
	}
	return err
}

func (c *console) addHold(r *http.Request, at evidence.Scope, root int64) error {
	h := evidence.NewHold{Reason: trimmed(r, "evid_reason"), Authority: trimmed(r, "evid_authority"), Letter: trimmed(r, "evid_letter")}
	var err error
	if h.Until, err = c.dayField(r, "evid_until"); err != nil {
		return err
	}
	if h.From, err = c.dayField(r, "evid_from"); err != nil {
		return err
	}
	if !h.From.IsZero() {
		h.From = h.From.AddDate(0, 0, -1) // a day begins where the one before it ends
	}
	return c.oneAct(r.Context(), func(tx *store.Tx) error {
		if at.Evidence != "" {
			_, err := c.Evidence.AddHold(tx, actor(r), at, h)
			return err
		}
		// Files of a case that is part of another one still belong to it.
		ids, err := c.Cases.Members(tx, root)
		for _, id := range ids {
			if err == nil {
				_, err = c.Evidence.AddHold(tx, actor(r), evidence.Scope{Case: id}, h)
			}
		}
		return err
	})
}

// holdAct renews or releases a hold.
func (c *console) holdAct(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	id, err := numberOf(r, "id")
	if err != nil {
		return err
	}
	var h evidence.Hold
	var caseID int64
	err = c.DB.View(r.Context(), func(tx *store.Tx) (err error) {
		if h, err = c.Evidence.Hold(tx, id); err == nil {
			caseID, err = c.caseOf(tx, h.Scope)
		}
		return err
	})
	if err != nil {
		if jaga.CodeOf(err) == jaga.CodeNotFound {
			return noEvidence()
		}
		return err
	}
	if err := c.queues(r).must(auth.LegalHolds, caseID); err != nil {
		return err
	}
	done := "released"
	switch r.PostFormValue("act") {
	case "release":
		err = c.oneAct(r.Context(), func(tx *store.Tx) error { return c.Evidence.ReleaseHold(tx, actor(r), id) })
	case "renew":
		done = "renewed"
		until, derr := c.dayField(r, "until")
		switch {
		case derr != nil:
			err = &jaga.Error{Code: jaga.CodeInvalid, Field: "renewal", Msg: "renew hold: this is no day"}
		case until.IsZero() && r.PostFormValue("open") == "":
			err = &jaga.Error{Code: jaga.CodeInvalid, Field: "renewal", Msg: "renew hold: until when must be stated"}
		default:
			err = c.oneAct(r.Context(), func(tx *store.Tx) error { return c.Evidence.RenewHold(tx, actor(r), id, until) })
			if e := asError(err); e != nil && e.Field == "until" {
				err = &jaga.Error{Code: jaga.CodeInvalid, Field: "renewal", Msg: e.Msg}
			}
		}
	default:
		err = &jaga.Error{Code: jaga.CodeInvalid, Msg: "there is no such act"}
	}
	if err != nil {
		if !evidenceTells(err) {
			return err
		}
		return c.holdsView(w, r, jaga.CodeOf(err).HTTPStatus(), evidenceForm{}, err)
	}
	to := "/evidence/holds"
	switch {
	case trimmed(r, "from") == "case" && caseID > 0:
		to = caseEvidencePath(caseID)
	case trimmed(r, "from") == "file" && h.Scope.Evidence != "":
		to = filePath(h.Scope.Evidence)
	}
	return seeOther(w, r, to+"?done="+done)
}
