package casework

import (
	"strconv"

	"github.com/jaga-project/jaga/internal/store"
)

// EachSubject yields what custody records of this package about a case, and about
// those merged into it, are about: the cases, their events whose reasons were
// opened, and bulk operations that they were part of. fn must not use the
// transaction.
func (s *Service) EachSubject(tx *store.Tx, id int64, fn func(subject string) error) error {
	ids, err := members(tx, id)
	if err != nil {
		return err
	}
	for _, m := range ids {
		if err := fn(Subject(m)); err != nil {
			return err
		}
	}
	for _, m := range ids {
		for _, q := range []struct{ name, text string }{
			{"case_event:", `SELECT id FROM case_events WHERE case_id = $1 AND LENGTH(sealed) > 0 ORDER BY seq`},
			{"bulk:", `SELECT DISTINCT bulk_id FROM case_bulk_items WHERE case_id = $1 ORDER BY bulk_id`},
		} {
			if err := store.Each(tx, func(n *int64) error { return fn(q.name + strconv.FormatInt(*n, 10)) }, q.text, m); err != nil {
				return err
			}
		}
	}
	return nil
}

// EachRef yields what the findings of a case, and of those merged into it, name,
// in the order in which they came. fn must not use the transaction.
func (s *Service) EachRef(tx *store.Tx, id int64, fn func(kind Kind, ref string) error) error {
	type row struct{ Kind, Ref string }
	return store.Each(tx, func(r *row) error { return fn(Kind(r.Kind), r.Ref) },
		`WITH RECURSIVE m(id) AS (SELECT CAST($1 AS BIGINT) UNION SELECT c.id FROM cases c JOIN m ON c.merged_into = m.id)
		SELECT f.kind, f.ref FROM case_findings f JOIN m ON m.id = f.case_id ORDER BY f.id`, id)
}
