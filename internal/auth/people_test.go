package auth_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/storetest"
)

var everywhere = []auth.Grant{{Role: auth.Administrator, Queue: auth.AllQueues}}

func invited(t *testing.T, s *auth.Service, name, login string, grants ...auth.Grant) (id int64, session string) {
	t.Helper()
	id, link, err := s.Invite(t.Context(), "person:1", name, login, grants)
	if err != nil {
		t.Fatal(err)
	}
	if session, err = s.SignIn(t.Context(), link); err != nil {
		t.Fatal(err)
	}
	return id, session
}

func operator(t *testing.T, s *auth.Service) int64 {
	t.Helper()
	id, _, err := s.Operator(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func code(t *testing.T, what string, err error, want jaga.Code) {
	t.Helper()
	if jaga.CodeOf(err) != want {
		t.Errorf("%s: %v, want %q", what, err, want)
	}
}

func TestPeople(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, ctx := auth.New(db), t.Context()
		boss := operator(t, s)
		id, session := invited(t, s, "Sari", "Sari@Example.test", auth.Grant{Role: auth.Reviewer, Queue: "hotline"})
		who, err := s.Session(ctx, session)
		if err != nil || who.ID != id || !who.Fresh || !who.Can(auth.Decide, "hotline") || who.Can(auth.Decide, "default") || who.Can(auth.ManagePeople, "") {
			t.Fatalf("Session = %+v, %v", who, err)
		}
		p, err := s.Person(ctx, id)
		if err != nil || p.Login != "sari@example.test" || p.SeenAt == 0 || p.Passkeys != 0 || p.Password {
			t.Errorf("Person = %+v, %v", p, err)
		}
		_, _, err = s.Invite(ctx, "person:1", "Other", "SARI@example.test ", nil)
		code(t, "one name twice", err, jaga.CodeConflict)
		for _, bad := range []string{"", "  ", "a\nb"} {
			_, _, err = s.Invite(ctx, "person:1", bad, "", nil)
			code(t, "the name "+bad, err, jaga.CodeInvalid)
		}
		_, _, err = s.Invite(ctx, "person:1", "X", "has space", nil)
		code(t, "a sign-in name with a space", err, jaga.CodeInvalid)
		_, _, err = s.Invite(ctx, "person:1", "X", "", []auth.Grant{{Role: auth.Administrator, Queue: "hotline"}})
		code(t, "an administrator of one queue", err, jaga.CodeInvalid)
		if err := s.Rename(ctx, "person:1", id, "Sari W", ""); err != nil {
			t.Fatal(err)
		}
		// Roles take effect with the next request.
		if err := s.SetGrants(ctx, "person:1", id, []auth.Grant{{Role: auth.Senior, Queue: "default"}}); err != nil {
			t.Fatal(err)
		}
		if who, err = s.Session(ctx, session); err != nil || who.Name != "Sari W" || who.Can(auth.Decide, "hotline") || !who.Can(auth.SecondReview, "default") {
			t.Errorf("after the change: %+v, %v", who, err)
		}
		link, err := s.NewLink(ctx, "person:1", id)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Disable(ctx, "person:1", id); err != nil {
			t.Fatal(err)
		}
		_, err = s.Session(ctx, session)
		code(t, "a session of somebody disabled", err, jaga.CodeDenied)
		_, err = s.SignIn(ctx, link)
		code(t, "a link of somebody disabled", err, jaga.CodeDenied)
		_, err = s.NewLink(ctx, "person:1", id)
		code(t, "a new link for somebody disabled", err, jaga.CodeConflict)
		code(t, "disabled twice", s.Disable(ctx, "person:1", id), jaga.CodeConflict)
		list, err := s.People(ctx)
		if err != nil || len(list) != 2 || list[0].ID != boss || list[1].ID != id {
			t.Errorf("People = %+v, %v; want the disabled one last", list, err)
		}
		if err := s.Enable(ctx, "person:1", id); err != nil {
			t.Fatal(err)
		}
		_, err = s.Session(ctx, session)
		code(t, "the old session after they were let in again", err, jaga.CodeDenied)
		trail, err := s.History(ctx, id, 100)
		var acts []string
		for _, r := range trail {
			acts = append(acts, r.Action)
		}
		if want := []string{"person.invite", "session.create", "person.rename", "person.roles", "link.create", "person.disable", "person.enable"}; err != nil || !slices.Equal(acts, want) {
			t.Errorf("history %q, %v; want %q", acts, err, want)
		}
	})
}

