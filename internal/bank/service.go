package bank

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/store"
)

// Service keeps banks. It is safe for concurrent use.
type Service struct {
	db  *store.DB
	eng *engine.Engine
	opt Options

	// mu orders what is committed and what the engine is told: without it
	// two changes of one entry could reach the engine in the wrong order.
	mu sync.Mutex
	// rebuild is held while the index is built anew.
	rebuild sync.Mutex
	// behind is true while the index lacks entries that are stored.
	behind atomic.Bool
}

// Options configure a Service.
type Options struct {
	// Dir is where index snapshots are kept; empty keeps none.
	Dir string
	// Key is the secret permutation of the index.
	Key [32]byte
	// Log receives what an operator should know; nil is silent.
	Log *slog.Logger
	// Alloc supplies memory for the index; nil uses the heap.
	Alloc func(n int) []byte
	// ReadOnly only fills the engine, from a database and a directory that
	// another process may be using. Nothing is written, and changes that the
	// other process makes later are not seen.
	ReadOnly bool
}

// Open removes what killed imports left, loads the index and fills the engine.
func Open(ctx context.Context, db *store.DB, eng *engine.Engine, opt Options) (*Service, error) {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{db: db, eng: eng, opt: opt}
	if opt.ReadOnly {
		return s, s.load(ctx)
	}
	if opt.Dir != "" {
		if err := os.MkdirAll(opt.Dir, 0o700); err != nil {
			return nil, fmt.Errorf("open banks: %w", err)
		}
	}
	if err := s.cleanUp(ctx); err != nil {
		return nil, fmt.Errorf("open banks: %w", err)
	}
	if err := s.load(ctx); err != nil {
		return nil, fmt.Errorf("open banks: %w", err)
	}
	db.OnDoubt(func() { s.readAgain(ctx) })
	return s, nil
}

const bankColumns = `id, name, role, form, band, enabled_ratio, threshold, film_query, film_stored, film_both, note, entries, created_at, updated_at, deleted_at`

type bankRow struct {
	ID                   int64
	Name, Role, Form     string
	Band                 int64
	Ratio                float64
	Threshold            int64
	Query, Stored, Both  int64
	Note                 string
	Entries              int64
	Created, Updated, At int64
}

func (r bankRow) bank() Bank {
	return Bank{r.ID, Settings{r.Name, jaga.Role(r.Role), jaga.Form(r.Form), jaga.Band(r.Band), r.Ratio, int(r.Threshold), int(r.Query), int(r.Stored), r.Both != 0, r.Note},
		r.Entries, r.Created, r.Updated, r.At}
}

// List returns all banks by name.
func (s *Service) List(ctx context.Context) ([]Bank, error) {
	var out []Bank
	err := s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[bankRow](tx, `SELECT `+bankColumns+` FROM banks WHERE deleted_at = 0 ORDER BY name`)
		for _, r := range rows {
			out = append(out, r.bank())
		}
		return err
	})
	return out, err
}

// Get returns a bank by name.
func (s *Service) Get(ctx context.Context, name string) (b Bank, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		b, err = get(tx, name)
		return err
	})
	return b, err
}

func get(tx *store.Tx, name string) (Bank, error) {
	rows, err := store.All[bankRow](tx, `SELECT `+bankColumns+` FROM banks WHERE name = $1 AND deleted_at = 0`, name)
	if err == nil && len(rows) == 0 {
		err = &jaga.Error{Code: jaga.CodeNotFound, Field: "bank", Msg: "there is no bank of this name"}
	}
	if err != nil {
		return Bank{}, err
	}
	return rows[0].bank(), nil
}

func subject(bank int64) string { return "bank:" + strconv.FormatInt(bank, 10) }

func entrySubject(entry int64) string { return "entry:" + strconv.FormatInt(entry, 10) }

