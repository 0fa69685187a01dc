package console

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/taxonomy"
)

// bulkNeeds says what a person must be able to do in the queue of a case to do
// one of the bulk acts to it.
func bulkNeeds() map[string]auth.Capability {
	return map[string]auth.Capability{"move": auth.Assign, "assign": auth.Assign, "hold": auth.Hold, "decide": auth.Decide}
}

// bulkOutcomes are the outcomes that many cases can be given alike. To confirm
// one, a person records what they observed in it, so that is done one at a time.
func bulkOutcomes() []casework.Outcome {
	return []casework.Outcome{casework.NotConfirmed, casework.Undetermined}
}

// bulkPage shows what a bulk act will touch before it happens, and after it
// what was touched and what was left alone.
type bulkPage struct {
	page
	Act     string // move, assign, hold, decide
	Rows    []bulkRow
	Refused []bulkRow // left alone, with the reason
	// Of the form:
	Queues, Outcomes    []string
	People              []bulkPerson
	Queue, To, Reason   string
	Until, Earliest     string // of the day
	Outcome, Note, Zone string
	// After it happened:
	Done     bool
	Bulk     casework.Bulked
	Open     bool // it can still be undone, by the reader
	Undoing  bool // this is the answer to undoing
	Back     string
	Unlisted bool // what was refused is not known any more
}

type bulkRow struct {
	workRow
	ID    int64
	Known bool   // there is a row to show
	Cause string // why it is left alone
}

type bulkPerson struct{ Actor, Name string }

// bulkForm is what the forms of a bulk act send.
type bulkForm struct {
	act, queue, to, reason, until, outcome, note, back string
	ids                                                []int64
}

func readBulkForm(w http.ResponseWriter, r *http.Request) (f bulkForm, err error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return f, jaga.Errorf(jaga.CodeInvalid, "the form is too large")
	}
	text := func(name string) string { return strings.TrimSpace(r.PostFormValue(name)) }
	f = bulkForm{act: text("act"), queue: text("queue"), to: text("to"), reason: text("reason"), until: text("until"), outcome: text("outcome"), note: text("note"), back: text("back")}
	if bulkNeeds()[f.act] == "" {
		return f, jaga.Errorf(jaga.CodeInvalid, "there is no such act")
	}
	if !strings.HasPrefix(f.back, "/cases?") || safeNext(f.back) != f.back {
		f.back = "/cases"
	}
	for _, v := range r.PostForm["case"] {
		id, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return f, jaga.Errorf(jaga.CodeInvalid, "a case has a number")
		}
		f.ids = append(f.ids, id)
	}
	slices.Sort(f.ids)
	f.ids = slices.Compact(f.ids)
	if len(f.ids) > casework.MostBulk {
		return f, jaga.Errorf(jaga.CodeInvalid, "there are too many cases")
	}
	return f, nil
}

// bulk shows what an act will touch, or does it when the form says so.
func (c *console) bulk(w http.ResponseWriter, r *http.Request) error {
	f, err := readBulkForm(w, r)
	if err != nil {
		return err
	}
	who, _ := auth.From(r.Context())
	if _, err := queuesFor(who, bulkNeeds()[f.act]); err != nil {
		return err
	}
	if len(f.ids) == 0 {
		return seeOther(w, r, f.back+mark(f.back)+"done=none")
	}
	if r.PostFormValue("step") != "do" {
		return c.bulkAsk(w, r, http.StatusOK, f, nil)
	}
	people, err := c.Auth.People(r.Context())
	if err != nil {
		return err
	}
	op, wrong := c.bulkOp(who, f, people)
	if wrong != nil {
		return c.bulkAsk(w, r, http.StatusUnprocessableEntity, f, wrong)
	}
	done, err := c.Cases.Bulk(r.Context(), who.Actor, f.ids, op)
	if err != nil && mendable(err) {
		return c.bulkAsk(w, r, http.StatusUnprocessableEntity, f, err)
	}
	if err != nil {
		return err
	}
	return c.bulkTell(w, r, done, f.back, false)
}

func mark(address string) string {
	if strings.Contains(address, "?") {
		return "&"
	}
	return "?"
}

