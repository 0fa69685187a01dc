package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/jaga-project/jaga/internal/auth"
)

// Key is an API key without its secret.
type Key struct {
	ID        int64        `json:"id" doc:"Its number."`
	Label     string       `json:"label" doc:"What uses it." example:"forum"`
	Hint      string       `json:"hint" doc:"How the secret begins, to tell keys apart." example:"jaga_x7Kd"`
	Scopes    []auth.Scope `json:"scopes" doc:"What it may be used for." nullable:"false" example:"[\"items:write\",\"items:read\"]"`
	CreatedAt time.Time    `json:"created_at" doc:"When it was made."`
	ExpiresAt *time.Time   `json:"expires_at,omitempty" doc:"When it ends by itself."`
	RevokedAt *time.Time   `json:"revoked_at,omitempty" doc:"When it was revoked."`
	UsedAt    *time.Time   `json:"used_at,omitempty" doc:"When it was used last, within a minute."`
	RotatedAt *time.Time   `json:"rotated_at,omitempty" doc:"When it got its present secret, if that is not its first."`
	RotatedBy string       `json:"rotated_by,omitempty" doc:"Who gave it its present secret." example:"person:1"`
	OldUntil  *time.Time   `json:"old_until,omitempty" doc:"Until when the secret before works as well."`
}

func keyOf(k auth.Key) Key {
	if k.Scopes == nil {
		k.Scopes = []auth.Scope{}
	}
	return Key{k.ID, k.Label, k.Hint, k.Scopes, micros(k.CreatedAt), microsOrNil(k.ExpiresAt), microsOrNil(k.RevokedAt), microsOrNil(k.UsedAt),
		microsOrNil(k.RotatedAt), k.RotatedBy, microsOrNil(k.OldUntil)}
}

// KeyList lists keys.
type KeyList struct {
	Keys []Key `json:"keys" doc:"Newest first, revoked ones too." nullable:"false"`
}

// NewKey is what is needed to make a key.
type NewKey struct {
	Label     string       `json:"label" doc:"What will use it." minLength:"1" maxLength:"100" example:"forum"`
	Scopes    []auth.Scope `json:"scopes" doc:"What it may be used for." enum:"items:write,items:read,match,messages:write,findings:read,excerpts:read,live:read,live:write,banks:read,banks:write,reports:write,cases:read,cases:write,evidence:write,evidence:read,rules:read,rules:write,hooks:write,actions:result,statistics:read,custody:read,status:read,people:write,keys:write" minItems:"1" maxItems:"24" nullable:"false" example:"[\"items:write\",\"items:read\"]"`
	ExpiresAt *time.Time   `json:"expires_at,omitempty" doc:"When it ends by itself. Unless set: never."`
}

// Rotation is what is needed to give a key a new secret.
type Rotation struct {
	OverlapDays int `json:"overlap_days" doc:"For how many days the old secret works as well; 0 ends it at once." minimum:"0" maximum:"30" example:"7"`
}

// CreatedKey is a new key with its secret.
type CreatedKey struct {
	Key    Key    `json:"key" doc:"The key."`
	Secret string `json:"secret" doc:"The secret. It is shown this once and cannot be had again." example:"jaga_x7Kd…"`
}

// SignInLink is a link that signs one person in, once.
type SignInLink struct {
	URL       string    `json:"url" doc:"The link; it works once." example:"https://jaga.example/sign-in?token=…"`
	ExpiresAt time.Time `json:"expires_at" doc:"Until when it works."`
}

