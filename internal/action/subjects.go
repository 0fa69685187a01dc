package action

import "github.com/jaga-project/jaga/internal/store"

// EachSubject yields what custody records about the actions of a case are about.
// fn must not use the transaction.
func EachSubject(tx *store.Tx, caseID int64, fn func(subject string) error) error {
	return store.Each(tx, func(id *string) error { return fn(Subject(*id)) }, `SELECT id FROM actions WHERE case_id = $1 ORDER BY id`, caseID)
}
