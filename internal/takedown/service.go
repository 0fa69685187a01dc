package takedown

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/slip"
	"github.com/jaga-project/jaga/internal/store"
)

// Options configure a Service.
type Options struct {
	// Key is a secret of the installation, for the digests.
	Key [32]byte
	// Open takes new cases in. Those that are there can be looked at and
	// withdrawn all the same.
	Open bool
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Service keeps cases. It is safe for concurrent use, by one process at a time.
type Service struct {
	db    *store.DB
	banks *bank.Service
	eng   *engine.Engine
	key   []byte
	open  bool
	now   func() time.Time

	// mu is held while a case changes: what is read before stays true.
	mu sync.Mutex
	// filed and missed count by network what came in, and what was asked with
	// a wrong number or PIN.
	filed, missed *slip.Limiter
	locks         *locks
}

// New returns a service.
func New(db *store.DB, banks *bank.Service, eng *engine.Engine, opt Options) *Service {
	key := sha256.Sum256(append([]byte("jaga takedown\n"), opt.Key[:]...))
	s := &Service{db: db, banks: banks, eng: eng, key: key[:], open: opt.Open, now: opt.Now, filed: slip.NewLimiter(filedMost()), missed: slip.NewLimiter(missedMost()), locks: newLocks()}
	if s.now == nil {
		s.now = time.Now
	}
	return s
}

// Open reports whether new cases are taken in.
func (s *Service) Open() bool { return s.open }

// waitingMost is how many cases may wait for a person. More would wait for
// weeks, and services that reach further help sooner.
const waitingMost = 300

// The most that comes in within an hour: from one network, of which a school or
// a mobile carrier may have one address, and from all.
func filedMost() slip.Limit  { return slip.Limit{Period: time.Hour, Each: 20, All: 200} }
func missedMost() slip.Limit { return slip.Limit{Period: time.Hour, Each: 60, All: 5000} }

// busy is the answer to whoever has to wait; field says for what.
func busy(field, msg string) error {
	return &jaga.Error{Code: jaga.CodeBusy, Field: field, Msg: msg}
}

// digest is what is kept of a number or a PIN. Fast is enough: without the key,
// which is in no database, nobody can try PINs; with it and the database one
// could take the entries out without any.
func (s *Service) digest(parts ...string) []byte {
	h := hmac.New(sha256.New, s.key)
	for _, p := range parts {
		_, _ = h.Write([]byte(strconv.Itoa(len(p)) + ":" + p))
	}
	return h.Sum(nil)
}

// File takes in the codes of one case and returns its number and PIN, which are
// kept nowhere.
func (s *Service) File(ctx context.Context, from netip.Addr, codes []engine.Value) (number, pin string, err error) {
	switch {
	case !s.open:
		return "", "", &jaga.Error{Code: jaga.CodeUnavailable, Field: "off", Msg: "file case: no cases are taken in here"}
	case len(codes) == 0 || len(codes) > slip.MaxCodes:
		return "", "", &jaga.Error{Code: jaga.CodeInvalid, Field: "codes", Msg: "file case: there must be 1 to " + strconv.Itoa(slip.MaxCodes) + " codes"}
	case !s.filed.Take(s.now(), from):
		return "", "", busy("flood", "file case: too many cases came in within the last hour")
	}
	number, pin = slip.NewNumber(), slip.NewPIN()
	n, _ := slip.Number(number)
	p, _ := slip.PIN(pin)
	s.mu.Lock()
	defer s.mu.Unlock()
	err = s.db.Bulk(ctx, func(tx *store.Tx) error {
		waiting, err := store.One[int64](tx, `SELECT COUNT(*) FROM takedown_cases WHERE state = $1`, string(slip.Waiting))
		if err != nil {
			return err
		}
		if waiting >= waitingMost {
			return busy("full", "file case: too many cases wait for a person")
		}
		id, err := store.One[int64](tx, `INSERT INTO takedown_cases (number, pin, state, codes, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
			s.digest(n), s.digest(n, p), string(slip.Waiting), int64(len(codes)), tx.Now())
		if err != nil {
			return err
		}
		for _, v := range codes {
			if _, err := tx.Exec(`INSERT INTO takedown_codes (case_id, type, value) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, id, string(v.Type), raw(v)); err != nil {
				return err
			}
		}
		return tx.Record(event(reader, "takedown.file", id, map[string]string{"codes": strconv.Itoa(len(codes))}))
	})
	if err != nil {
		return "", "", err
	}
	return number, pin, nil
}

// reader is how custody records name whoever filed a case: not at all.
const reader = "reader"

func event(actor, action string, id int64, detail map[string]string) custody.Event {
	return custody.Event{Actor: actor, Action: action, Subject: "takedown:" + strconv.FormatInt(id, 10), Detail: detail}
}

func raw(v engine.Value) []byte { return v.Bytes[:v.Type.Size()] }

type caseRow struct {
	ID            int64
	PIN           []byte
	State, Reason string
	Codes, Seen   int64
	At, Decided   int64
}

const caseColumns = `id, pin, state, reason, codes, seen, created_at, decided_at`

