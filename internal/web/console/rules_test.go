package console_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/policy"
	"github.com/jaga-project/jaga/internal/store"
)

// ruleText is a rule that holds findings of an account that is young.
const ruleText = `
name = "young-account"
owner = "person:1"
reason = "<b>New</b> accounts that threaten are mostly made for that."
when = 'band >= REVIEW && account.age_days < 7 && indicators.exists(i, i.id in ["G-13", "S-04"])'

[[then]]
do = "open_case"
queue = "default"

[[then]]
do = "hold"

[limits]
per_hour = 2

[[test]]
name = "young"
expect = "fires"
facts = { band = "review", account = { age_days = 2 }, indicators = [{ id = "S-04" }] }

[[test]]
name = "old"
expect = "does not fire"
facts = { band = "review", account = { age_days = 200 } }
`

// second signs another person in and returns their session.
func (w *world) second() string {
	w.t.Helper()
	return w.member(auth.Grant{Role: auth.Senior, Queue: auth.AllQueues}).session
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// someRules puts rules in every state, an open breaker and a back-test into the
// world and returns their pages.
func (w *world) someRules(findingID string) []string {
	w.t.Helper()
	ctx := w.t.Context()
	submit := func(text string) {
		_, err := w.rules.Submit(ctx, "person:7", []byte(text))
		must(w.t, err)
	}
	step := func(name string, to policy.State, share int64) {
		_, err := w.rules.Promote(ctx, "person:7", name, 0, to, share)
		must(w.t, err)
	}
	approve := func(name string) {
		_, err := w.rules.Approve(ctx, "person:8", name, 0)
		must(w.t, err)
	}
	submit(ruleText)
	step("young-account", policy.Shadow, 0)
	step("young-account", policy.Active, 0)
	approve("young-account")
	submit(strings.Replace(ruleText, "age_days < 7", "age_days < 14", 1))
	submit(strings.Replace(ruleText, "young-account", "tried-in-shadow", 1))
	step("tried-in-shadow", policy.Shadow, 0)
	submit(strings.Replace(ruleText, "young-account", "waits-for-somebody-with-a-name-as-long-as-a-rule-can-ever-have", 1))
	step("waits-for-somebody-with-a-name-as-long-as-a-rule-can-ever-have", policy.Shadow, 0)
	step("waits-for-somebody-with-a-name-as-long-as-a-rule-can-ever-have", policy.Canary, 50)
	for i := range 12 {
		f := policy.Facts{Band: policy.Known(jaga.BandReview), Indicators: policy.Known([]policy.Indicator{{ID: policy.Known("S-04")}})}
		if i%4 != 0 {
			f.Account.AgeDays = policy.Known(int64(i % 3))
		}
		must(w.t, w.db.Bulk(ctx, func(tx *store.Tx) error {
			_, err := w.rules.Decide(ctx, tx, &f)
			return err
		}))
	}
	id, err := w.rules.StartBacktest(ctx, "person:1", "young-account", 1, 2, time.Now().AddDate(0, 0, -30))
	must(w.t, err)
	w.worked(id)
	return []string{"/rules", "/rules/young-account", "/rules/young-account?version=1", "/rules/tried-in-shadow", "/rules/waits-for-somebody-with-a-name-as-long-as-a-rule-can-ever-have", "/rules/jaga-urgent-opens-a-case",
		"/rules/new", "/rules/new?as=text", "/rules/new?from=young-account&version=1", "/rules/young-account/explain", "/rules/young-account/explain?version=2&id=" + findingID}
}

// worked does a back-test and waits for it.
func (w *world) worked(id int64) {
	w.t.Helper()
	worked := make(chan struct{})
	ctx, stop := context.WithCancel(w.t.Context())
	defer stop()
	go func() {
		defer close(worked)
		_ = w.db.Work(ctx, 1, map[string]store.Handler{policy.BacktestJob: w.rules.BacktestWork})
	}()
	for range 400 {
		b, err := w.rules.Backtest(w.t.Context(), id)
		must(w.t, err)
		if b.FinishedAt != 0 {
			stop()
			<-worked
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	w.t.Fatal("the back-test does not end")
}

// choice is what somebody chose on the page.
func choice(change map[string][]string) url.Values {
	form := url.Values{"name": {"two-signs"}, "reason": {"Secrets and threats together."}, "form": {"sextortion"}, "least": {"review"}, "what": {"indicator"}, "many": {"2"}, "indicator": {"S-04", "G-13"},
		"hours": {"24"}, "days": {"7"}, "votes": {"0"}, "then": {"open_case", "warn_target"}, "queue": {"default"}, "raise": {"urgent"}}
	maps.Copy(form, change)
	return form
}

// TestRuleIsWrittenWithoutCode walks from the choices to an active rule: what
// is shown, saved, tried, asked for, and approved by somebody else.
func TestRuleIsWrittenWithoutCode(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a := w.post("/rules/new", choice(map[string][]string{"do": {"show"}}))
		if a.status != http.StatusOK {
			t.Fatalf("%d %s", a.status, text(a.body))
		}
		want(t, "the rule", a.body, "indicators.filter(i, i.id in [", "&#34;S-04&#34;, &#34;G-13&#34;", ".size() &gt;= 2", "form == &#34;sextortion&#34;", "band &gt;= REVIEW", "Save as a draft", "It could not be decided")
		body := w.done("/rules/new", choice(map[string][]string{"do": {"save"}}))
		want(t, "saved", body, "two-signs", "draft", "It is saved as a draft.", "warn the person who may need help")
		body = w.done("/rules/two-signs", url.Values{"version": {"1"}, "do": {"shadow"}})
		want(t, "in shadow", body, "shadow", "Ask for a canary")
		if a := w.post("/rules/two-signs", url.Values{"version": {"1"}, "do": {"canary"}, "percent": {"0"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "A canary acts for") {
			t.Errorf("a canary of nobody: %d", a.status)
		}
		body = w.done("/rules/two-signs", url.Values{"version": {"1"}, "do": {"canary"}, "percent": {"2.5"}})
		want(t, "asked", body, "Asked. A second person must approve.", "so somebody else must approve")
		unwanted(t, "asked", body, `value="approve"`)
		if a := w.post("/rules/two-signs/answer", url.Values{"version": {"1"}, "do": {"approve"}}); a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "It takes a second person") {
			t.Errorf("approved by the author: %d", a.status)
		}
		want(t, "the list", w.page("/rules"), "1 version waits for a second person")
		w.session = w.second()
		want(t, "to the second person", w.page("/rules/two-signs"), `value="approve"`)
		body = w.done("/rules/two-signs/answer", url.Values{"version": {"1"}, "do": {"approve"}})
		want(t, "approved", body, "canary", "Approved. It is in effect.", "approved")
		list, err := w.rules.Versions(t.Context(), "two-signs")
		if err != nil || list[0].State != policy.Canary || list[0].Share != 25 || list[0].ApprovedBy != "person:2" {
			t.Errorf("%+v, %v", list[0], err)
		}
		body = w.done("/rules/two-signs/answer", url.Values{"version": {"1"}, "do": {"rollback"}, "reason": {"it was too wide"}})
		want(t, "rolled back", body, "Rolled back.", "retired", "it was too wide")
	})
}

func TestRuleFormKeepsWhatWasChosen(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for name, c := range map[string]struct {
			change map[string][]string
			want   string
		}{
			"no name":           {map[string][]string{"name": {"Two Signs"}}, "The name is not right"},
			"no reason":         {map[string][]string{"reason": {" "}}, "Say why"},
			"no sign":           {map[string][]string{"indicator": nil}, "Choose at least one sign"},
			"too many":          {map[string][]string{"many": {"3"}}, "That number cannot be reached"},
			"words for numbers": {map[string][]string{"many": {"two"}}, "That number cannot be reached"},
			"nothing then":      {map[string][]string{"then": nil}, "What should happen then is not right"},
			"no time":           {map[string][]string{"what": {"earlier"}, "hours": {"0"}, "many": {"1"}}, "Hours are a number"},
			"a webhook unnamed": {map[string][]string{"then": {"webhook"}}, "What should happen then is not right"},
			"a sign of no use":  {map[string][]string{"indicator": {"X-99"}, "many": {"1"}}, "The question is not right"},
		} {
			a := w.post("/rules/new", choice(c.change))
			if a.status != http.StatusUnprocessableEntity || !strings.Contains(text(a.body), c.want) {
				t.Errorf("%s: %d %.300s", name, a.status, text(a.body))
			}
			if !strings.Contains(a.body, `value="warn_target" checked`) && c.change["then"] == nil && name != "nothing then" {
				t.Errorf("%s: what was chosen is gone", name)
			}
		}
		a := w.post("/rules/new", url.Values{"as": {"text"}, "source": {strings.Replace(ruleText, "age_days <", "aeg_days <", 1)}, "do": {"save"}})
		if a.status != http.StatusUnprocessableEntity || !strings.Contains(a.body, "there is no fact &#39;aeg_days&#39;") || !strings.Contains(a.body, "aeg_days &lt; 7") {
			t.Errorf("a wrong file: %d %s", a.status, text(a.body))
		}
		for _, path := range []string{"/rules/no-such", "/rules/no-such/explain", "/rules/new?from=no-such"} {
			if a := w.get(path); a.status != http.StatusNotFound {
				t.Errorf("%s: %d", path, a.status)
			}
		}
		for _, form := range []url.Values{{}, {"version": {"x"}}, {"version": {"1"}, "do": {"burn"}}} {
			if a := w.post("/rules/jaga-review-opens-a-case", form); a.status != http.StatusUnprocessableEntity {
				t.Errorf("%v: %d", form, a.status)
			}
		}
	})
}

