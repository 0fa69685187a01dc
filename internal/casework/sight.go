package casework

import (
	"context"
	"strings"

	"github.com/jaga-project/jaga/internal/store"
)

// Hidden returns the condition that is true for rows whose finding, of one of
// the kinds and with the reference in a column, is in a case of none of the
// queues. A case that was merged is in the queue of the one that it became. Rows
// of which there is no case are not hidden. It is one condition for a whole
// list, so that a list costs one query, whoever reads it.
func Hidden(kinds []Kind, queues []string) store.Condition {
	return func(column string, arg func(any) string) string {
		marks := func(list []string) string {
			out := make([]string, len(list))
			for i, v := range list {
				out[i] = arg(v)
			}
			return strings.Join(out, ", ")
		}
		names := make([]string, len(kinds))
		for i, k := range kinds {
			names[i] = string(k)
		}
		closed := ""
		if len(queues) > 0 {
			closed = " AND hc.whole_queue NOT IN (" + marks(queues) + ")"
		}
		return `EXISTS (SELECT 1 FROM case_findings hf JOIN cases hc ON hc.id = hf.case_id WHERE hf.kind IN (` + marks(names) + `) AND hf.ref = ` + column + closed + `)`
	}
}

// QueueOf returns the queue of the case of a finding, of one of the kinds and
// with the reference; ok is false where there is no case of it.
func (s *Service) QueueOf(ctx context.Context, kinds []Kind, ref string) (queue string, ok bool, err error) {
	id, queue, err := s.CaseOf(ctx, kinds, ref)
	return queue, id != 0, err
}

// CaseOf returns the case of a finding, of one of the kinds and with the reference,
// and the queue in which it is read; 0 where there is none.
func (s *Service) CaseOf(ctx context.Context, kinds []Kind, ref string) (id int64, queue string, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		for _, k := range kinds {
			in, err := store.All[int64](tx, `SELECT case_id FROM case_findings WHERE kind = $1 AND ref = $2`, string(k), ref)
			if err != nil {
				return err
			}
			if len(in) == 0 {
				continue
			}
			if queue, err = store.One[string](tx, `SELECT whole_queue FROM cases WHERE id = $1`, in[0]); err == nil {
				id = in[0]
			}
			return err
		}
		return nil
	})
	return id, queue, err
}

// place notes in which queue a case and all its parts are read now.
func place(tx *store.Tx, id int64) error {
	root, err := resolve(tx, id)
	if err != nil {
		return err
	}
	parts, err := members(tx, id)
	if err != nil {
		return err
	}
	for _, p := range parts {
		if _, err := tx.Exec(`UPDATE cases SET whole_queue = (SELECT r.queue FROM cases r WHERE r.id = $1) WHERE id = $2`, root, p); err != nil {
			return err
		}
	}
	return nil
}
