package intake

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

type itemRow struct {
	ID                       string
	At                       int64
	Source, Ref, Kind, Type  string
	Bytes, Width, Height, Or int64
	Author, Audience         string
	Late                     int64
	Outcome                  string
}

const itemColumns = `id, at, source, ref, kind, type, bytes, width, height, orientation, author, audience, late, outcome`

func (r itemRow) record() (Record, error) {
	rec := Record{
		Item: jaga.Item{ID: r.ID, Source: r.Source, Ref: r.Ref, Kind: jaga.Kind(r.Kind), At: time.UnixMicro(r.At), Author: r.Author, Audience: r.Audience},
		Type: r.Type, Bytes: r.Bytes, Width: int(r.Width), Height: int(r.Height), Orientation: int(r.Or), Late: r.Late != 0, Signals: []jaga.Signal{},
	}
	if err := json.Unmarshal([]byte(r.Outcome), &rec.Outcome); err != nil {
		return Record{}, fmt.Errorf("stored outcome of item %s: %w", r.ID, err)
	}
	return rec, nil
}

// Get returns one item with its signals.
func (s *Service) Get(ctx context.Context, id string) (rec Record, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[itemRow](tx, `SELECT `+itemColumns+` FROM items WHERE id = $1`, id)
		if err == nil && len(rows) == 0 {
			err = &jaga.Error{Code: jaga.CodeNotFound, Field: "item", Msg: "there is no item of this number, or it is no longer kept"}
		}
		if err != nil {
			return err
		}
		if rec, err = rows[0].record(); err != nil {
			return err
		}
		rec.Signals, err = signals(tx, id)
		return err
	})
	return rec, err
}

func signals(tx *store.Tx, id string) ([]jaga.Signal, error) {
	type row struct {
		Type, Quality int64
		Variant       string
		Value         []byte
	}
	rows, err := store.All[row](tx, `SELECT type, quality, variant, value FROM item_signals WHERE item_id = $1 ORDER BY type, variant`, id)
	if err != nil {
		return nil, err
	}
	out := make([]jaga.Signal, 0, len(rows))
	for _, r := range rows {
		s := jaga.Signal{Type: typeName(r.Type), Value: hex.EncodeToString(r.Value), Quality: int(r.Quality), Variant: r.Variant}
		if s.Type == jaga.VPDQ {
			frames, err := store.One[[]byte](tx, `SELECT frames FROM item_films WHERE item_id = $1`, id)
			if err != nil {
				return nil, fmt.Errorf("frames of item %s: %w", id, err)
			}
			s.Frames = string(frames)
		}
		if s.Type == jaga.Chromaprint {
			words, err := store.One[[]byte](tx, `SELECT words FROM item_sounds WHERE item_id = $1`, id)
			if err != nil {
				return nil, fmt.Errorf("words of item %s: %w", id, err)
			}
			s.Words = string(words)
		}
		out = append(out, s)
	}
	return out, nil
}

// Filter chooses items, newest first.
type Filter struct {
	State  jaga.State // empty is any
	Ref    string     // empty is any
	Before string     // items older than the one with this id
	// Unless leaves out the items of whose ids it is true; nil leaves out none.
	Unless store.Condition
	Limit  int // at most 500; 0 is 50
}

// List returns items without their signals.
func (s *Service) List(ctx context.Context, f Filter) (list []Record, err error) {
	if f.Limit <= 0 {
		f.Limit = 50
	}
	where, args := `1 = 1`, []any{}
	and := func(text string, v any) {
		args = append(args, v)
		where += fmt.Sprintf(text, len(args))
	}
	if f.State != "" {
		and(` AND state = $%d`, string(f.State))
	}
	if f.Ref != "" {
		and(` AND ref = $%d`, f.Ref)
	}
	if f.Before != "" {
		and(` AND id < $%d`, f.Before) // UUIDv7 sorts by time
	}
	where += unless(f.Unless, &args)
	args = append(args, int64(min(f.Limit, 500)))
	list = []Record{}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[itemRow](tx, fmt.Sprintf(`SELECT %s FROM items WHERE %s ORDER BY id DESC LIMIT $%d`, itemColumns, where, len(args)), args...)
		for _, r := range rows {
			rec, err := r.record()
			if err != nil {
				return err
			}
			list = append(list, rec)
		}
		return err
	})
	return list, err
}

// unless is what a condition adds to a query over items.
func unless(c store.Condition, args *[]any) string {
	if c == nil {
		return ""
	}
	return " AND NOT " + c("items.id", func(v any) string {
		*args = append(*args, v)
		return fmt.Sprintf("$%d", len(*args))
	})
}

// Hour is how many items of each state came in within an hour.
type Hour struct {
	Hour  int64                `json:"hour"` // hours since 1970
	Count map[jaga.State]int64 `json:"count"`
}

// Hourly returns the counts of the hours since a time, oldest first; hours
// without items are left out.
func (s *Service) Hourly(ctx context.Context, since time.Time) (out []Hour, err error) {
	type row struct {
		Hour  int64
		State string
		N     int64
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[row](tx, `SELECT hour, state, n FROM item_hours WHERE hour >= $1 ORDER BY hour`, hourOf(since))
		for _, r := range rows {
			if len(out) == 0 || out[len(out)-1].Hour != r.Hour {
				out = append(out, Hour{r.Hour, map[jaga.State]int64{}})
			}
			out[len(out)-1].Count[jaga.State(r.State)] += r.N
		}
		return err
	})
	return out, err
}

// Counts returns how many items of each state are kept, without those of whose
// ids a condition is true; nil leaves out none.
func (s *Service) Counts(ctx context.Context, but store.Condition) (map[jaga.State]int64, error) {
	type row struct {
		State string
		N     int64
	}
	out := map[jaga.State]int64{}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		var args []any
		rows, err := store.All[row](tx, `SELECT state, COUNT(*) FROM items WHERE 1 = 1`+unless(but, &args)+` GROUP BY state`, args...)
		for _, r := range rows {
			out[jaga.State(r.State)] = r.N
		}
		return err
	})
	return out, err
}

// Purge removes items that are older than they are kept, and that nobody works
// with, and returns how many.
func (s *Service) Purge(ctx context.Context) (n int64, err error) {
	before := time.Now().Add(-s.opt.Keep).UnixMicro()
	for after := ""; ; {
		page := 0
		err := s.db.Bulk(ctx, func(tx *store.Tx) error {
			ids, err := store.All[string](tx, `SELECT id FROM items WHERE at < $1 AND id > $2 ORDER BY id LIMIT 500`, before, after)
			if err != nil || len(ids) == 0 {
				return err
			}
			page = len(ids)
			after = ids[page-1]
			needed, err := s.opt.Needed(tx, ids)
			if err != nil {
				return err
			}
			for _, id := range ids {
				if slices.Contains(needed, id) {
					continue
				}
				for _, q := range []string{`DELETE FROM item_signals WHERE item_id = $1`, `DELETE FROM item_films WHERE item_id = $1`, `DELETE FROM item_sounds WHERE item_id = $1`,
					`DELETE FROM item_evidence WHERE item_id = $1`, `DELETE FROM items WHERE id = $1`} {
					if _, err := tx.Exec(q, id); err != nil {
						return err
					}
				}
				n++
			}
			return nil
		})
		if err != nil || page == 0 {
			return n, err
		}
	}
}
