package auth

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// Passkey is one that a person has, without its key.
type Passkey struct {
	ID        int64
	Name      string
	CreatedAt int64 // microseconds
	UsedAt    int64 // 0 never
	// SuspectAt is when the passkey's counter ran backwards, which is how a
	// copy shows. It opens nothing since.
	SuspectAt int64
	// Synced says that the passkey is kept with an account of its maker and
	// reaches the person's other devices.
	Synced bool
}

// mostPasskeys bounds the passkeys of one person.
const mostPasskeys = 20

// holder is a person as the library of passkeys sees one.
type holder struct {
	id          int64
	handle      []byte
	name, login string
	held        []webauthn.Credential
}

func (h *holder) WebAuthnID() []byte { return h.handle }
func (h *holder) WebAuthnName() string {
	if h.login != "" {
		return h.login
	}
	return h.name
}
func (h *holder) WebAuthnDisplayName() string                { return h.name }
func (h *holder) WebAuthnCredentials() []webauthn.Credential { return h.held }

// holderBy reads a person who may sign in, with the passkeys that open.
func holderBy(tx *store.Tx, where string, arg any) (*holder, error) {
	type row struct {
		ID          int64
		Handle      []byte
		Name, Login string
	}
	rows, err := store.All[row](tx, `SELECT id, handle, name, login FROM people WHERE disabled_at = 0 AND `+where, arg)
	if err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return nil, denied("the passkey")
	}
	h := &holder{id: rows[0].ID, handle: rows[0].Handle, name: rows[0].Name, login: rows[0].Login}
	texts, err := store.All[string](tx, `SELECT data FROM passkeys WHERE person_id = $1 AND suspect_at = 0`, h.id)
	for _, text := range texts {
		var c webauthn.Credential
		if err := json.Unmarshal([]byte(text), &c); err != nil {
			return nil, fmt.Errorf("read passkey: %w", err)
		}
		h.held = append(h.held, c)
	}
	return h, err
}

func (s *Service) webauthn() (*webauthn.WebAuthn, error) {
	if s.site.web == nil {
		return nil, &jaga.Error{Code: jaga.CodeUnavailable, Field: "passkey", Msg: "passkeys do not work at this address", Hint: "set server.public_url to an https address with a name"}
	}
	return s.site.web, nil
}

// Ceremony is what a browser needs to ask for a passkey, and the state that
// comes back with its answer, sealed, within ten minutes and once.
type Ceremony struct {
	Options any    `json:"options"`
	State   string `json:"state"`
}

// BeginPasskey begins to make a passkey for the person.
func (s *Service) BeginPasskey(ctx context.Context, person int64) (c Ceremony, err error) {
	web, err := s.webauthn()
	if err != nil {
		return c, err
	}
	var h *holder
	// The handle names the person to their authenticator. It is random, so
	// that it says nothing about them, and made when it is first needed.
	var handle [32]byte
	_, _ = rand.Read(handle[:]) // never fails (crypto/rand)
	err = s.db.Bulk(ctx, func(tx *store.Tx) error {
		if _, err := tx.Exec(`UPDATE people SET handle = $1 WHERE id = $2 AND handle IS NULL`, handle[:], person); err != nil {
			return err
		}
		h, err = holderBy(tx, `id = $1`, person)
		return err
	})
	if err != nil {
		return c, err
	}
	creation, data, err := web.BeginRegistration(h, webauthn.WithExclusions(webauthn.Credentials(h.held).CredentialDescriptors()))
	if err != nil {
		return c, fmt.Errorf("begin passkey: %w", err)
	}
	c.Options = creation
	c.State, err = s.seal.close(s.db.Now(), "passkey/make", data)
	return c, err
}

