package evidence

import (
	"context"

	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/vault"
)

// Use takes other keys, the current one first, while the service works: what is
// sealed from now on has that one. The keys that files are wrapped with must be
// among them; [Service.Rewrap] then wraps those files with the current one.
func (s *Service) Use(ctx context.Context, keys vault.Keys) error {
	var set officersRow
	if err := s.db.View(ctx, func(tx *store.Tx) (err error) { set, err = lastOfficers(tx); return err }); err != nil {
		return err
	}
	next, err := vault.New(keys, set.Recipient)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.vault, s.officers = next, set.ID
	return nil
}

// RotateJob is the kind of the job that wraps all files with a new key. Whoever
// has the key file does it: this package knows no files.
const RotateJob = "vault.rotate"

// RotateArgs are its arguments.
type RotateArgs struct {
	Actor string `json:"actor"` // who asked
}

// AskRotate asks for a new key, which is one custody record. One rotation runs at
// a time; a second request joins it.
func (s *Service) AskRotate(ctx context.Context, actor string) error {
	return s.db.Update(ctx, custody.Event{Actor: actor, Action: "vault.ask_rotate", Subject: "vault"}, func(tx *store.Tx) error {
		return tx.Enqueue(store.Job{Kind: RotateJob, Unique: RotateJob, Args: RotateArgs{actor}})
	})
}

// Officers are the people of whom any two can open the vault without its key.
type Officers struct {
	People    int64  // 0 when none are set
	Recipient string // of the break-glass identity; it is no secret
	By        string
	At        int64 // microseconds
}

// OfficersSet returns who counts.
func OfficersSet(tx *store.Tx) (Officers, error) {
	list, err := store.All[Officers](tx, `SELECT people, recipient, set_by, set_at FROM vault_officers ORDER BY id DESC LIMIT 1`)
	if len(list) == 0 {
		return Officers{}, err
	}
	return list[0], err
}
