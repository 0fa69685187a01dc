package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// LinkLife is how long a sign-in link is good.
const LinkLife = 24 * time.Hour

// A session ends after idleLife without use and after SessionLife in any case:
// consoles stand in shared rooms.
const (
	idleLife    = 8 * time.Hour
	SessionLife = 7 * 24 * time.Hour
)

// Operator returns the person who runs the installation, and makes them when
// the installation is new.
func (s *Service) Operator(ctx context.Context) (id int64, created bool, err error) {
	err = s.db.Bulk(ctx, func(tx *store.Tx) error {
		ids, err := store.All[int64](tx, `SELECT id FROM people ORDER BY id LIMIT 1`)
		if err != nil {
			return err
		}
		if len(ids) > 0 {
			id = ids[0]
			return nil
		}
		created = true
		if id, err = store.One[int64](tx, `INSERT INTO people (name, created_at) VALUES ('Operator', $1) RETURNING id`, tx.Now()); err != nil {
			return err
		}
		return tx.Record(custody.Event{Actor: "system", Action: "person.create", Subject: personActor(id)})
	})
	return id, created, err
}

// NewLink makes the token of a sign-in link for the person. It is good once,
// within [LinkLife].
func (s *Service) NewLink(ctx context.Context, actor string, person int64) (token string, err error) {
	token, digest := newSecret("")
	err = s.db.Update(ctx, custody.Event{Actor: actor, Action: "link.create", Subject: personActor(person)}, func(tx *store.Tx) error {
		if _, err := tx.Exec(`DELETE FROM sign_in_links WHERE expires_at < $1`, tx.Now()); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO sign_in_links (digest, person_id, expires_at) VALUES ($1, $2, $3)`, digest, person, tx.Now()+micros(LinkLife))
		return err
	})
	if err != nil {
		return "", fmt.Errorf("make sign-in link: %w", err)
	}
	return token, nil
}

// SignIn uses up a link and returns the token of a new session.
func (s *Service) SignIn(ctx context.Context, link string) (session string, err error) {
	session, digest := newSecret("")
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
		if _, err := tx.Exec(`DELETE FROM sessions WHERE expires_at < $1 OR seen_at < $2`, tx.Now(), tx.Now()-micros(idleLife)); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO sessions (digest, person_id, created_at, seen_at, expires_at) VALUES ($1, $2, $3, $3, $4)`,
			digest, people[0], tx.Now(), tx.Now()+micros(SessionLife)); err != nil {
			return err
		}
		return tx.Record(custody.Event{Actor: personActor(people[0]), Action: "session.create", Subject: personActor(people[0])})
	})
	if err != nil {
		return "", fmt.Errorf("sign in: %w", err)
	}
	return session, nil
}

// Session checks the token of a session.
func (s *Service) Session(ctx context.Context, token string) (Who, error) {
	type row struct {
		Person, Seen int64
		Name         string
	}
	var who Who
	stale := false
	digest := digestOf(token)
	err := s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[row](tx, `SELECT s.person_id, s.seen_at, p.name FROM sessions s JOIN people p ON p.id = s.person_id
			WHERE s.digest = $1 AND s.expires_at > $2 AND s.seen_at > $3`, digest, tx.Now(), tx.Now()-micros(idleLife))
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return denied("the session")
		}
		stale = tx.Now()-rows[0].Seen > micros(time.Minute)
		who = Who{Actor: personActor(rows[0].Person), Name: rows[0].Name, Person: true, Scopes: Scopes()}
		return nil
	})
	if err == nil && stale {
		err = s.db.Bulk(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE sessions SET seen_at = $1 WHERE digest = $2`, tx.Now(), digest)
			return err
		})
	}
	return who, err
}

// SignOut ends a session.
func (s *Service) SignOut(ctx context.Context, token string) error {
	return s.db.Bulk(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM sessions WHERE digest = $1`, digestOf(token))
		return err
	})
}
