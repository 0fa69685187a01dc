package casework

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// AddNote adds a note to a case and puts it into the inbox of those whom it
// mentions (actors, such as "person:4"). Notes are never changed.
func (s *Service) AddNote(ctx context.Context, actor string, id int64, text string, mentions []string) (note int64, err error) {
	if text == "" {
		return 0, &jaga.Error{Code: jaga.CodeInvalid, Field: "note", Msg: "add note: it is empty"}
	}
	if err := checkText("note", text, MaxText); err != nil {
		return 0, err
	}
	if len(mentions) > 50 {
		return 0, &jaga.Error{Code: jaga.CodeInvalid, Field: "mentions", Msg: "add note: it mentions more than 50 people"}
	}
	for _, m := range mentions {
		if err := checkActor(m); err != nil {
			return 0, err
		}
	}
	err = s.do(ctx, actor, id, func(tx *store.Tx, r *caseRow) error {
		note, err = store.One[int64](tx, `INSERT INTO case_notes (case_id, at, actor, sealed) VALUES ($1, $2, $3, $4) RETURNING id`, id, max(tx.Now(), r.UpdatedAt), actor, s.keys.Seal(purpose("note", id), []byte(text)))
		if err != nil {
			return err
		}
		if err := s.change(tx, r, actor, Noted, Data{Note: note}, ""); err != nil {
			return err
		}
		for _, m := range slices.Compact(slices.Sorted(slices.Values(mentions))) {
			if _, err := tx.Exec(`INSERT INTO case_mentions (person, case_id, note_id, why, at) VALUES ($1, $2, $3, 'mention', $4)`, m, id, note, r.UpdatedAt); err != nil {
				return err
			}
		}
		return s.index(tx, id, text)
	})
	return note, err
}

// Note is a note that was opened for a person.
type Note struct {
	ID, Case int64
	At       time.Time
	Actor    string
	Text     string
}

// Notes opens the notes of a case, and of those merged into it, oldest first,
// and records who read them. after is the last note of the page before.
func (s *Service) Notes(ctx context.Context, actor string, id, after int64, limit int) (out []Note, err error) {
	type row struct {
		ID, Case, At int64
		Actor        string
		Sealed       []byte
	}
	out = []Note{}
	err = s.reading(ctx, actor, id, "case.read_notes", func(tx *store.Tx) error {
		rows, err := pages(tx, id, limit, func(member int64, limit int64) ([]row, error) {
			return store.All[row](tx, `SELECT id, case_id, at, actor, sealed FROM case_notes WHERE case_id = $1 AND id > $2 ORDER BY id LIMIT $3`, member, after, limit)
		}, func(r row) int64 { return r.ID })
		if err != nil {
			return err
		}
		for _, r := range rows {
			text, err := s.keys.Open(purpose("note", r.Case), r.Sealed)
			if err != nil {
				return err
			}
			out = append(out, Note{r.ID, r.Case, time.UnixMicro(r.At), r.Actor, string(text)})
		}
		return nil
	})
	return out, err
}

// Mention is something in a person's inbox: a note that mentions them, or a
// case that was escalated to them.
type Mention struct {
	ID, Case, Note int64
	Why            string // mention or escalated
	At             int64  // microseconds
}

// Inbox lists what a person has not seen yet, newest first.
func (s *Service) Inbox(ctx context.Context, person string, limit int) (out []Mention, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		out, err = store.All[Mention](tx, `SELECT id, case_id, note_id, why, at FROM case_mentions WHERE person = $1 AND seen_at = 0 ORDER BY id DESC LIMIT $2`, person, bound(limit))
		return err
	})
	return out, err
}

// Seen takes a mention out of the inbox of the person. An escalation stays
// until it is acknowledged.
func (s *Service) Seen(ctx context.Context, person string, mention int64) error {
	return s.db.Bulk(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE case_mentions SET seen_at = $1 WHERE id = $2 AND person = $3 AND why = 'mention'`, max(tx.Now(), 1), mention, person)
		return err
	})
}

// SavedFilter is a filter that a person keeps under a name.
type SavedFilter struct {
	ID     int64
	Owner  string
	Name   string
	Shared bool // others may use it
	Filter Filter
}

// SaveFilter keeps a filter, replacing the person's own of the same name.
func (s *Service) SaveFilter(ctx context.Context, owner, name string, shared bool, f Filter) error {
	if err := checkText("name", name, 80); err != nil {
		return err
	}
	if name == "" {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "name", Msg: "save filter: it has no name"}
	}
	f.After, f.Limit = nil, 0
	text, err := json.Marshal(f)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, custody.Event{Actor: owner, Action: "filter.save", Subject: "filter"}, func(tx *store.Tx) error {
		n, err := store.One[int64](tx, `SELECT COUNT(*) FROM case_filters WHERE owner = $1`, owner)
		if err != nil {
			return err
		}
		if n >= 200 {
			return &jaga.Error{Code: jaga.CodeConflict, Field: "name", Msg: "save filter: you keep 200 already", Hint: "remove one first"}
		}
		_, err = tx.Exec(`INSERT INTO case_filters (owner, name, shared, filter) VALUES ($1, $2, $3, $4)
			ON CONFLICT (owner, name) DO UPDATE SET shared = excluded.shared, filter = excluded.filter`, owner, name, number(shared), string(text))
		return err
	})
}

// Filters lists a person's own filters and those that others share.
func (s *Service) Filters(ctx context.Context, person string) (out []SavedFilter, err error) {
	type row struct {
		ID          int64
		Owner, Name string
		Shared      int64
		Filter      string
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[row](tx, `SELECT id, owner, name, shared, filter FROM case_filters WHERE owner = $1 OR shared = 1 ORDER BY name, id LIMIT 1000`, person)
		for _, r := range rows {
			f := SavedFilter{ID: r.ID, Owner: r.Owner, Name: r.Name, Shared: r.Shared != 0}
			if err := json.Unmarshal([]byte(r.Filter), &f.Filter); err != nil {
				return fmt.Errorf("stored filter %d: %w", r.ID, err)
			}
			out = append(out, f)
		}
		return err
	})
	return out, err
}

// RemoveFilter removes one of the person's own filters.
func (s *Service) RemoveFilter(ctx context.Context, owner string, id int64) error {
	return s.db.Update(ctx, custody.Event{Actor: owner, Action: "filter.remove", Subject: "filter"}, func(tx *store.Tx) error {
		n, err := tx.Exec(`DELETE FROM case_filters WHERE id = $1 AND owner = $2`, id, owner)
		if err == nil && n == 0 {
			err = &jaga.Error{Code: jaga.CodeNotFound, Field: "filter", Msg: "you have no such filter"}
		}
		return err
	})
}
