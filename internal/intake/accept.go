package intake

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

// maxWaiting bounds the files that wait in memory for a decoder.
const maxWaiting = 64

// pending is what is known of an item between its acceptance and its check.
func pending() []jaga.Skip {
	const detail = "accepted, and not checked yet; if this does not change, hand it in again"
	return []jaga.Skip{
		{Detector: jaga.DetectorExact, Why: jaga.WhyPending, Detail: detail},
		{Detector: jaga.DetectorPDQ, Why: jaga.WhyPending, Detail: detail},
	}
}

// Accept stores that the item came in and returns; it is checked afterwards.
// Until then, and if the process dies before, the item says that it was not
// checked. r.Body has size bytes and can be read after Accept returned; done is
// called once, when it is no longer needed.
func (s *Service) Accept(ctx context.Context, r Request, size int64, done func()) (_ Record, err error) {
	defer func() {
		if err != nil {
			done()
		}
	}()
	if err := r.check(); err != nil {
		return Record{}, err
	}
	select {
	case s.waiting <- struct{}{}:
	default:
		return Record{}, &jaga.Error{Code: jaga.CodeBusy, Msg: "accept item: too many files wait already", Hint: "try again in a moment, or send Prefer: wait"}
	}
	id, err := uuid.NewV7()
	if err != nil {
		<-s.waiting
		return Record{}, err
	}
	rec := Record{Item: jaga.Item{ID: id.String(), Source: r.Source, Ref: r.Ref, Kind: jaga.KindOther, At: time.Now(), Author: r.Author, Audience: r.Audience},
		Bytes: size, Signals: []jaga.Signal{}, Outcome: jaga.Outcome{Skipped: pending()}}
	if err := s.write.put(ctx, &rec); err != nil {
		<-s.waiting
		return Record{}, err
	}
	s.running.Go(func() {
		defer func() {
			if p := recover(); p != nil {
				s.opt.Log.Error("check accepted item", "id", rec.Item.ID, "panic", p)
			}
			done()
			<-s.waiting
		}()
		// The caller is gone; the process's own life bounds the work.
		full, err := s.check(s.ctx, r, false)
		if err == nil {
			full.Item.ID, full.Item.At = rec.Item.ID, rec.Item.At
			err = s.complete(s.ctx, full)
		}
		if err != nil {
			s.opt.Log.Error("check accepted item", "id", rec.Item.ID, "error", err)
			return
		}
		s.stored(s.ctx, full)
		s.finish(s.ctx, full)
		s.catchUp(full)
	})
	return rec, nil
}

// Wait returns when everything that was accepted is checked.
func (s *Service) Wait() { s.running.Wait() }

// complete puts what was found in the place of a pending item.
func (s *Service) complete(ctx context.Context, rec Record) error {
	return s.db.Bulk(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(`DELETE FROM items WHERE id = $1`, rec.Item.ID); err != nil {
			return err
		}
		if err := tally(tx, rec.Item.At, jaga.StateNotChecked, -1); err != nil {
			return err
		}
		return insert(tx, &rec, s.write.hooks)
	})
}
