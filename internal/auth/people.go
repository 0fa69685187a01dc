package auth

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// Person is somebody who may sign in.
type Person struct {
	ID         int64
	Name       string // what colleagues call them
	Login      string // what they type to sign in with a password; may be empty
	CreatedAt  int64  // microseconds, as all times here
	DisabledAt int64  // 0 while they may sign in
	SeenAt     int64  // when they signed in last; 0 never
	Passkeys   int64
	Password   bool
	Linked     bool // an account at the provider belongs to them
	Grants     []Grant
}

type personRow struct {
	ID                        int64
	Name, Login               string
	Created, Disabled, Seen   int64
	Passkeys, Passwords, Held int64
}

const personColumns = `p.id, p.name, p.login, p.created_at, p.disabled_at, p.seen_at,
	(SELECT COUNT(*) FROM passkeys k WHERE k.person_id = p.id), (SELECT COUNT(*) FROM passwords w WHERE w.person_id = p.id),
	(SELECT COUNT(*) FROM identities i WHERE i.person_id = p.id)`

func (r personRow) person() Person {
	return Person{ID: r.ID, Name: r.Name, Login: r.Login, CreatedAt: r.Created, DisabledAt: r.Disabled, SeenAt: r.Seen,
		Passkeys: r.Passkeys, Password: r.Passwords > 0, Linked: r.Held > 0}
}

// People lists everybody, the disabled ones last.
func (s *Service) People(ctx context.Context) (out []Person, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[personRow](tx, `SELECT `+personColumns+` FROM people p ORDER BY CASE WHEN p.disabled_at = 0 THEN 0 ELSE 1 END, p.id`)
		if err != nil {
			return err
		}
		for _, r := range rows {
			p := r.person()
			if p.Grants, err = grantsOf(tx, p.ID); err != nil {
				return err
			}
			out = append(out, p)
		}
		return nil
	})
	return out, err
}

// Person returns one person.
func (s *Service) Person(ctx context.Context, id int64) (p Person, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[personRow](tx, `SELECT `+personColumns+` FROM people p WHERE p.id = $1`, id)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return nobody()
		}
		p = rows[0].person()
		p.Grants, err = grantsOf(tx, id)
		return err
	})
	return p, err
}

func nobody() error {
	return &jaga.Error{Code: jaga.CodeNotFound, Field: "person", Msg: "there is no such person"}
}

// enabled returns an error unless the person is there and may sign in.
func enabled(tx *store.Tx, id int64) error {
	at, err := store.All[int64](tx, `SELECT disabled_at FROM people WHERE id = $1`, id)
	switch {
	case err != nil:
		return err
	case len(at) == 0:
		return nobody()
	case at[0] != 0:
		return &jaga.Error{Code: jaga.CodeConflict, Field: "person", Msg: "this person is disabled", Hint: "let them in again first"}
	}
	return nil
}

// loginName is an address or a short name, in small letters.
var loginName = regexp.MustCompile(`^[a-z0-9][a-z0-9._+@-]{1,99}$`)

// cleanLogin is how a sign-in name is kept and looked for.
func cleanLogin(login string) string { return strings.ToLower(strings.TrimSpace(login)) }

func checkPerson(name, login string) (string, string, error) {
	name, login = strings.TrimSpace(name), cleanLogin(login)
	if n := utf8.RuneCountInString(name); n == 0 || n > 100 || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return "", "", &jaga.Error{Code: jaga.CodeInvalid, Field: "person_name", Msg: "it must have 1 to 100 characters", Hint: "the name that colleagues know"}
	}
	if login != "" && !loginName.MatchString(login) {
		return "", "", &jaga.Error{Code: jaga.CodeInvalid, Field: "login", Msg: "it has 2 to 100 letters, digits and . _ + - @, without spaces", Hint: "a mail address or a short name"}
	}
	return name, login, nil
}

