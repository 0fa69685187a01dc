package look

import (
	"context"

	"github.com/jaga-project/jaga/internal/store"
)

// mostMoments is how many views of a case Moments tells of.
const mostMoments = 5000

// Moments tells when files of cases were viewed, in microseconds, oldest first:
// the beginnings of the reveals that were views, at most the last 5,000. By whom
// is for reports and the custody log, and not told.
func (s *Service) Moments(ctx context.Context, cases []int64) (out []int64, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		for _, id := range cases {
			at, err := store.All[int64](tx, `SELECT began_at FROM (SELECT id, began_at FROM look_reveals WHERE case_id = $1 AND clear >= $2 ORDER BY id DESC LIMIT $3) AS v ORDER BY id`, id, ViewedAfter.Microseconds(), int64(mostMoments))
			if err != nil {
				return err
			}
			out = append(out, at...)
		}
		return nil
	})
	return out, err
}
