package bank

import (
	"context"
	"time"

	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// RebuildJob is the kind of the job that builds the index anew and writes a
// snapshot of it; [Service.RebuildWork] does it.
const RebuildJob = "rebuild"

// pendingMost is how many changes may lie beside the built index before it is
// built anew: they are gone through one by one with every look-up, and read
// again at every start.
const pendingMost = 10_000

// AskRebuild asks for the index to be built anew. Asking again while the job
// waits or runs changes nothing.
func (s *Service) AskRebuild(ctx context.Context, actor string) error {
	return s.db.Update(ctx, custody.Event{Actor: actor, Action: "index.rebuild", Subject: "index"}, func(tx *store.Tx) error {
		return tx.Enqueue(store.Job{Kind: RebuildJob, Unique: RebuildJob})
	})
}

// RebuildWork is the handler of [RebuildJob]. Running it again is harmless.
func (s *Service) RebuildWork(ctx context.Context, r *store.Running) error {
	return s.Rebuild(ctx, func(done, total int) { r.Progress(ctx, int64(done), int64(total), "building") })
}

// stale asks for a rebuild because the index lacks what the database has, and
// for recent items to be matched again after it.
func (s *Service) stale(ctx context.Context, cause error) {
	s.behind.Store(true)
	s.opt.Log.Error("the index lacks entries that are stored; building it again", "error", cause)
	err := s.db.Bulk(ctx, func(tx *store.Tx) error {
		next, err := store.One[int64](tx, `SELECT next FROM bank_sequence WHERE id = 1`)
		if err != nil {
			return err
		}
		if err := tx.Enqueue(store.Job{Kind: RebuildJob, Unique: RebuildJob}); err != nil {
			return err
		}
		return grew(tx, 0, 1, next-1)
	})
	if err != nil {
		s.opt.Log.Error("ask for a rebuild", "error", err)
	}
}

// readAgain builds the index from the database, beside the caller and until it
// succeeds or ctx ends, because nobody knows whether a change took effect.
func (s *Service) readAgain(ctx context.Context) {
	if s.behind.Swap(true) {
		return // it is being read already
	}
	s.opt.Log.Error("the connection to the database was lost during a commit; the index is built again")
	go func() {
		for ctx.Err() == nil {
			err := s.Rebuild(ctx, nil)
			if err == nil {
				err = s.db.Bulk(ctx, func(tx *store.Tx) error { return grewWhole(tx, 0) })
			}
			if err == nil {
				return
			}
			s.opt.Log.Error("build the index again", "error", err)
			select {
			case <-time.After(2 * time.Second):
			case <-ctx.Done():
			}
		}
	}()
}

// Tidy asks for a rebuild when enough has changed since the last one, and
// removes banks whose time to be restored is over. Call it now and then.
func (s *Service) Tidy(ctx context.Context) error {
	if _, err := s.Purge(ctx); err != nil {
		return err
	}
	if s.eng.Stats().Pending < pendingMost {
		return nil
	}
	return s.db.Bulk(ctx, func(tx *store.Tx) error {
		return tx.Enqueue(store.Job{Kind: RebuildJob, Unique: RebuildJob})
	})
}
