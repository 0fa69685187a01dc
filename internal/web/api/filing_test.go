package api

import (
	"fmt"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/taxonomy"
)

// A program of the platform reports, says what became of it, and closes the case.
func TestFiling(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		want[ReportReceipt](c, 202, "POST", "/v1/reports", `{"id": "r-1", "account": "acc-7", "form": "csam"}`)
		c.refused(c.call("POST", "/v1/cases/1/reports", `{"to": "The station"}`), 409, "conflict", "case")
		c.refused(c.call("GET", "/v1/cases/9/reports", ""), 404, "not_found", "case")
		for _, who := range []string{"person:1", "person:2"} {
			l, err := c.s.Cases.Take(t.Context(), who, 1)
			if err == nil {
				_, err = c.s.Cases.Decide(t.Context(), l, casework.Decision{Facts: taxonomy.Unknown("user_report"), Outcome: casework.Confirmed, Actions: []string{"report"}})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(5 * time.Millisecond) // longer than it can be undone in this test
		c.refused(c.call("POST", "/v1/cases/1/close", `{}`), 409, "conflict", "waits_report")
		c.refused(c.call("POST", "/v1/cases/1/reports", `{"profile": "none", "receiver": "none"}`), 422, "invalid", "receiver")
		r := want[CaseReport](c, 201, "POST", "/v1/cases/1/reports", `{"to": "The station"}`)
		if r.State != casework.ReportBegun || r.To != "The station" {
			t.Errorf("%+v", r)
		}
		result := fmt.Sprintf("/v1/cases/1/reports/%d/result", r.ID)
		c.refused(c.call("POST", result, `{"result": "failed"}`), 422, "invalid", "why")
		c.refused(c.call("POST", result, `{"result": "sent"}`), 422, "invalid", "reference")
		c.refused(c.call("POST", "/v1/cases/1/reports/99/result", `{"result": "failed", "why": "x"}`), 404, "not_found", "report")
		for _, body := range []string{`{"result": "failed", "why": "` + canary + `"}`, `{"result": "sent", "reference": "CT-1"}`} {
			if a := c.call("POST", result, body); a.status != 204 {
				t.Errorf("%s: %d %s", body, a.status, a.body)
			}
		}
		list := want[CaseReports](c, 200, "GET", "/v1/cases/1/reports", "")
		if len(list.Reports) != 1 || list.Reports[0].State != casework.ReportSent || list.Reports[0].Reference != "CT-1" || list.Reports[0].SentAt == nil {
			t.Errorf("%+v", list)
		}
		k := want[CaseClock](c, 201, "POST", "/v1/cases/1/clocks", `{"kind": "question", "profile": "uk-csea", "authority": "NCA", "received_at": "2026-01-01T00:00:00Z", "due_at": "2026-01-08T00:00:00Z", "reason": "who saw it"}`)
		if k.What != "question" || k.Case != 1 || k.MetAt != nil {
			t.Errorf("%+v", k)
		}
		c.refused(c.call("POST", "/v1/cases/1/close", `{}`), 409, "conflict", "waits_clocks")
		c.refused(c.call("POST", "/v1/cases/1/clocks/result", `{"what": "question", "profile": "uk-csea", "result": "dropped"}`), 422, "invalid", "reason")
		if a := c.call("POST", "/v1/cases/1/clocks/result", `{"what": "question", "profile": "uk-csea", "result": "dropped", "reason": "withdrawn"}`); a.status != 204 {
			t.Errorf("%d %s", a.status, a.body)
		}
		if a := c.call("POST", "/v1/cases/1/close", `{}`); a.status != 204 {
			t.Errorf("%d %s", a.status, a.body)
		}
		d := want[CaseDetail](c, 200, "GET", "/v1/cases/1", "")
		if d.State != casework.StateClosed || d.DueAt != nil || d.Clocks[len(d.Clocks)-1].DroppedAt == nil {
			t.Errorf("%+v", d)
		}
		_, c.key, _ = c.s.Auth.CreateKey(t.Context(), "system", "reads", []auth.Scope{auth.CasesRead}, timeNever)
		want[CaseReports](c, 200, "GET", "/v1/cases/1/reports", "")
		c.refused(c.call("POST", "/v1/cases/1/no-report", `{"reason": "x"}`), 403, "denied", "")
	})
}
