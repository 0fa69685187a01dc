package casework

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// AddGold opens a synthetic case whose right outcome is known, to see how well
// people decide. Nothing that the service tells of a case says that it is one:
// it seems to come from where the last real finding of its kind came from and is
// about an account that nobody has. It is left out of all other statistics, and
// nothing goes out because of it. The finding's reference must not be that of a
// real one.
func (s *Service) AddGold(ctx context.Context, actor string, f Finding, right Outcome) (id int64, err error) {
	if !slices.Contains(Outcomes(), right) {
		return 0, &jaga.Error{Code: jaga.CodeInvalid, Field: "outcome", Msg: "it is no outcome"}
	}
	err = s.db.Update(ctx, custody.Event{Actor: actor, Action: "case.gold", Subject: "gold"}, func(tx *store.Tx) error {
		// A gold case never joins a real one.
		f.Account, f.Conversation, f.Entries, f.Source = "", "", nil, ""
		type origin struct{ Source, Account string }
		last, err := store.All[origin](tx, `SELECT f.source, f.account FROM case_findings f JOIN cases c ON c.id = f.case_id WHERE f.kind = $1 AND c.gold = 0 ORDER BY f.id DESC LIMIT 2`, string(f.Kind))
		if err != nil {
			return err
		}
		if len(last) > 0 {
			f.Source, f.Account = last[0].Source, alike(last[0].Account, last[len(last)-1].Account)
		}
		added, err := s.add(tx, f, true)
		if err != nil {
			return err
		}
		if !added.Opened {
			return &jaga.Error{Code: jaga.CodeConflict, Field: "ref", Msg: "add gold case: there is a finding of this reference"}
		}
		id = added.Case
		_, err = tx.Exec(`INSERT INTO case_golds (case_id, outcome) VALUES ($1, $2)`, id, string(right))
		return err
	})
	return id, err
}

// alike makes up a name of the shape of one that somebody has: it begins as this
// and another one both do, such as "user-", and goes on with letters for letters
// and digits for digits. With one name alone it begins as that does up to a sign.
func alike(name, other string) string {
	keep := 0
	if name == other {
		keep = strings.LastIndexAny(name, "-_:./@") + 1
	}
	for name != other && keep < min(len(name), len(other)) && name[keep] == other[keep] && name[keep] < 128 && (name[keep] < '0' || name[keep] > '9') {
		keep++
	}
	among := func(set string) rune { return rune(set[rand.IntN(len(set))]) }
	out := name[:keep] + strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9':
			return among("0123456789")
		case r >= 'A' && r <= 'Z':
			return among("ABCDEFGHJKLMNPRSTVW")
		case r >= 'a' && r <= 'z', r > 127:
			return among("abcdefghjklmnprstvw")
		}
		return r
	}, name[keep:])
	if out == name && name != "" {
		out += string(among("0123456789"))
	}
	return out
}

// IsGold reports whether a case is a gold case. It is for what leaves the house,
// which has none of them, and for no page.
func (s *Service) IsGold(ctx context.Context, id int64) (gold bool, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		n, err := store.All[int64](tx, `SELECT gold FROM cases WHERE id = $1`, id)
		gold = len(n) == 1 && n[0] != 0
		return err
	})
	return gold, err
}

// GoldAnswer is what somebody is told who has decided on a gold case.
type GoldAnswer struct{ Right, Yours Outcome }

// GoldAnswer tells whoever decided on a gold case that it was one, and which
// outcome is right. ok is false for everybody else and on every other case.
func (s *Service) GoldAnswer(ctx context.Context, actor string, id int64) (out GoldAnswer, ok bool, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[GoldAnswer](tx, `SELECT g.outcome, d.outcome FROM case_golds g JOIN case_decisions d ON d.case_id = g.case_id
			WHERE g.case_id = $1 AND d.actor = $2 AND d.undone_at = 0 ORDER BY d.id DESC LIMIT 1`, id, actor)
		if len(rows) == 1 {
			out, ok = rows[0], true
		}
		return err
	})
	return out, ok, err
}

// OpenedBy is who seems to have opened a case, for pages: a gold case seems to
// come from where others do, while the custody log says that the installation
// opened it.
func (s *Service) OpenedBy(tx *store.Tx, id int64, actor string) (string, error) {
	seems, err := store.All[string](tx, `SELECT f.source FROM case_findings f JOIN cases c ON c.id = f.case_id WHERE c.id = $1 AND c.gold <> 0 ORDER BY f.id LIMIT 1`, id)
	if err != nil || len(seems) == 0 || seems[0] == "" {
		return actor, err
	}
	return seems[0], nil
}
