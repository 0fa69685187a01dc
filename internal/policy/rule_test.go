package policy_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/policy"
)

// threat is a rule as people write them.
const threat = `
name = "new-account-threat"
owner = "person:1"
reason = "New accounts that threaten with pictures are mostly made for that."
when = '''
form == "sextortion" && band >= REVIEW
  && account.age_days < 7
'''

[[then]]
do = "open_case"
queue = "sextortion"

[[then]]
do = "hold"

[limits]
per_hour = 20

[[test]]
name = "a new account"
expect = "fires"
facts = { form = "sextortion", band = "review", account = { age_days = 2 } }

[[test]]
name = "an old account"
expect = "does not fire"
facts = { form = "sextortion", band = "review", account = { age_days = 400 } }

[[test]]
name = "nobody knows how old the account is"
expect = "undecided"
facts = { form = "sextortion", band = "urgent" }
`

func parse(t testing.TB, text string) policy.Rule {
	t.Helper()
	r, err := policy.ParseRule([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func compiled(t testing.TB, r policy.Rule) *policy.Compiled {
	t.Helper()
	c, err := policy.Compile(r)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// rule makes a rule with an expression; its tests are only there to be there.
func rule(name, when string, then ...policy.Action) policy.Rule {
	return policy.Rule{Name: name, Owner: "person:1", Reason: "for a test", When: when, Then: then,
		Tests: []policy.Test{{Name: "a", Expect: policy.Fires}, {Name: "b", Expect: policy.Quiet}}}
}

func TestRuleFileSaysWhatItMeans(t *testing.T) {
	t.Parallel()
	c := compiled(t, parse(t, threat))
	if c.Limits.PerHour != 20 || len(c.Then) != 2 || c.Then[0].Queue != "sextortion" {
		t.Errorf("read %+v", c.Rule)
	}
	f := policy.Facts{Form: policy.Known("sextortion"), Band: policy.Known(jaga.BandUrgent)}
	v := c.Ask(&f)
	if v.Answer != policy.Undecided || !cmp.Equal(v.Needs, []string{"account.age_days"}) {
		t.Errorf("without the age of the account: %+v", v)
	}
	// A part that is false decides, whatever is unknown.
	f.Form = policy.Known("grooming")
	if v := c.Ask(&f); v.Answer != policy.Quiet {
		t.Errorf("another form: %+v", v)
	}
}

func TestFormatIsReadBackTheSame(t *testing.T) {
	t.Parallel()
	for _, r := range append(policy.Shipped(), parse(t, threat)) {
		text := policy.Format(r)
		again, err := policy.ParseRule([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v\n%s", r.Name, err, text)
		}
		if policy.Format(again) != text {
			t.Errorf("%s changed:\n%s\n%s", r.Name, text, policy.Format(again))
		}
		if _, err := policy.Compile(again); err != nil {
			t.Errorf("%s: %v", r.Name, err)
		}
	}
}

// TestBadRulesAreRefused checks that each fault is refused and that the message
// names what is wrong.
func TestBadRulesAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ old, new, want string }{
		"a name with spaces":         {`"new-account-threat"`, `"New Threat"`, "name"},
		"nobody answers for it":      {`"person:1"`, `"the team"`, "owner"},
		"owned by the program":       {`owner = "person:1"`, `owner = "person:0"`, "owner"},
		"no reason":                  {`reason = "New accounts that threaten with pictures are mostly made for that."`, `reason = " "`, "reason"},
		"an unknown key":             {`name =`, `nmae = "x"` + "\nname =", `"nmae"`},
		"a fact that does not exist": {`account.age_days <`, `account.age <`, "there is no fact 'age'"},
		"a form that does not exist": {`form == "sextortion"`, `form == "sextorsion"`, `never "sextorsion"`},
		"another type":               {`< 7`, `< "7"`, "line 2"},
		"no truth value":             {"'''\nform == \"sextortion\" && band >= REVIEW\n  && account.age_days < 7\n'''", `"form"`, "not true or false"},
		"a time limit in words":      {`per_hour = 20`, `per_hour = "20"`, "line"},
		"a limit below zero":         {`per_hour = 20`, `per_hour = -1`, "limits"},
		"an action that is none":     {`do = "hold"`, `do = "punish"`, "no such action"},
		"a case without a queue":     {`queue = "sextortion"`, ``, "queue"},
		"a queue that nothing needs": {`do = "hold"`, "do = \"hold\"\nqueue = \"x\"", "hold has no queue"},
		"twice the same":             {`do = "hold"`, "do = \"open_case\"\nqueue = \"sextortion\"", "twice"},
		"ignoring among others":      {`do = "hold"`, "do = \"ignore\"\nwhy = \"tired\"", "ignores wants nothing else"},
		"a test that fails":          {`age_days = 400`, `age_days = 4`, "an old account"},
		"a test with a wrong word":   {`"does not fire"`, `"silent"`, "expect"},
		"a test of a fact of no use": {`age_days = 400`, `age_dayz = 400`, `age_dayz`},
		"a fact of another type":     {`age_days = 400`, `age_days = "400"`, "test[2].facts"},
		"no test in which it fires":  {`expect = "fires"`, `expect = "undecided"`, "fires"},
		"a regular expression":       {`form == "sextortion"`, `form.matches("s.*")`, "no fact or function 'matches'"},
		"a clock":                    {`< 7`, `< 7 && now() > 1`, "now"},
		"a loop in a loop":           {`< 7`, `< 7 && matches.exists(a, matches.exists(b, a.distance == b.distance))`, "it can cost"},
	} {
		text := strings.Replace(threat, c.old, c.new, 1)
		if text == threat {
			t.Errorf("%s: nothing was changed", name)
			continue
		}
		r, err := policy.ParseRule([]byte(text))
		if err == nil {
			_, err = policy.Compile(r)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if err != nil && jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("%s: code %s", name, jaga.CodeOf(err))
		}
	}
}

func TestCostIsRefusedWithItsFigure(t *testing.T) {
	t.Parallel()
	_, err := policy.Compile(rule("costly", `matches.exists(a, matches.exists(b, a.bank == b.bank))`, policy.Action{Do: policy.Hold}))
	if err == nil || !strings.Contains(err.Error(), "250000") || !strings.Contains(err.Error(), "it can cost 2") {
		t.Errorf("two loops over the matches: %v", err)
	}
	// What the estimate did not foresee is stopped while it is evaluated.
	r := rule("long", `matches.exists(m, m.distance == 77 && m.bank.contains("x"))`, policy.Action{Do: policy.Hold})
	r.Tests[0].Facts.Matches = policy.Known([]policy.Match{{Distance: policy.Known(int64(77)), Bank: policy.Known("x")}})
	r.Tests[1].Facts.Matches = policy.Known([]policy.Match{})
	c := compiled(t, r)
	many := make([]policy.Match, 200_000)
	for i := range many {
		many[i] = policy.Match{Distance: policy.Known(int64(1)), Bank: policy.Known("A")}
	}
	v := c.Ask(&policy.Facts{Matches: policy.Known(many)})
	if v.Answer != policy.Undecided || !strings.Contains(v.Fault, "250000") {
		t.Errorf("200,000 matches: %+v", v)
	}
}

func TestExplainShowsThePartsAndTheirValues(t *testing.T) {
	t.Parallel()
	c := compiled(t, parse(t, threat))
	v, parts := c.Explain(&policy.Facts{Form: policy.Known("sextortion"), Band: policy.Known(jaga.BandReview)})
	if v.Answer != policy.Undecided {
		t.Fatalf("%+v", v)
	}
	got := map[string]string{}
	for _, p := range parts {
		got[p.Text] = p.Value
	}
	want := map[string]string{`form == "sextortion"`: "true", "form": `"sextortion"`, "band >= REVIEW": "true", "band": "2", "account.age_days < 7": "unknown", "account.age_days": "unknown"}
	for text, value := range want {
		if got[text] != value {
			t.Errorf("%s is %q, want %q (all: %v)", text, got[text], value, got)
		}
	}
}

func TestFactsKnowTheDifferenceBetweenZeroAndUnknown(t *testing.T) {
	t.Parallel()
	f, err := policy.ParseFacts([]byte(`{"account":{"earlier_cases":0},"matches":[],"audience":null,"band":"none"}`))
	if err != nil {
		t.Fatal(err)
	}
	if n, ok := f.Account.EarlierCases.Get(); !ok || n != 0 {
		t.Error("a zero that was stated is unknown")
	}
	if _, ok := f.Audience.Get(); ok {
		t.Error("null is known")
	}
	c := compiled(t, policy.Rule{Name: "x", Owner: "person:1", Reason: "x", When: `matches.size() == 0 && account.earlier_cases == 0 && band == NONE`, Then: []policy.Action{{Do: policy.Hold}},
		Tests: []policy.Test{{Name: "a", Expect: policy.Fires, Facts: f}, {Name: "b", Expect: policy.Quiet, Facts: policy.Facts{Band: policy.Known(jaga.BandUrgent)}}}})
	if v := c.Ask(&policy.Facts{}); v.Answer != policy.Undecided || len(v.Needs) != 3 {
		t.Errorf("nothing known: %+v", v)
	}
	for _, bad := range []string{`{"bandd":"none"}`, `{"matches":[{"bnak":"A"}]}`, `{"band":2}`, `{"account":{"age_days":1.5}}`, `[]`, `{} {}`, `{"time":{"hour":"x"}}`, ``} {
		if _, err := policy.ParseFacts([]byte(bad)); err == nil {
			t.Errorf("%s was read", bad)
		}
	}
}
