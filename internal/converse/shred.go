package converse

import "github.com/jaga-project/jaga/internal/store"

// Shred removes the sealed lines of findings, in the caller's transaction, which
// writes the custody record, and returns of how many. The findings stay, with
// their reasons and numbers.
func Shred(tx *store.Tx, findings []string) (n int64, err error) {
	for _, id := range findings {
		touched, err := tx.Exec(`UPDATE talk_findings SET excerpt = $1 WHERE id = $2 AND LENGTH(excerpt) > 0`, []byte{}, id)
		if err != nil {
			return n, err
		}
		n += touched
	}
	return n, nil
}

// ShredQuiet is Shred for findings that have not changed since a time, in
// microseconds, but for those of whose identifiers a condition is true, such as
// that they are in a case. At most limit of them.
func ShredQuiet(tx *store.Tx, before int64, but store.Condition, limit int) (int64, error) {
	args := []any{before, int64(limit)}
	ids, err := store.All[string](tx, `SELECT id FROM talk_findings WHERE updated_at < $1 AND LENGTH(excerpt) > 0`+unless(but, &args)+` ORDER BY updated_at, id LIMIT $2`, args...)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	return Shred(tx, ids)
}
