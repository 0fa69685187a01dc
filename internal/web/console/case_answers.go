package console

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/taxonomy"
)

// answerView is a decision as the reader may see it.
type answerView struct {
	casework.DecisionView
	By      string
	Mine    bool
	Facts   []factLine
	Wants   []string
	Derived *derivedView
	// Now is set for those of the present review.
	Now bool
}

// factLine is a fact that was stated.
type factLine struct {
	Label, Words string
	Differs      bool // from the other answer
}

// undoView is the bar that takes the reader's last decision back.
type undoView struct {
	Decision int64
	Until    int64 // microseconds
	Seconds  int64 // that are left
	Final    bool
}

// caseAnswers fills in what was decided, if anything was.
func (c *console) caseAnswers(r *http.Request, v *casePage, acts []casework.Logged, names func(string) string) error {
	if !slices.ContainsFunc(acts, func(a casework.Logged) bool { return a.Kind == casework.DecidedOn }) && v.Case.Outcome == "" {
		return nil
	}
	ctx, s, me := r.Context(), c.say(r), actor(r)
	list, err := c.Cases.Decisions(ctx, me, v.Case.ID)
	if err != nil {
		return err
	}
	now := c.now()
	for _, d := range list {
		if d.Withheld {
			continue // not even that there is one
		}
		a := answerView{DecisionView: d, By: names(d.Actor), Mine: d.Actor == me, Derived: s.derived(d.Derived), Now: d.Cycle == v.Case.Cycle && !d.Undone}
		for _, name := range taxonomy.AllFacts() {
			if words := s.factWords(name, d.Facts); words != "" {
				a.Facts = append(a.Facts, factLine{Label: taxonomy.FactWord(name).In(s.tag), Words: words})
			}
		}
		for _, w := range d.Actions {
			a.Wants = append(a.Wants, s.want(w))
		}
		v.Answers = append(v.Answers, a)
	}
	if last := len(list) - 1; last >= 0 {
		for last >= 0 && list[last].Undone {
			last--
		}
		if last >= 0 && list[last].Actor == me && list[last].UndoUntil.After(now) && list[last].Cycle == v.Case.Cycle && !v.Case.Held {
			d := list[last]
			v.Undo = &undoView{d.ID, d.UndoUntil.UnixMicro(), int64(d.UndoUntil.Sub(now) / time.Second), d.Final}
		}
	}
	if v.Settles {
		markDifferences(v.Answers)
	}
	v.Outbox, err = c.Cases.Actions(ctx, v.Case.ID)
	return err
}

// factWords says what was stated of a fact, or nothing.
func (s *speaker) factWords(name taxonomy.Fact, f taxonomy.Facts) string {
	var words []string
	for _, value := range f.Of(name) {
		words = append(words, taxonomy.ValueWord(name, value).In(s.tag))
	}
	return strings.Join(words, ", ")
}

// want names what a decision asked for.
func (s *speaker) want(name string) string {
	if slices.Contains(append(caseWants(), "take_back"), name) {
		return s.word("casefile_want", name)
	}
	return name
}

// markDifferences marks, in the two answers of the present review, the facts on
// which they differ.
func markDifferences(list []answerView) {
	var now []*answerView
	for i := range list {
		if list[i].Now {
			now = append(now, &list[i])
		}
	}
	if len(now) != 2 {
		return
	}
	said := func(a *answerView, label string) string {
		for _, f := range a.Facts {
			if f.Label == label {
				return f.Words
			}
		}
		return ""
	}
	for i, a := range now {
		for j := range a.Facts {
			a.Facts[j].Differs = said(now[1-i], a.Facts[j].Label) != a.Facts[j].Words
		}
	}
}
