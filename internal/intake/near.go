package intake

import (
	"context"
	"slices"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/pdq"
)

// Near returns, for each group of hashes, how many of the last items have a hash
// that is equal to one of the group or, of PDQ hashes, at most radius bits away.
// It goes through the hashes of those items one by one, so last bounds its cost.
func (s *Service) Near(ctx context.Context, groups [][]engine.Value, radius, last int) ([]int, error) {
	type row struct {
		Item          string
		Type, Quality int64
		Value         []byte
	}
	counts, seen := make([]int, len(groups)), make([]string, len(groups))
	err := s.db.View(ctx, func(tx *store.Tx) error {
		return store.Each(tx, func(r *row) error {
			v := engine.Value{Type: typeName(r.Type)}
			copy(v.Bytes[:], r.Value)
			for i, g := range groups {
				if seen[i] != r.Item && slices.ContainsFunc(g, func(x engine.Value) bool { return near(x, v, radius, r.Quality) }) {
					seen[i] = r.Item // rows of one item follow each other
					counts[i]++
				}
			}
			return nil
		}, `SELECT item_id, type, quality, value FROM item_signals
			WHERE item_id IN (SELECT id FROM items ORDER BY id DESC LIMIT $1) ORDER BY item_id`, int64(last))
	})
	return counts, err
}

func near(a, b engine.Value, radius int, quality int64) bool {
	if a.Type != b.Type || a.Type != jaga.PDQ {
		return a.Type == b.Type && a.Bytes == b.Bytes // the frames of a film are not read
	}
	// Hashes that a platform handed in have no quality.
	return (quality == 0 || quality >= pdq.MinQuality) && pdq.Hash(a.Bytes).Distance(pdq.Hash(b.Bytes)) <= radius
}