func TestTheLastAdministratorStays(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s, ctx := auth.New(db), t.Context()
		first := operator(t, s)
		code(t, "disable the only one", s.Disable(ctx, "person:1", first), jaga.CodeConflict)
		code(t, "take the role from the only one", s.SetGrants(ctx, "person:1", first, nil), jaga.CodeConflict)
		// A refused change leaves no record either.
		trail, err := s.History(ctx, first, 10)
		if err != nil || len(trail) != 1 {
			t.Errorf("%d records, %v; want the creation only", len(trail), err)
		}
		second, session := invited(t, s, "Second", "", everywhere...)
		// Two administrators who disable each other at once: one stays.
		var wg sync.WaitGroup
		errs := make([]error, 2)
		for i, id := range []int64{first, second} {
			wg.Go(func() { errs[i] = s.Disable(ctx, "person:1", id) })
		}
		wg.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Fatalf("both ended with %v and %v", errs[0], errs[1])
		}
		// The way back is the link for whoever is left.
		left := operator(t, s)
		if want := map[bool]int64{true: first, false: second}[errs[0] != nil]; left != want {
			t.Errorf("the link is for %d, want %d", left, want)
		}
		_, err = s.Session(ctx, session)
		if (err == nil) != (left == second) {
			t.Errorf("the session of the second: %v", err)
		}
	})
}

func TestSessionsAreListedAndEnded(t *testing.T) {
	t.Parallel()
	clocked(t, func(t *testing.T, db *store.DB, c *clock) {
		s, ctx := auth.New(db), t.Context()
		id, first := invited(t, s, "Sari", "")
		open := func(agent string) string {
			t.Helper()
			link, err := s.NewLink(ctx, "person:1", id)
			if err != nil {
				t.Fatal(err)
			}
			token, err := s.SignIn(auth.WithAgent(ctx, agent), link)
			if err != nil {
				t.Fatal(err)
			}
			return token
		}
		c.pass(time.Minute)
		phone := open("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36")
		list, err := s.Sessions(ctx, id)
		if err != nil || len(list) != 2 || list[0].Device != (auth.Device{Browser: "chrome", System: "android"}) || list[1].Device.Browser != "other" || list[0].Method != auth.ByLink {
			t.Fatalf("Sessions = %+v, %v", list, err)
		}
		who, err := s.Session(ctx, phone)
		if err != nil || who.Session != list[0].Name {
			t.Errorf("the phone's session is %q, want %q", who.Session, list[0].Name)
		}
		other, otherSession := invited(t, s, "Other", "")
		code(t, "end somebody else's session", s.EndSession(ctx, "person:9", other, list[0].Name), jaga.CodeNotFound)
		if err := s.EndSession(ctx, "person:2", id, list[0].Name); err != nil {
			t.Fatal(err)
		}
		_, err = s.Session(ctx, phone)
		code(t, "an ended session", err, jaga.CodeDenied)
		laptop := open("")
		who, err = s.Session(ctx, laptop)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.EndSessions(ctx, "person:2", id, who.Session); err != nil {
			t.Fatal(err)
		}
		_, err = s.Session(ctx, first)
		code(t, "all others", err, jaga.CodeDenied)
		for _, token := range []string{laptop, otherSession} {
			if _, err := s.Session(ctx, token); err != nil {
				t.Errorf("a session that was to go on: %v", err)
			}
		}
	})
}

