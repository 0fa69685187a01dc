package auth_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

const good = "kopi gelap di atas loteng"

func TestPasswords(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, ctx := auth.New(db), t.Context()
		operator(t, s)
		id, token := invited(t, s, "Sari", "sari")
		other, _ := invited(t, s, "No Login", "")
		code(t, "a password without a name to sign in with", s.SetPassword(ctx, other, good, ""), jaga.CodeConflict)
		code(t, "a short one", s.SetPassword(ctx, id, "kopi gelap", ""), jaga.CodeInvalid)
		if err := s.SetPassword(ctx, id, good, ""); err != nil {
			t.Fatal(err)
		}
		_, err := s.Session(ctx, token)
		code(t, "the other sessions after a new password", err, jaga.CodeDenied)
		session, err := s.PasswordSignIn(ctx, " SARI ", good)
		if err != nil {
			t.Fatal(err)
		}
		if who, err := s.Session(ctx, session); err != nil || who.ID != id {
			t.Fatalf("Session = %+v, %v", who, err)
		}
		refused := func(what, login, password string) {
			t.Helper()
			_, err := s.PasswordSignIn(ctx, login, password)
			code(t, what, err, jaga.CodeDenied)
			if err != nil && err.Error() != "password: the name or the password is not right" {
				t.Errorf("%s: the answer tells what was wrong: %v", what, err)
			}
		}
		refused("a wrong one", "sari", good+"x")
		refused("a name that nobody has", "nobody", good)
		refused("no name", "", good)
		refused("no password", "sari", "")
		refused("a person without a password", "operator", good)
		if err := s.Disable(ctx, "person:1", id); err != nil {
			t.Fatal(err)
		}
		refused("somebody disabled", "sari", good)
		if err := s.Enable(ctx, "person:1", id); err != nil {
			t.Fatal(err)
		}
		if err := s.RemovePassword(ctx, "person:1", id); err != nil {
			t.Fatal(err)
		}
		refused("a removed one", "sari", good)
		failed, err := s.Failed(ctx, 7)
		counts := map[int64]int64{}
		for _, f := range failed {
			if f.Method == auth.ByPassword {
				counts[f.Person] = f.Count
			}
		}
		if err != nil || counts[id] != 2 || counts[0] != 5 {
			t.Errorf("failures %+v, %v", failed, err)
		}
	})
}

