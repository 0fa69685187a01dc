package auth_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/store"
)

type claims = map[string]any

// way goes to the provider and back.
type way struct {
	t *testing.T
	s *auth.Service
	d *double
	c *clock
}

func (w *way) trip(why auth.Purpose, session string, who claims) (auth.Returned, error) {
	w.t.Helper()
	address, keep, err := w.s.BeginProvider(w.t.Context(), why, "/items")
	if err != nil {
		w.t.Fatal(err)
	}
	state, _ := w.d.arrive(address, w.c.now().Unix(), who)
	return w.s.FinishProvider(w.t.Context(), keep, state, "the-code", session)
}

func (w *way) signIn(who claims) (auth.Who, error) {
	w.t.Helper()
	out, err := w.trip(auth.ToSignIn, "", who)
	if err != nil {
		return auth.Who{}, err
	}
	if out.Next != "/items" {
		w.t.Errorf("it leads to %q", out.Next)
	}
	return w.s.Session(w.t.Context(), out.Session)
}

func withProvider(t *testing.T, fn func(w *way)) {
	t.Parallel()
	clocked(t, func(t *testing.T, db *store.DB, c *clock) {
		d := newDouble(t)
		s := auth.New(db)
		secret := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(secret, []byte("the-secret\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := s.Reach("https://jaga.test", auth.ProviderConfig{Issuer: d.URL, ClientID: "jaga", SecretFile: secret, Domains: []string{"Example.test"}, RoleClaim: "groups",
			Roles: []string{"team=a=reviewer@default", "leads=senior", "root=administrator"}}); err != nil {
			t.Fatal(err)
		}
		operator(t, s)
		fn(&way{t, s, d, c})
	})
}