// Invite adds a person and makes their first sign-in link, which is shown this
// once. login may be empty for somebody who will not use a password.
func (s *Service) Invite(ctx context.Context, actor, name, login string, grants []Grant) (id int64, link string, err error) {
	name, login, err = checkPerson(name, login)
	if err != nil {
		return 0, "", err
	}
	if err := checkGrants(grants); err != nil {
		return 0, "", err
	}
	err = s.db.Bulk(ctx, func(tx *store.Tx) error {
		if err := freeLogin(tx, login, 0); err != nil {
			return err
		}
		if id, err = store.One[int64](tx, `INSERT INTO people (name, login, created_at) VALUES ($1, $2, $3) RETURNING id`, name, login, tx.Now()); err != nil {
			return err
		}
		if err := putGrants(tx, id, grants, byHand); err != nil {
			return err
		}
		if err := tx.Record(custody.Event{Actor: actor, Action: "person.invite", Subject: personActor(id), Detail: map[string]string{"roles": joinGrants(grants)}}); err != nil {
			return err
		}
		link, err = newLink(tx, id)
		return err
	})
	if err != nil {
		return 0, "", fmt.Errorf("invite: %w", err)
	}
	return id, link, nil
}

func freeLogin(tx *store.Tx, login string, but int64) error {
	if login == "" {
		return nil
	}
	taken, err := store.All[int64](tx, `SELECT id FROM people WHERE login = $1 AND id <> $2`, login, but)
	if err == nil && len(taken) > 0 {
		err = &jaga.Error{Code: jaga.CodeConflict, Field: "login", Msg: "somebody else has this sign-in name"}
	}
	return err
}

// Rename changes what a person is called and what they type to sign in.
func (s *Service) Rename(ctx context.Context, actor string, id int64, name, login string) error {
	name, login, err := checkPerson(name, login)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, custody.Event{Actor: actor, Action: "person.rename", Subject: personActor(id)}, func(tx *store.Tx) error {
		if err := freeLogin(tx, login, id); err != nil {
			return err
		}
		n, err := tx.Exec(`UPDATE people SET name = $1, login = $2 WHERE id = $3`, name, login, id)
		if err == nil && n == 0 {
			err = nobody()
		}
		return err
	})
}

// Disable shuts a person out: their sessions and links end at once. What they
// did stays. The last administrator cannot be shut out.
func (s *Service) Disable(ctx context.Context, actor string, id int64) error {
	return s.db.Update(ctx, custody.Event{Actor: actor, Action: "person.disable", Subject: personActor(id)}, func(tx *store.Tx) error {
		if err := enabled(tx, id); err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE people SET disabled_at = $1 WHERE id = $2`, tx.Now(), id); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM sessions WHERE person_id = $1`, id); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM sign_in_links WHERE person_id = $1`, id); err != nil {
			return err
		}
		return lastAdministrator(tx)
	})
}

// Enable lets a person in again, with the roles and the passkeys they had.
func (s *Service) Enable(ctx context.Context, actor string, id int64) error {
	return s.db.Update(ctx, custody.Event{Actor: actor, Action: "person.enable", Subject: personActor(id)}, func(tx *store.Tx) error {
		n, err := tx.Exec(`UPDATE people SET disabled_at = 0 WHERE id = $1 AND disabled_at <> 0`, id)
		if err == nil && n == 0 {
			err = &jaga.Error{Code: jaga.CodeConflict, Field: "person", Msg: "there is no such person who is disabled"}
		}
		return err
	})
}

// History returns the custody records about a person, oldest first.
func (s *Service) History(ctx context.Context, id int64, limit int) (out []custody.Record, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		out, err = store.CustodyTrail(tx, personActor(id), limit)
		return err
	})
	return out, err
}

// administrators lists the enabled administrators, in the order of their
// numbers.
func administrators(tx *store.Tx) ([]int64, error) {
	return store.All[int64](tx, `SELECT p.id FROM people p WHERE p.disabled_at = 0 AND EXISTS
		(SELECT 1 FROM grants g WHERE g.person_id = p.id AND g.role = $1 AND g.queue = $2) ORDER BY p.id`, string(Administrator), AllQueues)
}

// lastAdministrator refuses a change after which nobody could give roles. The
// caller has written a custody record before, so changes come one after the
// other and two cannot each rely on the other's administrator.
func lastAdministrator(tx *store.Tx) error {
	ids, err := administrators(tx)
	if err == nil && len(ids) == 0 {
		err = &jaga.Error{Code: jaga.CodeConflict, Field: "administrator", Msg: "nobody would be left who can give roles", Hint: "make somebody else an administrator first"}
	}
	return err
}
