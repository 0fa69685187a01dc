package casework

import (
	"context"

	"github.com/jaga-project/jaga/internal/store"
)

// MostCounted is how far Service.Count counts.
const MostCounted = 10_000

// Queues lists the queues that a case ever was in, sorted.
func (s *Service) Queues(ctx context.Context) (out []string, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		out, err = store.All[string](tx, `SELECT DISTINCT queue FROM case_counts ORDER BY queue`)
		return err
	})
	return out, err
}

// Count counts the cases that a filter chooses, whatever its order, place and
// limit; gold cases are among them, as they are in lists. It stops at
// [MostCounted]; more says that there are more.
func (s *Service) Count(ctx context.Context, f Filter) (n int64, more bool, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		where, args, err := s.where(tx, f)
		if err != nil {
			return err
		}
		if f.Order == ByDue {
			where += " AND c.due_at > 0"
		}
		n, err = store.One[int64](tx, `SELECT COUNT(*) FROM (SELECT 1 FROM cases c WHERE `+where+` LIMIT 10001) AS counted`, args...)
		return err
	})
	return min(n, MostCounted), n > MostCounted, err
}

// gistFindings is of how many findings a gist tells.
const gistFindings = 20

// Gist is what a case is about, for lists.
type Gist struct {
	// Kinds are the kinds of its first twenty findings, each once, the first
	// one first.
	Kinds []Kind
	// Absorbed is how many cases were merged into it.
	Absorbed int64
}

// Gists tells what cases are about, whatever their size.
func (s *Service) Gists(ctx context.Context, ids []int64) (map[int64]Gist, error) {
	out := map[int64]Gist{}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		for _, id := range ids {
			var g Gist
			kinds, err := store.All[string](tx, `SELECT kind FROM case_findings WHERE case_id = $1 ORDER BY id LIMIT $2`, id, int64(gistFindings))
			if err != nil {
				return err
			}
			seen := map[string]bool{}
			for _, k := range kinds {
				if !seen[k] {
					seen[k] = true
					g.Kinds = append(g.Kinds, Kind(k))
				}
			}
			if g.Absorbed, err = store.One[int64](tx, `SELECT COUNT(*) FROM cases WHERE merged_into > 0 AND merged_into = $1`, id); err != nil {
				return err
			}
			out[id] = g
		}
		return nil
	})
	return out, err
}
