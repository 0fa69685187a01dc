package api

import (
	"strings"
	"testing"
)

const ruleSource = `name = \"young-account\"\nowner = \"person:9\"\nreason = \"Young accounts.\"\nwhen = \"account.age_days < 7\"\nthen = [{ do = \"hold\" }]\ntest = [{ name = \"a\", expect = \"fires\", facts = { account = { age_days = 1 } } }, { name = \"b\", expect = \"does not fire\", facts = { account = { age_days = 9 } } }]\n`

func TestRules(t *testing.T) {
	t.Parallel()
	each(t, nil, func(t *testing.T, c *client) {
		list := want[RuleList](c, 200, "GET", "/v1/rules", "")
		if len(list.Rules) != 2 || list.Rules[0].State != "active" || list.Rules[0].Owner != "jaga" {
			t.Errorf("%+v", list)
		}
		v := want[RuleVersion](c, 201, "POST", "/v1/rules", `{"source":"`+ruleSource+`"}`)
		if v.Name != "young-account" || v.Version != 1 || v.State != "draft" || v.Cost == 0 || v.Author != "key:1" {
			t.Errorf("%+v", v)
		}
		c.refused(c.call("POST", "/v1/rules", `{"source":"`+strings.Replace(ruleSource, "age_days < 7", "age < 7", 1)+`"}`), 422, "invalid", "when")
		c.refused(c.call("POST", "/v1/rules/young-account/promote", `{"to":"active"}`), 409, "conflict", "to")
		c.refused(c.call("POST", "/v1/rules/young-account/promote", `{"to":"draft"}`), 422, "invalid", "to")
		v = want[RuleVersion](c, 200, "POST", "/v1/rules/young-account/promote", `{"to":"shadow"}`)
		v = want[RuleVersion](c, 200, "POST", "/v1/rules/young-account/promote", `{"to":"canary","share":0.05}`)
		if v.State != "shadow" || v.Asked != "canary" || v.AskedBy != "key:1" {
			t.Errorf("%+v", v)
		}
		// A key is no person.
		c.refused(c.call("POST", "/v1/rules/young-account/approve", `{}`), 403, "denied", "approval")
		c.refused(c.call("POST", "/v1/breakers/close", `{"what":"rule:young-account","reason":"looked"}`), 403, "denied", "actor")
		v = want[RuleVersion](c, 200, "POST", "/v1/rules/young-account/decline", `{"reason":"too early"}`)
		if v.Asked != "" {
			t.Errorf("%+v", v)
		}
		c.refused(c.call("POST", "/v1/rules/young-account/rollback", `{"reason":"x"}`), 409, "conflict", "rule")
		b := want[RuleBacktest](c, 202, "POST", "/v1/rules/young-account/backtests", `{"after":1}`)
		if got := want[RuleBacktest](c, 200, "GET", "/v1/rules/young-account/backtests/1", ""); got.ID != b.ID || got.After != 1 {
			t.Errorf("%+v", got)
		}
		c.refused(c.call("GET", "/v1/rules/jaga-urgent-opens-a-case/backtests/1", ""), 404, "not_found", "id")
		if d := want[RuleDetail](c, 200, "GET", "/v1/rules/young-account", ""); len(d.Versions) != 1 || d.Versions[0].Source == "" {
			t.Errorf("%+v", d)
		}
		c.refused(c.call("GET", "/v1/rules/young-account/explain?id=none", ""), 404, "not_found", "id")
		c.refused(c.call("GET", "/v1/rules/none", ""), 404, "not_found", "rule")
	})
}