// bulkOp is the act that a form asks for; the error names the field at fault.
func (c *console) bulkOp(who auth.Who, f bulkForm, people []auth.Person) (op casework.BulkOp, err error) {
	bad := func(field string) error {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "bulk_" + field, Msg: "bulk act: " + field + " is missing or cannot be used"}
	}
	target := auth.Who{}
	switch f.act {
	case "move":
		if casework.CheckQueue(f.queue) != nil || !who.Can(auth.Assign, f.queue) {
			return op, bad("queue")
		}
		op.Move = f.queue
	case "assign":
		if f.to != "" {
			i := slices.IndexFunc(people, func(p auth.Person) bool { return personActor(p) == f.to && p.DisabledAt == 0 })
			if i < 0 {
				return op, bad("to")
			}
			target = auth.Who{Actor: f.to, Person: true, Grants: people[i].Grants}
		}
		op.Assign = &f.to
	case "hold":
		day, err := time.ParseInLocation(time.DateOnly, f.until, c.zone)
		if err != nil || !day.AddDate(0, 0, 1).After(c.now()) {
			return op, bad("until")
		}
		if f.reason == "" || len(f.reason) > casework.MaxText {
			return op, bad("reason")
		}
		op.Hold = &casework.BulkHold{Reason: f.reason, Until: day.AddDate(0, 0, 1)} // to the end of the day
	case "decide":
		if !slices.Contains(bulkOutcomes(), casework.Outcome(f.outcome)) {
			return op, bad("outcome")
		}
		op.Decide = &casework.Decision{Outcome: casework.Outcome(f.outcome), Facts: taxonomy.Unknown("own_review"), Note: f.note}
	}
	op.May = bulkMay(who, f.act, target)
	return op, nil
}

// bulkMay says whether a person may do an act to a case. A case in a queue that
// they may not read is not there for them.
func bulkMay(who auth.Who, act string, target auth.Who) func(casework.Case) error {
	need := bulkNeeds()[act]
	return func(cs casework.Case) error {
		switch {
		case !who.Can(auth.ReadCases, cs.Queue):
			return &jaga.Error{Code: jaga.CodeNotFound, Field: "case", Msg: "there is no such case"}
		case !who.Can(need, cs.Queue):
			return &jaga.Error{Code: jaga.CodeDenied, Field: "rights", Msg: "your roles do not include it in this queue"}
		case act == "assign" && target.Actor != "" && !target.Can(auth.Decide, cs.Queue):
			return &jaga.Error{Code: jaga.CodeDenied, Field: "person", Msg: "this person decides no cases of the queue"}
		case act == "decide" && cs.Risk == casework.RiskImminent:
			return &jaga.Error{Code: jaga.CodeConflict, Field: "imminent", Msg: "where a child may be in danger now a case is decided by itself"}
		case act == "decide" && cs.State == casework.StateSecondReview:
			return &jaga.Error{Code: jaga.CodeConflict, Field: "second", Msg: "a second review is done one case at a time"}
		}
		return nil
	}
}

// bulkAsk shows what an act will touch, and asks for what it needs.
func (c *console) bulkAsk(w http.ResponseWriter, r *http.Request, status int, f bulkForm, wrong error) error {
	ctx, s := r.Context(), c.say(r)
	who, _ := auth.From(ctx)
	v := &bulkPage{page: c.page(r, "cases", s.t("bulk_title."+f.act)), Act: f.act, Queue: f.queue, To: f.to, Reason: f.reason, Until: f.until, Outcome: f.outcome, Note: f.note, Back: f.back,
		Earliest: c.now().In(c.zone).Format(time.DateOnly), Zone: c.now().In(c.zone).Format("MST")}
	v.Path = f.back
	if wrong != nil {
		v.Problem = c.problem(s, wrong)
	}
	if v.Until == "" {
		v.Until = c.now().In(c.zone).AddDate(0, 0, 7).Format(time.DateOnly)
	}
	var err error
	if v.Rows, err = c.bulkRows(ctx, s, who, f.ids); err != nil {
		return err
	}
	may := bulkMay(who, f.act, auth.Who{})
	v.Rows = slices.DeleteFunc(v.Rows, func(row bulkRow) bool {
		cause := notThere
		if row.Known {
			cause = c.foreseen(f.act, who, row.Case, may(row.Case))
		}
		if cause != "" {
			row.Cause = cause
			v.Refused = append(v.Refused, row)
		}
		return cause != ""
	})
	switch f.act {
	case "move":
		queues, err := queuesFor(who, auth.Assign)
		if err != nil {
			return err
		}
		if v.Queues, err = c.queueNames(r, queues); err != nil {
			return err
		}
	case "assign":
		people, err := c.Auth.People(ctx)
		if err != nil {
			return err
		}
		for _, p := range people {
			them := auth.Who{Person: true, Grants: p.Grants}
			if p.DisabledAt == 0 && slices.ContainsFunc(v.Rows, func(row bulkRow) bool { return them.Can(auth.Decide, row.Queue) }) {
				v.People = append(v.People, bulkPerson{personActor(p), p.Name})
			}
		}
	case "decide":
		for _, o := range bulkOutcomes() {
			v.Outcomes = append(v.Outcomes, string(o))
		}
	}
	return c.render(w, r, status, "cases_bulk", v)
}

// notThere is the cause of cases that the reader cannot see.
const notThere = "gone"

