package auth

import (
	"context"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// SetPassword gives a person a password, or a new one. The person's other
// sessions end; the one named in keep, which may be "", goes on.
func (s *Service) SetPassword(ctx context.Context, person int64, password, keep string) error {
	p, err := s.Person(ctx, person)
	if err != nil {
		return err
	}
	if p.Login == "" {
		return &jaga.Error{Code: jaga.CodeConflict, Field: "login", Msg: "a password needs a name to sign in with", Hint: "an administrator sets one on the page People"}
	}
	password = cleanPassword(password)
	if err := checkPassword(password, p.Name, p.Login); err != nil {
		return err
	}
	leave, err := s.argon.enter(ctx)
	if err != nil {
		return err
	}
	hash := argonNow.hash(password)
	leave()
	return s.db.Update(ctx, custody.Event{Actor: personActor(person), Action: "password.set", Subject: personActor(person)}, func(tx *store.Tx) error {
		if err := enabled(tx, person); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO passwords (person_id, hash, changed_at) VALUES ($1, $2, $3)
			ON CONFLICT (person_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at`, person, hash, tx.Now()); err != nil {
			return err
		}
		_, err := endSessions(tx, person, func(name string) bool { return name != keep })
		return err
	})
}

// RemovePassword takes a person's password away.
func (s *Service) RemovePassword(ctx context.Context, actor string, person int64) error {
	return s.db.Update(ctx, custody.Event{Actor: actor, Action: "password.remove", Subject: personActor(person)}, func(tx *store.Tx) error {
		n, err := tx.Exec(`DELETE FROM passwords WHERE person_id = $1`, person)
		if err == nil && n == 0 {
			err = &jaga.Error{Code: jaga.CodeNotFound, Field: "password", Msg: "this person has no password"}
		}
		return err
	})
}

// PasswordSignIn opens a session for whoever knows the name and the password.
// A wrong password, a name that nobody has, a person without a password and one
// who is disabled get the same answer after the same work.
func (s *Service) PasswordSignIn(ctx context.Context, login, password string) (session string, err error) {
	err = s.password(ctx, cleanLogin(login), password, `login = $1 AND login <> ''`, cleanLogin(login), func(tx *store.Tx, person int64) (err error) {
		session, err = begin(ctx, tx, person, ByPassword)
		return err
	})
	return session, err
}

// ConfirmPassword makes the session fresh again, with its person's password.
func (s *Service) ConfirmPassword(ctx context.Context, session string, person int64, password string) error {
	p, err := s.Person(ctx, person)
	if err != nil {
		return err
	}
	return s.password(ctx, p.Login, password, `id = $1`, person, func(tx *store.Tx, person int64) error { return prove(tx, session, person) })
}

func (s *Service) password(ctx context.Context, account, password, where string, arg any, then func(tx *store.Tx, person int64) error) error {
	network := visitorFrom(ctx).network.String()
	if err := s.limits.allow(s.db.Now(), account, network); err != nil {
		return err
	}
	type row struct {
		Person int64
		Hash   string
	}
	var rows []row
	err := s.db.View(ctx, func(tx *store.Tx) (err error) {
		rows, err = store.All[row](tx, `SELECT w.person_id, w.hash FROM passwords w JOIN people p ON p.id = w.person_id WHERE p.disabled_at = 0 AND p.`+where, arg)
		return err
	})
	if err != nil {
		return err
	}
	found := row{Hash: nobodysHash}
	if len(rows) == 1 {
		found = rows[0]
	}
	password = cleanPassword(password)
	leave, err := s.argon.enter(ctx)
	if err != nil {
		return err
	}
	ok, old, err := argonNow.verify(found.Hash, password)
	kept := found.Hash
	if err == nil && ok && old {
		kept = argonNow.hash(password)
	}
	leave()
	if err != nil {
		return err
	}
	if !ok || found.Person == 0 {
		s.limits.failed(s.db.Now(), account, network)
		s.noteFailure(ctx, ByPassword, found.Person)
		return &jaga.Error{Code: jaga.CodeDenied, Field: "password", Msg: "the name or the password is not right"}
	}
	err = s.db.Bulk(ctx, func(tx *store.Tx) error {
		// The password may have been changed while this one was checked.
		n, err := tx.Exec(`UPDATE passwords SET hash = $1 WHERE person_id = $2 AND hash = $3`, kept, found.Person, found.Hash)
		if err != nil {
			return err
		}
		if n == 0 {
			return &jaga.Error{Code: jaga.CodeDenied, Field: "password", Msg: "the name or the password is not right"}
		}
		return then(tx, found.Person)
	})
	if err == nil {
		s.limits.worked(account)
	}
	return err
}

// nobodysHash is checked where there is no password, so that the answer takes
// as long. No password has it: it is the hash of nothing, and nothing is no
// password; and whoever it belongs to has the number 0.
const nobodysHash = "$argon2id$v=19$m=19456,t=2,p=1$amFnYS1uby1vbmUtYXQtYQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// Failures counts the sign-ins that failed, by method and person; nothing that
// was typed is kept.
type Failures struct {
	Method Method
	Person int64 // 0 where it is not known who it was to be
	Count  int64
}

// keepFailures is for how many days they are counted.
const keepFailures = 30

func (s *Service) noteFailure(ctx context.Context, m Method, person int64) {
	// That a sign-in failed is answered even when it cannot be counted.
	_ = s.db.Bulk(context.WithoutCancel(ctx), func(tx *store.Tx) error {
		day := tx.Now() / micros(24*time.Hour)
		if _, err := tx.Exec(`DELETE FROM sign_in_failures WHERE day < $1`, day-keepFailures); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO sign_in_failures (day, method, person_id, count) VALUES ($1, $2, $3, 1)
			ON CONFLICT (day, method, person_id) DO UPDATE SET count = sign_in_failures.count + 1`, day, string(m), person)
		return err
	})
}

// Failed returns the failed sign-ins of the last days, today among them.
func (s *Service) Failed(ctx context.Context, days int) (out []Failures, err error) {
	err = s.db.View(ctx, func(tx *store.Tx) error {
		day := tx.Now() / micros(24*time.Hour)
		out, err = store.All[Failures](tx, `SELECT method, person_id, CAST(SUM(count) AS BIGINT) FROM sign_in_failures WHERE day > $1 GROUP BY method, person_id ORDER BY method, person_id`, day-int64(days))
		return err
	})
	return out, err
}
