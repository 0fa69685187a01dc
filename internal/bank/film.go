package bank

import (
	"context"
	"fmt"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/vpdq"
)

// filmOf reads the frames of an entry.
func filmOf(tx *store.Tx, entry int64) (vpdq.Video, error) {
	frames, err := bodies[jaga.VPDQ].of(tx, entry)
	if err != nil {
		return nil, err
	}
	film, err := vpdq.ParseBinary(frames)
	if err != nil {
		return nil, fmt.Errorf("frames of entry %d: %w", entry, err)
	}
	return film, nil
}

// Film returns the frames of an entry of a bank that is a film.
func (s *Service) Film(ctx context.Context, bank string, entry int64) (vpdq.Video, error) {
	b, err := s.Get(ctx, bank)
	if err != nil {
		return nil, err
	}
	frames, err := s.body(ctx, jaga.VPDQ, b.ID, entry)
	if err != nil {
		return nil, err
	}
	return vpdq.ParseBinary([]byte(frames))
}
