package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/taxonomy"
	"github.com/jaga-project/jaga/internal/tip"
)

// decideOn has a person decide on a case.
func (c *client) decideOn(person string, id int64, out casework.Outcome) {
	c.t.Helper()
	s := c.s.Cases
	l, err := s.Take(c.t.Context(), person, id)
	if err == nil {
		err = s.Begin(c.t.Context(), l)
	}
	if err == nil {
		_, err = s.Decide(c.t.Context(), l, casework.Decision{Facts: taxonomy.Unknown("user_report"), Outcome: out, Note: canary})
	}
	if err != nil {
		c.t.Fatal(err)
	}
	time.Sleep(5 * time.Millisecond) // longer than it can be undone in this test
}

func TestReports(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		body := func(id, more string) string {
			return fmt.Sprintf(`{"id": %q, "account": "<script>alert(1)</script>", "reporter": "acc-9", "form": "grooming", "text": "odd things %s \u003cscript\u003e"%s}`, id, canary, more)
		}
		a := want[ReportReceipt](c, 202, "POST", "/v1/reports", body("r-1", ""))
		if a.Joined || a.Repeated || a.Times != 1 || a.Case != 1 {
			t.Errorf("%+v", a)
		}
		if b := want[ReportReceipt](c, 202, "POST", "/v1/reports", body("r-1", "")); b != a {
			t.Errorf("again: %+v", b)
		}
		if b := want[ReportReceipt](c, 202, "POST", "/v1/reports", body("r-2", "")); !b.Repeated || b.Times != 2 || b.ID != a.ID {
			t.Errorf("said again: %+v", b)
		}
		if b := want[ReportReceipt](c, 202, "POST", "/v1/reports", body("r-3", `, "child_safe": "no", "links": ["http://127.0.0.1:1/`+canary+`"]`)); b.Repeated || !b.Joined || b.Case != a.Case {
			t.Errorf("another: %+v", b)
		}
		c.refused(c.call("POST", "/v1/reports", body("r-1", `, "at": "2026-01-01T00:00:00Z"`)), 409, "conflict", "id")
		for field, more := range map[string]string{"form": `"form": "CANARY"`, "child_safe": `"form": "csam", "child_safe": "CANARY"`, "links[0]": `"form": "csam", "links": ["CANARY\n"]`,
			"text": `"form": "csam", "text": "` + strings.Repeat("ä", 8001) + `"`, "at": `"form": "csam", "at": "2999-01-01T00:00:00Z"`} {
			c.refused(c.call("POST", "/v1/reports", `{"id": "x", "account": "a", `+more+`}`), 422, "invalid", field)
		}
		c.refused(c.call("POST", "/v1/reports", `{"account": "a", "form": "csam"}`), 422, "invalid", "id")

		st := want[ReportStatus](c, 200, "GET", "/v1/reports/"+a.ID, "")
		if st.Status != tip.StageReceived || st.Times != 2 || st.Case != 1 {
			t.Errorf("%+v", st)
		}
		d := want[CaseDetail](c, 200, "GET", "/v1/cases/1", "")
		if d.State != "new" || d.Risk != "imminent" || d.Band != "urgent" || len(d.Linked) != 2 || d.Linked[0].Ref != a.ID || d.Crowd.Reports != 3 || d.Crowd.Reporters != 1 || d.Decision != nil {
			t.Errorf("%+v", d)
		}
		c.refused(c.call("POST", "/v1/cases/1/appeals", `{"id": "ap", "text": "`+canary+`"}`), 409, "conflict", "case")
		c.decideOn("person:1", 1, casework.Undetermined)
		d = want[CaseDetail](c, 200, "GET", "/v1/cases/1", "")
		if d.Decision == nil || d.Decision.Outcome != "undetermined" || len(d.Decision.Scales) < 8 {
			t.Errorf("%+v", d.Decision)
		}
		if st = want[ReportStatus](c, 200, "GET", "/v1/reports/"+a.ID, ""); st.Status != tip.StageDecided {
			t.Errorf("%+v", st)
		}
		// Another platform knows nothing of it.
		full := c.key
		_, c.key, _ = c.s.Auth.CreateKey(t.Context(), "system", "other", []auth.Scope{auth.ReportsWrite}, timeNever)
		c.refused(c.call("GET", "/v1/reports/"+a.ID, ""), 404, "not_found", "id")
		c.refused(c.call("POST", "/v1/cases/1/appeals", `{"id": "ap", "text": "words"}`), 404, "not_found", "case")
		c.key = full
		for range 2 {
			if a := c.call("POST", "/v1/cases/1/appeals", `{"id": "ap", "text": "`+canary+`"}`); a.status != 204 {
				t.Errorf("appeal: %d %s", a.status, a.body)
			}
		}
		d = want[CaseDetail](c, 200, "GET", "/v1/cases/1", "")
		if d.State != "in_review" || d.Decision != nil {
			t.Errorf("after an appeal %+v", d)
		}
		c.refused(c.call("POST", "/v1/cases/99/appeals", `{"id": "ap2", "text": "x"}`), 404, "not_found", "case")
		for _, path := range []string{"/v1/cases/1", "/v1/cases", "/v1/reports/" + a.ID} {
			if a := c.call("GET", path, ""); strings.Contains(a.body, canary) || strings.Contains(a.body, "script") || strings.Contains(a.body, "person:") || strings.Contains(a.body, "acc-9") {
				t.Errorf("%s tells what was said, or who: %s", path, a.body)
			}
		}
		if log := c.log.String(); strings.Contains(log, canary) {
			t.Errorf("the log has what was said: %s", log)
		}
	})
}