// Create makes a bank.
func (s *Service) Create(ctx context.Context, actor string, set Settings) (Bank, error) {
	if err := set.check(); err != nil {
		return Bank{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var b Bank
	err := s.db.Bulk(ctx, func(tx *store.Tx) error {
		id, err := store.One[int64](tx, `INSERT INTO banks (name, role, form, band, enabled_ratio, threshold, note, created_at, updated_at, film_query, film_stored, film_both)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10, $11) RETURNING id`,
			set.Name, string(set.Role), string(set.Form), int64(set.Band), set.EnabledRatio, int64(set.Threshold), set.Note, tx.Now(),
			int64(set.FilmQuery), int64(set.FilmStored), number(set.FilmBoth))
		if jaga.CodeOf(err) == jaga.CodeConflict {
			return &jaga.Error{Code: jaga.CodeConflict, Field: "name", Msg: "there is a bank of this name already", Err: err}
		}
		if err != nil {
			return err
		}
		b = Bank{ID: id, Settings: set, CreatedAt: tx.Now(), UpdatedAt: tx.Now()}
		return tx.Record(custody.Event{Actor: actor, Action: "bank.create", Subject: subject(id), Detail: set.detail()})
	})
	if err != nil {
		return Bank{}, err
	}
	return b, s.eng.PutBank(b.engine())
}

func (s Settings) detail() map[string]string {
	return map[string]string{"name": s.Name, "role": string(s.Role), "form": string(s.Form), "band": s.Band.String(),
		"enabled_ratio": strconv.FormatFloat(s.EnabledRatio, 'g', -1, 64), "threshold": strconv.Itoa(s.Threshold), "film": s.film()}
}

// film is the rule for films in one word.
func (s Settings) film() string {
	word := "either"
	if s.FilmBoth {
		word = "both"
	}
	return fmt.Sprintf("%d,%d,%s", s.FilmQuery, s.FilmStored, word)
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// mayMatchMore reports whether items that did not match before may match under
// the new settings.
func (s Settings) mayMatchMore(after Settings) bool {
	return after.EnabledRatio > s.EnabledRatio || after.Threshold > s.Threshold || after.film() != s.film() || s.Role == jaga.RoleAllow && after.Role == jaga.RoleMatch
}

// Update changes a bank's settings: change edits the ones it is given.
func (s *Service) Update(ctx context.Context, actor, name string, change func(*Settings)) (Bank, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b Bank
	err := s.db.Bulk(ctx, func(tx *store.Tx) error {
		var err error
		if b, err = get(tx, name); err != nil {
			return err
		}
		before := b.Settings
		change(&b.Settings)
		if err := b.check(); err != nil {
			return err
		}
		if b.Settings == before {
			return nil
		}
		b.UpdatedAt = tx.Now()
		_, err = tx.Exec(`UPDATE banks SET name = $1, role = $2, form = $3, band = $4, enabled_ratio = $5, threshold = $6, note = $7, updated_at = $8, film_query = $9, film_stored = $10, film_both = $11 WHERE id = $12`,
			b.Name, string(b.Role), string(b.Form), int64(b.Band), b.EnabledRatio, int64(b.Threshold), b.Note, tx.Now(),
			int64(b.FilmQuery), int64(b.FilmStored), number(b.FilmBoth), b.ID)
		if jaga.CodeOf(err) == jaga.CodeConflict {
			return &jaga.Error{Code: jaga.CodeConflict, Field: "name", Msg: "there is a bank of this name already", Err: err}
		}
		if err != nil {
			return err
		}
		if before.mayMatchMore(b.Settings) {
			if err := grewWhole(tx, b.ID); err != nil {
				return err
			}
		}
		return tx.Record(custody.Event{Actor: actor, Action: "bank.update", Subject: subject(b.ID), Detail: b.detail()})
	})
	if err != nil {
		return Bank{}, err
	}
	return b, s.eng.PutBank(b.engine())
}

// UndoWindow is how long a deleted bank can be restored, in microseconds.
const UndoWindow = 7 * 24 * 3600 * 1_000_000

// Delete takes a bank out of use at once. Within [UndoWindow] it can be
// restored; then [Service.Purge] removes its rows.
func (s *Service) Delete(ctx context.Context, actor, name string) (id int64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.db.Bulk(ctx, func(tx *store.Tx) error {
		b, err := get(tx, name)
		if err != nil {
			return err
		}
		id = b.ID
		if _, err := tx.Exec(`UPDATE banks SET deleted_at = $1 WHERE id = $2`, tx.Now(), id); err != nil {
			return err
		}
		return tx.Record(custody.Event{Actor: actor, Action: "bank.delete", Subject: subject(id), Detail: map[string]string{"name": name}})
	})
	if err != nil {
		return 0, err
	}
	return id, s.eng.DropBank(id)
}

// Restore brings a deleted bank back by its number.
func (s *Service) Restore(ctx context.Context, actor string, id int64) (Bank, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b Bank
	err := s.db.Update(ctx, custody.Event{Actor: actor, Action: "bank.restore", Subject: subject(id)}, func(tx *store.Tx) error {
		rows, err := store.All[bankRow](tx, `UPDATE banks SET deleted_at = 0, updated_at = $1 WHERE id = $2 AND deleted_at > $3 RETURNING `+bankColumns,
			tx.Now(), id, tx.Now()-UndoWindow)
		if jaga.CodeOf(err) == jaga.CodeConflict {
			return &jaga.Error{Code: jaga.CodeConflict, Field: "name", Msg: "there is another bank of this name now", Hint: "rename that one first", Err: err}
		}
		if err == nil && len(rows) == 0 {
			err = &jaga.Error{Code: jaga.CodeNotFound, Field: "bank", Msg: "there is no deleted bank of this number that can be restored"}
		}
		if err != nil {
			return err
		}
		b = rows[0].bank()
		return grewWhole(tx, id)
	})
	if err != nil {
		return Bank{}, err
	}
	return b, s.eng.PutBank(b.engine())
}

// Purge removes the rows of banks that were deleted longer ago than
// [UndoWindow], and returns how many banks it removed.
func (s *Service) Purge(ctx context.Context) (n int, err error) {
	var old []int64
	err = s.db.View(ctx, func(tx *store.Tx) error {
		old, err = store.All[int64](tx, `SELECT id FROM banks WHERE deleted_at > 0 AND deleted_at <= $1`, tx.Now()-UndoWindow)
		return err
	})
	if err != nil {
		return 0, err
	}
	for _, id := range old {
		// Nobody can restore it any more, so its rows can go bit by bit.
		if err := s.removeRows(ctx, id, 0); err != nil {
			return n, err
		}
		err := s.db.Update(ctx, custody.Event{Actor: "system", Action: "bank.purge", Subject: subject(id)}, func(tx *store.Tx) error {
			for _, q := range []string{`DELETE FROM entry_facts WHERE bank_id = $1`, `DELETE FROM bank_sources WHERE bank_id = $1`, `DELETE FROM banks WHERE id = $1`} {
				if _, err := tx.Exec(q, id); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// removeRows removes the entries of a bank, or of one source of it when that is
// not 0, so many at a time that other writers get their turn.
func (s *Service) removeRows(ctx context.Context, bank, source int64) error {
	which := `bank_id = $1 AND ($2 = 0 OR source_id = $2)`
	for after := int64(0); ; {
		last := int64(0)
		err := s.db.Bulk(ctx, func(tx *store.Tx) error {
			ids, err := store.All[int64](tx, `SELECT id FROM entries WHERE `+which+` AND id > $3 ORDER BY id LIMIT 20000`, bank, source, after)
			if err != nil || len(ids) == 0 {
				return err
			}
			last = ids[len(ids)-1]
			if _, err := tx.Exec(`DELETE FROM entry_opinions WHERE entry_id IN (SELECT id FROM entries WHERE `+which+` AND id > $3 AND id <= $4)`, bank, source, after, last); err != nil {
				return err
			}
			for _, table := range []string{"entry_films", "entry_sounds", "entry_facts"} {
				if _, err := tx.Exec(`DELETE FROM `+table+` WHERE bank_id = $1 AND entry_id IN (SELECT id FROM entries WHERE `+which+` AND id > $3 AND id <= $4)`, bank, source, after, last); err != nil {
					return err
				}
			}
			_, err = tx.Exec(`DELETE FROM entries WHERE `+which+` AND id > $3 AND id <= $4`, bank, source, after, last)
			return err
		})
		if err != nil || last == 0 {
			return err
		}
		after = last
	}
}

// cleanUp removes the entries of imports that were killed.
func (s *Service) cleanUp(ctx context.Context) error {
	type source struct{ ID, Bank int64 }
	var stale []source
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		stale, err = store.All[source](tx, `SELECT id, bank_id FROM bank_sources WHERE state = 'loading'`)
		return err
	})
	if err != nil {
		return err
	}
	for _, x := range stale {
		if err := s.forget(ctx, x.Bank, x.ID); err != nil {
			return err
		}
		s.opt.Log.Warn("removed what an import left that did not finish", "bank_id", x.Bank)
	}
	return nil
}

// forget removes a source that is still loading, its entries first: until they
// are gone it keeps them from existing.
func (s *Service) forget(ctx context.Context, bank, source int64) error {
	if err := s.removeRows(ctx, bank, source); err != nil {
		return err
	}
	return s.db.Bulk(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM bank_sources WHERE id = $1 AND state = 'loading'`, source)
		return err
	})
}
