package casework

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// Outgoing is one action of a decision whose time to be undone is over.
type Outgoing struct {
	ID, Case, Decision int64
	Action             string
	DueAt              int64  // microseconds
	Actor              string // who decided
	Outcome            string
	At                 int64    // when that was, in microseconds
	Asked              []string // all that they asked for
}

// outRow is a row of dueQuery.
type outRow struct {
	ID, Case, Decision int64
	Action             string
	DueAt              int64
	Actor, Outcome     string
	At                 int64
	Asked              string
}

func (r outRow) outgoing() (Outgoing, error) {
	o := Outgoing{ID: r.ID, Case: r.Case, Decision: r.Decision, Action: r.Action, DueAt: r.DueAt, Actor: r.Actor, Outcome: r.Outcome, At: r.At}
	if err := json.Unmarshal([]byte(r.Asked), &o.Asked); err != nil {
		return o, fmt.Errorf("stored decision %d: %w", r.Decision, err)
	}
	return o, nil
}

// TakeDue hands over what may go out now, oldest first, at most limit at a
// time, and returns how many. Each is handed over once, in one transaction with
// fn, which enqueues a job or starts a report and must not do the work itself;
// an error of fn leaves it waiting, and holds none of the others up. Cases on
// hold wait. Where names are given, only actions of these names are taken.
func (s *Service) TakeDue(ctx context.Context, limit int, fn func(*store.Tx, Outgoing) error, names ...string) (n int, err error) {
	var due []outRow
	if err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		args, among := []any{tx.Now(), int64(limit)}, ""
		marks := make([]string, len(names))
		for i, name := range names {
			args = append(args, name)
			marks[i] = "$" + strconv.Itoa(len(args))
		}
		if len(names) > 0 {
			among = ` AND o.action IN (` + strings.Join(marks, ", ") + `)`
		}
		due, err = store.All[outRow](tx, dueQuery+among+` ORDER BY o.due_at, o.id LIMIT $2`, args...)
		return err
	}); err != nil {
		return 0, err
	}
	var faults []error
	for _, o := range due {
		taken := false
		err := s.db.Bulk(ctx, func(tx *store.Tx) error {
			if err := tx.Lock(); err != nil {
				return err
			}
			still, err := store.All[outRow](tx, dueQuery+` AND o.id = $2`, tx.Now(), o.ID)
			if err != nil || len(still) == 0 {
				return err // undone, held or handed over meanwhile
			}
			if _, err := tx.Exec(`UPDATE case_outbox SET state = 'handed', handed_at = $1 WHERE id = $2`, tx.Now(), o.ID); err != nil {
				return err
			}
			if err := tx.Record(custody.Event{Actor: "system", Action: "case.action", Subject: Subject(o.Case),
				Detail: map[string]string{"action": o.Action, "decision": strconv.FormatInt(o.Decision, 10)}}); err != nil {
				return err
			}
			taken = true
			out, err := o.outgoing()
			if err != nil {
				return err
			}
			return fn(tx, out)
		})
		if err == nil && taken {
			n++
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("hand over action %d: %w", o.ID, err))
		}
	}
	return n, errors.Join(faults...)
}

const dueQuery = `SELECT o.id, o.case_id, o.decision_id, o.action, o.due_at, d.actor, d.outcome, d.at, d.actions FROM case_outbox o JOIN cases c ON c.id = o.case_id JOIN case_decisions d ON d.id = o.decision_id
	WHERE o.state = 'waiting' AND o.due_at <= $1 AND c.held = 0`

// Action is an action of a case with where it stands.
type Action struct {
	ID, Decision int64
	Name         string
	DueAt        int64
	State        string // waiting, handed, cancelled
	HandedAt     int64
	// Follows is set on what a decision brings with it, which nobody asked for.
	Follows int64
}

// Actions lists what decisions on a case asked for, oldest first.
func (s *Service) Actions(ctx context.Context, id int64) (out []Action, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		out, err = store.All[Action](tx, `SELECT id, decision_id, action, due_at, state, handed_at, follows FROM case_outbox WHERE case_id = $1 ORDER BY id`, id)
		return err
	})
	return out, err
}