// TestEveryChoiceMakesARule goes through what a rule can be about.
func TestEveryChoiceMakesARule(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.newBank("KNOWN_SHAPES")
		for what, cel := range map[string]string{
			"match": `matches.exists(m, m.role == &#34;match&#34; &amp;&amp; !m.suppressed &amp;&amp; m.bank == &#34;KNOWN_SHAPES&#34; &amp;&amp; m.exact &amp;&amp; m.votes_for &gt;= 2)`, "report": "reports.count &gt;= 1",
			"account": "account.age_days &lt; 7", "earlier": `account.earlier.exists(e, e.hours_ago &lt;= 24 &amp;&amp; e.form == &#34;grooming&#34;)`, "indicator": `indicators.exists(i, i.id in [`,
		} {
			a := w.post("/rules/new", choice(map[string][]string{"what": {what}, "many": {"1"}, "bank": {"KNOWN_SHAPES"}, "exact": {"on"}, "votes": {"2"}, "earlier_form": {"grooming"}, "form": {""}, "least": {""}}))
			if a.status != http.StatusOK || !strings.Contains(a.body, cel) {
				t.Errorf("%s: %d, %q is missing in %s", what, a.status, cel, text(a.body))
			}
		}
	})
}

func TestRulePageShowsWhatItDid(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.chats()
		id := w.findings(converse.Filter{})[0].ID
		w.someRules(id)
		body := w.page("/rules/young-account?version=1")
		want(t, "the rule", body, "The rule fired 9 times within 30 days.", "Stopped:", "more than 2 within the hour", "&lt;b&gt;New&lt;/b&gt; accounts", "hold until a person decides")
		want(t, "the list", w.page("/rules"), "fired 9 times", "3 not decided", "Stopped:")
		body = w.page("/rules/young-account?version=2")
		want(t, "the back-test", body, "asked about", "could not be decided for", "account.age_days", "version 1 fires for")
		body = w.page("/rules/young-account/explain?version=2&id=" + id)
		want(t, "the reason", body, "account.age_days &lt; 14", "unknown")
		if a := w.get("/rules/young-account/explain?id=no-such"); a.status != http.StatusNotFound || !strings.Contains(a.body, "Nothing of this number is kept.") {
			t.Errorf("explaining nothing: %d", a.status)
		}
		if a := w.post("/rules/breakers", url.Values{"what": {"rule:young-account"}, "reason": {""}}); a.status != http.StatusUnprocessableEntity {
			t.Errorf("closed without a reason: %d", a.status)
		}
		body = w.done("/rules/breakers", url.Values{"what": {"rule:young-account"}, "reason": {"a bank had a wrong entry"}})
		want(t, "closed", body, "Automatic actions go on.")
		unwanted(t, "closed", body, "Stopped:")
		if got := fmt.Sprint(w.post("/rules/breakers", url.Values{"what": {"rule:young-account"}, "reason": {"again"}}).status); got != "404" {
			t.Errorf("closed twice: %s", got)
		}
	})
}
