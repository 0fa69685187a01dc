package policy_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/policy"
)

const sure = `
name = "sure"
owner = "person:1"
reason = "For a test."
when = 'scores["shapes"]["round"] >= 0.9'

[[then]]
do = "open_case"
queue = "default"

[[test]]
name = "sure"
expect = "fires"
facts = { scores = { shapes = { round = 0.93 } } }

[[test]]
name = "not sure"
expect = "does not fire"
facts = { scores = { shapes = { round = 0.2 } } }

[[test]]
name = "the plugin failed"
expect = "undecided"
facts = { scores = { others = { round = 0.93 } } }
`

// A score that nobody gave is unknown: neither 0 nor an error.
func TestScoresAreFacts(t *testing.T) {
	t.Parallel()
	c := compiled(t, parse(t, sure))
	list := func(value float64) []jaga.Score {
		return []jaga.Score{{Name: "shapes", Version: "1", Category: "round", Value: value}, {Name: "lists", Version: "1", Category: "list/licensed", Value: 1}}
	}
	facts := func(o jaga.Outcome) policy.Facts { return policy.OfItem(jaga.Item{}, o, nil, nil)[0] }
	for name, x := range map[string]struct {
		o      jaga.Outcome
		answer policy.Answer
		needs  string
	}{
		"sure":        {jaga.Outcome{Scores: list(0.9)}, policy.Fires, ""},
		"not sure":    {jaga.Outcome{Scores: list(0.89)}, policy.Quiet, ""},
		"not asked":   {jaga.Outcome{}, policy.Undecided, "scores"},
		"it failed":   {jaga.Outcome{Scores: list(1)[1:]}, policy.Undecided, "scores.shapes"},
		"not said of": {jaga.Outcome{Scores: []jaga.Score{{Name: "shapes", Version: "1", Category: "flat", Value: 1}}}, policy.Undecided, "scores.shapes.round"},
	} {
		f := facts(x.o)
		if v := c.Ask(&f); v.Answer != x.answer || strings.Join(v.Needs, " ") != x.needs || v.Fault != "" {
			t.Errorf("%s: %+v", name, v)
		}
	}
	ask := func(when string) policy.Verdict {
		t.Helper()
		x, err := policy.Lint(rule("r", when, policy.Action{Do: policy.OpenCase, Queue: "default"}))
		if err != nil {
			t.Fatal(when, err)
		}
		f := facts(jaga.Outcome{Scores: list(0.9)})
		return x.Ask(&f)
	}
	for when, want := range map[string]policy.Answer{
		`scores.shapes.round > 0.5`:                                       policy.Fires,
		`scores["lists"]["list/licensed"] == 1.0`:                         policy.Fires,
		`has(scores.shapes.round) && !has(scores.shapes.flat)`:            policy.Fires,
		`has(scores.others) && scores.others.round > 0.5`:                 policy.Quiet,
		`scores.others.round > 0.5 || scores.shapes.round > 0.5`:          policy.Fires,
		`scores.others.round > 0.5 && scores.shapes.round > 0.5`:          policy.Undecided,
		`scores["shapes"]["round"] > 0.5 && scores["lists"]["x"] <= 0.01`: policy.Undecided,
	} {
		if v := ask(when); v.Answer != want || v.Fault != "" {
			t.Errorf("%s: %+v", when, v)
		}
	}
	for _, when := range []string{`scores["shapes"]["round"] > "high"`, `scores["shapes"] > 0.5`, `scores[1]["round"] > 0.5`} {
		if _, err := policy.Lint(rule("r", when, policy.Action{Do: policy.OpenCase, Queue: "default"})); jaga.CodeOf(err) != jaga.CodeInvalid {
			t.Errorf("%s: %v", when, err)
		}
	}
	// The explanation shows the score, and that one is unknown.
	f := facts(jaga.Outcome{Scores: list(0.93)})
	_, parts := c.Explain(&f)
	if !slices.ContainsFunc(parts, func(p policy.Part) bool { return strings.Contains(p.Text, "round") && p.Value == "0.93" }) {
		t.Errorf("explained as %+v", parts)
	}
	none := facts(jaga.Outcome{})
	_, parts = c.Explain(&none)
	if !slices.ContainsFunc(parts, func(p policy.Part) bool { return p.Text == `scores["shapes"]["round"]` && p.Value == "unknown" }) {
		t.Errorf("explained as %+v", parts)
	}
}
