package console

import (
	"slices"

	"github.com/jaga-project/jaga/internal/casework"
)

// blindfold says what of a case a reader must not see: in a second review, that
// of the person who decided first.
type blindfold struct {
	on bool
	// first is who decided. Where that cannot be told, everything is hidden.
	first string
	me    string
}

// blindTo finds out from the acts of a case whether the reader has still to
// decide without knowing the first answer.
func blindTo(cs casework.Case, acts []casework.Logged, me string) blindfold {
	b := blindfold{me: me}
	if cs.State != casework.StateSecondReview || cs.Round != 2 {
		return b
	}
	for _, a := range acts {
		if a.Case != cs.ID {
			continue
		}
		if a.Kind == casework.DecidedOn && a.Data.Round == 1 {
			b.first = a.Actor
		}
	}
	b.on = b.first != me
	return b
}

// hides reports whether something that an actor did is hidden.
func (b blindfold) hides(actor string) bool {
	return b.on && (b.first == "" || actor == b.first)
}

// acts leaves out what the first person did, and all about decisions that are
// not the reader's own.
func (b blindfold) acts(list []casework.Logged) []casework.Logged {
	return slices.DeleteFunc(slices.Clone(list), func(a casework.Logged) bool {
		return b.hides(a.Actor) || b.on && a.Actor != b.me && (a.Kind == casework.DecidedOn || a.Kind == casework.Undone)
	})
}
