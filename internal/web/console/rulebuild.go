package console

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/internal/policy"
)

// ruleNewPage writes a rule without code, or as text.
type ruleNewPage struct {
	page
	Ch policy.Choice
	// Text is true when the rule is written as text.
	Text       bool
	Source     string
	Do         map[string]bool
	Queue      string
	Webhook    string
	Hooks      []string // webhooks that are there
	Raise      string
	Forms      []jaga.Form
	Bands      []string
	Whats      []policy.What
	Acts       []policy.Act
	Banks      []string
	Indicators []ruleSign
	// Made is the rule that the choices make, once they are right.
	Made  *policy.Rule
	Tests []policy.TestOutcome
	Cost  int64
}

// Most is the most that a question may cost.
func (v *ruleNewPage) Most() int64 { return policy.MaxCost }

type ruleSign struct {
	ID, Explain string
	Chosen      bool
}

// ruleActs are what a rule without code can want. Ignoring takes a file: it
// should be hard.
func ruleActs() []policy.Act {
	return slices.DeleteFunc(policy.Acts(), func(a policy.Act) bool { return a == policy.Ignore })
}

func (c *console) ruleNew(w http.ResponseWriter, r *http.Request) error {
	v, err := c.ruleForm(r)
	if err != nil {
		return err
	}
	v.Do[string(policy.OpenCase)] = true
	q := r.URL.Query()
	v.Text = q.Get("as") == "text"
	if from := q.Get("from"); from != "" {
		list, err := c.Policy.Versions(r.Context(), from)
		if err != nil {
			return err
		}
		v.Text, v.Source = true, shown(list, q.Get("version")).Source
	}
	return c.render(w, r, http.StatusOK, "rule_new", v)
}

// ruleForm is the page with what can be chosen.
func (c *console) ruleForm(r *http.Request) (*ruleNewPage, error) {
	s := c.say(r)
	v := &ruleNewPage{page: c.page(r, "rules", s.t("rules.new")), Do: map[string]bool{}, Queue: policy.DefaultQueue, Raise: jaga.BandUrgent.String(),
		Forms: talkForms(), Bands: []string{"observe", "review", "urgent"}, Whats: policy.Whats(), Acts: ruleActs()}
	v.Ch = policy.Choice{Owner: actor(r), What: policy.WhatIndicator, Many: 1, Hours: 24, Days: 7}
	banks, err := c.Banks.List(r.Context())
	if err != nil {
		return nil, err
	}
	for _, b := range banks {
		v.Banks = append(v.Banks, b.Name)
	}
	if v.Hooks, err = c.hookNames(r.Context()); err != nil {
		return nil, err
	}
	for _, i := range indicator.All() {
		v.Indicators = append(v.Indicators, ruleSign{ID: string(i.ID), Explain: i.Explain.In(s.tag)})
	}
	return v, nil
}

// ruleCreate shows the rule that was put together, or saves it.
func (c *console) ruleCreate(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, policy.MaxFile+maxForm)
	v, err := c.ruleForm(r)
	if err != nil {
		return err
	}
	v.Path = "/rules/new"
	if err := r.ParseForm(); err != nil {
		return jaga.Errorf(jaga.CodeInvalid, "the form could not be read")
	}
	v.Text = r.PostFormValue("as") == "text"
	source := r.PostFormValue("source")
	if v.Text {
		v.Source = source
	} else {
		v.read(r.PostForm)
		made, err := policy.Compose(v.Ch)
		if err != nil {
			v.Problem = c.ruleProblem(c.say(r), err)
			return c.render(w, r, http.StatusUnprocessableEntity, "rule_new", v)
		}
		source = policy.Format(made)
	}
	compiled, err := compileSource(source)
	if err == nil && r.PostFormValue("do") == "save" {
		var st policy.Standing
		if st, err = c.Policy.Submit(r.Context(), actor(r), []byte(source)); err == nil {
			return seeOther(w, r, "/rules/"+url.PathEscape(st.Rule.Name)+"?done=submit&version="+strconv.FormatInt(st.Version, 10))
		}
	}
	if err != nil {
		if !mendable(err) {
			return err
		}
		v.Problem = c.ruleProblem(c.say(r), err)
		return c.render(w, r, http.StatusUnprocessableEntity, "rule_new", v)
	}
	v.Made, v.Tests, v.Cost = &compiled.Rule, compiled.Test(), int64(compiled.Cost)
	return c.render(w, r, http.StatusOK, "rule_new", v)
}

func compileSource(source string) (*policy.Compiled, error) {
	r, err := policy.ParseRule([]byte(source))
	if err != nil {
		return nil, err
	}
	return policy.Compile(r)
}

// read takes what was chosen.
func (v *ruleNewPage) read(form url.Values) {
	text := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	number := func(name string) int64 {
		n, err := strconv.ParseInt(text(name), 10, 64)
		if err != nil {
			return -1
		}
		return n
	}
	ch := &v.Ch
	ch.Name, ch.Reason, ch.Form, ch.What = text("name"), text("reason"), text("form"), policy.What(text("what"))
	_ = ch.Least.UnmarshalText([]byte(text("least"))) // empty is every band
	ch.Bank, ch.Exact, ch.EarlierForm = text("bank"), form.Has("exact"), text("earlier_form")
	ch.Many, ch.Hours, ch.Days, ch.Votes = number("many"), number("hours"), number("days"), max(0, number("votes"))
	ch.Indicators = form["indicator"]
	for i := range v.Indicators {
		v.Indicators[i].Chosen = slices.Contains(ch.Indicators, v.Indicators[i].ID)
	}
	v.Queue, v.Webhook, v.Raise, v.Do = text("queue"), text("webhook"), text("raise"), map[string]bool{}
	for _, a := range v.Acts {
		if !slices.Contains(form["then"], string(a)) {
			continue
		}
		v.Do[string(a)] = true
		action := policy.Action{Do: a}
		switch a {
		case policy.OpenCase:
			action.Queue = v.Queue
		case policy.SendWebhook:
			action.Webhook = v.Webhook
		case policy.Raise:
			_ = action.Band.UnmarshalText([]byte(v.Raise)) // a band that is none is refused with the rule
		}
		ch.Then = append(ch.Then, action)
	}
}
