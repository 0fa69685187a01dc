package evidence

import "github.com/jaga-project/jaga/internal/store"

// MustKeep reports whether anything of a case must be kept: a hold covers it or one
// of its files, or a time for which the law has one of its files kept runs. A clock
// that waits for a report has no end, and says nothing of what was never reported.
func (s *Service) MustKeep(tx *store.Tx, caseID int64) (bool, error) {
	const of = `(x.evidence_id = '' AND x.case_id = $1 OR x.evidence_id IN (SELECT id FROM evidence WHERE case_id = $1 AND state = 'kept'))`
	n, err := store.One[int64](tx, `SELECT COUNT(*) FROM (SELECT x.id FROM evidence_holds x WHERE `+of+` AND x.released_at = 0 AND (x.until = 0 OR x.until > $2) LIMIT 1) AS one`, caseID, tx.Now())
	if err != nil || n > 0 {
		return n > 0, err
	}
	n, err = store.One[int64](tx, `SELECT COUNT(*) FROM (SELECT x.id FROM evidence_clocks x WHERE `+of+` AND x.until > $2 AND x.until < $3 LIMIT 1) AS one`, caseID, tx.Now(), noEnd)
	return n > 0, err
}
