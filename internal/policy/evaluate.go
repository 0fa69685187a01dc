package policy

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// Compiled is a rule that can be asked. It is safe for concurrent use.
type Compiled struct {
	Rule
	// Cost is the most that asking it can cost; see [MaxCost].
	Cost uint64
	x    *expression
	lang *language
}

// Compile checks a rule whole: its parts, its expression, what it can cost, and
// its tests, all of which must be answered as they expect.
func Compile(r Rule) (*Compiled, error) {
	c, err := compile(r)
	if err != nil {
		return nil, err
	}
	for _, o := range c.Test() {
		if !o.OK {
			return nil, invalid("test", "mend the rule or the test", "%q: expected %q, but it %s", o.Name, o.Expect, o.Said())
		}
	}
	return c, nil
}

// Lint is [Compile] without running the tests.
func Lint(r Rule) (*Compiled, error) { return compile(r) }

func compile(r Rule) (*Compiled, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	lang, err := theLanguage()
	if err != nil {
		return nil, err
	}
	x, err := lang.compile(r.When)
	if err != nil {
		return nil, err
	}
	if x.asksHas && r.ignores() {
		return nil, invalid("when", "name the fact itself: while it is unknown the rule does not ignore", "a rule that ignores must not ask has(): that nobody knows something is no reason to ignore")
	}
	return &Compiled{r, x.cost, x, lang}, nil
}

// TestOutcome is what became of one test.
type TestOutcome struct {
	Name   string   `json:"name"`
	Expect Answer   `json:"expect"`
	Got    Answer   `json:"got"`
	Needs  []string `json:"needs,omitempty"`
	Fault  string   `json:"fault,omitempty"`
	OK     bool     `json:"ok"`
}

// Said says what the rule answered, as the end of a sentence.
func (o TestOutcome) Said() string {
	switch {
	case o.Fault != "":
		return "failed: " + o.Fault
	case o.Got == Undecided:
		return "could not be decided: it needs " + strings.Join(o.Needs, ", ")
	}
	return string(o.Got)
}

// Test runs the tests of the rule.
func (c *Compiled) Test() []TestOutcome {
	out := []TestOutcome{}
	for _, t := range c.Tests {
		got := c.ask(c.lang.schema.activation(&t.Facts))
		out = append(out, TestOutcome{t.Name, t.Expect, got.Answer, got.Needs, got.Fault, got.Answer == t.Expect && got.Fault == ""})
	}
	return out
}

// Verdict is what a rule says about facts.
type Verdict struct {
	Answer Answer `json:"answer"`
	// Needs are the facts whose absence keeps the rule from being decided.
	Needs []string `json:"needs,omitempty"`
	// Fault says what went wrong while it was evaluated, such as a limit; the
	// answer is undecided then.
	Fault string `json:"fault,omitempty"`
}

// Ask evaluates the rule.
func (c *Compiled) Ask(f *Facts) Verdict { return c.ask(c.lang.schema.activation(f)) }

func (c *Compiled) ask(facts activation) (v Verdict) {
	defer func() {
		// Hostile facts meet somebody else's interpreter here. A rule that
		// breaks it is undecided; it must not take the server with it.
		if p := recover(); p != nil {
			v = Verdict{Answer: Undecided, Fault: "the expression could not be evaluated"}
		}
	}()
	out, _, err := c.x.fast.Eval(facts)
	return verdict(out, err)
}

func verdict(out ref.Val, err error) Verdict {
	switch {
	case err != nil && strings.Contains(err.Error(), "cost limit"):
		return Verdict{Answer: Undecided, Fault: fmt.Sprintf("it cost more than %d", MaxCost)}
	case err != nil:
		return Verdict{Answer: Undecided, Fault: plainIssue(err.Error())}
	}
	switch out := out.(type) {
	case types.Bool:
		if out {
			return Verdict{Answer: Fires}
		}
		return Verdict{Answer: Quiet}
	case *types.Unknown:
		return Verdict{Answer: Undecided, Needs: missing(out)}
	}
	return Verdict{Answer: Undecided, Fault: "the expression gave neither true nor false"}
}

// missing lists the facts that an unknown stands for.
func missing(u *types.Unknown) []string {
	var out []string
	for _, id := range u.IDs() {
		trails, _ := u.GetAttributeTrails(id)
		for _, t := range trails {
			out = append(out, t.String())
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
