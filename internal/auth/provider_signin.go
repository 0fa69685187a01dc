package auth

import (
	"context"
	"crypto/subtle"
	"fmt"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// Purpose is why somebody is sent to the provider.
type Purpose string

// The purposes.
const (
	// ToSignIn opens a session.
	ToSignIn Purpose = "sign-in"
	// ToConfirm makes the session fresh again.
	ToConfirm Purpose = "confirm"
	// ToLink gives the account at the provider to the person who is signed
	// in.
	ToLink Purpose = "link"
)

// providerState is what a sign-in at the provider must come back to. It is
// sealed and kept by the browser, so another browser cannot finish it.
type providerState struct {
	State, Nonce, Verifier string
	Purpose                Purpose
	Next                   string
}

// HasProvider reports whether people can sign in at a provider.
func (s *Service) HasProvider() bool { return s.site.provider != nil }

func noProvider() error {
	return &jaga.Error{Code: jaga.CodeNotFound, Field: "provider", Msg: "no provider is configured"}
}

// BeginProvider returns where to send the browser, and what it keeps until it
// comes back. next is where the person wants to go.
func (s *Service) BeginProvider(ctx context.Context, why Purpose, next string) (address, keep string, err error) {
	p := s.site.provider
	if p == nil {
		return "", "", noProvider()
	}
	found, err := p.discover(ctx)
	if err != nil {
		return "", "", err
	}
	state, _ := newSecret("")
	nonce, _ := newSecret("")
	st := providerState{State: state, Nonce: nonce, Verifier: oauth2.GenerateVerifier(), Purpose: why, Next: next}
	opts := []oauth2.AuthCodeOption{oidc.Nonce(nonce), oauth2.S256ChallengeOption(st.Verifier)}
	if why == ToConfirm {
		opts = append(opts, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	cfg := p.oauth
	cfg.Endpoint = found.Endpoint()
	keep, err = s.seal.close(s.db.Now(), "provider", st)
	return cfg.AuthCodeURL(state, opts...), keep, err
}

// Returned is how a way to the provider ended.
type Returned struct {
	Purpose Purpose
	Next    string
	Session string // the new session's token, after [ToSignIn]
}

// FinishProvider ends it: keep is what the browser kept, state and code are
// what the provider sent, session is the token of the session, if there is one.
func (s *Service) FinishProvider(ctx context.Context, keep, state, code, session string) (out Returned, err error) {
	p := s.site.provider
	if p == nil {
		return out, noProvider()
	}
	person := int64(0)
	defer func() {
		if jaga.CodeOf(err) == jaga.CodeDenied {
			s.noteFailure(ctx, ByProvider, person)
		}
	}()
	var st providerState
	if err := s.seal.open(s.db.Now(), "provider", keep, &st); err != nil {
		return out, err
	}
	out = Returned{Purpose: st.Purpose, Next: st.Next}
	if subtle.ConstantTimeCompare([]byte(state), []byte(st.State)) != 1 || code == "" {
		return out, denied("what the provider sent")
	}
	c, err := p.redeem(ctx, s.db.Now, code, st)
	if err != nil {
		return out, err
	}
	if !p.allowed(c) {
		return out, notInvited()
	}
	switch st.Purpose {
	case ToSignIn:
		err = s.db.Bulk(ctx, func(tx *store.Tx) error {
			if person, err = s.personOf(tx, c); err != nil {
				return err
			}
			out.Session, err = begin(ctx, tx, person, ByProvider)
			return err
		})
	case ToConfirm:
		if now := s.db.Now(); c.proved.IsZero() || now.Sub(c.proved) > FreshFor || c.proved.After(now.Add(time.Minute)) {
			return out, denied("the confirmation: the provider does not say that you signed in just now, so it")
		}
		err = s.db.Bulk(ctx, func(tx *store.Tx) error {
			if person, err = holderOf(tx, c); err != nil {
				return err
			}
			if person == 0 {
				return denied("the account at the provider")
			}
			return prove(tx, session, person)
		})
	case ToLink:
		err = s.link(ctx, session, c)
	default:
		err = denied("what the provider sent")
	}
	if err != nil {
		return out, fmt.Errorf("sign in at the provider: %w", err)
	}
	return out, nil
}

func notInvited() error {
	return &jaga.Error{Code: jaga.CodeDenied, Field: "provider", Msg: "this account may not sign in here", Hint: "an administrator invites people"}
}

// holderOf returns the person who holds the account, or 0.
func holderOf(tx *store.Tx, c claims) (int64, error) {
	ids, err := store.All[int64](tx, `SELECT person_id FROM identities WHERE issuer = $1 AND subject = $2`, c.issuer, c.subject)
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	return ids[0], nil
}

// personOf finds whose account it is: the one who holds it; or else the person
// who was invited under its verified address and has never signed in; or else,
// when its claims come to a role, a new one. It brings the roles from the claims
// up to date.
func (s *Service) personOf(tx *store.Tx, c claims) (id int64, err error) {
	if id, err = holderOf(tx, c); err != nil {
		return 0, err
	}
	if id == 0 && c.verified && loginName.MatchString(c.email) {
		ids, err := store.All[int64](tx, `SELECT p.id FROM people p WHERE p.login = $1 AND p.disabled_at = 0 AND p.seen_at = 0
			AND NOT EXISTS (SELECT 1 FROM identities i WHERE i.person_id = p.id)`, c.email)
		if err != nil {
			return 0, err
		}
		if len(ids) == 1 {
			id = ids[0]
			if err := hold(tx, id, c); err != nil {
				return 0, err
			}
		}
	}
	if id == 0 && len(c.roles) > 0 {
		if id, err = newcomer(tx, c); err != nil {
			return 0, err
		}
	}
	if id == 0 {
		return 0, notInvited()
	}
	return id, syncRoles(tx, id, c.roles)
}

// newcomer makes a person of an account whose claims come to a role.
func newcomer(tx *store.Tx, c claims) (id int64, err error) {
	login := c.email
	if taken, err := store.All[int64](tx, `SELECT id FROM people WHERE login = $1`, login); err != nil || len(taken) > 0 || !c.verified || !loginName.MatchString(login) {
		if err != nil {
			return 0, err
		}
		login = ""
	}
	name, _, err := checkPerson(c.name, "")
	if err != nil {
		name = "Person"
		if login != "" {
			name = login
		}
	}
	if id, err = store.One[int64](tx, `INSERT INTO people (name, login, created_at) VALUES ($1, $2, $3) RETURNING id`, name, login, tx.Now()); err != nil {
		return 0, err
	}
	if err := tx.Record(custody.Event{Actor: "system", Action: "person.create", Subject: personActor(id), Detail: map[string]string{"method": string(ByProvider)}}); err != nil {
		return 0, err
	}
	return id, hold(tx, id, c)
}

func hold(tx *store.Tx, person int64, c claims) error {
	if _, err := tx.Exec(`INSERT INTO identities (issuer, subject, person_id, linked_at) VALUES ($1, $2, $3, $4)`, c.issuer, c.subject, person, tx.Now()); err != nil {
		return err
	}
	return tx.Record(custody.Event{Actor: personActor(person), Action: "provider.link", Subject: personActor(person)})
}

// syncRoles makes the roles from the provider those of its claims. What would
// leave the installation without an administrator is not taken away.
func syncRoles(tx *store.Tx, person int64, roles []Grant) error {
	type row struct{ Role, Queue string }
	rows, err := store.All[row](tx, `SELECT role, queue FROM grants WHERE person_id = $1 AND source = $2`, person, byProvider)
	if err != nil {
		return err
	}
	var had []Grant
	for _, r := range rows {
		had = append(had, Grant{Role(r.Role), r.Queue})
	}
	want := slices.Clone(roles)
	sortGrants(had)
	sortGrants(want)
	if slices.Equal(had, want) {
		return nil
	}
	// The record comes first: it makes changes of roles come one after the
	// other.
	if err := tx.Record(custody.Event{Actor: "system", Action: "person.roles", Subject: personActor(person), Detail: map[string]string{"roles": joinGrants(want), "method": string(ByProvider)}}); err != nil {
		return err
	}
	if err := putGrants(tx, person, want, byProvider); err != nil {
		return err
	}
	admin := Grant{Administrator, AllQueues}
	if slices.Contains(had, admin) && jaga.CodeOf(lastAdministrator(tx)) == jaga.CodeConflict {
		if err := putGrants(tx, person, append(want, admin), byProvider); err != nil {
			return err
		}
	}
	return lastAdministrator(tx)
}

// link gives the account to whoever is signed in.
func (s *Service) link(ctx context.Context, session string, c claims) error {
	who, err := s.Session(ctx, session)
	if err != nil {
		return err
	}
	if !who.Fresh {
		return Fresh(With(ctx, who))
	}
	return s.db.Bulk(ctx, func(tx *store.Tx) error {
		id, err := holderOf(tx, c)
		switch {
		case err != nil:
			return err
		case id == who.ID:
			return nil
		case id != 0:
			return &jaga.Error{Code: jaga.CodeConflict, Field: "provider", Msg: "the account at the provider belongs to somebody else here"}
		}
		return hold(tx, who.ID, c)
	})
}

// Unlink takes a person's accounts at providers away.
func (s *Service) Unlink(ctx context.Context, actor string, person int64) error {
	return s.db.Update(ctx, custody.Event{Actor: actor, Action: "provider.unlink", Subject: personActor(person)}, func(tx *store.Tx) error {
		n, err := tx.Exec(`DELETE FROM identities WHERE person_id = $1`, person)
		if err == nil && n == 0 {
			err = &jaga.Error{Code: jaga.CodeNotFound, Field: "provider", Msg: "this person has no account at the provider"}
		}
		if err != nil {
			return err
		}
		if err := putGrants(tx, person, nil, byProvider); err != nil {
			return err
		}
		return lastAdministrator(tx)
	})
}
