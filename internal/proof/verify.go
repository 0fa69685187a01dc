package proof

import (
	"context"
	"errors"
	"fmt"

	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// VerifyJob is the kind of the job that checks the whole log.
const VerifyJob = "custody.verify"

// AskVerify asks for the whole log to be checked. One check runs at a time; a
// second request while one waits or runs joins it.
func (s *Service) AskVerify(ctx context.Context, actor string) error {
	return s.db.Update(ctx, custody.Event{Actor: actor, Action: "custody.verify", Subject: "custody"}, func(tx *store.Tx) error {
		return tx.Enqueue(store.Job{Kind: VerifyJob, Unique: VerifyJob})
	})
}

// VerifyWork is the handler of [VerifyJob]. Damage is a result and no failure
// of the job: its text says what was found.
func (s *Service) VerifyWork(ctx context.Context, r *store.Running) error {
	n, err := s.db.VerifyCustody(ctx, s.opt.Verifier, "", func(done, total int64) { r.Progress(ctx, min(done, total-1), total, "") })
	var d *custody.Damage
	switch {
	case errors.As(err, &d):
		s.opt.Log.Error("the custody log is damaged", "what", d.Error())
		return store.Permanent(fmt.Errorf("DAMAGED: %w", err))
	case err != nil:
		return err
	}
	r.Progress(ctx, n, n, "")
	return nil
}
