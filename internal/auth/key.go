package auth

import (
	"context"
	"crypto/subtle"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/store"
)

// KeyPrefix begins every API key, so that scanners for leaked secrets find it.
const KeyPrefix = "jaga_"

// Key is an API key as people see it; the secret itself is not kept.
type Key struct {
	ID        int64   `json:"id"`
	Label     string  `json:"label"`
	Hint      string  `json:"hint"` // the first characters of the secret
	Scopes    []Scope `json:"scopes"`
	CreatedAt int64   `json:"created_at"`           // microseconds since 1970
	ExpiresAt int64   `json:"expires_at,omitempty"` // microseconds, 0 never
	RevokedAt int64   `json:"revoked_at,omitempty"`
	UsedAt    int64   `json:"used_at,omitempty"` // within a minute
	// OldUntil is when the secret before the last rotation ends; 0 when there
	// is none.
	OldUntil  int64  `json:"old_until,omitempty"`
	RotatedAt int64  `json:"rotated_at,omitempty"`
	RotatedBy string `json:"rotated_by,omitempty"` // the actor
}

type keyRow struct {
	ID                               int64
	Label, Scopes, Hint              string
	Created, Expires, Revoked, Usage int64
	OldUntil, RotatedAt              int64
	RotatedBy                        string
}

const keyColumns = `id, label, scopes, hint, created_at, expires_at, revoked_at, used_at, old_until, rotated_at, rotated_by`

func (r keyRow) key() Key {
	k := Key{ID: r.ID, Label: r.Label, Hint: r.Hint, CreatedAt: r.Created, ExpiresAt: r.Expires, RevokedAt: r.Revoked, UsedAt: r.Usage,
		OldUntil: r.OldUntil, RotatedAt: r.RotatedAt, RotatedBy: r.RotatedBy}
	for s := range strings.FieldsSeq(r.Scopes) {
		k.Scopes = append(k.Scopes, Scope(s))
	}
	return k
}

// CreateKey makes a key and returns its secret, which cannot be had again.
// expires is the zero time for a key that does not expire.
func (s *Service) CreateKey(ctx context.Context, actor, label string, scopes []Scope, expires time.Time) (Key, string, error) {
	label = strings.TrimSpace(label)
	if n := utf8.RuneCountInString(label); n == 0 || n > 100 {
		return Key{}, "", &jaga.Error{Code: jaga.CodeInvalid, Field: "label", Msg: "it must have 1 to 100 characters", Hint: "name what will use the key"}
	}
	at := int64(0)
	if !expires.IsZero() {
		at = expires.UnixMicro()
	}
	secret, digest := newSecret(KeyPrefix)
	var k Key
	err := s.db.Bulk(ctx, func(tx *store.Tx) error {
		if at != 0 && at <= tx.Now() {
			return &jaga.Error{Code: jaga.CodeInvalid, Field: "expires", Msg: "that time has passed"}
		}
		row, err := store.One[keyRow](tx, `INSERT INTO api_keys (label, scopes, hint, digest, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6) RETURNING `+keyColumns,
			label, join(scopes), hintOf(secret), digest, tx.Now(), at)
		if err != nil {
			return err
		}
		k = row.key()
		return tx.Record(custody.Event{Actor: actor, Action: "key.create", Subject: keyActor(k.ID), Detail: map[string]string{"scopes": join(scopes)}})
	})
	if err != nil {
		return Key{}, "", fmt.Errorf("create key: %w", err)
	}
	return k, secret, nil
}

// Keys lists all keys, newest first, revoked ones too.
func (s *Service) Keys(ctx context.Context) (list []Key, err error) {
	list = []Key{}
	err = s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[keyRow](tx, `SELECT `+keyColumns+` FROM api_keys ORDER BY id DESC`)
		for _, r := range rows {
			list = append(list, r.key())
		}
		return err
	})
	return list, err
}

func hintOf(secret string) string { return secret[:len(KeyPrefix)+4] }

