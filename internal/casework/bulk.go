package casework

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// MostBulk is how many cases one bulk operation takes.
const MostBulk = 1000

// BulkOp is what is done to many cases at once; exactly one part is set, beside
// May.
type BulkOp struct {
	Move   string    // to this queue
	Assign *string   // to this person, or with "" to nobody
	Hold   *BulkHold // on hold
	Decide *Decision // the same decision on all
	// May is asked of each case, in the transaction, whether the person may do
	// this to it; nil allows all. A case is left alone when the error is denied,
	// conflict or not_found. It must not use the database.
	May func(Case) error
}

// BulkHold is a hold of many cases.
type BulkHold struct {
	Reason string
	Until  time.Time
}

func (o BulkOp) what() (string, error) {
	var set []string
	if o.Move != "" {
		set = append(set, "move")
	}
	if o.Assign != nil {
		set = append(set, "assign")
	}
	if o.Hold != nil {
		set = append(set, "hold")
	}
	if o.Decide != nil {
		set = append(set, "decide")
	}
	if len(set) != 1 {
		return "", &jaga.Error{Code: jaga.CodeInvalid, Field: "op", Msg: "a bulk operation does one thing"}
	}
	return set[0], nil
}

// Bulked says what a bulk operation touched.
type Bulked struct {
	ID        int64
	What      string
	Actor     string
	At        int64 // microseconds
	UndoUntil int64 // microseconds
	Undone    bool
	Cases     []int64
	// Refused names the cases that it left alone, with the reason. It is told
	// once, and not stored.
	Refused map[int64]error
}

// before is what undoing puts back.
type before struct {
	Queue    string `json:"queue"`
	Assignee string `json:"assignee"`
}

// Bulk does the same to many cases in one transaction. Cases that somebody has,
// or to which it cannot be done, are left alone and named. It can be undone as
// a whole for the time of a decision.
func (s *Service) Bulk(ctx context.Context, actor string, ids []int64, op BulkOp) (out Bulked, err error) {
	what, err := op.what()
	if err != nil {
		return out, err
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	if len(ids) == 0 || len(ids) > MostBulk {
		return out, &jaga.Error{Code: jaga.CodeInvalid, Field: "cases", Msg: fmt.Sprintf("a bulk operation takes between 1 and %d cases", MostBulk)}
	}
	if err := op.check(actor); err != nil {
		return out, err
	}
	err = s.db.Update(ctx, custody.Event{Actor: actor, Action: "case.bulk", Subject: "bulk", Detail: map[string]string{"what": what, "cases": fmt.Sprint(len(ids))}}, func(tx *store.Tx) error {
		out = Bulked{What: what, Actor: actor, At: tx.Now(), UndoUntil: tx.Now() + s.opt.Undo.Microseconds(), Refused: map[int64]error{}}
		var err error
		if out.ID, err = store.One[int64](tx, `INSERT INTO case_bulks (at, actor, what, undo_until) VALUES ($1, $2, $3, $4) RETURNING id`, out.At, actor, what, out.UndoUntil); err != nil {
			return err
		}
		for _, id := range ids {
			decision, seq, was, err := s.one(tx, actor, id, op, out.ID)
			if refusal(err) {
				out.Refused[id] = err
				continue
			}
			if err != nil {
				return err
			}
			text, err := json.Marshal(was)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(`INSERT INTO case_bulk_items (bulk_id, case_id, decision_id, before, after_seq) VALUES ($1, $2, $3, $4, $5)`, out.ID, id, decision, string(text), seq); err != nil {
				return err
			}
			out.Cases = append(out.Cases, id)
		}
		return nil
	})
	return out, err
}

func (o BulkOp) check(actor string) error {
	if err := checkActor(actor); err != nil {
		return err
	}
	switch {
	case o.Move != "":
		return CheckQueue(o.Move)
	case o.Assign != nil && *o.Assign != "":
		return checkActor(*o.Assign)
	case o.Hold != nil && o.Hold.Reason == "":
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "reason", Msg: "hold cases: say why"}
	case o.Hold != nil:
		return checkText("reason", o.Hold.Reason, MaxText)
	case o.Decide != nil:
		return o.Decide.check()
	}
	return nil
}

// refusal reports whether an error is the answer of one case and not a fault.
// Such answers come before anything of the case is written.
func refusal(err error) bool {
	c := jaga.CodeOf(err)
	return c == jaga.CodeConflict || c == jaga.CodeDenied || c == jaga.CodeNotFound
}

