package casework

import (
	"context"
	"time"

	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// readAgain is for how long what somebody reads of a case is one reading: a page
// that is loaded again and again would hide in the custody log what was done.
const readAgain = time.Hour

// Read records that somebody opened a case, once an hour for each person and
// program.
func (s *Service) Read(ctx context.Context, actor string, id int64) error {
	return s.reading(ctx, actor, id, "case.read", func(*store.Tx) error { return nil })
}

// reading records that somebody reads a part of a case, unless they did within
// the hour, and then runs fn. What cannot be recorded is not read.
func (s *Service) reading(ctx context.Context, actor string, id int64, action string, fn func(*store.Tx) error) error {
	known := false
	err := s.db.View(ctx, func(tx *store.Tx) error {
		if _, err := peek(tx, id); err != nil {
			return err
		}
		at, err := store.All[int64](tx, `SELECT at FROM case_reads WHERE actor = $1 AND case_id = $2 AND action = $3`, actor, id, action)
		known = len(at) > 0 && at[0] > tx.Now()-readAgain.Microseconds()
		return err
	})
	if err != nil {
		return err
	}
	if !known {
		err := s.db.Update(ctx, custody.Event{Actor: actor, Action: action, Subject: Subject(id)}, func(tx *store.Tx) error {
			if _, err := tx.Exec(`DELETE FROM case_reads WHERE actor = $1 AND at <= $2`, actor, tx.Now()-readAgain.Microseconds()); err != nil {
				return err
			}
			_, err := tx.Exec(`INSERT INTO case_reads (actor, case_id, action, at) VALUES ($1, $2, $3, $4) ON CONFLICT (actor, case_id, action) DO NOTHING`, actor, id, action, tx.Now())
			return err
		})
		if err != nil {
			return err
		}
	}
	return s.db.View(ctx, fn)
}
