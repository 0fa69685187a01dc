package bank

import (
	"context"

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
