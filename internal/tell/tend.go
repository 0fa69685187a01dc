package tell

import (
	"context"
	"strconv"
	"time"

	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// surely is how long a conversation must have been too old before it is removed:
// a clock that is wrong for less than this removes nothing.
const surely = 24 * time.Hour

// Tend removes what is no longer kept and records how many messages came in, in
// one custody record without times of any. It is meant to run once an hour, and
// may run at any time. removed is how many conversations it removed.
//
// A conversation is first seen to be too old a day before its time is up, and
// removed when it is still so a day later.
func (s *Service) Tend(ctx context.Context) (removed int, err error) {
	now := s.now()
	err = s.db.Bulk(ctx, func(tx *store.Tx) error {
		removed = 0
		limit := now.Add(-s.kept() + surely).UnixMicro()
		if s.kept() < 2*surely { // nothing is set; what is there is kept
			limit = 0
		}
		if _, err := tx.Exec(`UPDATE tell_threads SET old_at = 0 WHERE old_at > 0 AND (changed_at >= $1 OR old_at > $2)`, limit, now.UnixMicro()); err != nil {
			return err
		}
		old, err := store.All[struct{ ID, Case int64 }](tx, `SELECT id, case_id FROM tell_threads WHERE old_at > 0 AND old_at <= $1`, now.Add(-surely).UnixMicro())
		if err != nil {
			return err
		}
		for _, o := range old {
			if o.Case > 0 && s.opt.Held != nil {
				held, err := s.opt.Held(tx, o.Case)
				if err != nil {
					return err
				}
				if held {
					continue
				}
			}
			if err := remove(tx, o.ID); err != nil {
				return err
			}
			removed++
		}
		if removed > 0 {
			if err := tally(tx, "removed", int64(removed)); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(`UPDATE tell_threads SET old_at = $1 WHERE old_at = 0 AND changed_at < $2`, now.UnixMicro(), limit); err != nil {
			return err
		}
		return record(tx)
	})
	return removed, err
}

// record writes the tally to the custody log and begins a new one.
func record(tx *store.Tx) error {
	rows, err := store.All[struct {
		What string
		N    int64
	}](tx, `SELECT what, n FROM tell_tally WHERE n > 0`)
	if err != nil || len(rows) == 0 {
		return err
	}
	detail := map[string]string{}
	for _, r := range rows {
		detail[r.What] = strconv.FormatInt(r.N, 10)
	}
	if _, err := tx.Exec(`DELETE FROM tell_tally`); err != nil {
		return err
	}
	return tx.Record(custody.Event{Actor: "system", Action: "tell.tally", Subject: "tell", Detail: detail})
}