// foreseen says why an act will leave a case alone, as far as one can tell
// before; the service asks again when it happens.
func (c *console) foreseen(act string, who auth.Who, cs casework.Case, refused error) string {
	switch {
	case refused != nil:
		return refusedCause(refused)
	case cs.LeasedBy != "" && cs.LeasedBy != who.Actor:
		return "lease"
	case cs.MergedInto > 0, act == "hold" && cs.Held, act == "decide" && !cs.Workable():
		return "state"
	case act == "decide" && cs.Assignee != "" && cs.Assignee != who.Actor:
		return "assignee"
	}
	return ""
}

// refusedCause is the word for why a case was left alone.
func refusedCause(err error) string {
	var e *jaga.Error
	if !errors.As(err, &e) {
		return "state"
	}
	switch {
	case e.Code == jaga.CodeNotFound:
		return notThere
	case slices.Contains(refusedCauses(), e.Field):
		return e.Field
	}
	return "state"
}

// refusedCauses are the words for why a case was left alone.
func refusedCauses() []string {
	return []string{"lease", "rights", "person", "second", "imminent", "looked", "assignee", "to", "decision", "state", notThere}
}

// bulkRows returns the cases of numbers. Of those that the reader may not see
// there is the number alone, which they sent themselves.
func (c *console) bulkRows(ctx context.Context, s *speaker, who auth.Who, ids []int64) (out []bulkRow, err error) {
	var list []casework.Case
	for _, id := range ids {
		cs, _, err := c.Cases.Get(ctx, id)
		if jaga.CodeOf(err) == jaga.CodeNotFound || err == nil && !who.Can(auth.ReadCases, cs.Queue) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, cs)
	}
	rows, err := c.workRows(ctx, s, who, list)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		row := bulkRow{ID: id}
		if len(rows) > 0 && rows[0].Case.ID == id {
			row.workRow, row.Known, rows = rows[0], true, rows[1:]
		}
		out = append(out, row)
	}
	return out, nil
}

// bulkTell shows what an act touched and what it left alone. The reasons are
// told here alone: they are not kept.
func (c *console) bulkTell(w http.ResponseWriter, r *http.Request, b casework.Bulked, back string, undoing bool) error {
	ctx, s := r.Context(), c.say(r)
	who, _ := auth.From(ctx)
	v := &bulkPage{page: c.page(r, "cases", s.t("bulk_title."+b.What)), Act: b.What, Done: true, Bulk: b, Back: back, Undoing: undoing,
		Open: !b.Undone && b.Actor == who.Actor && c.now().UnixMicro() < b.UndoUntil, Unlisted: b.Refused == nil}
	v.Path = bulkPath(b.ID)
	switch {
	case undoing:
		v.Notice = &notice{len(b.Cases) > 0, s.t("bulk.undone", "N", len(b.Cases))}
	case b.Refused != nil:
		v.Notice = &notice{len(b.Cases) > 0, s.t("bulk_done."+b.What, "N", len(b.Cases))}
	}
	var err error
	if v.Rows, err = c.bulkRows(ctx, s, who, b.Cases); err != nil {
		return err
	}
	ids := sortedIDs(b.Refused)
	if v.Refused, err = c.bulkRows(ctx, s, who, ids); err != nil {
		return err
	}
	for i := range v.Refused {
		v.Refused[i].Cause = refusedCause(b.Refused[v.Refused[i].ID])
	}
	return c.render(w, r, http.StatusOK, "cases_bulk", v)
}

func sortedIDs(m map[int64]error) (ids []int64) {
	for id := range m {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func bulkPath(id int64) string { return "/bulk/" + strconv.FormatInt(id, 10) }

// ownBulk returns a bulk act of the reader. Those of others are not there.
func (c *console) ownBulk(r *http.Request) (b casework.Bulked, err error) {
	id, bad := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if bad == nil {
		b, err = c.Cases.GetBulk(r.Context(), id)
	}
	if err == nil && (bad != nil || b.Actor != actor(r)) {
		return b, jaga.Errorf(jaga.CodeNotFound, "there is no such act")
	}
	return b, err
}

func (c *console) bulkShow(w http.ResponseWriter, r *http.Request) error {
	b, err := c.ownBulk(r)
	if err != nil {
		return err
	}
	return c.bulkTell(w, r, b, "/cases", false)
}

func (c *console) bulkUndo(w http.ResponseWriter, r *http.Request) error {
	b, err := c.ownBulk(r)
	if err != nil {
		return err
	}
	undone, err := c.Cases.UndoBulk(r.Context(), actor(r), b.ID)
	if jaga.CodeOf(err) == jaga.CodeConflict {
		return seeOther(w, r, bulkPath(b.ID)) // which says that the time is over, or that it is undone
	}
	if err != nil {
		return err
	}
	return c.bulkTell(w, r, undone, "/cases", true)
}