func TestProviderSignIn(t *testing.T) {
	withProvider(t, func(w *way) {
		t, s, ctx := w.t, w.s, w.t.Context()
		sari := claims{"sub": "s1", "email": "Sari@example.test", "email_verified": true, "name": "Sari"}
		_, err := w.signIn(sari)
		code(t, "somebody without a role who was not invited", err, jaga.CodeDenied)
		id, _, err := s.Invite(ctx, "person:1", "Sari", "sari@example.test", []auth.Grant{{Role: auth.Hotline, Queue: "hotline"}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.signIn(claims{"sub": "s1", "email": "sari@example.test"})
		code(t, "an address that was not verified", err, jaga.CodeDenied)
		_, err = w.signIn(claims{"sub": "s1", "email": "sari@evil.test", "email_verified": true, "groups": "leads"})
		code(t, "another domain", err, jaga.CodeDenied)
		who, err := w.signIn(sari)
		if err != nil || who.ID != id || !who.Can(auth.HotlineIntake, "hotline") {
			t.Fatalf("the invited: %+v, %v", who, err)
		}
		// The account is known by its subject now; the address may change.
		if who, err = w.signIn(claims{"sub": "s1", "email": "new@example.test", "email_verified": "true", "groups": []any{"team=a", 7, "other"}}); err != nil || who.ID != id || !who.Can(auth.Decide, "default") || !who.Can(auth.HotlineIntake, "hotline") {
			t.Fatalf("the roles of the claims: %+v, %v", who, err)
		}
		if who, err = w.signIn(sari); err != nil || who.Can(auth.Decide, "default") || !who.Can(auth.HotlineIntake, "hotline") {
			t.Errorf("what the claims no longer say is gone, what people gave stays: %+v, %v", who, err)
		}
		// Somebody else with the address is not Sari.
		_, err = w.signIn(claims{"sub": "s2", "email": "sari@example.test", "email_verified": true})
		code(t, "the same address, another account", err, jaga.CodeDenied)
		if who, err = w.signIn(claims{"sub": "n1", "email": "new@example.test", "email_verified": true, "name": "<b>New</b>", "groups": "leads"}); err != nil || who.ID == id || !who.Can(auth.Assign, "any") {
			t.Errorf("a newcomer with a role: %+v, %v", who, err)
		}
		if err := s.Disable(ctx, "person:1", who.ID); err != nil {
			t.Fatal(err)
		}
		_, err = w.signIn(claims{"sub": "n1", "email": "new@example.test", "email_verified": true, "groups": "leads"})
		code(t, "somebody disabled", err, jaga.CodeDenied)
	})
}

// Somebody who was there before keeps their account to themselves: an address
// at the provider does not open it, they link it.
func TestProviderLink(t *testing.T) {
	withProvider(t, func(w *way) {
		t, s := w.t, w.s
		id, session := invited(t, s, "Budi", "budi@example.test")
		budi := claims{"sub": "b1", "email": "budi@example.test", "email_verified": true}
		_, err := w.signIn(budi)
		code(t, "an account that has signed in before", err, jaga.CodeDenied)
		if _, err := w.trip(auth.ToLink, session, budi); err != nil {
			t.Fatal(err)
		}
		who, err := w.signIn(budi)
		if err != nil || who.ID != id {
			t.Fatalf("after linking: %+v, %v", who, err)
		}
		_, other := invited(t, s, "Other", "")
		_, err = w.trip(auth.ToLink, other, budi)
		code(t, "an account of somebody else", err, jaga.CodeConflict)
		w.c.pass(auth.FreshFor)
		_, err = w.trip(auth.ToLink, other, claims{"sub": "o1", "email": "o@example.test", "email_verified": true})
		code(t, "linking in a session that is not fresh", err, jaga.CodeDenied)
		// Confirming needs the provider to say that it asked again.
		_, err = w.trip(auth.ToConfirm, session, budi)
		code(t, "no word of when", err, jaga.CodeDenied)
		_, err = w.trip(auth.ToConfirm, session, claims{"sub": "b1", "email": "budi@example.test", "email_verified": true, "auth_time": w.c.now().Add(-time.Hour).Unix()})
		code(t, "an hour ago", err, jaga.CodeDenied)
		now := w.c.now().Unix()
		_, err = w.trip(auth.ToConfirm, other, claims{"sub": "b1", "email": "budi@example.test", "email_verified": true, "auth_time": now})
		code(t, "in a session of somebody else", err, jaga.CodeDenied)
		if _, err = w.trip(auth.ToConfirm, session, claims{"sub": "b1", "email": "budi@example.test", "email_verified": true, "auth_time": now}); err != nil {
			t.Fatal(err)
		}
		if who, err := s.Session(t.Context(), session); err != nil || !who.Fresh {
			t.Errorf("confirmed: %+v, %v", who, err)
		}
		if err := s.Unlink(t.Context(), "person:1", id); err != nil {
			t.Fatal(err)
		}
		_, err = w.signIn(budi)
		code(t, "unlinked", err, jaga.CodeDenied)
	})
}

func TestTheProviderCannotTakeTheLastAdministrator(t *testing.T) {
	withProvider(t, func(w *way) {
		t, s, ctx := w.t, w.s, w.t.Context()
		root := claims{"sub": "r1", "email": "root@example.test", "email_verified": true, "groups": []any{"root", "leads"}}
		who, err := w.signIn(root)
		if err != nil || !who.Can(auth.ManagePeople, "") {
			t.Fatalf("%+v, %v", who, err)
		}
		if err := s.Disable(ctx, who.Actor, operator(t, s)); err != nil {
			t.Fatal(err)
		}
		root["groups"] = []any{}
		if who, err = w.signIn(root); err != nil || !who.Can(auth.ManagePeople, "") || who.Can(auth.Decide, "x") {
			t.Errorf("the last administrator: %+v, %v", who, err)
		}
		from, err := s.FromProvider(ctx, who.ID)
		if err != nil || !slices.Equal(from, everywhere) {
			t.Errorf("FromProvider = %v, %v", from, err)
		}
	})
}

func TestProviderAnswersAreChecked(t *testing.T) {
	withProvider(t, func(w *way) {
		t, s, ctx := w.t, w.s, w.t.Context()
		ok := claims{"sub": "n1", "email": "new@example.test", "email_verified": true, "groups": "leads"}
		for what, spoil := range map[string]func(claims){
			"another issuer": func(c claims) { c["iss"] = "https://evil.test" }, "another client": func(c claims) { c["aud"] = "other" },
			"an old token": func(c claims) { c["exp"] = c["iat"].(int64) - 1 }, "another nonce": func(c claims) { c["nonce"] = "x" }, "no nonce": func(c claims) { delete(c, "nonce") },
		} {
			w.d.spoil = spoil
			_, err := w.signIn(ok)
			code(t, what, err, jaga.CodeDenied)
		}
		w.d.spoil = nil
		w.d.kid = "two"
		_, err := w.signIn(ok)
		code(t, "a key that is not the provider's", err, jaga.CodeDenied)
		w.d.kid = "one"

		begin := func() (keep, state string) {
			t.Helper()
			address, keep, err := s.BeginProvider(ctx, auth.ToSignIn, "/")
			if err != nil {
				t.Fatal(err)
			}
			state, _ = w.d.arrive(address, w.c.now().Unix(), ok)
			return keep, state
		}
		keep, state := begin()
		other, _ := begin()
		finish := func(what, keep, state, sent string) {
			t.Helper()
			_, err := s.FinishProvider(ctx, keep, state, sent, "")
			code(t, what, err, jaga.CodeDenied)
		}
		finish("nothing kept: another browser", "", state, "the-code")
		finish("what another browser kept", other, state, "the-code")
		finish("no code", keep, state, "")
		keep, state = begin()
		finish("another code", keep, state, "other-code")
		if w.d.redeemed == 0 {
			t.Error("no code was ever redeemed: the tests above refuse for another reason")
		}
		keep, state = begin()
		w.c.pass(10 * time.Minute)
		finish("late", keep, state, "the-code")
		keep, state = begin()
		if _, err := s.FinishProvider(ctx, keep, state, "the-code", ""); err != nil {
			t.Fatal(err)
		}
		finish("twice", keep, state, "the-code")
	})
}

func TestProviderConfig(t *testing.T) {
	t.Parallel()
	clocked(t, func(t *testing.T, db *store.DB, _ *clock) {
		s := auth.New(db)
		empty := filepath.Join(t.TempDir(), "empty")
		if err := os.WriteFile(empty, []byte("\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		for what, p := range map[string]auth.ProviderConfig{
			"plain http elsewhere": {Issuer: "http://login.example", ClientID: "x"}, "no address": {Issuer: "login", ClientID: "x"}, "no client": {Issuer: "https://login.example"},
			"no file": {Issuer: "https://login.example", ClientID: "x", SecretFile: empty + "no"}, "an empty file": {Issuer: "https://login.example", ClientID: "x", SecretFile: empty},
			"no such role": {Issuer: "https://login.example", ClientID: "x", RoleClaim: "groups", Roles: []string{"a=king"}}, "no claim": {Issuer: "https://login.example", ClientID: "x", Roles: []string{"a=reviewer"}},
			"no value": {Issuer: "https://login.example", ClientID: "x", RoleClaim: "groups", Roles: []string{"=reviewer"}}, "no =": {Issuer: "https://login.example", ClientID: "x", RoleClaim: "groups", Roles: []string{"reviewer"}},
		} {
			code(t, what, s.Reach("https://jaga.test", p), jaga.CodeInvalid)
		}
		code(t, "no site", s.Reach("jaga.test", auth.ProviderConfig{}), jaga.CodeInvalid)
		// A provider that is away does not keep the server from starting.
		if err := s.Reach("https://jaga.test", auth.ProviderConfig{Issuer: "http://127.0.0.1:1", ClientID: "x"}); err != nil || !s.HasProvider() {
			t.Fatal(err)
		}
		_, _, err := s.BeginProvider(t.Context(), auth.ToSignIn, "/")
		code(t, "a provider that is away", err, jaga.CodeUnavailable)
		for url, want := range map[string]auth.PasskeyState{
			"https://jaga.test": auth.PasskeysWork, "http://jaga.test": auth.PasskeysNoName, "http://localhost:8474": auth.PasskeysWork, "http://127.0.0.1:8474": auth.PasskeysElsewhere,
			"https://192.0.2.1": auth.PasskeysNoName, "https://[2001:db8::1]": auth.PasskeysNoName, "http://[::1]:9": auth.PasskeysElsewhere,
		} {
			if err := s.Reach(url, auth.ProviderConfig{}); err != nil {
				t.Fatal(err)
			}
			_, host, _ := strings.Cut(url, "://")
			if got, at := s.PasskeysAt(host); got != want {
				t.Errorf("%s: %s at %q, want %s", url, got, at, want)
			}
		}
	})
}
