package bank

import (
	"context"
	"fmt"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/vpdq"
)

// addFilm stores the frames of an entry that is a film; of others there are
// none. Beside the entries, because those are gone through by the million and
// must stay small.
func addFilm(tx *store.Tx, bank, entry int64, v engine.Value) error {
	if v.Type != jaga.VPDQ {
		return nil
	}
	_, err := tx.Exec(`INSERT INTO entry_films (entry_id, bank_id, frames) VALUES ($1, $2, $3)`, entry, bank, []byte(v.Frames))
	return err
}

// filmOf reads the frames of an entry.
func filmOf(tx *store.Tx, entry int64) (vpdq.Video, error) {
	frames, err := store.One[[]byte](tx, `SELECT frames FROM entry_films WHERE entry_id = $1`, entry)
	if err != nil {
		return nil, fmt.Errorf("frames of entry %d: %w", entry, err)
	}
	film, err := vpdq.ParseBinary(frames)
	if err != nil {
		return nil, fmt.Errorf("frames of entry %d: %w", entry, err)
	}
	return film, nil
}

// frames returns those of a film of a bank in their compact form.
func (s *Service) frames(ctx context.Context, bank, entry int64) (frames string, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		raw, err := store.All[[]byte](tx, `SELECT frames FROM entry_films WHERE bank_id = $1 AND entry_id = $2`, bank, entry)
		if err == nil && len(raw) == 0 {
			err = &jaga.Error{Code: jaga.CodeNotFound, Field: "entry", Msg: "the bank has no film of this number"}
		}
		if err == nil {
			frames = string(raw[0])
		}
		return err
	})
	return frames, err
}

// Film returns the frames of an entry of a bank that is a film.
func (s *Service) Film(ctx context.Context, bank string, entry int64) (vpdq.Video, error) {
	b, err := s.Get(ctx, bank)
	if err != nil {
		return nil, err
	}
	frames, err := s.frames(ctx, b.ID, entry)
	if err != nil {
		return nil, err
	}
	return vpdq.ParseBinary([]byte(frames))
}