// What somebody typed is nowhere in the database.
func TestNothingTypedIsKept(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, ctx := auth.New(db), t.Context()
		id, _ := invited(t, s, "Sari", "sari")
		if err := s.SetPassword(ctx, id, good, ""); err != nil {
			t.Fatal(err)
		}
		for _, login := range []string{"sari", "canary-login"} {
			if _, err := s.PasswordSignIn(ctx, login, "canary password of eighteen"); err == nil {
				t.Fatal("it opened")
			}
		}
		err := db.View(ctx, func(tx *store.Tx) error {
			for _, q := range []string{`SELECT action || subject || detail FROM custody_records`, `SELECT hash FROM passwords`, `SELECT method FROM sign_in_failures`} {
				rows, err := store.All[string](tx, q)
				if err != nil {
					return err
				}
				for _, r := range rows {
					if strings.Contains(r, "canary") || strings.Contains(r, "kopi") {
						t.Errorf("%s: %s", q, r)
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestPasswordsAreHashedAnew(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, ctx := auth.New(db), t.Context()
		id, _ := invited(t, s, "Sari", "sari")
		hash := func() (h string) {
			t.Helper()
			if err := db.View(ctx, func(tx *store.Tx) (err error) {
				h, err = store.One[string](tx, `SELECT hash FROM passwords WHERE person_id = $1`, id)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return h
		}
		if err := db.Bulk(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(`INSERT INTO passwords (person_id, hash, changed_at) VALUES ($1, $2, 1)`, id, auth.HashWith(64, 1, good))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.PasswordSignIn(ctx, "sari", good+"x"); err == nil || !strings.Contains(hash(), "m=64,t=1") {
			t.Errorf("a wrong password changed the hash: %v", err)
		}
		if _, err := s.PasswordSignIn(ctx, "sari", good); err != nil || !strings.HasPrefix(hash(), "$argon2id$v=19$m=19456,t=2,p=1$") {
			t.Errorf("the hash is %.40s, %v", hash(), err)
		}
		if _, err := s.PasswordSignIn(ctx, "sari", good); err != nil {
			t.Error(err)
		}
	})
}

func TestPasswordRule(t *testing.T) {
	t.Parallel()
	for _, ok := range []string{good, "correct umbrella battery moss", "ａｂ kopi gelap malam ini", strings.Repeat("kopi gelap ", 20), "π and the 17 green lamps"} {
		if err := auth.CheckPassword(ok, "Sari Wulandari", "sari@example.test"); err != nil {
			t.Errorf("%q: %v", ok, err)
		}
	}
	for _, bad := range []string{"", "short", "fourteen chars", "passwordpassword", "Password123456789", "qwertyuiopasdfgh", "aaaaaaaaaaaaaaaaaaaa", "abcabcabcabcabcabc", "123456789012345678",
		"SariWulandari1234", "sari.example.test!", "katasandirahasia123", "zyxwvutsrqponmlk", "iloveyou iloveyou", strings.Repeat("x y z ", 60), "jaga-jaga-jaga-admin", "\xff\xfe kopi gelap di atas"} {
		if err := auth.CheckPassword(bad, "Sari Wulandari", "sari@example.test"); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("%q: %v, want refused", bad, err)
		}
	}
	// Characters that can be written in two ways are one password.
	if ok, _, err := auth.VerifyHash(auth.HashWith(64, 1, "cafe\u0301 di atas loteng"), "caf\u00e9 di atas loteng"); !ok || err != nil {
		t.Errorf("composed and decomposed: %v, %v", ok, err)
	}
	if ok, old, err := auth.VerifyHash(auth.NobodysHash, ""); ok || old || err != nil {
		t.Errorf("the hash of nobody: %v, %v, %v; it must cost what others cost", ok, old, err)
	}
	for _, bad := range []string{"", "x", "$argon2id$v=19$m=0,t=1,p=1$AAAA$AAAA", "$argon2id$v=19$m=9999999,t=1,p=1$AAAA$AAAA", "$argon2i$v=19$m=64,t=1,p=1$AAAA$AAAA", "$argon2id$v=19$m=64,t=1,p=1$!$!", "$argon2id$v=19$m=64,t=1,p=1$AAAA$AAAA"} {
		if _, _, err := auth.VerifyHash(bad, "x"); err == nil {
			t.Errorf("the hash %q was taken", bad)
		}
	}
}

func TestGuessingWaits(t *testing.T) {
	t.Parallel()
	clocked(t, func(t *testing.T, db *store.DB, c *clock) {
		s := auth.New(db)
		ctx := auth.WithNetwork(t.Context(), "192.0.2.1/32")
		id, _ := invited(t, s, "Sari", "sari")
		if err := s.SetPassword(ctx, id, good, ""); err != nil {
			t.Fatal(err)
		}
		// An account that does not exist waits like one that does.
		for _, login := range []string{"sari", "nobody"} {
			for range 5 {
				_, err := s.PasswordSignIn(ctx, login, "wrong wrong wrong")
				code(t, login, err, jaga.CodeDenied)
			}
			_, err := s.PasswordSignIn(ctx, login, good)
			code(t, login+" after five", err, jaga.CodeBusy)
		}
		// A link goes on working meanwhile.
		link, err := s.NewLink(ctx, "person:1", id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.SignIn(ctx, link); err != nil {
			t.Error(err)
		}
		c.pass(time.Minute)
		_, err = s.PasswordSignIn(ctx, "sari", "wrong wrong wrong")
		code(t, "a minute later", err, jaga.CodeDenied)
		c.pass(time.Minute)
		_, err = s.PasswordSignIn(ctx, "sari", good)
		code(t, "the wait doubles", err, jaga.CodeBusy)
		for range 20 {
			c.pass(15 * time.Minute)
			_, err = s.PasswordSignIn(auth.WithNetwork(t.Context(), "192.0.2.9/32"), "sari", "wrong wrong wrong")
			code(t, "guessing on", err, jaga.CodeDenied)
		}
		// However long somebody guesses, the wait is a quarter of an hour.
		c.pass(15 * time.Minute)
		if _, err := s.PasswordSignIn(ctx, "sari", good); err != nil {
			t.Errorf("after the longest wait: %v", err)
		}
		if _, err := s.PasswordSignIn(ctx, "sari", "wrong wrong wrong"); jaga.CodeOf(err) != jaga.CodeDenied {
			t.Errorf("a success begins anew: %v", err)
		}
	})
}

func TestANetworkWaits(t *testing.T) {
	t.Parallel()
	clocked(t, func(t *testing.T, db *store.DB, c *clock) {
		s := auth.New(db)
		id, _ := invited(t, s, "Sari", "sari")
		if err := s.SetPassword(t.Context(), id, good, ""); err != nil {
			t.Fatal(err)
		}
		for i := range 30 {
			s.Fail("name-"+string(rune('a'+i)), "192.0.2.1/32")
		}
		in := func(network string) error {
			_, err := s.PasswordSignIn(auth.WithNetwork(t.Context(), network), "sari", good)
			return err
		}
		code(t, "the network that guesses", in("192.0.2.1/32"), jaga.CodeBusy)
		if err := in("192.0.2.2/32"); err != nil {
			t.Errorf("another network: %v", err)
		}
		c.pass(15 * time.Minute)
		if err := in("192.0.2.1/32"); err != nil {
			t.Errorf("later: %v", err)
		}
		_, most := s.Tracked()
		for i := range most + 100 {
			s.Fail("flood", "net-"+time.Duration(i).String())
		}
		if n, _ := s.Tracked(); n > most {
			t.Errorf("%d networks are remembered, more than %d", n, most)
		}
	})
}

// Many who sign in at once wait or are sent away, and do not use up the memory.
func TestHashingIsBounded(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, ctx := auth.New(db), t.Context()
		var leave []func()
		for range auth.AtOnce {
			l, err := s.Enter(ctx)
			if err != nil {
				t.Fatal(err)
			}
			leave = append(leave, l)
		}
		waiting, stop := context.WithCancel(ctx)
		done := make(chan error, auth.Waiting+1)
		for range auth.Waiting + 1 {
			go func() {
				l, err := s.Enter(waiting)
				if err == nil {
					l()
				}
				done <- err
			}()
		}
		code(t, "one too many", <-done, jaga.CodeBusy)
		stop()
		for range auth.Waiting {
			if err := <-done; err != context.Canceled {
				t.Errorf("who went away: %v", err)
			}
		}
		for _, l := range leave {
			l()
		}
		if l, err := s.Enter(ctx); err != nil {
			t.Error(err)
		} else {
			l()
		}
	})
}

func TestNetworkOf(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ from, forwarded, want string }{
		{"192.0.2.7:99", "", "192.0.2.7/32"}, {"192.0.2.7:99", "203.0.113.1", "192.0.2.7/32"}, {"127.0.0.1:9", "", "127.0.0.1/32"},
		{"127.0.0.1:9", "203.0.113.1", "203.0.113.1/32"}, {"127.0.0.1:9", "10.9.9.9, 203.0.113.1", "203.0.113.1/32"}, {"[::1]:9", "2001:db8:1:2:3::4", "2001:db8:1:2::/64"},
		{"[2001:db8::1]:9", "", "2001:db8::/64"}, {"[::ffff:192.0.2.1]:9", "", "192.0.2.1/32"}, {"nonsense", "", "invalid Prefix"}, {"127.0.0.1:9", "nonsense", "127.0.0.1/32"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.from
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := auth.NetworkOf(r); got != c.want {
			t.Errorf("%s with %q: %s, want %s", c.from, c.forwarded, got, c.want)
		}
	}
}

func TestSealedStatesOpenOnce(t *testing.T) {
	t.Parallel()
	clocked(t, func(t *testing.T, db *store.DB, c *clock) {
		s := auth.New(db)
		seal := func() string {
			t.Helper()
			text, err := s.SealFor("a", map[string]string{"k": "v"})
			if err != nil {
				t.Fatal(err)
			}
			return text
		}
		var out map[string]string
		text := seal()
		code(t, "for another purpose", s.OpenFor("b", text, &out), jaga.CodeDenied)
		code(t, "changed", s.OpenFor("a", "A"+text[1:len(text)-1]+"A", &out), jaga.CodeDenied)
		code(t, "of another process", auth.New(db).OpenFor("a", text, &out), jaga.CodeDenied)
		if err := s.OpenFor("a", text, &out); err != nil || out["k"] != "v" {
			t.Errorf("%v, %v", out, err)
		}
		code(t, "twice", s.OpenFor("a", text, &out), jaga.CodeDenied)
		late := seal()
		c.pass(10 * time.Minute)
		code(t, "late", s.OpenFor("a", late, &out), jaga.CodeDenied)
		if raw, err := json.Marshal(out); err != nil || strings.Contains(text, string(raw)) {
			t.Error("the state can be read by the browser")
		}
	})
}
