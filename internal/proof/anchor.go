package proof

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// retry is how soon a place outside is tried again that could not be reached.
const retry = time.Minute

// Run anchors the log whenever that is due, until ctx ends.
func (s *Service) Run(ctx context.Context) {
	keys, cancel := s.db.Subscribe("custody")
	defer cancel()
	timer := time.NewTimer(0)
	defer timer.Stop()
	anchored := int64(-1)
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case key := <-keys:
			n, err := strconv.ParseInt(key, 10, 64)
			if err != nil || anchored < 0 || n+1-anchored < s.opt.Records {
				continue
			}
		}
		size, err := s.Anchor(ctx)
		next := s.opt.Every
		if err != nil {
			if ctx.Err() != nil {
				return
			}
			next = min(next, retry)
			s.opt.Log.Error("anchor the custody log", "error", err)
		}
		anchored = max(size, anchored, 0)
		timer.Reset(next)
	}
}

// Anchor signs the log as it is, copies the checkpoint outside and has it
// stamped, where these are set up, and returns how many records it covers. Each
// place is tried even if another fails.
func (s *Service) Anchor(ctx context.Context) (size int64, err error) {
	note, err := s.db.Checkpoint(ctx)
	if err != nil || note == "" {
		return 0, err
	}
	c, err := custody.OpenCheckpoint(note, s.opt.Verifier)
	if err != nil {
		return 0, &jaga.Error{Code: jaga.CodeInternal, Msg: "anchor the custody log: its own checkpoint does not open", Err: err}
	}
	var all []error
	if s.opt.File != "" {
		all = append(all, s.note(ctx, s.place, c.Size, s.copyOut(ctx, note, c)))
	}
	if s.opt.Authority != "" {
		all = append(all, s.note(ctx, placeStamp+s.opt.Authority, c.Size, s.stamp(ctx, note, c)))
	}
	return c.Size, errors.Join(all...)
}

// note keeps how a place outside was reached, for people to see, and returns
// err, or what went wrong with keeping it.
func (s *Service) note(ctx context.Context, place string, size int64, err error) error {
	text, grave := "", 0
	if err != nil {
		text = err.Error()
		if e, ok := errors.AsType[*jaga.Error](err); ok {
			text = e.Msg
		}
		if errors.Is(err, errGrave) {
			grave = 1
		}
	}
	kept := s.db.Bulk(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		if err != nil {
			_, err := tx.Exec(`INSERT INTO custody_outside (place, tried, size, ok_at, error, grave) VALUES ($1, $2, 0, 0, $3, $4)
				ON CONFLICT (place) DO UPDATE SET tried = $2, error = $3, grave = $4`, place, tx.Now(), text, grave)
			return err
		}
		if place == s.place {
			if _, err := tx.Exec(`INSERT INTO custody_copies (place, size, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, place, size, tx.Now()); err != nil {
				return err
			}
		}
		_, err := tx.Exec(`INSERT INTO custody_outside (place, tried, size, ok_at, error, grave) VALUES ($1, $2, $3, $2, '', 0)
			ON CONFLICT (place) DO UPDATE SET tried = $2, size = $3, ok_at = $2, error = '', grave = 0`, place, tx.Now(), size)
		return err
	})
	return cmp.Or(err, kept)
}

// Outside is a place to which checkpoints go.
type Outside struct {
	// Kind is "file" or "stamp", Where the path or the address.
	Kind, Where string
	Tried       int64  // microseconds, 0 for never
	Size        int64  // records under the last checkpoint that arrived
	ArrivedAt   int64  // microseconds
	Error       string // why the last try failed, empty when it did not
	// Grave is true when the place contradicts the log: it was cut,
	// restored or rewritten. A person must look.
	Grave bool
}

// Outside lists the places that are set up.
func (s *Service) Outside(ctx context.Context) (out []Outside, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		out, err = s.outside(tx)
		return err
	})
	return out, err
}

func (s *Service) outside(tx *store.Tx) (out []Outside, err error) {
	for _, p := range []struct{ kind, where, place string }{{"file", s.opt.File, s.place}, {"stamp", s.opt.Authority, placeStamp + s.opt.Authority}} {
		if p.where == "" {
			continue
		}
		o := Outside{Kind: p.kind, Where: p.where}
		rows, err := store.All[struct {
			Tried, Size, At int64
			Error           string
			Grave           int64
		}](tx, `SELECT tried, size, ok_at, error, grave FROM custody_outside WHERE place = $1`, p.place)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			o.Tried, o.Size, o.ArrivedAt, o.Error, o.Grave = r.Tried, r.Size, r.At, r.Error, r.Grave != 0
		}
		out = append(out, o)
	}
	return out, nil
}
