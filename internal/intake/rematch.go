package intake

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/bank"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/pdq"
)

// growth is which entries were added: ranges in order that do not touch.
type growth []bank.Grew

// everything is a growth that holds every entry.
var everything = growth{{First: 0, Last: math.MaxInt64}}

func newGrowth(ranges []bank.Grew) (g growth) {
	slices.SortFunc(ranges, func(a, b bank.Grew) int { return cmp.Compare(a.First, b.First) })
	for _, r := range ranges {
		if n := len(g); n > 0 && r.First <= g[n-1].Last+1 {
			g[n-1].Last = max(g[n-1].Last, r.Last)
			continue
		}
		g = append(g, r)
	}
	return g
}

func (g growth) has(entry int64) bool {
	i, exact := slices.BinarySearchFunc(g, entry, func(r bank.Grew, e int64) int { return cmp.Compare(r.First, e) })
	return exact || i > 0 && entry <= g[i-1].Last
}

// Rematch is the handler of [bank.GrewJob]: it compares the items that are kept
// with the entries that were added, and marks what is found as late. It takes
// all jobs that wait along, so that ten thousand single entries are one pass
// over the items. Running it again changes nothing. The entries must be in the
// index (see [bank.Service.Settle]).
func (s *Service) Rematch(ctx context.Context, r *store.Running) error {
	ranges := make([]bank.Grew, 1)
	if err := r.Args(&ranges[0]); err != nil {
		return store.Permanent(err)
	}
	if err := r.Absorb(ctx, func(decode func(any) error) error {
		var more bank.Grew
		err := decode(&more)
		ranges = append(ranges, more)
		return err
	}); err != nil {
		return err
	}
	if s.opt.Settle != nil {
		if err := s.opt.Settle(); err != nil {
			return fmt.Errorf("match recent items again: %w", err)
		}
	}
	g := newGrowth(ranges)
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
func (s *Service) again(ctx context.Context, rec Record, g growth) (bool, error) {
	usable := slices.DeleteFunc(slices.Clone(rec.Signals), func(x jaga.Signal) bool {
		return x.Type == jaga.PDQ && x.Quality < pdq.MinQuality && rec.Item.Kind != jaga.KindHash
	})
	// The smallest draw: banks that are switched off stay out, others take part.
	a, err := s.eng.Match(engine.Query{Signals: usable, Now: time.Now(), Draw: math.SmallestNonzeroFloat64, Limit: maxMatches})
	if err != nil {
		return false, err
	}
	fresh := slices.DeleteFunc(a.Matches, func(m jaga.Match) bool { return !g.has(m.Entry) || known(rec.Outcome.Matches, m) })
	if len(fresh) == 0 {
		return false, nil
	}
	found := false
	// What is stored is read again where it is changed: another look may have
	// found something meanwhile, which must not be lost.
	err = s.db.Bulk(ctx, func(tx *store.Tx) error {
		stored, err := store.All[string](tx, `SELECT outcome FROM items WHERE id = $1 {{forupdate}}`, rec.Item.ID)
		if err != nil || len(stored) == 0 {
			return err // the item is no longer kept
		}
		var before jaga.Outcome
		if err := json.Unmarshal([]byte(stored[0]), &before); err != nil {
			return fmt.Errorf("stored outcome of item %s: %w", rec.Item.ID, err)
		}
		o, added := late(before, fresh, a.Version)
		if added == 0 {
			return nil
		}
		found = true
		if err := s.opt.Matched(tx, before.Matches, o.Matches); err != nil {
			return err
		}
		if err := storeLate(tx, rec, before.State(), o, added); err != nil || o.State() != jaga.StateFindings {
			return err
		}
		late := rec
		late.Outcome, late.Late = o, true
		return s.opt.Found(tx, late)
	})
	return found && err == nil, err
}

// known reports whether a match is among others.
func known(matches []jaga.Match, m jaga.Match) bool {
	return slices.ContainsFunc(matches, func(o jaga.Match) bool {
		return o.Entry == m.Entry && o.Signal.Value == m.Signal.Value && o.Signal.Type == m.Signal.Type
	})
}

// late adds matches to an outcome, marked as found by looking again, and judges
// it anew.
func late(before jaga.Outcome, fresh []jaga.Match, version string) (o jaga.Outcome, added int) {
	matches := slices.Clone(before.Matches)
	for _, m := range fresh {
		if known(matches, m) {
			continue
		}
		m.Late = true
		matches = append(matches, m)
		added++
	}
	// Suppression is decided anew: a benign entry may have come in between.
	for i := range matches {
		if matches[i].Suppressed == jaga.SuppressedAllow {
			matches[i].Suppressed = ""
		}
	}
	o = engine.Judge(matches, before.Checked, before.Skipped, version)
	o.Scores, o.Findings = before.Scores, withListed(o.Findings, listed(before))
	return o, added
}

// storeLate puts the new outcome in the place of the old one, with its record.
func storeLate(tx *store.Tx, rec Record, before jaga.State, o jaga.Outcome, added int) error {
	text, err := json.Marshal(o)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE items SET state = $1, band = $2, late = 1, outcome = $3 WHERE id = $4`, string(o.State()), int64(o.Band()), string(text), rec.Item.ID); err != nil {
		return err
	}
	if o.State() != before {
		if err := tally(tx, rec.Item.At, before, -1); err != nil {
			return err
		}
		if err := tally(tx, rec.Item.At, o.State(), 1); err != nil {
			return err
		}
	}
	tx.Notify("items", rec.Item.ID)
	return tx.Record(custody.Event{Actor: "system", Action: "item.late_match", Subject: "item:" + rec.Item.ID, Detail: map[string]string{
		"band": o.Band().String(), "new_matches": strconv.Itoa(added), "index": o.Index}})
}
