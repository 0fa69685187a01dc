package api

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/store"
)

func TestStatus(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		c.makeBank("A", photo(1, 300))
		decode[any](c, 200, c.form("/v1/items", []string{"Prefer", "wait"}, part{"file", "a", photo(1, 200)}))
		decode[any](c, 200, c.form("/v1/items", []string{"Prefer", "wait"}, part{"file", "a", "text"}))
		st := want[Status](c, 200, "GET", "/v1/status", "")
		if st.Version != "test" || st.Database != c.db.Engine() || st.MaxBytes != 2<<20 || !st.Index.Loaded || st.Index.Banks != 1 ||
			len(st.Index.Types) != len(jaga.SignalTypes()) || st.Index.Types[0].Entries != 1 || st.Items != (Counts{1, 1, 0}) || st.Custody.Records == 0 {
			t.Errorf("%+v", st)
		}
		if len(st.Hours) == 0 || time.Since(st.Hours[len(st.Hours)-1].Hour) > time.Hour || len(st.Jobs) != 1 || st.Jobs[0].State != store.JobReady || st.Jobs[0].StartedAt != nil {
			t.Errorf("%+v", st)
		}
		if list := want[JobList](c, 200, "GET", "/v1/jobs?limit=1", ""); len(list.Jobs) != 1 || list.Jobs[0] != st.Jobs[0] {
			t.Errorf("%+v", list)
		}
		c.refused(c.call("GET", "/v1/status?hours=0x", ""), 422, "invalid", "hours")
		c.refused(c.call("GET", "/v1/jobs?limit=501", ""), 422, "invalid", "limit")
		if v := want[Verified](c, 200, "POST", "/v1/verify", ""); !v.OK || v.Records != st.Custody.Records {
			t.Errorf("verified %+v of %d", v, st.Custody.Records)
		}
	})
}

func TestVerifyTellsDamage(t *testing.T) {
	t.Parallel()
	each(t, func(o *Options) {
		o.Verify = func(context.Context) (int64, error) { return 0, &custody.Damage{Seq: 3, What: "its hash is wrong"} }
	}, func(t *testing.T, c *client) {
		if v := want[Verified](c, 200, "POST", "/v1/verify", ""); v.OK || !strings.Contains(v.Damage, "record 3") {
			t.Errorf("%+v", v)
		}
		c.s.Verify = func(context.Context) (int64, error) { return 0, errors.New("CANARY") }
		a := c.call("POST", "/v1/verify", "")
		c.refused(a, 500, "internal", "")
		if strings.Contains(a.body, "CANARY") || !strings.Contains(c.log.String(), "CANARY") {
			t.Errorf("the cause belongs into the log and not into the answer: %s", a.body)
		}
		c.s.Verify = nil
		c.refused(c.call("POST", "/v1/verify", ""), 503, "unavailable", "")
		begun, end := make(chan struct{}), make(chan struct{})
		c.s.Verify = func(context.Context) (int64, error) { close(begun); <-end; return 1, nil }
		done := make(chan reply)
		go func() { done <- c.call("POST", "/v1/verify", "") }()
		<-begun
		c.refused(c.call("POST", "/v1/verify", ""), 503, "busy", "")
		close(end)
		if a := <-done; a.status != 200 {
			t.Errorf("%d %s", a.status, a.body)
		}
	})
}

func TestKeys(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		made := want[CreatedKey](c, 201, "POST", "/v1/keys", `{"label":"forum","scopes":["match","banks:read"],"expires_at":"2040-01-01T00:00:00Z"}`)
		if made.Key.Label != "forum" || len(made.Key.Scopes) != 2 || !strings.HasPrefix(made.Secret, auth.KeyPrefix) || made.Key.ExpiresAt == nil || made.Key.UsedAt != nil {
			t.Errorf("made %+v", made)
		}
		other := *c
		other.key = made.Secret
		want[BankList](&other, 200, "GET", "/v1/banks", "")
		other.refused(other.call("GET", "/v1/status", ""), 403, "denied", "")
		list := c.call("GET", "/v1/keys", "")
		if keys := decode[KeyList](c, 200, list); len(keys.Keys) != 2 || keys.Keys[0].Label != "forum" || strings.Contains(list.body, made.Secret) {
			t.Errorf("keys %s", list.body)
		}
		if a := c.call("DELETE", "/v1/keys/2", ""); a.status != 204 {
			t.Errorf("revoked: %d %s", a.status, a.body)
		}
		other.refused(other.call("GET", "/v1/banks", ""), 401, "denied", "")
		c.refused(c.call("DELETE", "/v1/keys/2", ""), 404, "not_found", "key")
		for field, body := range map[string]string{
			"label": `{"label":"","scopes":["match"]}`, "scopes[0]": `{"label":"x","scopes":["CANARY"]}`, "scopes": `{"label":"x","scopes":[]}`,
			"expires_at": `{"label":"x","scopes":["match"],"expires_at":"2010-01-01T00:00:00Z"}`,
		} {
			c.refused(c.call("POST", "/v1/keys", body), 422, "invalid", field)
		}
		link := want[SignInLink](c, 201, "POST", "/v1/sign-in-links", "")
		u, err := url.Parse(link.URL)
		if err != nil || u.Host != "jaga.test" || u.Path != "/sign-in" || time.Until(link.ExpiresAt) < 23*time.Hour {
			t.Fatalf("link %+v, %v", link, err)
		}
		session, err := c.s.Auth.SignIn(t.Context(), u.Query().Get("token"))
		if err != nil {
			t.Fatal(err)
		}
		// A person who is signed in has all scopes.
		c.key = ""
		decode[KeyList](c, 200, c.do("GET", "/v1/keys", nil, "Cookie", "jaga_session="+session))
	})
}
