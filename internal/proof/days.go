package proof

import (
	"context"
	"time"

	"github.com/jaga-project/jaga/internal/store"
)

// daysKept is how long the count of a day that is over is taken for granted.
const daysKept = time.Hour

type dayCount struct {
	n  int64
	at time.Time // when it was counted
}

// Days counts the records between each time and the next; the last one counts
// up to the end of the log. Stretches that are over are counted once an hour, so
// that a page of a long log is quick.
func (s *Service) Days(ctx context.Context, starts []time.Time) ([]int64, error) {
	out := make([]int64, len(starts))
	now := s.opt.Now()
	err := s.db.View(ctx, func(tx *store.Tx) error {
		for i, from := range starts {
			to := int64(1 << 62)
			if i+1 < len(starts) {
				to = starts[i+1].UnixMicro()
				if n, ok := s.keptDay(from, starts[i+1], now); ok {
					out[i] = n
					continue
				}
			}
			n, err := store.CustodyBetween(tx, from.UnixMicro(), to)
			if err != nil {
				return err
			}
			out[i] = n
			if i+1 < len(starts) {
				s.keepDay(from, starts[i+1], dayCount{n, now})
			}
		}
		return nil
	})
	return out, err
}

func (s *Service) keptDay(from, to, now time.Time) (int64, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d, ok := s.days[[2]int64{from.Unix(), to.Unix()}]
	return d.n, ok && now.Sub(d.at) < daysKept && now.After(to)
}

func (s *Service) keepDay(from, to time.Time, d dayCount) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.days) > 1000 { // of many zones or years
		clear(s.days)
	}
	s.days[[2]int64{from.Unix(), to.Unix()}] = d
}
