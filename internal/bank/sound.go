package bank

import (
	"context"
	"fmt"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/chroma"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/store"
)

// soundOf reads the words of an entry.
func soundOf(tx *store.Tx, entry int64) ([]uint32, error) {
	text, err := bodies[jaga.Chromaprint].of(tx, entry)
	if err != nil {
		return nil, err
	}
	words, err := chroma.Decode(string(text))
	if err != nil {
		return nil, fmt.Errorf("words of entry %d: %w", entry, err)
	}
	return words, nil
}

// Sound returns the words of an entry of a bank that is sound.
func (s *Service) Sound(ctx context.Context, bank string, entry int64) ([]uint32, error) {
	b, err := s.Get(ctx, bank)
	if err != nil {
		return nil, err
	}
	text, err := s.body(ctx, jaga.Chromaprint, b.ID, entry)
	if err != nil {
		return nil, err
	}
	return chroma.Decode(text)
}

// checkSound returns an error unless the value can be told from other sound.
func checkSound(v engine.Value) error {
	if v.Words == "" {
		return invalid("signals", "sound needs its fingerprint, not only its digest")
	}
	words, err := v.Sound()
	if err == nil {
		err = chroma.Enough(words)
	}
	if err != nil {
		return invalid("signals", "%s", err)
	}
	return nil
}
