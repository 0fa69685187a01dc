package tip

import "github.com/jaga-project/jaga/internal/store"

// Shred removes what callers said about a case, and who reported whom, which
// stands here as keyed digests, in the caller's transaction, which writes the
// custody record. It returns how many calls that were. How many reports came stays.
func Shred(tx *store.Tx, caseID int64) (n int64, err error) {
	n, err = tx.Exec(`UPDATE tip_calls SET sealed = $1 WHERE case_id = $2 AND LENGTH(sealed) > 0`, []byte{}, caseID)
	if err == nil {
		_, err = tx.Exec(`UPDATE tip_sent SET account = '', reporter = '' WHERE case_id = $1`, caseID)
	}
	return n, err
}