// AddPasskey keeps the passkey that a browser made. name is what the person
// calls it.
func (s *Service) AddPasskey(ctx context.Context, person int64, name, state string, answer []byte) error {
	web, err := s.webauthn()
	if err != nil {
		return err
	}
	if name, err = passkeyName(name); err != nil {
		return err
	}
	var data webauthn.SessionData
	if err := s.seal.open(s.db.Now(), "passkey/make", state, &data); err != nil {
		return err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return denied("what the browser answered")
	}
	return s.db.Update(ctx, custody.Event{Actor: personActor(person), Action: "passkey.add", Subject: personActor(person)}, func(tx *store.Tx) error {
		h, err := holderBy(tx, `id = $1`, person)
		if err != nil {
			return err
		}
		cred, err := web.CreateCredential(h, data, parsed)
		if err != nil {
			return denied("the passkey")
		}
		n, err := store.One[int64](tx, `SELECT COUNT(*) FROM passkeys WHERE person_id = $1`, person)
		if err != nil {
			return err
		}
		if n >= mostPasskeys {
			return &jaga.Error{Code: jaga.CodeConflict, Field: "passkey", Msg: "there are twenty passkeys already", Hint: "remove one that is not used"}
		}
		text, err := json.Marshal(cred)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO passkeys (person_id, credential, data, name, created_at) VALUES ($1, $2, $3, $4, $5)`, person, cred.ID, string(text), name, tx.Now())
		return err
	})
}

func passkeyName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n == 0 || n > 60 {
		return "", &jaga.Error{Code: jaga.CodeInvalid, Field: "passkey_name", Msg: "it must have 1 to 60 characters", Hint: "name the device that has the passkey"}
	}
	return name, nil
}

// BeginProof begins to ask for any passkey of this server: nobody says first
// who they are, so the answer to a name tells nothing. purpose is
// [PurposeSignIn] or [PurposeConfirm].
func (s *Service) BeginProof(purpose string) (c Ceremony, err error) {
	web, err := s.webauthn()
	if err != nil {
		return c, err
	}
	assertion, data, err := web.BeginDiscoverableLogin()
	if err != nil {
		return c, fmt.Errorf("ask for passkey: %w", err)
	}
	c.Options = assertion
	c.State, err = s.seal.close(s.db.Now(), purpose, data)
	return c, err
}

// What a passkey is asked for.
const (
	PurposeSignIn  = "passkey/sign-in"
	PurposeConfirm = "passkey/confirm"
)

// PasskeySignIn opens a session for the holder of a passkey.
func (s *Service) PasskeySignIn(ctx context.Context, state string, answer []byte) (session string, err error) {
	err = s.passkey(ctx, PurposeSignIn, state, answer, func(tx *store.Tx, person int64) (err error) {
		session, err = begin(ctx, tx, person, ByPasskey)
		return err
	})
	return session, err
}

// ConfirmPasskey makes the session fresh again, with a passkey of its person.
func (s *Service) ConfirmPasskey(ctx context.Context, session, state string, answer []byte) error {
	return s.passkey(ctx, PurposeConfirm, state, answer, func(tx *store.Tx, person int64) error { return prove(tx, session, person) })
}

func (s *Service) passkey(ctx context.Context, purpose, state string, answer []byte, then func(tx *store.Tx, person int64) error) error {
	web, err := s.webauthn()
	if err != nil {
		return err
	}
	var data webauthn.SessionData
	if err := s.seal.open(s.db.Now(), purpose, state, &data); err != nil {
		return err
	}
	person, copied := int64(0), false
	err = s.db.Bulk(ctx, func(tx *store.Tx) error {
		parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
		if err != nil {
			return denied("the passkey")
		}
		var h *holder
		var fault error // of the database, which the library would hide
		_, cred, err := web.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
			h, fault = holderBy(tx, `handle = $1`, handle)
			return h, fault
		}, data, parsed)
		if fault != nil && jaga.CodeOf(fault) != jaga.CodeDenied {
			return fault
		}
		if h != nil {
			person = h.id
		}
		if err != nil {
			return denied("the passkey")
		}
		if cred.Authenticator.CloneWarning {
			copied = true
			if _, err := tx.Exec(`UPDATE passkeys SET suspect_at = $1 WHERE credential = $2`, tx.Now(), cred.ID); err != nil {
				return err
			}
			return tx.Record(custody.Event{Actor: "system", Action: "passkey.counter", Subject: personActor(person)})
		}
		text, err := json.Marshal(cred)
		if err != nil {
			return err
		}
		n, err := tx.Exec(`UPDATE passkeys SET data = $1, used_at = $2 WHERE credential = $3 AND person_id = $4 AND suspect_at = 0`, string(text), tx.Now(), cred.ID, person)
		if err != nil {
			return err
		}
		if n == 0 {
			return denied("the passkey")
		}
		return then(tx, person)
	})
	if err == nil && copied {
		err = denied("the passkey: its counter ran backwards, so there may be a copy of it; it")
	}
	if jaga.CodeOf(err) == jaga.CodeDenied {
		s.noteFailure(ctx, ByPasskey, person)
	}
	return err
}

// Passkeys lists the passkeys of a person, newest first.
func (s *Service) Passkeys(ctx context.Context, person int64) (out []Passkey, err error) {
	type row struct {
		ID                     int64
		Name, Data             string
		Created, Used, Suspect int64
	}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[row](tx, `SELECT id, name, data, created_at, used_at, suspect_at FROM passkeys WHERE person_id = $1 ORDER BY id DESC`, person)
		for _, r := range rows {
			var c webauthn.Credential
			if err := json.Unmarshal([]byte(r.Data), &c); err != nil {
				return fmt.Errorf("read passkey: %w", err)
			}
			out = append(out, Passkey{r.ID, r.Name, r.Created, r.Used, r.Suspect, c.Flags.BackupState})
		}
		return err
	})
	return out, err
}

// RenamePasskey changes what a person calls a passkey of theirs.
func (s *Service) RenamePasskey(ctx context.Context, person, id int64, name string) error {
	name, err := passkeyName(name)
	if err != nil {
		return err
	}
	return s.onePasskey(ctx, personActor(person), "passkey.rename", person, `UPDATE passkeys SET name = $3 WHERE id = $1 AND person_id = $2`, id, person, name)
}

// RemovePasskey makes a passkey of a person useless, for good.
func (s *Service) RemovePasskey(ctx context.Context, actor string, person, id int64) error {
	return s.onePasskey(ctx, actor, "passkey.remove", person, `DELETE FROM passkeys WHERE id = $1 AND person_id = $2`, id, person)
}

func (s *Service) onePasskey(ctx context.Context, actor, action string, person int64, q string, args ...any) error {
	return s.db.Update(ctx, custody.Event{Actor: actor, Action: action, Subject: personActor(person), Detail: map[string]string{"passkey": fmt.Sprint(args[0])}}, func(tx *store.Tx) error {
		n, err := tx.Exec(q, args...)
		if err == nil && n == 0 {
			err = &jaga.Error{Code: jaga.CodeNotFound, Field: "passkey", Msg: "this person has no such passkey"}
		}
		return err
	})
}
