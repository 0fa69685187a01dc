package takedown

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/slip"
	"github.com/jaga-project/jaga/internal/store"
)

// BankName is the bank that holds the codes of accepted cases.
const BankName = "REPORTED_BY_A_YOUNG_PERSON"

// What entries of the bank say of where they are from.
const (
	source  = "reported by a young person"
	licence = "handed in for use in this installation only"
)

// Review is a case as the people see it who decide.
type Review struct {
	ID            int64
	State         slip.State
	Reason        slip.Reason
	At, DecidedAt int64 // microseconds since 1970; DecidedAt is 0 of one that waits
	Codes         []engine.Value
	Handed        int64 // how many codes there were
	Seen          int64
	// Shared is how many other cases have one of the codes.
	Shared int64
	// Allowed and Known name the allow banks and the other banks that a code
	// matches.
	Allowed, Known []string
}

// Kinds lists the types of the codes with how many there are of each.
func (r Review) Kinds() map[jaga.SignalType]int {
	out := map[jaga.SignalType]int{}
	for _, v := range r.Codes {
		out[v.Type]++
	}
	return out
}

// Signals are the codes as signals to compare.
func (r Review) Signals() []jaga.Signal {
	var out []jaga.Signal
	for _, v := range r.Codes {
		out = append(out, jaga.Signal{Type: v.Type, Value: v.String(), Quality: 100})
	}
	return out
}

// Waiting returns how many cases wait for a person.
func (s *Service) Waiting(ctx context.Context) (n int64, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		n, err = store.One[int64](tx, `SELECT COUNT(*) FROM takedown_cases WHERE state = $1`, string(slip.Waiting))
		return err
	})
	return n, err
}

