package casework

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// Outgoing is one action of a decision whose time to be undone is over.
type Outgoing struct {
	ID, Case, Decision int64
	Action             string
	DueAt              int64 // microseconds
}

// TakeDue hands over what may go out now, oldest first, at most limit at a
// time, and returns how many. Each is handed over once, in one transaction with
// fn, which enqueues a job or starts a report and must not do the work itself;
// an error of fn leaves it waiting. Cases on hold wait.
func (s *Service) TakeDue(ctx context.Context, limit int, fn func(*store.Tx, Outgoing) error) (n int, err error) {
	var due []Outgoing
	if err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		due, err = store.All[Outgoing](tx, dueQuery+` ORDER BY o.due_at, o.id LIMIT $2`, tx.Now(), int64(limit))
		return err
	}); err != nil {
		return 0, err
	}
	for _, o := range due {
		taken := false
		err := s.db.Bulk(ctx, func(tx *store.Tx) error {
			if err := tx.Lock(); err != nil {
				return err
			}
			still, err := store.All[Outgoing](tx, dueQuery+` AND o.id = $2`, tx.Now(), o.ID)
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
			return fn(tx, o)
		})
		if err == nil && taken {
			n++
		}
		if err != nil {
			return n, fmt.Errorf("hand over action %d: %w", o.ID, err)
		}
	}
	return n, nil
}

const dueQuery = `SELECT o.id, o.case_id, o.decision_id, o.action, o.due_at FROM case_outbox o JOIN cases c ON c.id = o.case_id
	WHERE o.state = 'waiting' AND o.due_at <= $1 AND c.held = 0`

// Action is an action of a case with where it stands.
type Action struct {
	ID, Decision int64
	Name         string
	DueAt        int64
	State        string // waiting, handed, cancelled
	HandedAt     int64
}

// Actions lists what decisions on a case asked for, oldest first.
func (s *Service) Actions(ctx context.Context, id int64) (out []Action, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		out, err = store.All[Action](tx, `SELECT id, decision_id, action, due_at, state, handed_at FROM case_outbox WHERE case_id = $1 ORDER BY id`, id)
		return err
	})
	return out, err
}
