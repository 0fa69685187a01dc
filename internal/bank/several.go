package bank

import (
	"context"
	"fmt"
	"strings"

	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/store"
)

// AddSeveral adds entries of one source to a bank, all or none, and runs with
// in the same transaction; with is told the bank's number and the numbers of
// the entries, in the order of list, and may refuse. An empty list is allowed:
// with runs all the same. The entries match as soon as AddSeveral returns.
func (s *Service) AddSeveral(ctx context.Context, actor, bank string, list []NewEntry, with func(tx *store.Tx, bank int64, ids []int64) error) error {
	for _, n := range list {
		if err := n.check(); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var b Bank
	ids := make([]int64, len(list))
	err := s.db.Bulk(ctx, func(tx *store.Tx) (err error) {
		if b, err = get(tx, bank); err != nil {
			return err
		}
		for i, n := range list {
			if ids[i], err = add(tx, actor, b, n); err != nil {
				return err
			}
		}
		return with(tx, b.ID, ids)
	})
	if err != nil {
		return err
	}
	for i, n := range list {
		if err := s.insert(b.ID, ids[i], n); err != nil {
			return err
		}
	}
	return nil
}

// add stores one entry.
func add(tx *store.Tx, actor string, b Bank, n NewEntry) (id int64, err error) {
	if id, err = reserve(tx, 1); err != nil {
		return 0, err
	}
	source, err := manual(tx, b.ID, n.Source, n.Licence)
	if err != nil {
		return 0, err
	}
	types := make([]string, len(n.Values))
	for i, v := range n.Values {
		types[i] = string(v.Type)
		if _, err := tx.Exec(`INSERT INTO entries (bank_id, id, type, source_id, created_at, value) VALUES ($1, $2, $3, $4, $5, $6)`,
			b.ID, id, typeNumbers[v.Type], source, tx.Now(), v.Bytes[:v.Type.Size()]); err != nil {
			return 0, err
		}
		if err := addBody(tx, b.ID, id, v); err != nil {
			return 0, err
		}
	}
	if n.Note != "" || len(n.Metadata) > 0 || n.ExpiresAt != 0 {
		if _, err := tx.Exec(`INSERT INTO entry_facts (entry_id, bank_id, note, metadata, expires_at) VALUES ($1, $2, $3, $4, $5)`,
			id, b.ID, n.Note, string(n.Metadata), n.ExpiresAt); err != nil {
			return 0, err
		}
	}
	if err := count(tx, b.ID, source, 1); err != nil {
		return 0, err
	}
	if err := tx.Record(custody.Event{Actor: actor, Action: "entry.add", Subject: entrySubject(id),
		Detail: map[string]string{"bank": subject(b.ID), "types": strings.Join(types, ",")}}); err != nil {
		return 0, err
	}
	return id, grew(tx, b.ID, id, id)
}

// insert tells the engine of an entry that is stored.
func (s *Service) insert(bank, id int64, n NewEntry) error {
	if err := s.eng.Insert(bank, uint32(id), n.Values...); err != nil {
		return fmt.Errorf("add entry: %w", err)
	}
	if n.ExpiresAt == 0 {
		return nil
	}
	if err := s.eng.SetFacts(uint32(id), engine.Facts{DisabledUntil: 1, ExpiresAt: n.ExpiresAt}); err != nil {
		return fmt.Errorf("add entry: %w", err)
	}
	return nil
}

// DeleteSeveral removes entries of a bank by the bank's number, those that are
// there, and runs with in the same transaction. The bank may have been deleted.
// The index is then built anew soon, so that no snapshot holds the hashes.
func (s *Service) DeleteSeveral(ctx context.Context, actor string, bank int64, ids []int64, with func(tx *store.Tx) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	gone := make([][]engine.Value, len(ids))
	err := s.db.Bulk(ctx, func(tx *store.Tx) (err error) {
		for i, id := range ids {
			if gone[i], err = remove(tx, actor, bank, id); err != nil {
				return err
			}
		}
		if len(ids) > 0 {
			if err := tx.Enqueue(store.Job{Kind: RebuildJob, Unique: RebuildJob}); err != nil {
				return err
			}
		}
		return with(tx)
	})
	if err != nil {
		return err
	}
	for i, values := range gone {
		if err := s.eng.Delete(uint32(ids[i]), values...); err != nil {
			return fmt.Errorf("delete entry: %w", err)
		}
	}
	return nil
}

// remove removes the rows of one entry and returns its values; none if it was
// not there.
func remove(tx *store.Tx, actor string, bank, id int64) (values []engine.Value, err error) {
	rows, err := store.All[entryRow](tx, `SELECT id, type, source_id, created_at, value FROM entries WHERE bank_id = $1 AND id = $2`, bank, id)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	for _, r := range rows {
		v, err := valueOf(r.Type, r.Value)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
		if _, err := tx.Exec(`INSERT INTO bank_deletions (entry_id, bank_id, type, value) VALUES ($1, $2, $3, $4)`, id, bank, r.Type, r.Value); err != nil {
			return nil, err
		}
	}
	for _, q := range []string{`DELETE FROM entries WHERE bank_id = $1 AND id = $2`, `DELETE FROM entry_facts WHERE bank_id = $1 AND entry_id = $2`, `DELETE FROM entry_films WHERE bank_id = $1 AND entry_id = $2`, `DELETE FROM entry_sounds WHERE bank_id = $1 AND entry_id = $2`} {
		if _, err := tx.Exec(q, bank, id); err != nil {
			return nil, err
		}
	}
	if _, err := tx.Exec(`DELETE FROM entry_opinions WHERE entry_id = $1`, id); err != nil {
		return nil, err
	}
	if err := count(tx, bank, rows[0].Source, -1); err != nil {
		return nil, err
	}
	return values, tx.Record(custody.Event{Actor: actor, Action: "entry.delete", Subject: entrySubject(id), Detail: map[string]string{"bank": subject(bank)}})
}
