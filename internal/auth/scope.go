package auth

import (
	"context"
	"slices"
	"strings"

	"github.com/jaga-project/jaga"
)

// Scope is one thing that a key may be used for.
type Scope string

// The scopes. A person who is signed in has all of them.
const (
	// ItemsWrite hands items in to be checked and stored.
	ItemsWrite Scope = "items:write"
	// ItemsRead reads items and their outcomes.
	ItemsRead Scope = "items:read"
	// Match compares files and hashes with the banks without storing anything.
	Match Scope = "match"
	// MessagesWrite hands in messages of conversations to be observed.
	MessagesWrite Scope = "messages:write"
	// FindingsRead reads what was found in conversations, without text.
	FindingsRead Scope = "findings:read"
	// ExcerptsRead opens the sealed lines of a finding, which is recorded.
	ExcerptsRead Scope = "excerpts:read"
	// BanksRead reads banks and their entries, hashes included.
	BanksRead Scope = "banks:read"
	// BanksWrite changes banks and their entries.
	BanksWrite Scope = "banks:write"
	// CustodyRead reads the custody log.
	CustodyRead Scope = "custody:read"
	// StatusRead reads the state of the index and the jobs.
	StatusRead Scope = "status:read"
	// KeysWrite makes and revokes keys; whoever has it can get every scope.
	KeysWrite Scope = "keys:write"
)

// Scopes lists all scopes in the order in which people read them.
func Scopes() []Scope {
	return []Scope{ItemsWrite, ItemsRead, Match, MessagesWrite, FindingsRead, ExcerptsRead, BanksRead, BanksWrite, CustodyRead, StatusRead, KeysWrite}
}

// ParseScopes reads scopes, each of which must exist.
func ParseScopes(list []string) ([]Scope, error) {
	var out []Scope
	for _, text := range list {
		s := Scope(strings.TrimSpace(text))
		if !slices.Contains(Scopes(), s) {
			return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "scopes", Msg: "there is no such scope", Hint: "the scopes are " + join(Scopes())}
		}
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "scopes", Msg: "a key needs at least one scope", Hint: "the scopes are " + join(Scopes())}
	}
	return out, nil
}

func join(scopes []Scope) string {
	text := make([]string, len(scopes))
	for i, s := range scopes {
		text[i] = string(s)
	}
	return strings.Join(text, " ")
}

// Who is somebody whose secret was checked. The zero value is nobody and may
// nothing.
type Who struct {
	// Actor names them in custody records: "key:7", "person:1", or
	// "network" for a caller from a network that needs no key.
	Actor string
	// Name is what people call them: a key's label, a person's name.
	Name string
	// Person is true for a person who is signed in.
	Person bool
	Scopes []Scope
}

// May reports whether they may do it.
func (w Who) May(s Scope) bool { return slices.Contains(w.Scopes, s) }

// Need returns an error unless the one who asks may do it.
func Need(ctx context.Context, s Scope) error {
	who, ok := From(ctx)
	if !ok {
		return &jaga.Error{Code: jaga.CodeDenied, Msg: "nobody is signed in, and no valid API key was sent", Hint: "send the header Authorization: Bearer jaga_…"}
	}
	if !who.May(s) {
		return &jaga.Error{Code: jaga.CodeDenied, Msg: "this key may not do that: it lacks the scope " + string(s), Hint: "make a key with this scope, on the page Keys or with `jaga key create`"}
	}
	return nil
}

type contextKey struct{}

// With returns a context that says who asks.
func With(ctx context.Context, w Who) context.Context {
	return context.WithValue(ctx, contextKey{}, w)
}

// From returns who asks; ok is false when nobody was identified.
func From(ctx context.Context) (w Who, ok bool) {
	w, ok = ctx.Value(contextKey{}).(Who)
	return w, ok
}
