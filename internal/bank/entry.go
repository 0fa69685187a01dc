package bank

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/store"
)

// reserve takes n entry numbers and returns the first.
func reserve(tx *store.Tx, n int64) (int64, error) {
	next, err := store.One[int64](tx, `UPDATE bank_sequence SET next = next + $1 WHERE id = 1 RETURNING next`, n)
	if err != nil {
		return 0, err
	}
	if next > math.MaxUint32 {
		return 0, &jaga.Error{Code: jaga.CodeUnavailable, Msg: "add entry: there are no entry numbers left"}
	}
	return next - n, nil
}

// manual returns the source under which single entries of a name are kept.
func manual(tx *store.Tx, bank int64, name, licence string) (int64, error) {
	if name == "" {
		name = "manual"
	}
	found, err := store.All[int64](tx, `SELECT id FROM bank_sources WHERE bank_id = $1 AND name = $2 AND licence = $3 AND state = 'ready' ORDER BY id LIMIT 1`, bank, name, licence)
	if err != nil || len(found) == 1 {
		return first(found), err
	}
	return store.One[int64](tx, `INSERT INTO bank_sources (bank_id, name, licence, state, created_at) VALUES ($1, $2, $3, 'ready', $4) RETURNING id`,
		bank, name, licence, tx.Now())
}

func first(ids []int64) int64 {
	if len(ids) == 0 {
		return 0
	}
	return ids[0]
}

func (n NewEntry) check() error {
	if len(n.Values) == 0 {
		return invalid("signals", "an entry needs at least one hash")
	}
	seen := map[jaga.SignalType]bool{}
	for _, v := range n.Values {
		if !v.Type.Valid() || seen[v.Type] {
			return invalid("signals", "an entry has at most one hash of each type")
		}
		if v.Type == jaga.VPDQ && v.Frames == "" {
			return invalid("signals", "a film needs its frames, not only their digest")
		}
		if v.Type == jaga.Chromaprint {
			if err := checkSound(v); err != nil {
				return err
			}
		}
		seen[v.Type] = true
	}
	if len(n.Metadata) > 0 {
		var object map[string]any
		if err := json.Unmarshal(n.Metadata, &object); err != nil || object == nil {
			return invalid("metadata", "it is not a JSON object")
		}
		if len(n.Metadata) > 64<<10 {
			return invalid("metadata", "it is longer than 64 KiB")
		}
	}
	if len(n.Source) > 255 || len(n.Licence) > 255 {
		return invalid("source", "source and licence are at most 255 bytes")
	}
	return checkNote(n.Note)
}

// Add adds one entry to a bank. It matches as soon as Add returns. The same
// hash may be added again; it is then another entry.
func (s *Service) Add(ctx context.Context, actor, bank string, n NewEntry) (Entry, error) {
	var id int64
	err := s.AddSeveral(ctx, actor, bank, []NewEntry{n}, func(_ *store.Tx, _ int64, ids []int64) error {
		id = ids[0]
		return nil
	})
	if err != nil {
		return Entry{}, err
	}
	return s.Entry(ctx, bank, id)
}