// List returns cases of a state: those that wait longest first, others by the
// last decision.
func (s *Service) List(ctx context.Context, state slip.State, limit int) (out []Review, err error) {
	order := `decided_at DESC, id DESC`
	if state == slip.Waiting {
		order = `id`
	}
	type codeRow struct {
		Case  int64
		Type  string
		Value []byte
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[caseRow](tx, `SELECT `+caseColumns+` FROM takedown_cases WHERE state = $1 ORDER BY `+order+` LIMIT $2`, string(state), int64(limit))
		if err != nil {
			return err
		}
		for _, c := range rows {
			r := Review{ID: c.ID, State: slip.State(c.State), Reason: slip.Reason(c.Reason), At: c.At, DecidedAt: c.Decided, Handed: c.Codes, Seen: c.Seen}
			codes, err := store.All[codeRow](tx, `SELECT case_id, type, value FROM takedown_codes WHERE case_id = $1 ORDER BY type, value`, c.ID)
			if err != nil {
				return err
			}
			for _, x := range codes {
				v := engine.Value{Type: jaga.SignalType(x.Type)}
				copy(v.Bytes[:], x.Value)
				r.Codes = append(r.Codes, v)
			}
			if r.Shared, err = store.One[int64](tx, `SELECT COUNT(DISTINCT o.case_id) FROM takedown_codes c JOIN takedown_codes o
				ON o.type = c.type AND o.value = c.value AND o.case_id <> c.case_id WHERE c.case_id = $1`, c.ID); err != nil {
				return err
			}
			out = append(out, r)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range out {
		if err := s.compare(&out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// compare asks the banks about the codes of a case.
func (s *Service) compare(r *Review) error {
	if len(r.Codes) == 0 {
		return nil
	}
	a, err := s.eng.Match(engine.Query{Signals: r.Signals(), Now: s.now(), Draw: math.SmallestNonzeroFloat64, Limit: 1000})
	if errors.Is(err, engine.ErrNotLoaded) {
		return nil // the home page says so
	}
	if err != nil {
		return fmt.Errorf("compare the codes of a case: %w", err)
	}
	for _, m := range a.Matches {
		to := &r.Known
		if m.Role == jaga.RoleAllow {
			to = &r.Allowed
		}
		if m.Bank != BankName && !slices.Contains(*to, m.Bank) {
			*to = append(*to, m.Bank)
		}
	}
	return nil
}

// Accept has the codes of a case looked for from now on.
func (s *Service) Accept(ctx context.Context, actor string, id int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.makeBank(ctx, actor); err != nil {
		return err
	}
	type codeRow struct {
		Type        string
		Value       []byte
		Bank, Entry int64 // of another accepted case with the code, or 0
	}
	var codes []codeRow
	err := s.db.View(ctx, func(tx *store.Tx) error {
		states, err := store.All[string](tx, `SELECT state FROM takedown_cases WHERE id = $1`, id)
		if err != nil {
			return err
		}
		if len(states) == 0 {
			return notThere()
		}
		if st := slip.State(states[0]); st != slip.Waiting && st != slip.Refused {
			return &jaga.Error{Code: jaga.CodeConflict, Field: "case", Msg: "accept case: it is " + states[0] + " already"}
		}
		codes, err = store.All[codeRow](tx, `SELECT c.type, c.value, COALESCE(MAX(e.bank_id), 0), COALESCE(MAX(e.id), 0) FROM takedown_codes c
			LEFT JOIN takedown_codes o ON o.type = c.type AND o.value = c.value AND o.entry_id > 0
			LEFT JOIN banks b ON b.id = o.bank_id AND b.deleted_at = 0 AND b.name = $2
			LEFT JOIN entries e ON e.bank_id = b.id AND e.id = o.entry_id
			WHERE c.case_id = $1 GROUP BY c.type, c.value ORDER BY c.type, c.value`, id, BankName)
		return err
	})
	if err != nil {
		return err
	}
	if len(codes) == 0 {
		return &jaga.Error{Code: jaga.CodeConflict, Field: "case", Msg: "accept case: its codes are no longer kept"}
	}
	var list []bank.NewEntry
	for _, c := range codes {
		if c.Entry == 0 {
			v := engine.Value{Type: jaga.SignalType(c.Type)}
			copy(v.Bytes[:], c.Value)
			list = append(list, bank.NewEntry{Values: []engine.Value{v}, Source: source, Licence: licence})
		}
	}
	return s.banks.AddSeveral(ctx, actor, BankName, list, func(tx *store.Tx, bankID int64, ids []int64) error {
		for _, c := range codes {
			if c.Entry == 0 {
				c.Bank, c.Entry, ids = bankID, ids[0], ids[1:]
			}
			if _, err := tx.Exec(`UPDATE takedown_codes SET bank_id = $1, entry_id = $2 WHERE case_id = $3 AND type = $4 AND value = $5`, c.Bank, c.Entry, id, c.Type, c.Value); err != nil {
				return err
			}
		}
		return decide(tx, event(actor, "takedown.accept", id, map[string]string{"codes": strconv.Itoa(len(codes)), "new_entries": strconv.Itoa(len(list))}), id, slip.Accepted, "")
	})
}

// makeBank makes the bank where it is not there.
func (s *Service) makeBank(ctx context.Context, actor string) error {
	_, err := s.banks.Get(ctx, BankName)
	if jaga.CodeOf(err) != jaga.CodeNotFound {
		return err
	}
	set := bank.Defaults(BankName)
	set.Note = "Codes that young people handed in through the guide and a person here accepted. Keep the name: cases are tied to it."
	_, err = s.banks.Create(ctx, actor, set)
	return err
}

// Refuse has the codes of a case looked for no longer, or not at all.
func (s *Service) Refuse(ctx context.Context, actor string, id int64, why slip.Reason) error {
	if !slices.Contains(slip.Reasons(), why) {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "reason", Msg: "refuse case: there is no such reason"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.release(ctx, actor, id, func(tx *store.Tx) error {
		states, err := store.All[string](tx, `SELECT state FROM takedown_cases WHERE id = $1`, id)
		if err != nil {
			return err
		}
		if len(states) == 0 {
			return notThere()
		}
		if st := slip.State(states[0]); st != slip.Waiting && st != slip.Accepted {
			return &jaga.Error{Code: jaga.CodeConflict, Field: "case", Msg: "refuse case: it is " + states[0] + " already"}
		}
		if _, err := tx.Exec(`UPDATE takedown_codes SET bank_id = 0, entry_id = 0 WHERE case_id = $1`, id); err != nil {
			return err
		}
		return decide(tx, event(actor, "takedown.refuse", id, map[string]string{"reason": string(why)}), id, slip.Refused, why)
	})
}

// Saw counts a file that came in for the cases whose codes it matches, once for
// each case. before are the matches that were counted already. It runs in the
// transaction that stores the file's outcome.
func Saw(tx *store.Tx, before, after []jaga.Match) error {
	cases, err := casesOf(tx, after)
	if err != nil || len(cases) == 0 {
		return err
	}
	counted, err := casesOf(tx, before)
	if err != nil {
		return err
	}
	for _, id := range cases {
		if slices.Contains(counted, id) {
			continue
		}
		if _, err := tx.Exec(`UPDATE takedown_cases SET seen = seen + 1 WHERE id = $1`, id); err != nil {
			return fmt.Errorf("count a sighting: %w", err)
		}
	}
	return nil
}

// casesOf returns the cases whose entries are among matches that count.
func casesOf(tx *store.Tx, matches []jaga.Match) (out []int64, err error) {
	var ids []any
	for _, m := range matches {
		if m.Role == jaga.RoleMatch && m.Suppressed == "" && m.Bank == BankName {
			ids = append(ids, m.Entry)
		}
	}
	for chunk := range slices.Chunk(ids, 200) {
		marks := make([]string, len(chunk))
		for i := range chunk {
			marks[i] = "$" + strconv.Itoa(i+1)
		}
		found, err := store.All[int64](tx, `SELECT DISTINCT case_id FROM takedown_codes WHERE entry_id IN (`+strings.Join(marks, ", ")+`)`, chunk...)
		if err != nil {
			return nil, fmt.Errorf("count a sighting: %w", err)
		}
		out = append(out, found...)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// How long cases that are over are kept: a refusal can be taken back for as long
// as there are codes, and whoever filed a case can read what became of it.
const (
	refusedCodes = 7 * 24 * time.Hour
	overCases    = 180 * 24 * time.Hour
)

// Purge removes what is no longer kept of cases that are over.
func (s *Service) Purge(ctx context.Context) error {
	now := s.now()
	return s.db.Bulk(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(`DELETE FROM takedown_codes WHERE case_id IN (SELECT id FROM takedown_cases WHERE state = $1 AND decided_at < $2)`,
			string(slip.Refused), now.Add(-refusedCodes).UnixMicro()); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM takedown_cases WHERE state IN ($1, $2) AND decided_at < $3`,
			string(slip.Refused), string(slip.Withdrawn), now.Add(-overCases).UnixMicro())
		return err
	})
}
