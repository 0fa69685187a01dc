package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// LinkLife is how long a sign-in link is good.
const LinkLife = 24 * time.Hour

// Operator returns the administrator who runs the installation, the one who is
// there for longest, and makes one when there is none, as in an installation that
// is new. That one is senior as well, because small installations have one
// person.
func (s *Service) Operator(ctx context.Context) (id int64, created bool, err error) {
	err = s.db.Bulk(ctx, func(tx *store.Tx) error {
		// One after the other on both engines, so that one is made.
		if _, err := store.One[int64](tx, `SELECT size FROM custody_head WHERE id = 1 {{forupdate}}`); err != nil {
			return err
		}
		ids, err := administrators(tx)
		if err != nil {
			return err
		}
		if len(ids) > 0 {
			id = ids[0]
			return nil
		}
		login := "operator"
		if freeLogin(tx, login, 0) != nil {
			login = ""
		}
		created = true
		if id, err = store.One[int64](tx, `INSERT INTO people (name, login, created_at) VALUES ('Operator', $1, $2) RETURNING id`, login, tx.Now()); err != nil {
			return err
		}
		if err := putGrants(tx, id, []Grant{{Administrator, AllQueues}, {Senior, AllQueues}}, byHand); err != nil {
			return err
		}
		return tx.Record(custody.Event{Actor: "system", Action: "person.create", Subject: personActor(id)})
	})
	return id, created, err
}

// NewLink makes the token of a sign-in link for the person. It is good once,
// within [LinkLife]. Who is disabled gets none.
func (s *Service) NewLink(ctx context.Context, actor string, person int64) (token string, err error) {
	err = s.db.Update(ctx, custody.Event{Actor: actor, Action: "link.create", Subject: personActor(person)}, func(tx *store.Tx) (err error) {
		token, err = newLink(tx, person)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("make sign-in link: %w", err)
	}
	return token, nil
}

func newLink(tx *store.Tx, person int64) (token string, err error) {
	if err := enabled(tx, person); err != nil {
		return "", err
	}
	if _, err := tx.Exec(`DELETE FROM sign_in_links WHERE expires_at < $1`, tx.Now()); err != nil {
		return "", err
	}
	token, digest := newSecret("")
	_, err = tx.Exec(`INSERT INTO sign_in_links (digest, person_id, expires_at) VALUES ($1, $2, $3)`, digest, person, tx.Now()+micros(LinkLife))
	return token, err
}

// SignIn uses up a link and returns the token of a new session.
func (s *Service) SignIn(ctx context.Context, link string) (session string, err error) {
	err = s.db.Bulk(ctx, func(tx *store.Tx) error {
		// One statement decides, so that two requests with one link cannot
		// both win.
		people, err := store.All[int64](tx, `UPDATE sign_in_links SET used_at = $1 WHERE digest = $2 AND used_at = 0 AND expires_at > $1 RETURNING person_id`, tx.Now(), digestOf(link))
		if err != nil {
			return err
		}
		if len(people) == 0 {
			return denied("the sign-in link")
		}
		session, err = begin(ctx, tx, people[0], ByLink)
		return err
	})
	if jaga.CodeOf(err) == jaga.CodeDenied {
		s.noteFailure(ctx, ByLink, 0)
	}
	if err != nil {
		return "", fmt.Errorf("sign in: %w", err)
	}
	return session, nil
}
