package main

import (
	"slices"

	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/store"
)

// takeBack names, in the outbox of a decision, that what was done before is taken
// back.
const takeBack = "take_back"

// follows are what a final decision brings with it once the time to undo it is
// over: other servers are told, and what rules and earlier decisions did is taken
// back unless the decision asks for it too.
func (s *site) follows(tx *store.Tx, o casework.Outgoing) ([]string, error) {
	names := []string{action.EventCaseDecided}
	list, err := s.superseded(tx, o)
	if err == nil && len(list) > 0 {
		names = append(names, takeBack)
	}
	return names, err
}

// takeBack takes back what a decision does not ask for, as the person who
// decided.
func (s *site) takeBack(tx *store.Tx, o casework.Outgoing) error {
	list, err := s.superseded(tx, o)
	for _, a := range list {
		if err == nil {
			_, err = s.actions.Undo(tx, a.ID, o.Actor, "case."+o.Outcome)
		}
	}
	return err
}

// superseded are the actions from before a decision that it does not ask for and
// that taking back makes a difference to. Data that is kept stays kept, as the
// law wants it for longer than a decision, and a message that somebody read or a
// call that somebody took cannot be made unread.
func (s *site) superseded(tx *store.Tx, o casework.Outgoing) ([]action.Action, error) {
	list, err := s.actionsOf(tx, o.Case)
	return slices.DeleteFunc(list, func(a action.Action) bool {
		return !a.Kind.Reversible() || a.UndoneBy != "" || a.At > o.At || a.Decision == decisionName(o.Decision) || stays(a.Kind, o)
	}), err
}

// stays reports whether a decision leaves what was done as it is: it asks for the
// same, or for what is stronger. Were a hold released when its item is removed,
// the two could arrive in the other order.
func stays(k action.Kind, o casework.Outgoing) bool {
	asks := func(kinds ...action.Kind) bool {
		return slices.ContainsFunc(kinds, func(k action.Kind) bool { return slices.Contains(o.Asked, string(k)) })
	}
	switch k {
	case action.KindHold:
		return asks(action.KindHold, action.KindRemove, action.KindSuspend)
	case action.KindLimit:
		return asks(action.KindLimit, action.KindSuspend)
	case action.KindWebhook:
		// Nobody can ask for it: what it told stays right unless people say
		// that it was not so.
		return casework.Outcome(o.Outcome) != casework.NotConfirmed
	}
	return asks(k)
}

// actionsOf are the actions about a case and about those merged into it.
func (s *site) actionsOf(tx *store.Tx, id int64) (out []action.Action, err error) {
	ids, err := s.work.cases.Members(tx, id)
	for _, m := range ids {
		if err != nil {
			return nil, err
		}
		var list []action.Action
		list, err = action.OfCase(tx, m)
		out = append(out, list...)
	}
	return out, err
}
