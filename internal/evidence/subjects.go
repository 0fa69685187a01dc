package evidence

import (
	"strconv"

	"github.com/jaga-project/jaga/internal/store"
)

// EachSubject yields what custody records about the files of a case are about: the
// files, working copies and destroyed ones among them, and their destructions. fn
// must not use the transaction.
func (s *Service) EachSubject(tx *store.Tx, caseID int64, fn func(subject string) error) error {
	if err := store.Each(tx, func(id *string) error { return fn("evidence:" + *id) },
		`SELECT id FROM evidence WHERE case_id = $1 ORDER BY id`, caseID); err != nil {
		return err
	}
	return store.Each(tx, func(id *int64) error { return fn("destruction:" + strconv.FormatInt(*id, 10)) },
		`SELECT d.id FROM evidence_destructions d JOIN evidence e ON e.id = d.evidence_id WHERE e.case_id = $1 ORDER BY d.id`, caseID)
}
