package auth_test

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

// clock is a time that passes when the test says so.
type clock struct{ at atomic.Int64 }

func (c *clock) now() time.Time       { return time.Unix(0, c.at.Load()) }
func (c *clock) pass(d time.Duration) { c.at.Add(int64(d)) }

func clocked(t *testing.T, fn func(t *testing.T, db *store.DB, c *clock)) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		c := &clock{}
		c.at.Store(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC).UnixNano())
		db, err := store.Open(t.Context(), url, store.Options{Origin: "jaga.test", Now: c.now})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		fn(t, db, c)
	})
}

func TestKeys(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, ctx := auth.New(db), t.Context()
		k, secret, err := s.CreateKey(ctx, "person:1", "forum", []auth.Scope{auth.Match, auth.ItemsWrite}, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		who, err := s.Key(ctx, secret)
		if err != nil || who.Name != "forum" || who.Person || !who.May(auth.Match) || who.May(auth.BanksWrite) {
			t.Fatalf("Key = %+v, %v", who, err)
		}
		list, err := s.Keys(ctx)
		if err != nil || len(list) != 1 || list[0].UsedAt == 0 {
			t.Fatalf("Keys = %+v, %v; want one key that was used", list, err)
		}
		for _, wrong := range []string{"", "jaga_", secret + "x", secret[:len(secret)-1], "x" + secret} {
			if _, err := s.Key(ctx, wrong); jaga.CodeOf(err) != jaga.CodeDenied {
				t.Errorf("Key(%q) = %v, want denied", wrong, err)
			}
		}
		if err := s.RevokeKey(ctx, "person:1", k.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Key(ctx, secret); jaga.CodeOf(err) != jaga.CodeDenied {
			t.Errorf("a revoked key: %v, want denied", err)
		}
		if err := s.RevokeKey(ctx, "person:1", k.ID); jaga.CodeOf(err) != jaga.CodeNotFound {
			t.Errorf("revoked twice: %v, want not found", err)
		}
		var trail []custody.Record
		err = db.View(ctx, func(tx *store.Tx) (err error) {
			trail, err = store.CustodyTrail(tx, "key:1", 10)
			return err
		})
		if err != nil || len(trail) != 2 || trail[0].Action != "key.create" || trail[1].Action != "key.revoke" {
			t.Errorf("trail = %+v, %v", trail, err)
		}
	})
}

func TestKeyExpires(t *testing.T) {
	t.Parallel()
	clocked(t, func(t *testing.T, db *store.DB, c *clock) {
		s, ctx := auth.New(db), t.Context()
		_, secret, err := s.CreateKey(ctx, "person:1", "short", []auth.Scope{auth.Match}, c.now().Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Key(ctx, secret); err != nil {
			t.Fatal(err)
		}
		c.pass(time.Hour)
		if _, err := s.Key(ctx, secret); jaga.CodeOf(err) != jaga.CodeDenied {
			t.Errorf("after its end: %v, want denied", err)
		}
		if _, _, err := s.CreateKey(ctx, "person:1", "past", []auth.Scope{auth.Match}, c.now().Add(-time.Hour)); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("a key that ended before it began: %v", err)
		}
	})
}

func TestScopes(t *testing.T) {
	t.Parallel()
	got, err := auth.ParseScopes([]string{"match", " match", "banks:read"})
	if err != nil || !slices.Equal(got, []auth.Scope{auth.Match, auth.BanksRead}) {
		t.Errorf("ParseScopes = %v, %v", got, err)
	}
	for _, bad := range [][]string{nil, {""}, {"admin"}} {
		if _, err := auth.ParseScopes(bad); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("ParseScopes(%q) = %v, want invalid", bad, err)
		}
	}
	if err := auth.Need(t.Context(), auth.Match); jaga.CodeOf(err) != jaga.CodeDenied {
		t.Errorf("nobody may match: %v", err)
	}
	ctx := auth.With(t.Context(), auth.Who{Actor: "key:1", Scopes: []auth.Scope{auth.Match}})
	if err := auth.Need(ctx, auth.Match); err != nil {
		t.Error(err)
	}
	if err := auth.Need(ctx, auth.BanksRead); jaga.CodeOf(err) != jaga.CodeDenied {
		t.Errorf("without the scope: %v", err)
	}
}

func TestSignInLinkWorksOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, ctx := auth.New(db), t.Context()
		person, created, err := s.Operator(ctx)
		if err != nil || !created {
			t.Fatalf("Operator = %v, %v", created, err)
		}
		if again, created, err := s.Operator(ctx); err != nil || created || again != person {
			t.Fatalf("Operator the second time = %d, %v, %v", again, created, err)
		}
		link, err := s.NewLink(ctx, "system", person)
		if err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		var tokens []string
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if token, err := s.SignIn(ctx, link); err == nil {
					mu.Lock()
					tokens = append(tokens, token)
					mu.Unlock()
				} else if jaga.CodeOf(err) != jaga.CodeDenied {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if len(tokens) != 1 {
			t.Fatalf("one link opened %d sessions", len(tokens))
		}
		who, err := s.Session(ctx, tokens[0])
		if err != nil || !who.Person || !who.May(auth.KeysWrite) {
			t.Fatalf("Session = %+v, %v", who, err)
		}
		if err := s.SignOut(ctx, tokens[0]); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Session(ctx, tokens[0]); jaga.CodeOf(err) != jaga.CodeDenied {
			t.Errorf("after signing out: %v", err)
		}
	})
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	clocked(t, func(t *testing.T, db *store.DB, c *clock) {
		s, ctx := auth.New(db), t.Context()
		person, _, err := s.Operator(ctx)
		if err != nil {
			t.Fatal(err)
		}
		open := func() string {
			t.Helper()
			link, err := s.NewLink(ctx, "system", person)
			if err != nil {
				t.Fatal(err)
			}
			token, err := s.SignIn(ctx, link)
			if err != nil {
				t.Fatal(err)
			}
			return token
		}
		idle := open()
		c.pass(9 * time.Hour)
		if _, err := s.Session(ctx, idle); jaga.CodeOf(err) != jaga.CodeDenied {
			t.Errorf("after nine idle hours: %v", err)
		}
		busy := open()
		for range 7*6 - 1 {
			c.pass(4 * time.Hour)
			if _, err := s.Session(ctx, busy); err != nil {
				t.Fatal(err)
			}
		}
		c.pass(4 * time.Hour)
		if _, err := s.Session(ctx, busy); jaga.CodeOf(err) != jaga.CodeDenied {
			t.Errorf("after a week of use: %v", err)
		}
		late, err := s.NewLink(ctx, "system", person)
		if err != nil {
			t.Fatal(err)
		}
		c.pass(25 * time.Hour)
		if _, err := s.SignIn(ctx, late); jaga.CodeOf(err) != jaga.CodeDenied {
			t.Errorf("a link of yesterday: %v", err)
		}
	})
}