func count(tx *store.Tx, bank, source, n int64) error {
	if _, err := tx.Exec(`UPDATE banks SET entries = entries + $1, updated_at = $2 WHERE id = $3`, n, tx.Now(), bank); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE bank_sources SET entries = entries + $1 WHERE id = $2`, n, source)
	return err
}

// GrewJob is the kind of the job that asks for recent items to be matched again
// with the entries that were added; its arguments are [Grew].
const GrewJob = "rematch"

// Grew says which entries were added to a bank.
type Grew struct{ Bank, First, Last int64 }

func grew(tx *store.Tx, bank, first, last int64) error {
	return tx.Enqueue(store.Job{Kind: GrewJob, Args: Grew{bank, first, last}})
}

// grewWhole asks for recent items to be matched again with all entries of a bank.
func grewWhole(tx *store.Tx, bank int64) error {
	next, err := store.One[int64](tx, `SELECT next FROM bank_sequence WHERE id = 1`)
	if err != nil || next == 1 {
		return err
	}
	return grew(tx, bank, 1, next-1)
}

type entryRow struct {
	ID, Type, Source, Created int64
	Value                     []byte
}

type factsRow struct {
	Entry                            int64
	Note, Metadata                   string
	DisableUntil, ExpiresAt, Quarant int64
	Why                              string
}

func (f factsRow) facts() engine.Facts {
	return engine.Facts{DisabledUntil: f.DisableUntil, ExpiresAt: f.ExpiresAt, Quarantined: f.Quarant != 0}
}

const factsColumns = `entry_id, note, metadata, disable_until, expires_at, quarantined_at, quarantine_why`

// Filter chooses entries of a bank.
type Filter struct {
	Type  jaga.SignalType // empty is any
	After int64           // entries with larger numbers only
	Limit int             // at most 1000; 0 is 50
	// Quarantined and Disabled keep only such entries.
	Quarantined, Disabled bool
}

// Entry returns one entry of a bank.
func (s *Service) Entry(ctx context.Context, bank string, id int64) (e Entry, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		b, err := get(tx, bank)
		if err != nil {
			return err
		}
		list, err := entries(tx, b, `SELECT id, type, source_id, created_at, value FROM entries WHERE bank_id = $1 AND id = $2 ORDER BY type`, b.ID, id)
		if err == nil && len(list) == 0 {
			err = &jaga.Error{Code: jaga.CodeNotFound, Field: "entry", Msg: "the bank has no entry of this number"}
		}
		if err != nil {
			return err
		}
		e = list[0]
		return nil
	})
	return e, err
}

// Entries lists entries of a bank in the order of their numbers.
func (s *Service) Entries(ctx context.Context, bank string, f Filter) (list []Entry, err error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	// Entries of a list that is still loading do not exist yet.
	where, args := `bank_id = $1 AND id > $2 AND source_id NOT IN (SELECT id FROM bank_sources WHERE bank_id = $1 AND state = 'loading')`, []any{int64(0), f.After}
	if f.Type != "" {
		args = append(args, typeNumbers[f.Type])
		where += fmt.Sprintf(` AND type = $%d`, len(args))
	}
	if f.Quarantined {
		where += ` AND id IN (SELECT entry_id FROM entry_facts WHERE bank_id = $1 AND quarantined_at > 0)`
	}
	if f.Disabled {
		where += ` AND id IN (SELECT entry_id FROM entry_facts WHERE bank_id = $1 AND disable_until <> 1)`
	}
	args = append(args, int64(min(f.Limit, 1000)))
	err = s.db.View(ctx, func(tx *store.Tx) error {
		b, err := get(tx, bank)
		if err != nil {
			return err
		}
		args[0] = b.ID
		list, err = entries(tx, b, fmt.Sprintf(`SELECT id, type, source_id, created_at, value FROM entries
			WHERE bank_id = $1 AND id IN (SELECT DISTINCT id FROM entries WHERE %s ORDER BY id LIMIT $%d) ORDER BY id, type`, where, len(args)), args...)
		return err
	})
	return list, err
}

// entries reads the rows of a query and puts the parts of each entry together.
// Entries of a source that is still loading are left out.
func entries(tx *store.Tx, b Bank, q string, args ...any) ([]Entry, error) {
	rows, err := store.All[entryRow](tx, q, args...)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	type source struct {
		ID                   int64
		Name, Licence, State string
	}
	all, err := store.All[source](tx, `SELECT id, name, licence, state FROM bank_sources WHERE bank_id = $1`, b.ID)
	if err != nil {
		return nil, err
	}
	sources := map[int64]source{}
	for _, x := range all {
		sources[x.ID] = x
	}
	special, err := store.All[factsRow](tx, `SELECT `+factsColumns+` FROM entry_facts WHERE bank_id = $1 AND entry_id BETWEEN $2 AND $3`,
		b.ID, rows[0].ID, rows[len(rows)-1].ID)
	if err != nil {
		return nil, err
	}
	facts := map[int64]factsRow{}
	for _, f := range special {
		facts[f.Entry] = f
	}
	var out []Entry
	for _, r := range rows {
		src := sources[r.Source]
		if src.State != "ready" {
			continue
		}
		if len(out) == 0 || out[len(out)-1].ID != r.ID {
			e := Entry{ID: r.ID, Bank: b.Name, Source: src.Name, Licence: src.Licence, CreatedAt: r.Created, DisableUntil: 1}
			if f, ok := facts[r.ID]; ok {
				e.Note, e.DisableUntil, e.ExpiresAt, e.QuarantinedAt, e.QuarantineWhy = f.Note, f.DisableUntil, f.ExpiresAt, f.Quarant, f.Why
				if f.Metadata != "" {
					e.Metadata = json.RawMessage(f.Metadata)
				}
			}
			out = append(out, e)
		}
		v, err := valueOf(r.Type, r.Value)
		if err != nil {
			return nil, err
		}
		e := &out[len(out)-1]
		e.Signals = append(e.Signals, jaga.Signal{Type: v.Type, Value: v.String()})
	}
	return out, nil
}

// EntryChange says what to change of an entry; nil leaves a part alone.
type EntryChange struct {
	Note         *string
	DisableUntil *int64
	ExpiresAt    *int64
	// Quarantine puts the entry into quarantine for the reason, or with an
	// empty one releases it.
	Quarantine *string
}

// UpdateEntry changes an entry. What matches changes at once.
func (s *Service) UpdateEntry(ctx context.Context, actor, bank string, id int64, c EntryChange) (Entry, error) {
	if c.Note != nil {
		if err := checkNote(*c.Note); err != nil {
			return Entry{}, err
		}
	}
	if c.DisableUntil != nil {
		if t := *c.DisableUntil; t < 0 || t > time.Now().AddDate(5, 0, 0).Unix() {
			return Entry{}, invalid("disable_until", "it must be 0, 1 or a time within five years")
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var facts engine.Facts
	err := s.db.Bulk(ctx, func(tx *store.Tx) error {
		b, err := get(tx, bank)
		if err != nil {
			return err
		}
		if _, err := store.One[int64](tx, `SELECT id FROM entries WHERE bank_id = $1 AND id = $2 LIMIT 1`, b.ID, id); err != nil {
			return cmpNotFound(err)
		}
		if _, err := tx.Exec(`INSERT INTO entry_facts (entry_id, bank_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, id, b.ID); err != nil {
			return err
		}
		f, err := store.One[factsRow](tx, `SELECT `+factsColumns+` FROM entry_facts WHERE entry_id = $1`, id)
		if err != nil {
			return err
		}
		on := f.facts().On(time.UnixMicro(tx.Now()).Unix())
		if c.Note != nil {
			f.Note = *c.Note
		}
		if c.DisableUntil != nil {
			f.DisableUntil = *c.DisableUntil
		}
		if c.ExpiresAt != nil {
			f.ExpiresAt = *c.ExpiresAt
		}
		if c.Quarantine != nil {
			f.Quarant, f.Why = 0, *c.Quarantine
			if f.Why != "" {
				f.Quarant = tx.Now()
			}
		}
		facts = f.facts()
		if !on && facts.On(time.UnixMicro(tx.Now()).Unix()) {
			if err := grew(tx, b.ID, id, id); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(`UPDATE entry_facts SET note = $1, disable_until = $2, expires_at = $3, quarantined_at = $4, quarantine_why = $5 WHERE entry_id = $6`,
			f.Note, f.DisableUntil, f.ExpiresAt, f.Quarant, f.Why, id); err != nil {
			return err
		}
		return tx.Record(custody.Event{Actor: actor, Action: "entry.update", Subject: entrySubject(id), Detail: map[string]string{
			"bank": subject(b.ID), "disable_until": fmt.Sprint(f.DisableUntil), "expires_at": fmt.Sprint(f.ExpiresAt), "quarantined": fmt.Sprint(f.Quarant != 0)}})
	})
	if err != nil {
		return Entry{}, err
	}
	if err := s.eng.SetFacts(uint32(id), facts); err != nil {
		return Entry{}, err
	}
	return s.Entry(ctx, bank, id)
}