func TestFresh(t *testing.T) {
	t.Parallel()
	clocked(t, func(t *testing.T, db *store.DB, c *clock) {
		s, ctx := auth.New(db), t.Context()
		id, token := invited(t, s, "Sari", "sari")
		if err := s.SetPassword(ctx, id, "kopi gelap di atas loteng", sessionOf(t, s, token)); err != nil {
			t.Fatal(err)
		}
		fresh := func() error {
			who, err := s.Session(ctx, token)
			if err != nil {
				t.Fatal(err)
			}
			return auth.Fresh(auth.With(ctx, who))
		}
		c.pass(auth.FreshFor - time.Second)
		if err := fresh(); err != nil {
			t.Errorf("just before the end: %v", err)
		}
		c.pass(time.Second)
		code(t, "after ten minutes", fresh(), jaga.CodeDenied)
		code(t, "a wrong password", s.ConfirmPassword(ctx, token, id, "kopi terang di atas loteng"), jaga.CodeDenied)
		code(t, "still", fresh(), jaga.CodeDenied)
		if err := s.ConfirmPassword(ctx, token, id, "kopi gelap di atas loteng"); err != nil {
			t.Fatal(err)
		}
		if err := fresh(); err != nil {
			t.Errorf("confirmed: %v", err)
		}
		c.pass(-time.Hour)
		code(t, "a clock that jumped back", fresh(), jaga.CodeDenied)
		code(t, "nobody", auth.Fresh(ctx), jaga.CodeDenied)
		if err := auth.Fresh(auth.With(ctx, auth.Who{Actor: "key:1"})); err != nil {
			t.Errorf("a program: %v", err)
		}
	})
}

func sessionOf(t *testing.T, s *auth.Service, token string) string {
	t.Helper()
	who, err := s.Session(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	return who.Session
}

func TestKeysRotate(t *testing.T) {
	t.Parallel()
	clocked(t, func(t *testing.T, db *store.DB, c *clock) {
		s, ctx := auth.New(db), t.Context()
		k, first, err := s.CreateKey(ctx, "person:1", "forum", []auth.Scope{auth.Match}, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		works := func(secret string) bool {
			t.Helper()
			who, err := s.Key(ctx, secret)
			if err != nil && jaga.CodeOf(err) != jaga.CodeDenied {
				t.Fatal(err)
			}
			return err == nil && who.Actor == "key:1"
		}
		rotated, second, err := s.RotateKey(ctx, "person:7", k.ID, time.Hour)
		if err != nil || rotated.RotatedBy != "person:7" || rotated.OldUntil == 0 || rotated.Hint == k.Hint {
			t.Fatalf("RotateKey = %+v, %v", rotated, err)
		}
		if !works(first) || !works(second) {
			t.Error("within the overlap both work")
		}
		c.pass(time.Hour)
		if works(first) || !works(second) {
			t.Error("after it the old one does not")
		}
		_, third, err := s.RotateKey(ctx, "person:7", k.ID, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		_, fourth, err := s.RotateKey(ctx, "person:7", k.ID, 0)
		if err != nil || works(second) || works(third) || !works(fourth) {
			t.Errorf("a rotation without overlap ends all before: %v", err)
		}
		for _, bad := range []time.Duration{-1, auth.LongestOverlap + 1} {
			_, _, err := s.RotateKey(ctx, "person:7", k.ID, bad)
			code(t, "overlap "+bad.String(), err, jaga.CodeInvalid)
		}
		_, fifth, err := s.RotateKey(ctx, "person:7", k.ID, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.RevokeKey(ctx, "person:1", k.ID); err != nil {
			t.Fatal(err)
		}
		if works(fourth) || works(fifth) {
			t.Error("a revoked key opens with one of its secrets")
		}
		_, _, err = s.RotateKey(ctx, "person:7", k.ID, 0)
		code(t, "rotate a revoked key", err, jaga.CodeNotFound)
	})
}
