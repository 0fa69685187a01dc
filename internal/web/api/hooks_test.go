package api

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/store"
)

// TestHooks adds a webhook, tests it, starts an action and answers it.
func TestHooks(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		var got atomic.Int64
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Webhook-Signature") != "" {
				got.Add(1)
			}
			w.WriteHeader(204)
		}))
		t.Cleanup(srv.Close)
		var made CreatedHook
		a := c.call("POST", "/v1/hooks", `{"name":"forum","url":"`+srv.URL+`/x"}`)
		if err := json.Unmarshal([]byte(a.body), &made); err != nil || a.status != 201 || !strings.HasPrefix(made.Secret, "whsec_") {
			t.Fatalf("%d %s", a.status, a.body)
		}
		c.refused(c.call("POST", "/v1/hooks", `{"name":"forum","url":"`+srv.URL+`/x"}`), 409, "conflict", "name")
		c.refused(c.call("POST", "/v1/hooks", `{"name":"b","url":"http://plain.example/"}`), 422, "invalid", "url")
		c.refused(c.call("POST", "/v1/hooks", `{"name":"b","url":"https://h.example/","kinds":["action.pay"]}`), 422, "invalid", "kinds")
		if a := c.call("POST", "/v1/hooks/1/test", ""); a.status != 200 || !strings.Contains(a.body, `"ok":true`) || got.Load() != 1 {
			t.Errorf("%d %s, %d received", a.status, a.body, got.Load())
		}
		if a := c.call("GET", "/v1/deliveries?state=delivered&hook=1", ""); a.status != 200 || !strings.Contains(a.body, `"kind":"test"`) || strings.Contains(a.body, made.Secret) {
			t.Errorf("%d %s", a.status, a.body)
		}
		c.refused(c.call("GET", "/v1/deliveries?state=lost", ""), 422, "invalid", "state")

		var act action.Action
		if err := c.db.Bulk(t.Context(), func(tx *store.Tx) (err error) {
			act, err = c.s.Actions.Start(tx, action.Request{Params: action.Suspend{}, Case: 4, Form: jaga.FormGrooming, Band: jaga.BandReview, Account: "acct-1", Reason: "rule.2", Who: "person:1"})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		_, only, err := c.s.Auth.CreateKey(t.Context(), "system", "platform", []auth.Scope{auth.ActionsResult}, time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		full := c.key
		c.key = only
		if a := c.call("POST", "/v1/actions/"+act.ID+"/result", `{"status":"done","note":"closed"}`); a.status != 204 {
			t.Errorf("%d %s", a.status, a.body)
		}
		c.refused(c.call("POST", "/v1/actions/no/result", `{"status":"done"}`), 404, "not_found", "action")
		c.refused(c.call("POST", "/v1/actions/"+act.ID+"/result", `{"status":"maybe"}`), 422, "invalid", "status")
		if a := c.call("GET", "/v1/actions/"+act.ID, ""); a.status != 200 || !strings.Contains(a.body, `"results":[{"status":"done","note":"closed"`) || !strings.Contains(a.body, `"automatic":false`) {
			t.Errorf("%d %s", a.status, a.body)
		}
		c.refused(c.call("GET", "/v1/hooks", ""), 403, "denied", "")
		c.key = full
		if a := c.call("PATCH", "/v1/hooks/1", `{"enabled":false}`); a.status != 204 {
			t.Errorf("%d %s", a.status, a.body)
		}
		if a := c.call("GET", "/v1/hooks", ""); !strings.Contains(a.body, `"enabled":false`) || !strings.Contains(a.body, `"waiting":1`) {
			t.Errorf("%s", a.body)
		}
		if a := c.call("DELETE", "/v1/hooks/1", ""); a.status != 204 {
			t.Errorf("%d %s", a.status, a.body)
		}
		c.refused(c.call("POST", "/v1/hooks/1/replay", ""), 404, "not_found", "target")
	})
}