func (s *server) registerKeys() {
	add(s, huma.Operation{Method: http.MethodGet, Path: "/v1/keys", OperationID: "list-keys", Tags: []string{tagKeys},
		Summary: "List keys", Description: "Newest first, revoked ones too. Secrets are not kept and cannot be shown.", Security: needs(auth.KeysWrite)}, s.listKeys)
	add(s, huma.Operation{Method: http.MethodPost, Path: "/v1/keys", OperationID: "create-key", Tags: []string{tagKeys}, DefaultStatus: http.StatusCreated,
		Summary: "Make a key", Description: "The answer shows the secret, this once. Give a key no more scopes than its program needs.", Security: needs(auth.KeysWrite)}, s.createKey)
	add(s, huma.Operation{Method: http.MethodPost, Path: "/v1/keys/{id}/rotate", OperationID: "rotate-key", Tags: []string{tagKeys},
		Summary: "Give a key a new secret", Description: "The answer shows it, this once. The old one works for the days of the overlap, so that programs can be changed one by one.", Security: needs(auth.KeysWrite), Errors: []int{404}}, s.rotateKey)
	add(s, huma.Operation{Method: http.MethodDelete, Path: "/v1/keys/{id}", OperationID: "revoke-key", Tags: []string{tagKeys}, DefaultStatus: http.StatusNoContent,
		Summary: "Revoke a key", Description: "It ends at once and for good.", Security: needs(auth.KeysWrite), Errors: []int{404}}, s.revokeKey)
	add(s, huma.Operation{Method: http.MethodPost, Path: "/v1/sign-in-links", OperationID: "create-sign-in-link", Tags: []string{tagKeys}, DefaultStatus: http.StatusCreated,
		Summary: "Make a sign-in link", Description: "For the person who runs the installation. Whoever opens it first is signed in to the console, with all scopes.", Security: needs(auth.KeysWrite)}, s.createLink)
}

func (s *server) listKeys(ctx context.Context, _ *struct{}) (*struct{ Body KeyList }, error) {
	list, err := s.Auth.Keys(ctx)
	if err != nil {
		return nil, err
	}
	out := &struct{ Body KeyList }{KeyList{[]Key{}}}
	for _, k := range list {
		out.Body.Keys = append(out.Body.Keys, keyOf(k))
	}
	return out, nil
}

func (s *server) createKey(ctx context.Context, in *struct{ Body NewKey }) (*struct{ Body CreatedKey }, error) {
	if err := auth.Fresh(ctx); err != nil {
		return nil, err
	}
	names := make([]string, len(in.Body.Scopes))
	for i, x := range in.Body.Scopes {
		names[i] = string(x)
	}
	scopes, err := auth.ParseScopes(names)
	if err != nil {
		return nil, err
	}
	var expires time.Time
	if in.Body.ExpiresAt != nil {
		if expires = *in.Body.ExpiresAt; !expires.After(time.Now()) {
			return nil, invalid("expires_at", "that time has passed")
		}
	}
	k, secret, err := s.Auth.CreateKey(ctx, actor(ctx), in.Body.Label, scopes, expires)
	if err != nil {
		return nil, err
	}
	return &struct{ Body CreatedKey }{CreatedKey{keyOf(k), secret}}, nil
}

func (s *server) rotateKey(ctx context.Context, in *struct {
	ID   int64 `path:"id" doc:"The number of the key." minimum:"1" example:"2"`
	Body Rotation
}) (*struct{ Body CreatedKey }, error) {
	if err := auth.Fresh(ctx); err != nil {
		return nil, err
	}
	k, secret, err := s.Auth.RotateKey(ctx, actor(ctx), in.ID, time.Duration(in.Body.OverlapDays)*24*time.Hour)
	if err != nil {
		return nil, err
	}
	return &struct{ Body CreatedKey }{CreatedKey{keyOf(k), secret}}, nil
}

func (s *server) revokeKey(ctx context.Context, in *struct {
	ID int64 `path:"id" doc:"The number of the key." minimum:"1" example:"2"`
}) (*struct{}, error) {
	return nil, s.Auth.RevokeKey(ctx, actor(ctx), in.ID)
}

func (s *server) createLink(ctx context.Context, _ *struct{}) (*struct{ Body SignInLink }, error) {
	if err := auth.Fresh(ctx); err != nil {
		return nil, err
	}
	person, _, err := s.Auth.Operator(ctx)
	if err != nil {
		return nil, err
	}
	token, err := s.Auth.NewLink(ctx, actor(ctx), person)
	if err != nil {
		return nil, err
	}
	return &struct{ Body SignInLink }{s.linkOf(token)}, nil
}