// one does a bulk operation to one case.
func (s *Service) one(tx *store.Tx, actor string, id int64, op BulkOp, bulk int64) (decision, seq int64, was before, err error) {
	r, err := load(tx, id)
	if err != nil {
		return 0, 0, was, err
	}
	was = before{r.Queue, r.Assignee}
	if op.May != nil {
		if err := op.May(r.view(tx.Now())); err != nil {
			return 0, 0, was, err
		}
	}
	if err := r.free(tx, actor); err != nil {
		return 0, 0, was, err
	}
	switch {
	case op.Move != "":
		err = s.change(tx, &r, actor, Moved, Data{Queue: op.Move, Bulk: bulk}, "")
	case op.Assign != nil:
		err = s.give(tx, &r, actor, Assigned, Data{To: *op.Assign, Bulk: bulk}, "")
	case op.Hold != nil:
		if op.Hold.Until.UnixMicro() <= tx.Now() {
			return 0, 0, was, &jaga.Error{Code: jaga.CodeConflict, Field: "until", Msg: "hold case: the time is over"}
		}
		if r.Held != 0 {
			return 0, 0, was, &jaga.Error{Code: jaga.CodeConflict, Field: "case", Msg: "hold case: it is held already"}
		}
		err = s.change(tx, &r, actor, Held, Data{Until: op.Hold.Until.UnixMicro(), Bulk: bulk}, op.Hold.Reason)
	case op.Decide != nil:
		if !r.status().Workable() {
			return 0, 0, was, &jaga.Error{Code: jaga.CodeConflict, Field: "case", Msg: "decide: the case is " + r.status().standing()}
		}
		if r.Assignee != "" && r.Assignee != actor {
			return 0, 0, was, &jaga.Error{Code: jaga.CodeConflict, Field: "assignee", Msg: "decide: the case is assigned to somebody else"}
		}
		var d Decided
		d, err = s.decide(tx, &r, actor, *op.Decide, bulk)
		decision = d.ID
	}
	return decision, r.Events, was, err
}

// UndoBulk takes a bulk operation back within its time: each case that nothing
// else has happened to since. The others are named.
func (s *Service) UndoBulk(ctx context.Context, actor string, bulk int64) (out Bulked, err error) {
	err = s.db.Update(ctx, custody.Event{Actor: actor, Action: "case.undo_bulk", Subject: fmt.Sprintf("bulk:%d", bulk)}, func(tx *store.Tx) error {
		b, items, err := readBulk(tx, bulk)
		if err != nil {
			return err
		}
		switch {
		case b.Actor != actor:
			return &jaga.Error{Code: jaga.CodeDenied, Field: "bulk", Msg: "undo: only whoever did it can take it back"}
		case b.Undone:
			return &jaga.Error{Code: jaga.CodeConflict, Field: "bulk", Msg: "undo: it is undone already"}
		case tx.Now() >= b.UndoUntil:
			return &jaga.Error{Code: jaga.CodeConflict, Field: "bulk", Msg: "undo: the time to take it back is over"}
		}
		out, out.Cases, out.Refused, out.Undone = b, nil, map[int64]error{}, true
		if _, err := tx.Exec(`UPDATE case_bulks SET undone_at = $1 WHERE id = $2`, max(tx.Now(), 1), bulk); err != nil {
			return err
		}
		for _, it := range items {
			err := s.undoOne(tx, actor, b.What, it, bulk)
			if refusal(err) {
				out.Refused[it.Case] = err
				continue
			}
			if err != nil {
				return err
			}
			out.Cases = append(out.Cases, it.Case)
		}
		return nil
	})
	return out, err
}

func (s *Service) undoOne(tx *store.Tx, actor, what string, it bulkItem, bulk int64) error {
	r, err := load(tx, it.Case)
	if err != nil {
		return err
	}
	if what == "decide" {
		return s.undo(tx, &r, actor, it.Decision, bulk)
	}
	if r.Events != it.After {
		return &jaga.Error{Code: jaga.CodeConflict, Field: "case", Msg: "undo: something else has happened to the case since"}
	}
	var was before
	if err := json.Unmarshal([]byte(it.Before), &was); err != nil {
		return fmt.Errorf("stored bulk operation %d: %w", bulk, err)
	}
	switch what {
	case "move":
		return s.change(tx, &r, actor, Moved, Data{Queue: was.Queue, Bulk: bulk}, "")
	case "assign":
		return s.give(tx, &r, actor, Assigned, Data{To: was.Assignee, Bulk: bulk}, "")
	}
	return s.change(tx, &r, actor, Released, Data{Bulk: bulk}, "")
}

type bulkItem struct {
	Case, Decision int64
	Before         string
	After          int64
}

func readBulk(tx *store.Tx, id int64) (b Bulked, items []bulkItem, err error) {
	type row struct {
		ID, At      int64
		Actor, What string
		Until       int64
		Undone      int64
	}
	rows, err := store.All[row](tx, `SELECT id, at, actor, what, undo_until, undone_at FROM case_bulks WHERE id = $1`, id)
	if err == nil && len(rows) == 0 {
		err = &jaga.Error{Code: jaga.CodeNotFound, Field: "bulk", Msg: "there is no such bulk operation"}
	}
	if err != nil {
		return b, nil, err
	}
	r := rows[0]
	b = Bulked{ID: r.ID, What: r.What, Actor: r.Actor, At: r.At, UndoUntil: r.Until, Undone: r.Undone > 0}
	items, err = store.All[bulkItem](tx, `SELECT case_id, decision_id, before, after_seq FROM case_bulk_items WHERE bulk_id = $1 ORDER BY case_id`, id)
	for _, it := range items {
		b.Cases = append(b.Cases, it.Case)
	}
	return b, items, err
}

// GetBulk tells what a bulk operation touched.
func (s *Service) GetBulk(ctx context.Context, id int64) (b Bulked, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		b, _, err = readBulk(tx, id)
		return err
	})
	return b, err
}
