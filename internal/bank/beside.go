package bank

import (
	"context"
	"fmt"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/store"
)

// body is where that of a signal stands of which the value is only the digest: the
// frames of films, the words of sound. It stands beside the entries, because those
// are gone through by the million and must stay small.
type body struct {
	table, column, name string
}

var bodies = map[jaga.SignalType]body{
	jaga.VPDQ:        {"entry_films", "frames", "film"},
	jaga.Chromaprint: {"entry_sounds", "words", "sound"},
}

// addBody stores the body of an entry's value; of most types there is none.
func addBody(tx *store.Tx, bank, entry int64, v engine.Value) error {
	b, ok := bodies[v.Type]
	if !ok {
		return nil
	}
	data := v.Frames
	if v.Type == jaga.Chromaprint {
		data = v.Words
	}
	_, err := tx.Exec(`INSERT INTO `+b.table+` (entry_id, bank_id, `+b.column+`) VALUES ($1, $2, $3)`, entry, bank, []byte(data))
	return err
}

// of reads the body of an entry.
func (b body) of(tx *store.Tx, entry int64) ([]byte, error) {
	data, err := store.One[[]byte](tx, `SELECT `+b.column+` FROM `+b.table+` WHERE entry_id = $1`, entry)
	if err != nil {
		return nil, fmt.Errorf("%s of entry %d: %w", b.column, entry, err)
	}
	return data, nil
}

// body returns that of an entry of a bank.
func (s *Service) body(ctx context.Context, typ jaga.SignalType, bank, entry int64) (data string, err error) {
	b := bodies[typ]
	err = s.db.View(ctx, func(tx *store.Tx) error {
		raw, err := store.All[[]byte](tx, `SELECT `+b.column+` FROM `+b.table+` WHERE bank_id = $1 AND entry_id = $2`, bank, entry)
		if err == nil && len(raw) == 0 {
			err = jaga.Errorf(jaga.CodeNotFound, "the bank has no %s of this number", b.name)
		}
		if err == nil {
			data = string(raw[0])
		}
		return err
	})
	return data, err
}

// Values returns those of an entry with their bodies: the frames of films, the words
// of sound. They make the same entry again.
func (s *Service) Values(ctx context.Context, e Entry) ([]engine.Value, error) {
	b, err := s.Get(ctx, e.Bank)
	if err != nil {
		return nil, err
	}
	out := make([]engine.Value, len(e.Signals))
	for i, sig := range e.Signals {
		if out[i], err = s.whole(ctx, b.ID, e.ID, sig); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// whole returns the value of an entry's signal with its body.
func (s *Service) whole(ctx context.Context, bank, entry int64, sig jaga.Signal) (engine.Value, error) {
	v, err := engine.ParseSignal(sig)
	if err != nil {
		return v, err
	}
	switch v.Type {
	case jaga.VPDQ:
		v.Frames, err = s.body(ctx, v.Type, bank, entry)
	case jaga.Chromaprint:
		v.Words, err = s.body(ctx, v.Type, bank, entry)
	}
	return v, err
}
