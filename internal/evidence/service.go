package evidence

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/vault"
)

// Options configure a Service. Keys, Blobs, Origin and Signer must be set.
type Options struct {
	Keys  vault.Keys
	Blobs vault.Blobs
	// Origin and Signer sign certificates; they are those of the custody log
	// (see [custody.NewKey]).
	Origin, Signer string
	// Log may be nil.
	Log *slog.Logger
}

// Service keeps evidence. It is safe for concurrent use, also by several
// processes on one database.
type Service struct {
	db      *store.DB
	blobs   vault.Blobs
	origin  string
	signer  string
	log     *slog.Logger
	columns *vault.Columns

	mu       sync.RWMutex
	vault    *vault.Vault
	officers int64 // the row of vault_officers that vault seals for, 0 for none
}

// Open returns the service of a database, and makes the installation's secret on
// the first start. Keys that do not open that secret are refused: with them
// nothing else would open either.
func Open(ctx context.Context, db *store.DB, o Options) (*Service, error) {
	s := &Service{db: db, blobs: o.Blobs, origin: o.Origin, signer: o.Signer, log: o.Log}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	var sealed []secretRow
	err := db.View(ctx, func(tx *store.Tx) error {
		set, err := lastOfficers(tx)
		if err != nil {
			return err
		}
		s.officers = set.ID
		if s.vault, err = vault.New(o.Keys, set.Recipient); err != nil {
			return err
		}
		sealed, err = secrets(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(sealed) == 0 {
		if err := s.makeSecret(ctx); err != nil {
			return nil, err
		}
		// Another process may have been first; what is stored counts.
		if err := db.View(ctx, func(tx *store.Tx) error { sealed, err = secrets(tx); return err }); err != nil {
			return nil, err
		}
	}
	secret, err := openSecret(s.vault, sealed[0])
	if err != nil {
		return nil, &jaga.Error{Code: jaga.CodeUnavailable, Field: "vault key", Msg: "open evidence: this vault key is not the one that this database was sealed with",
			Hint: "restore the file of the vault key from its backup, or let two officers run `jaga vault recover`", Err: err}
	}
	s.columns = vault.NewColumns(secret)
	return s, nil
}

// Used reports whether the database holds what a vault key has sealed, so that
// a missing key file must not be made anew.
func Used(ctx context.Context, db *store.DB) (used bool, err error) {
	err = db.View(ctx, func(tx *store.Tx) error {
		sealed, err := secrets(tx)
		used = len(sealed) > 0
		return err
	})
	return used, err
}

// Columns seal personal text of other tables and make keyed digests.
func (s *Service) Columns() *vault.Columns { return s.columns }

// Digest is the keyed digest of a file's SHA-256, as in [Item.Digest]: with it
// callers find out whether a content is known here.
func (s *Service) Digest(sha256 [32]byte) [32]byte {
	return s.columns.Digest("evidence content", sha256[:])
}

func (s *Service) keys() (*vault.Vault, int64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.vault, s.officers
}

// secretRow is a sealed secret of the installation.
type secretRow struct {
	Version         int64
	Header, Payload []byte
}

// secretName names the row, and the file in its binding.
const secretName = "columns"

func secretAt(version int64) vault.Binding {
	return vault.Binding{File: "secret-" + secretName, Version: version}
}

func secrets(tx *store.Tx) ([]secretRow, error) {
	return store.All[secretRow](tx, `SELECT version, header, payload FROM vault_secrets WHERE name = $1`, secretName)
}

func (s *Service) makeSecret(ctx context.Context) error {
	v, _ := s.keys()
	sealed, err := v.Seal(secretAt(1), bytes.NewReader(vault.NewColumnSecret()))
	if err != nil {
		return err
	}
	payload, err := io.ReadAll(sealed.Payload)
	if err != nil {
		return err
	}
	return s.db.Update(ctx, custody.Event{Actor: "system", Action: "vault.create", Subject: "vault", Detail: map[string]string{"key": v.Keys().Current()}}, func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO vault_secrets (name, version, header, payload) VALUES ($1, 1, $2, $3) ON CONFLICT DO NOTHING`, secretName, sealed.Header, payload)
		return err
	})
}

func openSecret(v *vault.Vault, r secretRow) ([]byte, error) {
	c, err := v.Open(r.Header, secretAt(r.Version), inMemory{bytes.NewReader(r.Payload)})
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.NewSectionReader(c, 0, c.Size()))
}

// inMemory is a small blob that is kept in the database.
type inMemory struct{ *bytes.Reader }

// Close implements vault.Blob.
func (inMemory) Close() error { return nil }

// event is a custody event about a file.
func event(actor, action, id string, detail map[string]string) custody.Event {
	return custody.Event{Actor: actor, Action: action, Subject: "evidence:" + id, Detail: detail}
}

func invalid(field, msg string) error {
	return &jaga.Error{Code: jaga.CodeInvalid, Field: field, Msg: msg}
}

func conflict(field, msg, hint string) error {
	return &jaga.Error{Code: jaga.CodeConflict, Field: field, Msg: msg, Hint: hint}
}

func notThere(what string) error {
	return &jaga.Error{Code: jaga.CodeNotFound, Field: what, Msg: "there is no such " + what}
}

// missing maps a row that is not there to words for people.
func missing(err error, what string) error {
	if errors.Is(err, store.ErrNotFound) {
		return notThere(what)
	}
	return err
}
