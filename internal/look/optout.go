package look

import (
	"context"

	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// OptOut keeps a person from looking at a class, or at anything where class is
// empty, until they opt in again. Nobody asks for a reason, and the custody
// record names no class.
func (s *Service) OptOut(ctx context.Context, actor, class string) error {
	return s.opt(ctx, actor, class, "look.opt_out", func(tx *store.Tx, now int64) error {
		_, err := tx.Exec(`INSERT INTO look_opt_outs (person, class, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, actor, class, now)
		return err
	})
}

// OptIn takes an opt-out back; only the person themself can.
func (s *Service) OptIn(ctx context.Context, actor, class string) error {
	return s.opt(ctx, actor, class, "look.opt_in", func(tx *store.Tx, _ int64) error {
		_, err := tx.Exec(`DELETE FROM look_opt_outs WHERE person = $1 AND class = $2`, actor, class)
		return err
	})
}

func (s *Service) opt(ctx context.Context, actor, class, action string, do func(*store.Tx, int64) error) error {
	if !person(actor) {
		return denied("actor", "opt out: only people can", "")
	}
	if class != "" && !classText.MatchString(class) {
		return invalid("class", "opt out: there is no such class")
	}
	now, _ := s.clock.now()
	return s.db.Update(ctx, custody.Event{Actor: actor, Action: action, Subject: actor}, func(tx *store.Tx) error { return do(tx, now.UnixMicro()) })
}

// OptOuts lists what the person has opted out of, "" for everything.
func (s *Service) OptOuts(ctx context.Context, actor string) (out []string, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		out, err = store.All[string](tx, `SELECT class FROM look_opt_outs WHERE person = $1 ORDER BY class`, actor)
		return err
	})
	return out, err
}

func optedOut(tx *store.Tx, actor, class string) (int64, error) {
	return store.One[int64](tx, `SELECT COUNT(*) FROM look_opt_outs WHERE person = $1 AND (class = '' OR class = $2)`, actor, class)
}

func mayLook(tx *store.Tx, actor, class string) error {
	n, err := optedOut(tx, actor, class)
	if err == nil && n > 0 {
		return denied("opt_out", "show file: you have opted out of this", "opt in again on your page, whenever you want, or not")
	}
	return err
}
