package auth

import (
	"context"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// A session ends after idleLife without use and after SessionLife in any case:
// consoles stand in shared rooms.
const (
	idleLife    = 8 * time.Hour
	SessionLife = 7 * 24 * time.Hour
)

// FreshFor is how long a proof of who somebody is suffices for acts that cannot
// be taken back.
const FreshFor = 10 * time.Minute

// Method is how somebody proved who they are.
type Method string

// The methods.
const (
	ByLink     Method = "link"
	ByPasskey  Method = "passkey"
	ByPassword Method = "password"
	ByProvider Method = "provider"
)

// Methods lists all of them.
func Methods() []Method { return []Method{ByPasskey, ByProvider, ByPassword, ByLink} }

// Session is a browser in which a person is signed in. Where it is, is not
// known and not kept.
type Session struct {
	Name      string // names it among the person's sessions; no secret
	Device    Device
	Method    Method
	CreatedAt int64 // microseconds, as all times here
	SeenAt    int64 // within a minute
	ExpiresAt int64
}

// sessionName is the beginning of the digest of a session's token: enough to
// tell sessions apart, and of no use to get in.
func sessionName(digest []byte) string { return hex.EncodeToString(digest[:8]) }

// begin opens a session for the person within the transaction. It refuses whoever is
// disabled, with the same answer as for a wrong secret.
func begin(ctx context.Context, tx *store.Tx, person int64, m Method) (token string, err error) {
	n, err := tx.Exec(`UPDATE people SET seen_at = $1 WHERE id = $2 AND disabled_at = 0`, tx.Now(), person)
	if err != nil {
		return "", err
	}
	if n == 0 {
		return "", denied("the sign-in")
	}
	if _, err := tx.Exec(`DELETE FROM sessions WHERE expires_at < $1 OR seen_at < $2`, tx.Now(), tx.Now()-micros(idleLife)); err != nil {
		return "", err
	}
	token, digest := newSecret("")
	if _, err := tx.Exec(`INSERT INTO sessions (digest, person_id, created_at, seen_at, expires_at, device, method, proved_at) VALUES ($1, $2, $3, $3, $4, $5, $6, $3)`,
		digest, person, tx.Now(), tx.Now()+micros(SessionLife), visitorFrom(ctx).device, string(m)); err != nil {
		return "", err
	}
	return token, tx.Record(custody.Event{Actor: personActor(person), Action: "session.create", Subject: personActor(person), Detail: map[string]string{"method": string(m)}})
}

// prove notes within the transaction that the person of a session has proved
// again who they are.
func prove(tx *store.Tx, token string, person int64) error {
	n, err := tx.Exec(`UPDATE sessions SET proved_at = $1 WHERE digest = $2 AND person_id = $3`, tx.Now(), digestOf(token), person)
	if err == nil && n == 0 {
		err = denied("the session")
	}
	return err
}

// Session checks the token of a session.
func (s *Service) Session(ctx context.Context, token string) (Who, error) {
	type row struct {
		Person, Seen, Proved int64
		Name                 string
	}
	var who Who
	stale := false
	digest := digestOf(token)
	err := s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[row](tx, `SELECT s.person_id, s.seen_at, s.proved_at, p.name FROM sessions s JOIN people p ON p.id = s.person_id
			WHERE s.digest = $1 AND s.expires_at > $2 AND s.seen_at > $3 AND p.disabled_at = 0`, digest, tx.Now(), tx.Now()-micros(idleLife))
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return denied("the session")
		}
		r := rows[0]
		stale = tx.Now()-r.Seen > micros(time.Minute)
		who = Who{Actor: personActor(r.Person), Name: r.Name, Person: true, ID: r.Person, Session: sessionName(digest)}
		// A clock that jumped back does not make an old proof fresh.
		who.Fresh = r.Proved <= tx.Now() && tx.Now()-r.Proved < micros(FreshFor)
		if who.Grants, err = grantsOf(tx, r.Person); err != nil {
			return err
		}
		who.Scopes = scopesOf(who)
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

// Sessions lists the open sessions of a person, the last used first.
func (s *Service) Sessions(ctx context.Context, person int64) (out []Session, err error) {
	type row struct {
		Digest                 []byte
		Device, Method         string
		Created, Seen, Expires int64
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[row](tx, `SELECT digest, device, method, created_at, seen_at, expires_at FROM sessions
			WHERE person_id = $1 AND expires_at > $2 AND seen_at > $3 ORDER BY seen_at DESC, created_at DESC`, person, tx.Now(), tx.Now()-micros(idleLife))
		for _, r := range rows {
			out = append(out, Session{sessionName(r.Digest), parseDevice(r.Device), Method(r.Method), r.Created, r.Seen, r.Expires})
		}
		return err
	})
	return out, err
}

// EndSession ends one session of a person, which [Service.Sessions] names.
func (s *Service) EndSession(ctx context.Context, actor string, person int64, name string) error {
	return s.endSessions(ctx, actor, person, func(n string) bool { return n == name }, true)
}

// EndSessions ends all sessions of a person but the one named, which may be "".
func (s *Service) EndSessions(ctx context.Context, actor string, person int64, but string) error {
	return s.endSessions(ctx, actor, person, func(n string) bool { return n != but }, false)
}

func (s *Service) endSessions(ctx context.Context, actor string, person int64, which func(name string) bool, must bool) error {
	err := s.db.Update(ctx, custody.Event{Actor: actor, Action: "session.end", Subject: personActor(person)}, func(tx *store.Tx) error {
		n, err := endSessions(tx, person, which)
		if err == nil && n == 0 && must {
			err = &jaga.Error{Code: jaga.CodeNotFound, Field: "session", Msg: "this session has ended already"}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	return nil
}

func endSessions(tx *store.Tx, person int64, which func(name string) bool) (n int, err error) {
	digests, err := store.All[[]byte](tx, `SELECT digest FROM sessions WHERE person_id = $1`, person)
	if err != nil {
		return 0, err
	}
	for _, d := range digests {
		if !which(sessionName(d)) {
			continue
		}
		if _, err := tx.Exec(`DELETE FROM sessions WHERE digest = $1`, d); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