func TestCaseLists(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		if l := want[CaseList](c, 200, "GET", "/v1/cases", ""); len(l.Cases) != 0 || l.Next != "" {
			t.Errorf("%+v", l)
		}
		for i := range 7 {
			for n := range i + 1 {
				want[ReportReceipt](c, 202, "POST", "/v1/reports", fmt.Sprintf(`{"id": "%d-%d", "account": "acc-%d", "form": "not_sure"}`, i, n, i))
			}
		}
		all := func(query string) (ids []int64) {
			t.Helper()
			for after, pages := "", 0; pages < 10; pages++ {
				l := want[CaseList](c, 200, "GET", "/v1/cases?limit=3&"+query+"&after="+after, "")
				for _, x := range l.Cases {
					ids = append(ids, x.ID)
				}
				if after = l.Next; after == "" {
					return ids
				}
			}
			t.Fatal("the list has no end")
			return nil
		}
		for query, want := range map[string]string{
			"": "[7 6 5 4 3 2 1]", "order=reports": "[7 6 5 4 3 2 1]", "queue=default&state=new": "[7 6 5 4 3 2 1]", "queue=hotline": "[]", "state=closed&order=reports": "[]", "updated_since=2999-01-01T00:00:00Z": "[]", "updated_since=2020-01-01T00:00:00Z": "[7 6 5 4 3 2 1]",
		} {
			if got := fmt.Sprint(all(query)); got != want {
				t.Errorf("%s: %s, want %s", query, got, want)
			}
		}
		// The first one is told about again: it changed last, and has not the most.
		want[ReportReceipt](c, 202, "POST", "/v1/reports", `{"id": "more", "account": "acc-0", "form": "not_sure"}`)
		if got := fmt.Sprint(all(""), all("order=reports")); got != "[1 7 6 5 4 3 2] [7 6 5 4 3 2 1]" && got != "[1 7 6 5 4 3 2] [7 6 5 4 3 1 2]" {
			t.Error(got)
		}
		l := want[CaseList](c, 200, "GET", "/v1/cases?limit=1", "")
		if l.Cases[0].Reports != 2 || l.Cases[0].Findings != 2 || l.Cases[0].Risk != "new" {
			t.Errorf("%+v", l.Cases[0])
		}
		since := l.Cases[0].UpdatedAt.Format(time.RFC3339Nano)
		if got := fmt.Sprint(all("updated_since=" + since)); got != "[1]" {
			t.Errorf("since %s: %s", since, got)
		}
		c.refused(c.call("GET", "/v1/cases?after=CANARY", ""), 422, "invalid", "after")
		c.refused(c.call("GET", "/v1/cases?queue=CANARY", ""), 422, "invalid", "queue")
		c.refused(c.call("GET", "/v1/cases/999", ""), 404, "not_found", "case")
		d := want[CaseDetail](c, 200, "GET", "/v1/cases/7?limit=4", "")
		if len(d.Linked) != 4 || d.Next == 0 {
			t.Errorf("%+v", d)
		}
		if d = want[CaseDetail](c, 200, "GET", fmt.Sprintf("/v1/cases/7?limit=4&after=%d", d.Next), ""); len(d.Linked) != 3 || d.Next != 0 {
			t.Errorf("%+v", d)
		}
	})
}

// TestAQueueIsNotAllQueues: whoever works in one queue has the console, and not
// the interface to all of them.
func TestAQueueIsNotAllQueues(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		want[ReportReceipt](c, 202, "POST", "/v1/reports", `{"id": "1", "account": "a", "form": "csam"}`)
		want[SignInLink](c, 201, "POST", "/v1/sign-in-links", "") // makes the first person
		c.key = ""
		for queue, status := range map[string]int{"default": 403, auth.AllQueues: 200} {
			_, link, err := c.s.Auth.Invite(t.Context(), "person:1", "Sari", "", []auth.Grant{{Role: auth.Reviewer, Queue: queue}})
			if err != nil {
				t.Fatal(err)
			}
			session, err := c.s.Auth.SignIn(t.Context(), link)
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range []string{"/v1/cases", "/v1/cases/1"} {
				if a := c.do("GET", path, nil, "Cookie", "jaga_session="+session); a.status != status {
					t.Errorf("%s with %s: %d %s", path, queue, a.status, a.body)
				}
			}
		}
	})
}
