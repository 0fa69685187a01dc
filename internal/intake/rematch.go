package intake

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/store"
)

// Rematch is the handler of [bank.GrewJob]: it compares the items that are kept
// with the entries that were added, and marks what is found as late. Running it
// again changes nothing.
func (s *Service) Rematch(ctx context.Context, r *store.Running) error {
	var g bank.Grew
	if err := r.Args(&g); err != nil {
		return store.Permanent(err)
	}
	total := int64(0)
	if err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		total, err = store.One[int64](tx, `SELECT COUNT(*) FROM items`)
		return err
	}); err != nil {
		return err
	}
	done, late, after := int64(0), 0, ""
	for {
		var page []Record
		err := s.db.View(ctx, func(tx *store.Tx) error {
			rows, err := store.All[itemRow](tx, `SELECT `+itemColumns+` FROM items WHERE id > $1 ORDER BY id LIMIT 200`, after)
			for _, row := range rows {
				rec, err := row.record()
				if err != nil {
					return err
				}
				if rec.Signals, err = signals(tx, rec.Item.ID); err != nil {
					return err
				}
				page = append(page, rec)
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("match recent items again: %w", err)
		}
		if len(page) == 0 {
			r.Progress(ctx, total, total, strconv.Itoa(late)+" late matches")
			return nil
		}
		for _, rec := range page {
			after = rec.Item.ID
			done++
			found, err := s.again(ctx, rec, g)
			if err != nil {
				return fmt.Errorf("match recent items again: %w", err)
			}
			if found {
				late++
			}
		}
		r.Progress(ctx, done, max(total, done), strconv.Itoa(late)+" late matches")
	}
}

// again looks for new matches of one item among the entries that were added,
// and stores the item's new outcome if there are any.
func (s *Service) again(ctx context.Context, rec Record, g bank.Grew) (bool, error) {
	usable := slices.DeleteFunc(slices.Clone(rec.Signals), func(x jaga.Signal) bool {
		return x.Type == jaga.PDQ && x.Quality < 50 && rec.Item.Kind != jaga.KindHash
	})
	a, err := s.eng.Match(engine.Query{Signals: usable, Now: time.Now()})
	if err != nil {
		return false, err
	}
	matches := slices.Clone(rec.Outcome.Matches)
	added := 0
	for _, m := range a.Matches {
		if m.Entry < g.First || m.Entry > g.Last {
			continue
		}
		if slices.ContainsFunc(matches, func(o jaga.Match) bool {
			return o.Entry == m.Entry && o.Signal.Value == m.Signal.Value && o.Signal.Type == m.Signal.Type
		}) {
			continue
		}
		m.Late = true
		matches = append(matches, m)
		added++
	}
	if added == 0 {
		return false, nil
	}
	before := rec.Outcome.State()
	// Suppression is decided anew: a benign entry may have come in between.
	for i := range matches {
		if matches[i].Suppressed == jaga.SuppressedAllow {
			matches[i].Suppressed = ""
		}
	}
	o := engine.Judge(matches, rec.Outcome.Checked, rec.Outcome.Skipped, a.Version)
	text, err := json.Marshal(o)
	if err != nil {
		return false, err
	}
	return true, s.db.Update(ctx, custody.Event{Actor: "system", Action: "item.late_match", Subject: "item:" + rec.Item.ID, Detail: map[string]string{
		"band": o.Band().String(), "new_matches": strconv.Itoa(added), "index": a.Version}}, func(tx *store.Tx) error {
		if _, err := tx.Exec(`UPDATE items SET state = $1, band = $2, late = 1, outcome = $3 WHERE id = $4`, string(o.State()), int64(o.Band()), string(text), rec.Item.ID); err != nil {
			return err
		}
		tx.Notify("items", rec.Item.ID)
		if o.State() == before {
			return nil
		}
		if err := tally(tx, rec.Item.At, before, -1); err != nil {
			return err
		}
		return tally(tx, rec.Item.At, o.State(), 1)
	})
}
