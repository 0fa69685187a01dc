package evidence

import (
	"context"
	"strconv"

	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/vault"
)

// officersRow is the break-glass recipient that counts.
type officersRow struct {
	ID        int64
	Recipient string
	Escrow    string
	People    int64
	At        int64
}

// lastOfficers returns the officers who count, or an empty row.
func lastOfficers(tx *store.Tx) (officersRow, error) {
	rows, err := store.All[officersRow](tx, `SELECT id, recipient, escrow, people, set_at FROM vault_officers ORDER BY id DESC LIMIT 1`)
	if len(rows) == 0 {
		return officersRow{}, err
	}
	return rows[0], err
}

// Escrow returns the escrow of the officers who count, "" when there are none.
// It holds no secret that one of them alone could use.
func Escrow(ctx context.Context, db *store.DB) (escrow string, err error) {
	err = db.View(ctx, func(tx *store.Tx) error {
		o, err := lastOfficers(tx)
		escrow = o.Escrow
		return err
	})
	return escrow, err
}

// SetOfficers makes a new break-glass identity for 3 to 5 officers, any two of
// whom can restore it, and seals every file for it from now on. Rewrap must
// follow, so that older files open for these officers too, and for those before
// them no more.
func (s *Service) SetOfficers(ctx context.Context, actor string, recipients []string) error {
	glass, escrow, err := vault.NewBreakGlass(recipients)
	if err != nil {
		return err
	}
	old, _ := s.keys()
	next, err := vault.New(old.Keys(), glass)
	if err != nil {
		return err
	}
	var id int64
	err = s.db.Update(ctx, custody.Event{Actor: actor, Action: "vault.officers", Subject: "vault", Detail: map[string]string{"people": strconv.Itoa(len(recipients))}}, func(tx *store.Tx) (err error) {
		id, err = store.One[int64](tx, `INSERT INTO vault_officers (recipient, escrow, people, set_by, set_at) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
			glass, escrow, int64(len(recipients)), actor, tx.Now())
		return err
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.vault, s.officers = next, id
	return nil
}

// rewrapPage is how many headers one transaction wraps.
const rewrapPage = 200

// Rewrap wraps the keys of every file, and of the installation's secret, that are
// wrapped with another than the current key, or for other officers than those
// who count. Payloads are not touched. It can be broken off and run again. It
// returns how many it wrapped; progress may be nil.
func (s *Service) Rewrap(ctx context.Context, actor string, progress func(done, total int64)) (int64, error) {
	v, officers := s.keys()
	w := wrapping{db: s.db, actor: actor, action: "vault.rewrap", key: v.Keys().Current(), officers: officers, progress: progress,
		wrap: func(header []byte, from, to vault.Binding) ([]byte, error) { return v.Rewrap(header, from, to) }}
	return w.run(ctx)
}

// Recover does what Rewrap does, with the officers' identity in place of a vault
// key that was lost: afterwards [Open] works with the new keys. It needs no
// Service, which could not be opened. Nothing else may work on the database
// meanwhile.
func Recover(ctx context.Context, db *store.DB, actor string, keys vault.Keys, glass *vault.BreakGlass, progress func(done, total int64)) (int64, error) {
	var set officersRow
	err := db.View(ctx, func(tx *store.Tx) (err error) { set, err = lastOfficers(tx); return err })
	if err != nil {
		return 0, err
	}
	v, err := vault.New(keys, set.Recipient)
	if err != nil {
		return 0, err
	}
	w := wrapping{db: db, actor: actor, action: "vault.recover", key: keys.Current(), officers: set.ID, progress: progress,
		wrap: func(header []byte, from, to vault.Binding) ([]byte, error) { return v.Recover(header, glass, from, to) }}
	return w.run(ctx)
}

// wrapping wraps all headers that need it.
type wrapping struct {
	db            *store.DB
	actor, action string
	key           string
	officers      int64
	wrap          func(header []byte, from, to vault.Binding) ([]byte, error)
	progress      func(done, total int64)
}

func (w *wrapping) event(detail map[string]string) custody.Event {
	detail["key"], detail["officers"] = w.key, strconv.FormatInt(w.officers, 10)
	return custody.Event{Actor: w.actor, Action: w.action, Subject: "vault", Detail: detail}
}

const needsWrap = `state <> 'destroyed' AND (key_id <> $1 OR officers <> $2)`

func (w *wrapping) run(ctx context.Context) (done int64, err error) {
	var total int64
	err = w.db.View(ctx, func(tx *store.Tx) (err error) {
		total, err = store.One[int64](tx, `SELECT COUNT(*) FROM evidence WHERE `+needsWrap, w.key, w.officers)
		return err
	})
	if err != nil {
		return 0, err
	}
	if err := w.secret(ctx); err != nil {
		return 0, err
	}
	for after := ""; ; {
		n, last, err := w.page(ctx, after)
		done += n
		if err != nil || last == "" {
			return done, err
		}
		after = last
		if w.progress != nil {
			w.progress(done, total)
		}
	}
}

// page wraps the next files after an id and returns the last one's id.
func (w *wrapping) page(ctx context.Context, after string) (n int64, last string, err error) {
	// Nothing may be recorded when nothing is left to do.
	var first []string
	err = w.db.View(ctx, func(tx *store.Tx) (err error) {
		first, err = store.All[string](tx, `SELECT id FROM evidence WHERE `+needsWrap+` AND id > $3 ORDER BY id LIMIT 1`, w.key, w.officers, after)
		return err
	})
	if err != nil || len(first) == 0 {
		return 0, "", err
	}
	err = w.db.Update(ctx, w.event(map[string]string{"from": first[0]}), func(tx *store.Tx) error {
		n = 0
		rows, err := store.All[row](tx, `SELECT `+columns+` FROM evidence WHERE `+needsWrap+` AND id > $3 ORDER BY id LIMIT $4`, w.key, w.officers, after, int64(rewrapPage))
		if err != nil {
			return err
		}
		for _, r := range rows {
			to := r.binding()
			to.Version++
			header, err := w.wrap(r.Header, r.binding(), to)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(`UPDATE evidence SET version = $1, header = $2, key_id = $3, officers = $4 WHERE id = $5 AND version = $6`,
				to.Version, header, w.key, w.officers, r.ID, r.Version); err != nil {
				return err
			}
			n, last = n+1, r.ID
		}
		return nil
	})
	return n, last, err
}

// secret wraps the key of the installation's secret.
func (w *wrapping) secret(ctx context.Context) error {
	return w.db.Update(ctx, w.event(map[string]string{"secret": secretName}), func(tx *store.Tx) error {
		rows, err := secrets(tx)
		if err != nil || len(rows) == 0 {
			return err
		}
		from := rows[0].Version
		header, err := w.wrap(rows[0].Header, secretAt(from), secretAt(from+1))
		if err != nil {
			return err
		}
		_, err = tx.Exec(`UPDATE vault_secrets SET version = $1, header = $2 WHERE name = $3`, from+1, header, secretName)
		return err
	})
}

// Status is what is in the vault.
type Status struct {
	Place      string // of the payloads
	Quarantine int64
	Kept       int64
	Destroyed  int64
	Bytes      int64 // of the files whose keys are there
	Missing    int64 // files whose payload was found to be gone
	// Stale is how many files are wrapped with another than the current key or
	// for other officers than those who count.
	Stale    int64
	Keys     []string // ids, the current one first
	KeysUsed []string // ids that files are wrapped with
	Officers int64    // how many people, 0 when none are set
	Holds    int64    // that are active
	Due      int64    // files that need not be kept any longer
	Asked    int64    // destructions that wait for a second person
}

// Status counts what is in the vault.
func (s *Service) Status(ctx context.Context) (st Status, err error) {
	v, officers := s.keys()
	st.Place, st.Keys = s.blobs.Place(), v.Keys().IDs()
	err = s.db.View(ctx, func(tx *store.Tx) error {
		if err := store.Each(tx, func(r *struct {
			State             string
			N, Bytes, Missing int64
		}) error {
			switch State(r.State) {
			case Quarantine:
				st.Quarantine = r.N
			case Kept:
				st.Kept = r.N
			case Destroyed:
				st.Destroyed = r.N
				return nil
			}
			st.Bytes += r.Bytes
			st.Missing += r.Missing
			return nil
		}, `SELECT state, COUNT(*), CAST(COALESCE(SUM(size), 0) AS BIGINT), COUNT(CASE WHEN missing_at > 0 THEN 1 END) FROM evidence GROUP BY state`); err != nil {
			return err
		}
		set, err := lastOfficers(tx)
		if err != nil {
			return err
		}
		st.Officers = set.People
		if st.KeysUsed, err = store.All[string](tx, `SELECT DISTINCT key_id FROM evidence WHERE state <> 'destroyed' ORDER BY key_id`); err != nil {
			return err
		}
		for _, c := range []struct {
			to   *int64
			q    string
			args []any
		}{
			{&st.Stale, `SELECT COUNT(*) FROM evidence WHERE ` + needsWrap, []any{v.Keys().Current(), officers}},
			{&st.Holds, `SELECT COUNT(*) FROM evidence_holds h WHERE h.released_at = 0 AND (h.until = 0 OR h.until > $1)`, []any{tx.Now()}},
			{&st.Asked, `SELECT COUNT(*) FROM evidence_destructions WHERE state = 'asked'`, nil},
		} {
			if *c.to, err = store.One[int64](tx, c.q, c.args...); err != nil {
				return err
			}
		}
		due, err := s.Due(tx, 10_000)
		st.Due = int64(len(due))
		return err
	})
	return st, err
}
