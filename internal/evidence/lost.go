package evidence

import (
	"fmt"
	"time"

	"github.com/jaga-project/jaga/internal/store"
)

// LostFor is how long a file that could not be kept counts as something that a
// person should look at.
const LostFor = 7 * 24 * time.Hour

// Lost is an item of a case whose file was to be kept and could not be.
type Lost struct {
	Item string
	Case int64
	At   int64 // microseconds
}

// NoteLost remembers, in the caller's transaction, that the file of an item could
// not be kept, and reports whether it is the first for an hour: the first is worth
// an alarm, the thousand that follow are the same fault.
func NoteLost(tx *store.Tx, item string, caseID int64) (first bool, err error) {
	recent, err := store.One[int64](tx, `SELECT COUNT(*) FROM evidence_lost WHERE at > $1`, tx.Now()-time.Hour.Microseconds())
	if err != nil {
		return false, fmt.Errorf("note a lost file: %w", err)
	}
	n, err := tx.Exec(`INSERT INTO evidence_lost (item, case_id, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, item, caseID, tx.Now())
	if err == nil && n > 0 {
		_, err = tx.Exec(`DELETE FROM evidence_lost WHERE at < $1`, tx.Now()-10*LostFor.Microseconds())
	}
	if err != nil {
		return false, fmt.Errorf("note a lost file: %w", err)
	}
	return recent == 0 && n > 0, nil
}

// LostLately lists what was lost within [LostFor], the newest first, at most limit,
// and says how much there is.
func LostLately(tx *store.Tx, limit int) (list []Lost, n int64, err error) {
	since := tx.Now() - LostFor.Microseconds()
	if n, err = store.One[int64](tx, `SELECT COUNT(*) FROM evidence_lost WHERE at > $1`, since); err == nil && n > 0 {
		list, err = store.All[Lost](tx, `SELECT item, case_id, at FROM evidence_lost WHERE at > $1 ORDER BY at DESC, item LIMIT $2`, since, int64(limit))
	}
	return list, n, err
}