// LongestOverlap is for how long the old secret of a key may still work.
const LongestOverlap = 30 * 24 * time.Hour

// RotateKey gives a key a new secret, which is returned and cannot be had
// again. The one before goes on working for the overlap, so that programs can
// be changed one by one; zero ends it at once. Of two rotations within one
// overlap the first secret ends with the second: a key never has more than two.
func (s *Service) RotateKey(ctx context.Context, actor string, id int64, overlap time.Duration) (Key, string, error) {
	if overlap < 0 || overlap > LongestOverlap {
		return Key{}, "", &jaga.Error{Code: jaga.CodeInvalid, Field: "overlap", Msg: "the old secret works for up to 30 days", Hint: "choose 0 when it may be known to others"}
	}
	secret, digest := newSecret(KeyPrefix)
	var k Key
	err := s.db.Update(ctx, custody.Event{Actor: actor, Action: "key.rotate", Subject: keyActor(id), Detail: map[string]string{"overlap": overlap.String()}}, func(tx *store.Tx) error {
		until := int64(0)
		if overlap > 0 {
			until = tx.Now() + micros(overlap)
		}
		rows, err := store.All[keyRow](tx, `UPDATE api_keys SET old_digest = digest, old_until = $1, digest = $2, hint = $3, rotated_at = $4, rotated_by = $5
			WHERE id = $6 AND revoked_at = 0 AND (expires_at = 0 OR expires_at > $4) RETURNING `+keyColumns, until, digest, hintOf(secret), tx.Now(), actor, id)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return noKey()
		}
		k = rows[0].key()
		return nil
	})
	if err != nil {
		return Key{}, "", fmt.Errorf("rotate key: %w", err)
	}
	return k, secret, nil
}

func noKey() error {
	return &jaga.Error{Code: jaga.CodeNotFound, Field: "key", Msg: "there is no key of this number that is in use"}
}

// RevokeKey ends a key at once, for good.
func (s *Service) RevokeKey(ctx context.Context, actor string, id int64) error {
	return s.db.Update(ctx, custody.Event{Actor: actor, Action: "key.revoke", Subject: keyActor(id)}, func(tx *store.Tx) error {
		n, err := tx.Exec(`UPDATE api_keys SET revoked_at = $1 WHERE id = $2 AND revoked_at = 0`, tx.Now(), id)
		if err == nil && n == 0 {
			err = noKey()
		}
		return err
	})
}

// Key checks the secret of an API key.
func (s *Service) Key(ctx context.Context, secret string) (Who, error) {
	if !strings.HasPrefix(secret, KeyPrefix) || len(secret) > 100 {
		return Who{}, denied("the API key")
	}
	if subtle.ConstantTimeCompare(digestOf(secret), s.localDigest) == 1 {
		return Who{Actor: LocalActor, Name: LocalActor, Scopes: Scopes()}, nil
	}
	var who Who
	var id, stale int64
	err := s.db.View(ctx, func(tx *store.Tx) error {
		rows, err := store.All[keyRow](tx, `SELECT `+keyColumns+` FROM api_keys WHERE digest = $1 OR (old_digest = $1 AND old_until > $2)`, digestOf(secret), tx.Now())
		if err != nil {
			return err
		}
		if len(rows) == 0 || rows[0].Revoked != 0 || rows[0].Expires != 0 && rows[0].Expires <= tx.Now() {
			return denied("the API key")
		}
		k := rows[0].key()
		who = Who{Actor: keyActor(k.ID), Name: k.Label, Scopes: k.Scopes}
		if tx.Now()-k.UsedAt > micros(time.Minute) {
			id, stale = k.ID, tx.Now()
		}
		return nil
	})
	if err != nil {
		return Who{}, err
	}
	if id != 0 {
		// When a key was last used helps people to revoke the right one; it
		// is not worth failing a request.
		_ = s.db.Bulk(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE api_keys SET used_at = $1 WHERE id = $2`, stale, id)
			return err
		})
	}
	return who, nil
}
