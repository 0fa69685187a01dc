package intake

import (
	"context"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

// Bands returns how many items that came in since a time have findings, by the
// most urgent band of each.
func (s *Service) Bands(ctx context.Context, since time.Time) (map[jaga.Band]int64, error) {
	type row struct{ Band, N int64 }
	out := map[jaga.Band]int64{}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[row](tx, `SELECT band, COUNT(*) FROM items WHERE state = $1 AND at >= $2 GROUP BY band`, string(jaga.StateFindings), since.UnixMicro())
		for _, r := range rows {
			out[jaga.Band(r.Band)] = r.N
		}
		return err
	})
	return out, err
}

// LateHourly returns, by hours since 1970, how many of the items that came in
// since a time had a late match.
func (s *Service) LateHourly(ctx context.Context, since time.Time) (map[int64]int64, error) {
	type row struct{ Hour, N int64 }
	out := map[int64]int64{}
	err := s.db.View(ctx, func(tx *store.Tx) error {
		// Late items are few, and the index on the time finds the rest.
		rows, err := store.All[row](tx, `SELECT at / 3600000000 AS hour, COUNT(*) FROM items WHERE late = 1 AND at >= $1 GROUP BY at / 3600000000`, since.UnixMicro())
		for _, r := range rows {
			out[r.Hour] = r.N
		}
		return err
	})
	return out, err
}