func cmpNotFound(err error) error {
	if jaga.CodeOf(err) == jaga.CodeNotFound {
		return &jaga.Error{Code: jaga.CodeNotFound, Field: "entry", Msg: "the bank has no entry of this number", Err: err}
	}
	return err
}

// DeleteEntry removes an entry and reports whether it was there.
func (s *Service) DeleteEntry(ctx context.Context, actor, bank string, id int64) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var values []engine.Value
	err := s.db.Bulk(ctx, func(tx *store.Tx) error {
		b, err := get(tx, bank)
		if err != nil {
			return err
		}
		values, err = remove(tx, actor, b.ID, id)
		return err
	})
	if err != nil || len(values) == 0 {
		return false, err
	}
	return true, s.eng.Delete(uint32(id), values...)
}

// SetOpinion records what somebody says of an entry, in place of what they said
// before.
func (s *Service) SetOpinion(ctx context.Context, actor, bank string, id int64, verdict, note string) error {
	switch verdict {
	case "confirm", "reject", "unsure":
	default:
		return invalid("verdict", "%q is not confirm, reject or unsure", verdict)
	}
	if err := checkNote(note); err != nil {
		return err
	}
	return s.db.Update(ctx, custody.Event{Actor: actor, Action: "entry.opinion", Subject: entrySubject(id), Detail: map[string]string{"verdict": verdict}}, func(tx *store.Tx) error {
		b, err := get(tx, bank)
		if err != nil {
			return err
		}
		if _, err := store.One[int64](tx, `SELECT id FROM entries WHERE bank_id = $1 AND id = $2 LIMIT 1`, b.ID, id); err != nil {
			return cmpNotFound(err)
		}
		_, err = tx.Exec(`INSERT INTO entry_opinions (entry_id, who, verdict, note, at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (entry_id, who) DO UPDATE SET verdict = excluded.verdict, note = excluded.note, at = excluded.at`, id, actor, verdict, note, tx.Now())
		return err
	})
}

// Opinions lists what was said of an entry, oldest first.
func (s *Service) Opinions(ctx context.Context, id int64) (list []Opinion, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		list, err = store.All[Opinion](tx, `SELECT who, verdict, note, at FROM entry_opinions WHERE entry_id = $1 ORDER BY at`, id)
		return err
	})
	return list, err
}
