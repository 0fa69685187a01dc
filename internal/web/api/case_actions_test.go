package api

import (
	"fmt"
	"testing"

	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/taxonomy"
)

// A program reads what became of what was asked for about a case.
func TestCaseActions(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		ctx := t.Context()
		want[ReportReceipt](c, 202, "POST", "/v1/reports", `{"id": "r-1", "account": "acc-1", "form": "grooming", "text": "odd things"}`)
		states := func() (out string) {
			t.Helper()
			d := want[CaseDetail](c, 200, "GET", "/v1/cases/1", "")
			if d.Actions == nil {
				t.Error("the list is null")
			}
			for _, a := range d.Actions {
				out += fmt.Sprint(a.Action, " ", a.State, " ", a.Automatic, " ", a.Rule, " ", a.ID != "", " ", a.DueAt != nil, " ", a.UndoneBy != "", "; ")
			}
			return out
		}
		if got := states(); got != "" {
			t.Errorf("before anything: %s", got)
		}
		l, err := c.s.Cases.Take(ctx, "person:1", 1)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.s.Cases.Decide(ctx, l, casework.Decision{Facts: taxonomy.Unknown("user_report"), Outcome: casework.Confirmed, Actions: []string{"suspend", "hold"}}); err != nil {
			t.Fatal(err)
		}
		if got := states(); got != "suspend waiting false  false true false; hold waiting false  false true false; " {
			t.Errorf("after the decision: %s", got)
		}
		var limit, suspend action.Action
		for took := 0; took < 2; {
			n, err := c.s.Cases.TakeDue(ctx, 10, func(tx *store.Tx, o casework.Outgoing) (err error) {
				if o.Action == "suspend" {
					suspend, err = c.s.Actions.Start(tx, action.Request{Params: action.Suspend{}, Case: 1, Account: "acc-1", Decision: fmt.Sprint("decision:", o.Decision), Reason: "case.confirmed", Who: o.Actor})
				}
				return err
			})
			if took += n; err != nil {
				t.Fatal(err)
			}
		}
		if err := c.db.Bulk(ctx, func(tx *store.Tx) (err error) {
			limit, err = c.s.Actions.Start(tx, action.Request{Params: action.LimitReach{From: action.ReachMinors}, Case: 1, Account: "acc-1", Rule: "young.2", Reason: "rule.young", Who: action.System})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if got := states(); got != "suspend nobody false  true false false; limit_reach nobody true young.2 true false false; hold not_started false  false false false; " {
			t.Errorf("after it went out: %s", got)
		}
		if a := c.call("POST", "/v1/actions/"+suspend.ID+"/result", `{"status": "refused", "note": "<b>no</b>"}`); a.status >= 300 {
			t.Fatal(a.status, a.body)
		}
		if err := c.db.Bulk(ctx, func(tx *store.Tx) error {
			_, err := c.s.Actions.Undo(tx, limit.ID, "person:1", "case.test")
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if got := states(); got != "suspend refused false  true false false; limit_reach undone true young.2 true false true; hold not_started false  false false false; " {
			t.Errorf("after the platform answered: %s", got)
		}
	})
}
