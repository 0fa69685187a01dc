package casework

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

// Mine returns the lease of a case that a person has, with its fence; ok is
// false when they have none, or it ran out.
func (s *Service) Mine(ctx context.Context, actor string, id int64) (l Lease, ok bool, err error) {
	type row struct{ Fence, Until int64 }
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[row](tx, `SELECT fence, lease_until FROM cases WHERE id = $1 AND ready = 2 AND lease_by = $2 AND lease_until > $3`, id, actor, tx.Now())
		if err == nil && len(rows) == 1 {
			l, ok = Lease{id, actor, rows[0].Fence, time.UnixMicro(rows[0].Until)}, true
		}
		return err
	})
	return l, ok, err
}

// Acts lists what people, and the machine on its own, did on a case and on
// those merged into it: every event but that findings joined it or became more
// urgent. It gives the newest, at most limit, oldest first; more says that there
// are older ones.
func (s *Service) Acts(ctx context.Context, id int64, limit int) (out []Logged, more bool, err error) {
	out = []Logged{}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		ids, err := members(tx, id)
		if err != nil {
			return err
		}
		var all []eventRow
		for _, m := range ids {
			rows, err := store.All[eventRow](tx, `SELECT `+eventColumns+` FROM case_events WHERE case_id = $1 AND kind NOT IN ('joined', 'raised') ORDER BY seq DESC LIMIT $2`, m, bound(limit)+1)
			if err != nil {
				return err
			}
			all = append(all, rows...)
		}
		slices.SortFunc(all, func(a, b eventRow) int { return int(b.ID - a.ID) })
		if more = int64(len(all)) > bound(limit); more {
			all = all[:bound(limit)]
		}
		slices.Reverse(all)
		for _, r := range all {
			e, err := r.event()
			if err != nil {
				return err
			}
			if e.Kind == Opened {
				if e.Actor, err = s.OpenedBy(tx, r.Case, e.Actor); err != nil {
					return err
				}
			}
			out = append(out, Logged{r.ID, r.Case, e, len(r.Sealed) > 0})
		}
		return nil
	})
	return out, more, err
}

// Party is an account that findings of a case are about.
type Party struct {
	Name string
	N    int64 // findings
}

// KindCount is how many findings of a kind a case has.
type KindCount struct {
	Kind Kind
	N    int64
}

// DayCount is how many there were on a day; Day is in days since 1970 by UTC.
type DayCount struct{ Day, N int64 }

// Overview says of what a case consists, without reading one finding after the
// other.
type Overview struct {
	Kinds []KindCount // most first
	// Accounts are the twenty with the most findings; Parties is how many there
	// are in all.
	Accounts    []Party
	Parties     int64
	First, Last int64 // when the findings happened, in microseconds
}

// mostParties is how many accounts an overview names.
const mostParties = 20

// Overview counts the findings of a case and of those merged into it.
func (s *Service) Overview(ctx context.Context, id int64) (o Overview, err error) {
	const of = ` FROM case_findings WHERE case_id IN (WITH RECURSIVE m(id) AS (SELECT CAST($1 AS BIGINT) UNION SELECT c.id FROM cases c JOIN m ON c.merged_into = m.id) SELECT id FROM m) `
	type kind struct {
		Kind           Kind
		N, First, Last int64
	}
	type party struct {
		Name   string
		N, All int64
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		kinds, err := store.All[kind](tx, `SELECT kind, COUNT(*) AS n, MIN(at), MAX(at)`+of+`GROUP BY kind ORDER BY n DESC, kind`, id)
		if err != nil {
			return err
		}
		for i, k := range kinds {
			o.Kinds = append(o.Kinds, KindCount{k.Kind, k.N})
			if i == 0 {
				o.First = k.First
			}
			o.First, o.Last = min(o.First, k.First), max(o.Last, k.Last)
		}
		parties, err := store.All[party](tx, `SELECT account, COUNT(*) AS n, COUNT(*) OVER () AS parties`+of+`AND account <> '' GROUP BY account ORDER BY n DESC, account LIMIT $2`, id, int64(mostParties))
		for _, p := range parties {
			o.Accounts, o.Parties = append(o.Accounts, Party{p.Name, p.N}), p.All
		}
		return err
	})
	return o, err
}

// Sighting is how often entries of banks were found, in all cases of the
// installation; Entry is which, where it is one.
type Sighting struct {
	Entry       string
	N, Cases    int64
	First, Last int64 // microseconds
	Days        []DayCount
}

// mostEntries bounds one call of Sightings.
const mostEntries = 50

// Sightings says how often the findings of all cases showed entries, in their
// order, and how often any of them, where a finding that shows several counts
// once. At most 50 entries at a time.
func (s *Service) Sightings(ctx context.Context, entries []string) (each []Sighting, any Sighting, err error) {
	if len(entries) > mostEntries {
		return nil, any, &jaga.Error{Code: jaga.CodeInvalid, Field: "entries", Msg: fmt.Sprintf("there are more than %d", mostEntries)}
	}
	if len(entries) == 0 {
		return nil, any, nil
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		for _, e := range entries {
			one, err := s.sighting(tx, e)
			if err != nil {
				return err
			}
			one.Entry = e
			each = append(each, one)
		}
		any, err = s.sighting(tx, entries...)
		return err
	})
	return each, any, err
}

func (s *Service) sighting(tx *store.Tx, entries ...string) (out Sighting, err error) {
	type sum struct{ N, Cases, First, Last int64 }
	var places []string
	var keys []any
	for i, e := range entries {
		places, keys = append(places, fmt.Sprintf("$%d", i+1)), append(keys, s.keys.digest("join entry", e))
	}
	of := ` FROM case_findings f WHERE f.id IN (SELECT finding_id FROM case_keys WHERE key IN (` + strings.Join(places, ", ") + `)) `
	n, err := store.One[sum](tx, `SELECT COUNT(*), COUNT(DISTINCT f.case_id), COALESCE(MIN(f.at), 0), COALESCE(MAX(f.at), 0)`+of, keys...)
	if err != nil {
		return out, err
	}
	days, err := store.All[DayCount](tx, `SELECT f.at / 86400000000 AS day, COUNT(*) AS n`+of+`GROUP BY f.at / 86400000000 ORDER BY day`, keys...)
	return Sighting{N: n.N, Cases: n.Cases, First: n.First, Last: n.Last, Days: days}, err
}
