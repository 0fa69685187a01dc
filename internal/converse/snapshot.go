package converse

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jaga-project/jaga/internal/store"
)

// Run writes the states down every few seconds until ctx ends, and once more
// then.
func (s *Service) Run(ctx context.Context) {
	every := time.NewTicker(s.opt.Every)
	defer every.Stop()
	for {
		select {
		case <-every.C:
		case <-ctx.Done():
		}
		if err := s.Snapshot(context.WithoutCancel(ctx)); err != nil {
			s.opt.Log.Error("write the states of conversations", "error", err)
		}
		if ctx.Err() != nil {
			return
		}
	}
}

// Snapshot writes down the states that changed and empties the journal, in
// one transaction. The text of messages is gone with it. After a fault it
// first goes back to what the database holds.
func (s *Service) Snapshot(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		if err := s.restart(ctx); err != nil {
			return err
		}
	}
	if s.seq == s.written {
		return nil
	}
	err := s.db.Bulk(ctx, func(tx *store.Tx) error {
		var buf []byte
		for id, c := range s.live {
			if !c.dirty {
				continue
			}
			var err error
			if buf, err = c.state.AppendBinary(buf[:0]); err != nil {
				return err
			}
			if _, err := tx.Exec(`INSERT INTO talk_states (conversation, at, state) VALUES ($1, $2, $3)
				ON CONFLICT (conversation) DO UPDATE SET at = excluded.at, state = excluded.state`, id, tx.Now(), buf); err != nil {
				return err
			}
		}
		for id, v := range s.senders {
			if !v.dirty {
				continue
			}
			var err error
			if buf, err = v.sketch.AppendBinary(buf[:0]); err != nil {
				return err
			}
			if _, err := tx.Exec(`INSERT INTO talk_senders (account, at, sketch) VALUES ($1, $2, $3)
				ON CONFLICT (account) DO UPDATE SET at = excluded.at, sketch = excluded.sketch`, id, tx.Now(), buf); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`DELETE FROM talk_journal WHERE seq <= $1`, s.seq)
		return err
	})
	if err != nil {
		return err
	}
	for _, c := range s.live {
		c.dirty = false
	}
	// A sketch is changed through the pointer that was handed out, and asked
	// for again before that, so it counts as clean until then.
	for _, v := range s.senders {
		v.dirty = false
	}
	s.pending, s.written = 0, s.seq
	s.evict()
	return nil
}

// restart forgets what is in memory and observes again what the journal holds,
// as a new process does. What was acknowledged is all in the database.
func (s *Service) restart(ctx context.Context) error {
	clear(s.live)
	clear(s.senders)
	s.seq, s.written, s.pending = 0, 0, 0
	s.broken = s.replay(ctx)
	return s.broken
}

// evict drops the conversations that were quiet longest from memory; all are
// written down when it is called.
func (s *Service) evict() {
	if len(s.senders) > 4*s.opt.Loaded {
		clear(s.senders)
	}
	over := len(s.live) - s.opt.Loaded
	if over <= 0 {
		return
	}
	type aged struct {
		id   string
		used int64
	}
	all := make([]aged, 0, len(s.live))
	for id, c := range s.live {
		all = append(all, aged{id, c.used})
	}
	slices.SortFunc(all, func(a, b aged) int { return cmp.Or(cmp.Compare(a.used, b.used), cmp.Compare(a.id, b.id)) })
	for _, a := range all[:over] {
		delete(s.live, a.id)
	}
}

// Purge removes the states of conversations and accounts that were quiet for
// longer than is kept, and returns how many conversations those were.
func (s *Service) Purge(ctx context.Context) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var n int64
	err := s.db.Bulk(ctx, func(tx *store.Tx) (err error) {
		before := tx.Now() - s.opt.Keep.Microseconds()
		if n, err = tx.Exec(`DELETE FROM talk_states WHERE at < $1`, before); err != nil {
			return err
		}
		_, err = tx.Exec(`DELETE FROM talk_senders WHERE at < $1`, before)
		return err
	})
	if err == nil && n > 0 {
		for id, c := range s.live {
			if !c.dirty {
				delete(s.live, id)
			}
		}
	}
	if err == nil {
		// What is removed must not live on in memory until the next start.
		for id, v := range s.senders {
			if !v.dirty {
				delete(s.senders, id)
			}
		}
	}
	return n, err
}
