package evidence

import (
	"time"

	"github.com/jaga-project/jaga/internal/store"
)

// noEnd is the end of a clock that waits for its event, in microseconds: the first
// moment of the year 9999, which no program mistakes for a time that is over.
var noEnd = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

func (c Clock) until() int64 {
	if c.Until.IsZero() {
		return noEnd
	}
	return c.Until.UnixMicro()
}

// Waits reports whether the clock waits for the event that starts it.
func (c Clock) Waits() bool { return c.until() >= noEnd }

// Waits reports whether the longest clock waits for the event that starts it, so
// that the file has no end yet.
func (k Standing) Waits() bool { return k.Until >= noEnd }

// BeginClocks starts clocks of a case's files at the event that they waited for,
// such as a report: those of their profile that wait get their end, and the whole
// case is covered from then on. What was begun before is not shortened. A case
// without files has no clocks.
func (s *Service) BeginClocks(tx *store.Tx, actor string, caseID int64, clocks []Clock) error {
	n, err := store.One[int64](tx, `SELECT COUNT(*) FROM (SELECT id FROM evidence WHERE case_id = $1 AND state = 'kept' LIMIT 1) AS one`, caseID)
	if err != nil || n == 0 {
		return err
	}
	if err := s.AddClocks(tx, actor, Scope{Case: caseID}, clocks); err != nil {
		return err
	}
	for _, c := range clocks {
		if _, err := tx.Exec(`UPDATE evidence_clocks SET started_at = $1, until = $2 WHERE until >= $3 AND profile = $4 AND what = $5
			AND (case_id = $6 OR evidence_id IN (SELECT id FROM evidence WHERE case_id = $6))`,
			c.Start.UnixMicro(), c.until(), noEnd, c.Profile, c.What, caseID); err != nil {
			return err
		}
	}
	return nil
}
