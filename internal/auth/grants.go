package auth

import (
	"context"
	"slices"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// Where a grant comes from: a person gave it, or the provider's claims come to
// it and it is written anew at every sign-in there.
const (
	byHand     = "hand"
	byProvider = "provider"
)

// mostGrants bounds the roles of one person.
const mostGrants = 50

func checkGrants(grants []Grant) error {
	if len(grants) > mostGrants {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "roles", Msg: "a person has at most 50 roles in queues", Hint: "give a role for all queues"}
	}
	for _, g := range grants {
		if err := g.check(); err != nil {
			return err
		}
	}
	return nil
}

// grantsOf lists the grants of a person, each once, sorted by role and queue.
func grantsOf(tx *store.Tx, person int64) (out []Grant, err error) {
	type row struct{ Role, Queue string }
	rows, err := store.All[row](tx, `SELECT DISTINCT role, queue FROM grants WHERE person_id = $1`, person)
	for _, r := range rows {
		out = append(out, Grant{Role(r.Role), r.Queue})
	}
	sortGrants(out)
	return out, err
}

func sortGrants(list []Grant) {
	order := Roles()
	slices.SortFunc(list, func(a, b Grant) int {
		if a.Role != b.Role {
			return slices.Index(order, a.Role) - slices.Index(order, b.Role)
		}
		return strings.Compare(a.Queue, b.Queue)
	})
}

// putGrants replaces the grants that come from a source.
func putGrants(tx *store.Tx, person int64, grants []Grant, source string) error {
	if _, err := tx.Exec(`DELETE FROM grants WHERE person_id = $1 AND source = $2`, person, source); err != nil {
		return err
	}
	for _, g := range grants {
		if _, err := tx.Exec(`INSERT INTO grants (person_id, role, queue, source) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`, person, string(g.Role), g.Queue, source); err != nil {
			return err
		}
	}
	return nil
}

// Queues lists the queues in which somebody has a role, sorted.
func (s *Service) Queues(ctx context.Context) (out []string, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) (err error) {
		out, err = store.All[string](tx, `SELECT DISTINCT queue FROM grants WHERE queue <> $1 ORDER BY queue`, AllQueues)
		return err
	})
	return out, err
}

// SetGrants replaces the roles that people gave a person; those that their
// provider's claims come to stay. It takes effect with the person's next
// request.
func (s *Service) SetGrants(ctx context.Context, actor string, id int64, grants []Grant) error {
	if err := checkGrants(grants); err != nil {
		return err
	}
	return s.db.Update(ctx, custody.Event{Actor: actor, Action: "person.roles", Subject: personActor(id), Detail: map[string]string{"roles": joinGrants(grants)}}, func(tx *store.Tx) error {
		if there, err := store.All[int64](tx, `SELECT id FROM people WHERE id = $1`, id); err != nil || len(there) == 0 {
			if err == nil {
				err = nobody()
			}
			return err
		}
		if err := putGrants(tx, id, grants, byHand); err != nil {
			return err
		}
		return lastAdministrator(tx)
	})
}

// FromProvider lists the grants of a person that their provider's claims come
// to.
func (s *Service) FromProvider(ctx context.Context, id int64) (out []Grant, err error) {
	type row struct{ Role, Queue string }
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[row](tx, `SELECT role, queue FROM grants WHERE person_id = $1 AND source = $2`, id, byProvider)
		for _, r := range rows {
			out = append(out, Grant{Role(r.Role), r.Queue})
		}
		return err
	})
	sortGrants(out)
	return out, err
}

func joinGrants(grants []Grant) string {
	text := make([]string, len(grants))
	for i, g := range grants {
		text[i] = g.String()
	}
	slices.Sort(text)
	return strings.Join(text, " ")
}

// Give gives a person one more role.
func (s *Service) Give(ctx context.Context, actor string, id int64, g Grant) error {
	if err := g.check(); err != nil {
		return err
	}
	return s.db.Update(ctx, custody.Event{Actor: actor, Action: "person.give", Subject: personActor(id), Detail: map[string]string{"role": g.String()}}, func(tx *store.Tx) error {
		n, err := store.All[int64](tx, `SELECT (SELECT COUNT(*) FROM grants g WHERE g.person_id = p.id AND g.source = $2) FROM people p WHERE p.id = $1`, id, byHand)
		switch {
		case err != nil:
			return err
		case len(n) == 0:
			return nobody()
		case n[0] >= mostGrants:
			return checkGrants(make([]Grant, mostGrants+1))
		}
		_, err = tx.Exec(`INSERT INTO grants (person_id, role, queue, source) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`, id, string(g.Role), g.Queue, byHand)
		return err
	})
}

// Take takes a role that people gave from a person.
func (s *Service) Take(ctx context.Context, actor string, id int64, g Grant) error {
	return s.db.Update(ctx, custody.Event{Actor: actor, Action: "person.take", Subject: personActor(id), Detail: map[string]string{"role": g.String()}}, func(tx *store.Tx) error {
		n, err := tx.Exec(`DELETE FROM grants WHERE person_id = $1 AND role = $2 AND queue = $3 AND source = $4`, id, string(g.Role), g.Queue, byHand)
		if err == nil && n == 0 {
			err = &jaga.Error{Code: jaga.CodeNotFound, Field: "roles", Msg: "nobody gave this person this role in this queue"}
		}
		if err != nil {
			return err
		}
		return lastAdministrator(tx)
	})
}
