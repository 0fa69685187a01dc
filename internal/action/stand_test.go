package action_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/action"
)

// What counts of an action is that it was taken back, else the platform's last
// answer, else what became of the delivery.
func TestStanding(t *testing.T) {
	t.Parallel()
	refused := []action.Result{{Status: action.StatusDone}, {Status: action.StatusRefused}}
	for _, c := range []struct {
		a     action.Action
		want  action.Standing
		force bool
	}{
		{action.Action{}, action.StandsNobody, false},
		{action.Action{Told: -1}, action.StandsNobody, false},
		{action.Action{Told: 1}, action.StandsSent, true},
		{action.Action{Told: 2, Waiting: 1, Delivered: 1}, action.StandsSending, true},
		{action.Action{Told: 2, Waiting: 1, Retrying: 1, Delivered: 1}, action.StandsRetried, true},
		{action.Action{Told: 3, Waiting: 1, Retrying: 1, Dead: 1}, action.StandsGivenUp, false},
		{action.Action{Told: 1, Delivered: 1}, action.StandsArrived, true},
		{action.Action{Told: 1, Dead: 1, Results: refused[:1]}, action.StandsDid, true},
		{action.Action{Told: 1, Delivered: 1, Results: refused}, action.StandsRefused, false},
		{action.Action{Told: 1, Results: []action.Result{{Status: action.StatusFailed}}}, action.StandsCouldNot, false},
		{action.Action{Told: 1, Delivered: 1, Results: refused, UndoneBy: "x"}, action.StandsUndone, false},
	} {
		if got := c.a.Standing(); got != c.want || c.a.InForce() != c.force {
			t.Errorf("%+v: %s, in force %v", c.a, got, c.a.InForce())
		}
	}
}

// A request is covered by what does all of it already, and by nothing less.
func TestCovers(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)
	was := func(account string, p action.Params) action.Action {
		raw, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		return action.Action{Kind: p.Kind(), Account: account, Params: raw, At: start.UnixMicro(), Told: 1, Delivered: 1}
	}
	for name, c := range map[string]struct {
		was     action.Action
		account string
		asked   action.Params
		after   time.Duration
		want    bool
	}{
		"the same items":       {was("a", action.Hold{Items: []string{"1", "2"}}), "a", action.Hold{Items: []string{"2", "1"}}, 0, true},
		"fewer items":          {was("a", action.Remove{Items: []string{"1", "2"}}), "a", action.Remove{Items: []string{"2"}}, 0, true},
		"more items":           {was("a", action.Hold{Items: []string{"1"}}), "a", action.Hold{Items: []string{"1", "2"}}, 0, false},
		"an account, not one":  {was("a", action.Hold{Items: []string{"1"}}), "a", action.Hold{}, 0, false},
		"one, not an account":  {was("a", action.Hold{}), "a", action.Hold{Items: []string{"1"}}, 0, false},
		"another account":      {was("b", action.Suspend{}), "a", action.Suspend{}, 0, false},
		"the same account":     {was("a", action.Suspend{}), "a", action.Suspend{}, 0, true},
		"another kind":         {was("a", action.Suspend{}), "a", action.LimitReach{From: action.ReachMinors}, 0, false},
		"a wider limit":        {was("a", action.LimitReach{From: action.ReachMinors}), "a", action.LimitReach{From: action.ReachEverybody}, 0, false},
		"warned before":        {was("t", action.WarnTarget{Language: "en"}), "t", action.WarnTarget{Language: "en"}, 0, true},
		"kept as long":         {was("a", action.KeepEvidence{Days: 90}), "a", action.KeepEvidence{Days: 90}, time.Hour, true},
		"to be kept longer":    {was("a", action.KeepEvidence{Days: 90}), "a", action.KeepEvidence{Days: 90}, 48 * time.Hour, false},
		"to call again is new": {was("", action.Page{Queue: "default", Within: 60}), "", action.Page{Queue: "default", Within: 60}, 0, false},
	} {
		if got := c.was.Covers(action.Request{Account: c.account, Params: c.asked}, start.Add(c.after)); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	gone := was("a", action.Suspend{})
	gone.UndoneBy = "x"
	if gone.Covers(action.Request{Account: "a", Params: action.Suspend{}}, start) {
		t.Error("what was taken back covers nothing")
	}
}
