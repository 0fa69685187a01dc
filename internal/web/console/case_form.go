package console

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/taxonomy"
)

// caseForm is the form of a decision, with what was typed so far.
type caseForm struct {
	Decision casework.Decision
	Fence    int64
	Drafted  bool // it comes from the reader's draft
	Facts    []factField
	Outcomes []choice
	Wants    []wantChoice
	// Unheard and InForce are set where any of them is.
	Unheard, InForce bool
	Derived          *derivedView
}

// factField is one fact to state.
type factField struct {
	Name, Label string
	Several     bool
	Values      []choice
}

// choice is a value of a closed set in a form.
type choice struct {
	Value, Word string
	On          bool
}

// factName is the name of a fact in forms.
func factName(f taxonomy.Fact) string { return "fact_" + string(f) }

// caseWants lists what a decision can ask for. A report goes to a receiver, and
// the others to the platform; see docs/cases.md.
func caseWants() []string {
	out := []string{"report"}
	for _, k := range action.Kinds() {
		if k != action.KindPage { // to call somebody is no answer to a case
			out = append(out, string(k))
		}
	}
	return out
}

// readCaseForm reads a decision as it was typed. It is checked where it is
// decided on.
func readCaseForm(r *http.Request) *caseForm {
	get := func(f taxonomy.Fact) string { return r.PostForm.Get(factName(f)) }
	list := func(f taxonomy.Fact) []string { return r.PostForm[factName(f)] }
	d := casework.Decision{
		Facts: taxonomy.Facts{Subject: get(taxonomy.Subject), Age: get(taxonomy.Age), Confidence: get(taxonomy.Confidence), Pubertal: get(taxonomy.Pubertal), Activity: get(taxonomy.Activity),
			Setting: list(taxonomy.Setting), Conduct: list(taxonomy.Conduct), Relation: get(taxonomy.Relation), Immediacy: get(taxonomy.Immediacy), Media: list(taxonomy.Media), Verbs: list(taxonomy.Verbs), Source: get(taxonomy.Source)},
		Outcome: casework.Outcome(r.PostForm.Get("outcome")), Actions: r.PostForm["want"], Note: strings.TrimSpace(strings.ReplaceAll(r.PostForm.Get("note"), "\r\n", "\n")),
	}
	d.Seen, _ = strconv.ParseInt(r.PostForm.Get("seen"), 10, 64)
	form := &caseForm{Decision: d}
	form.Fence, _ = strconv.ParseInt(r.PostForm.Get("fence"), 10, 64)
	return form
}

// firstFacts are the facts before anybody stated one: nothing is determined but
// what the case itself says.
func firstFacts(v *casePage) taxonomy.Facts {
	source := "own_review"
	if len(v.Overview.Kinds) > 0 {
		switch v.Overview.Kinds[0].Kind {
		case casework.KindMedia, casework.KindLive:
			source = "hash_list"
		case casework.KindConversation:
			source = "indicator"
		case casework.KindUser, casework.KindText, casework.KindTakedown:
			source = "user_report"
		case casework.KindHotline:
			source = "hotline"
		}
	}
	f := taxonomy.Unknown(source)
	if v.TextOnly() {
		f.Subject, f.Activity, f.Media = taxonomy.None, taxonomy.None, []string{"text"}
	}
	if v.Welfare() {
		f.Relation = "child_child"
	}
	return f
}

// caseFormFor puts the form on the page: with what was just typed, else with the
// reader's draft, else empty.
func (c *console) caseFormFor(r *http.Request, v *casePage, typed *caseForm) error {
	form := typed
	if form == nil {
		form = &caseForm{Decision: casework.Decision{Facts: firstFacts(v)}}
		draft, err := c.Cases.Draft(r.Context(), actor(r), v.Case.ID)
		switch {
		case err == nil:
			form.Decision, form.Drafted = draft, true
		case jaga.CodeOf(err) != jaga.CodeNotFound:
			return err
		}
	}
	// A page names the lease and what it shows itself, whatever was typed on an
	// older one.
	form.Fence, form.Decision.Seen = v.Lease.Fence, v.Case.Findings
	s := c.say(r)
	form.fill(s)
	form.Derived = s.derive(form.Decision.Facts)
	v.Form = form
	return nil
}

func (f *caseForm) fill(s *speaker) {
	d := f.Decision
	for _, name := range taxonomy.AllFacts() {
		field := factField{Name: string(name), Label: taxonomy.FactWord(name).In(s.tag), Several: taxonomy.Several(name)}
		for _, value := range taxonomy.Values(name) {
			field.Values = append(field.Values, choice{value, taxonomy.ValueWord(name, value).In(s.tag), slices.Contains(d.Facts.Of(name), value)})
		}
		f.Facts = append(f.Facts, field)
	}
	for _, o := range casework.Outcomes() {
		f.Outcomes = append(f.Outcomes, choice{string(o), s.word("casefile_outcome", o), d.Outcome == o})
	}
	for _, a := range caseWants() {
		f.Wants = append(f.Wants, wantChoice{choice: choice{a, s.word("casefile_want", a), slices.Contains(d.Actions, a)}})
	}
	for _, a := range d.Actions { // of a draft that another version wrote
		if !slices.Contains(caseWants(), a) {
			f.Wants = append(f.Wants, wantChoice{choice: choice{a, a, true}})
		}
	}
}
