package console

import (
	"fmt"
	"net/http"
	"slices"

	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/casework"
)

// outView is something that a decision asked for, with what became of it.
type outView struct {
	casework.Action
	What string
	// State is waiting or cancelled, started for what is not the platform's,
	// not_started, in_force where it was done before, or a [action.Standing].
	State string
	// Unheard is set on what waits and no server takes.
	Unheard bool
	Said    action.Result // the platform's last answer
}

// outStates lists what [outView.State] can be.
func outStates() (out []string) {
	out = []string{"waiting", "cancelled", "started", "not_started", "in_force"}
	for _, s := range action.Standings() {
		out = append(out, string(s))
	}
	return out
}

// caseOutbox fills in what decisions asked for. done are the actions about the
// case.
func (c *console) caseOutbox(r *http.Request, v *casePage, done []action.Action) error {
	if len(v.Outbox) == 0 {
		return nil
	}
	taken, err := c.Actions.Taken(r.Context())
	if err != nil {
		return err
	}
	s := c.say(r)
	for _, o := range v.Outbox {
		if o.Name == action.EventCaseDecided {
			continue // that others are told is nothing that people wait for
		}
		v.Out = append(v.Out, outViewOf(s, o, done, taken))
	}
	return nil
}

func outViewOf(s *speaker, o casework.Action, done []action.Action, taken []action.Kind) outView {
	out := outView{Action: o, What: s.want(o.Name), State: o.State}
	kind := action.Kind(o.Name)
	platforms := slices.Contains(action.Kinds(), kind)
	switch {
	case o.State == "waiting":
		out.Unheard = platforms && !slices.Contains(taken, kind)
	case o.State == "handed" && !platforms:
		out.State = "started"
	case o.State == "handed":
		out.State, out.Said = came(done, fmt.Sprint("decision:", o.Decision), kind)
	}
	return out
}

// came tells what became of one kind of action that a decision asked for: where
// there are several, of that which needs a person's eye most.
func came(done []action.Action, decision string, kind action.Kind) (state string, said action.Result) {
	order := []action.Standing{action.StandsGivenUp, action.StandsCouldNot, action.StandsRefused, action.StandsNobody, action.StandsRetried, action.StandsSending, action.StandsSent, action.StandsArrived, action.StandsDid, action.StandsUndone}
	worst := len(order)
	earlier := false
	for _, a := range done {
		if a.Kind != kind {
			continue
		}
		if a.Decision != decision {
			earlier = earlier || a.InForce()
			continue
		}
		if at := slices.Index(order, a.Standing()); at < worst {
			worst, state, said = at, string(a.Standing()), action.Result{}
			if n := len(a.Results); n > 0 {
				said = a.Results[n-1]
			}
		}
	}
	switch {
	case worst < len(order):
		return state, said
	case earlier:
		return "in_force", said
	}
	return "not_started", said
}

// wantChoice is something that a decision can ask for.
type wantChoice struct {
	choice
	Unheard bool // no server takes it
	InForce bool // it was done before, and is taken back unless it is asked for
}

// caseWarn says in the form of a decision, before anything is asked for, what no
// server takes and what is in force.
func (c *console) caseWarn(r *http.Request, v *casePage, done []action.Action) error {
	if v.Form == nil {
		return nil
	}
	taken, err := c.Actions.Taken(r.Context())
	if err != nil {
		return err
	}
	for i := range v.Form.Wants {
		w := &v.Form.Wants[i]
		kind := action.Kind(w.Value)
		w.Unheard = slices.Contains(action.Kinds(), kind) && !slices.Contains(taken, kind)
		w.InForce = slices.ContainsFunc(done, func(a action.Action) bool { return a.Kind == kind && kind.Reversible() && a.InForce() })
		v.Form.Unheard = v.Form.Unheard || w.Unheard
		v.Form.InForce = v.Form.InForce || w.InForce
	}
	return nil
}
