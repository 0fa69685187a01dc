package bank

import (
	"context"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

// Health is what a person needs to know to trust a bank.
type Health struct {
	// ByType counts the hashes of each type. It is nil for a bank of more
	// than CountLimit entries, where counting would take too long for a page.
	ByType map[jaga.SignalType]int64
	// Quarantined entries wait for a person; Disabled ones were switched
	// off; Expired ones match no more because their time is over.
	Quarantined, Disabled, Expired int64
	// Sources are where the entries came from, newest first, at most 50.
	Sources []Source
}

// Source is one import, or one name under which entries were added singly.
type Source struct {
	ID            int64
	Name, Licence string
	Entries       int64
	CreatedAt     int64 // microseconds since 1970
}

// CountLimit is up to how many entries Health counts by type.
const CountLimit = 200_000

// Health returns the state of a bank's entries.
func (s *Service) Health(ctx context.Context, bank string) (h Health, err error) {
	type counts struct{ Quarantined, Disabled, Expired int64 }
	type byType struct{ Type, N int64 }
	err = s.db.View(ctx, func(tx *store.Tx) error {
		b, err := get(tx, bank)
		if err != nil {
			return err
		}
		n, err := store.One[counts](tx, `SELECT COALESCE(SUM(CASE WHEN quarantined_at > 0 THEN 1 ELSE 0 END), 0),
			COALESCE(SUM(CASE WHEN disable_until = 0 OR disable_until > $2 THEN 1 ELSE 0 END), 0),
			COALESCE(SUM(CASE WHEN expires_at > 0 AND expires_at <= $2 THEN 1 ELSE 0 END), 0) FROM entry_facts WHERE bank_id = $1`, b.ID, tx.Now()/1_000_000)
		if err != nil {
			return err
		}
		h = Health{Quarantined: n.Quarantined, Disabled: n.Disabled, Expired: n.Expired}
		h.Sources, err = store.All[Source](tx, `SELECT id, name, licence, entries, created_at FROM bank_sources WHERE bank_id = $1 AND state = 'ready' ORDER BY id DESC LIMIT 50`, b.ID)
		if err != nil || b.Entries > CountLimit {
			return err
		}
		rows, err := store.All[byType](tx, `SELECT type, COUNT(*) FROM entries WHERE bank_id = $1 AND source_id IN
			(SELECT id FROM bank_sources WHERE bank_id = $1 AND state = 'ready') GROUP BY type`, b.ID)
		h.ByType = map[jaga.SignalType]int64{}
		for _, r := range rows {
			h.ByType[typeOf(r.Type)] = r.N
		}
		return err
	})
	return h, err
}

// Waiting returns, by bank name, how many entries are in quarantine.
func (s *Service) Waiting(ctx context.Context) (map[string]int64, error) {
	type row struct {
		Name string
		N    int64
	}
	out := map[string]int64{}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[row](tx, `SELECT b.name, COUNT(*) FROM entry_facts f JOIN banks b ON b.id = f.bank_id
			WHERE f.quarantined_at > 0 AND b.deleted_at = 0 GROUP BY b.name`)
		for _, r := range rows {
			out[r.Name] = r.N
		}
		return err
	})
	return out, err
}

// Deleted returns the deleted banks that can be restored, last deleted first.
func (s *Service) Deleted(ctx context.Context) (out []Bank, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[bankRow](tx, `SELECT `+bankColumns+` FROM banks WHERE deleted_at > $1 ORDER BY deleted_at DESC, id DESC`, max(0, tx.Now()-UndoWindow))
		for _, r := range rows {
			out = append(out, r.bank())
		}
		return err
	})
	return out, err
}
