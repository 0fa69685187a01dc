package policy_test

import (
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/policy"
)

// FuzzRuleFile reads files: whatever is in them, a rule that is taken is written
// down and read back as the same one.
func FuzzRuleFile(f *testing.F) {
	f.Add([]byte(threat))
	for _, r := range policy.Shipped() {
		f.Add([]byte(policy.Format(r)))
	}
	f.Add([]byte("name = 'x'\nwhen = '''\n\"\\\n'''\n[[then]]\ndo='hold'\n[[test]]\nfacts={band=3}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := policy.ParseRule(data)
		if err != nil {
			if jaga.CodeOf(err) != jaga.CodeInvalid {
				t.Errorf("%v", err)
			}
			return
		}
		text := policy.Format(r)
		again, err := policy.ParseRule([]byte(text))
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		if policy.Format(again) != text {
			t.Errorf("it changed:\n%s\n%s", text, policy.Format(again))
		}
		_, _ = policy.Compile(r)
	})
}

// hostile are expressions that try to be expensive, deep or confusing.
func hostile() []string {
	return []string{
		strings.Repeat("!", 3000) + "true", strings.Repeat("(", 500) + "true" + strings.Repeat(")", 500), strings.Repeat("true && ", 500) + "true",
		"matches.map(a, matches.map(b, matches.map(c, a.bank + b.bank + c.bank))).size() > 0", `["a","b"].map(x, ["a","b"].map(y, x + y)).size() > 0`,
		`form + form + form == "x"`, "matches[0].exact", "matches[-1].exact", "matches[9223372036854775807].exact", "-9223372036854775808 < account.age_days", "account.age_days - -9223372036854775808 > 0",
		"account == account", "matches == matches", "matches.exists(m, m == m)", "Facts{}", "jaga.Match{}.exact", "dyn(1)", "type(band) == int", "has(matches[0].bank)", "{'a': true}['a']", "b'a' == b'a'", "1.0 < 2.0", "band ? true : false",
		"indicators.all(i, indicators.all(j, indicators.all(k, i.id == j.id)))", "true ? complete : !complete", "\"\\U0010ffff\" in not_checked", "// comment", "account.id.contains(account.id)",
	}
}

func TestHostileExpressions(t *testing.T) {
	t.Parallel()
	facts := []policy.Facts{{}, {Matches: policy.Known([]policy.Match{{}, {}}), Indicators: policy.Known([]policy.Indicator{{}}), Account: policy.Account{ID: policy.Known("\x00\xff"), AgeDays: policy.Known(int64(-1 << 63))}, Complete: policy.Known(true)}}
	taken := 0
	for _, when := range hostile() {
		c, err := policy.Lint(rule("q", when, policy.Action{Do: policy.Hold}))
		if err != nil {
			if jaga.CodeOf(err) != jaga.CodeInvalid {
				t.Errorf("%.60s: %v", when, err)
			}
			continue
		}
		taken++
		if c.Cost > policy.MaxCost {
			t.Errorf("%.60s may cost %d", when, c.Cost)
		}
		for i := range facts {
			v := c.Ask(&facts[i])
			if v.Answer == policy.Undecided && v.Fault == "" && len(v.Needs) == 0 {
				t.Errorf("%.60s is undecided and does not say why", when)
			}
			c.Explain(&facts[i])
		}
	}
	if taken == 0 {
		t.Error("all were refused, so nothing was evaluated")
	}
}

// FuzzExpression compiles and evaluates what may be an expression.
func FuzzExpression(f *testing.F) {
	for _, q := range append(hostile(), questions...) {
		f.Add(q, `{"matches":[{"distance":3}],"band":"review"}`)
	}
	f.Fuzz(func(t *testing.T, when, facts string) {
		c, err := policy.Lint(rule("q", when, policy.Action{Do: policy.Hold}))
		if err != nil {
			return
		}
		if c.Cost > policy.MaxCost {
			t.Errorf("it may cost %d", c.Cost)
		}
		known, err := policy.ParseFacts([]byte(facts))
		if err != nil {
			return
		}
		v := c.Ask(&known)
		w, _ := c.Explain(&known)
		if v.Answer != w.Answer {
			t.Errorf("%s, but explained it %s", v.Answer, w.Answer)
		}
		if v.Answer == policy.Undecided && v.Fault == "" && len(v.Needs) == 0 {
			t.Error("undecided, and it does not say why")
		}
	})
}

// FuzzFacts reads facts; what is read is written and read as the same.
func FuzzFacts(f *testing.F) {
	f.Add([]byte(`{"band":"review","matches":[{"exact":true,"votes_for":-9223372036854775808}],"pair":{"power":["age"]},"time":{"hour":99}}`))
	f.Add([]byte(`{"matches":[{},{},null]}`))
	c, err := policy.Lint(rule("q", strings.Join(questions[:9], " || "), policy.Action{Do: policy.Hold}))
	if err != nil {
		f.Fatal(err)
	}
	s := policy.NewSet([]byte("k"), []policy.Version{{Compiled: c, Version: 1, State: policy.Active}})
	f.Fuzz(func(t *testing.T, data []byte) {
		facts, err := policy.ParseFacts(data)
		if err != nil {
			return
		}
		s.Evaluate(&facts)
	})
}