// find returns the case of a number and PIN as they were typed.
func (s *Service) find(ctx context.Context, from netip.Addr, typedNumber, typedPIN string) (c caseRow, err error) {
	now := s.now()
	if !s.missed.Take(now, from) {
		return c, busy("flood", "find case: too many wrong numbers or PINs within the last hour")
	}
	n, isNumber := slip.Number(typedNumber)
	p, isPIN := slip.PIN(typedPIN)
	key := s.digest(n)
	if !s.locks.try(now, key) {
		return c, busy("locked", "find case: too many wrong PINs")
	}
	var found []caseRow
	err = s.db.View(ctx, func(tx *store.Tx) error {
		found, err = store.All[caseRow](tx, `SELECT `+caseColumns+` FROM takedown_cases WHERE number = $1`, key)
		return err
	})
	if err != nil {
		return c, err
	}
	if len(found) == 1 {
		c = found[0]
	}
	// Compared also where there is no case, so that both take as long.
	if same := hmac.Equal(s.digest(n, p), c.PIN); !same || !isNumber || !isPIN {
		return caseRow{}, &jaga.Error{Code: jaga.CodeDenied, Field: "pin", Msg: "find case: number and PIN do not fit"}
	}
	s.missed.Give(now, from)
	s.locks.right(key)
	return c, nil
}

// Look tells what became of a case.
func (s *Service) Look(ctx context.Context, from netip.Addr, number, pin string) (slip.Case, error) {
	c, err := s.find(ctx, from, number, pin)
	if err != nil {
		return slip.Case{}, err
	}
	return s.tell(ctx, c)
}

func (s *Service) tell(ctx context.Context, c caseRow) (out slip.Case, err error) {
	out = slip.Case{State: slip.State(c.State), Reason: slip.Reason(c.Reason), At: time.UnixMicro(c.At), Codes: int(c.Codes), Seen: c.Seen}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		n, err := store.One[int64](tx, `SELECT COUNT(*) FROM takedown_codes c
			JOIN banks b ON b.id = c.bank_id AND b.deleted_at = 0 AND b.enabled_ratio > 0 AND b.role = 'match'
			JOIN entries e ON e.bank_id = c.bank_id AND e.id = c.entry_id
			LEFT JOIN entry_facts f ON f.entry_id = c.entry_id
			WHERE c.case_id = $1 AND (f.entry_id IS NULL OR f.disable_until = 1 AND f.quarantined_at = 0 AND (f.expires_at = 0 OR f.expires_at > $2))`, c.ID, tx.Now()/1_000_000)
		out.Looking = int(n)
		return err
	})
	return out, err
}

// Withdraw takes the codes of a case out of the bank and out of the case.
func (s *Service) Withdraw(ctx context.Context, from netip.Addr, number, pin string) (slip.Case, error) {
	c, err := s.find(ctx, from, number, pin)
	if err != nil {
		return slip.Case{}, err
	}
	if c.State != string(slip.Withdrawn) {
		s.mu.Lock()
		err = s.release(ctx, reader, c.ID, func(tx *store.Tx) error {
			if _, err := tx.Exec(`DELETE FROM takedown_codes WHERE case_id = $1`, c.ID); err != nil {
				return err
			}
			return decide(tx, event(reader, "takedown.withdraw", c.ID, nil), c.ID, slip.Withdrawn, "")
		})
		s.mu.Unlock()
	}
	if err != nil {
		return slip.Case{}, err
	}
	c.State, c.Reason = string(slip.Withdrawn), ""
	return s.tell(ctx, c)
}

// decide stores a new state and its record.
func decide(tx *store.Tx, e custody.Event, id int64, to slip.State, why slip.Reason) error {
	n, err := tx.Exec(`UPDATE takedown_cases SET state = $1, reason = $2, decided_at = $3 WHERE id = $4`, string(to), string(why), tx.Now(), id)
	if err == nil && n == 0 {
		err = notThere()
	}
	if err != nil {
		return err
	}
	return tx.Record(e)
}

func notThere() error {
	return &jaga.Error{Code: jaga.CodeNotFound, Field: "case", Msg: "there is no case of this number, or it is no longer kept"}
}

// entry is one entry that looks for a code.
type entry struct{ Bank, ID int64 }

// release deletes the entries that only this case needs, and runs with in the
// same transaction. The caller holds the lock.
func (s *Service) release(ctx context.Context, actor string, id int64, with func(*store.Tx) error) error {
	var own []entry
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		own, err = store.All[entry](tx, `SELECT bank_id, entry_id FROM takedown_codes c WHERE case_id = $1 AND entry_id > 0
			AND NOT EXISTS (SELECT 1 FROM takedown_codes o WHERE o.entry_id = c.entry_id AND o.case_id <> c.case_id) ORDER BY bank_id`, id)
		return err
	})
	if err != nil {
		return err
	}
	if len(own) == 0 {
		return s.db.Bulk(ctx, with)
	}
	// All are in one bank, unless somebody deleted that and another was made.
	for len(own) > 0 {
		bank, ids := own[0].Bank, []int64(nil)
		for len(own) > 0 && own[0].Bank == bank {
			ids, own = append(ids, own[0].ID), own[1:]
		}
		last := with
		if len(own) > 0 {
			last = func(*store.Tx) error { return nil }
		}
		if err := s.banks.DeleteSeveral(ctx, actor, bank, ids, last); err != nil {
			return err
		}
	}
	return nil
}
