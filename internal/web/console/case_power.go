package console

import (
	"slices"

	"github.com/jaga-project/jaga/convo"
)

// powerLine is one way to have power over somebody, and what is known of it
// between two accounts. That nothing is known never reads as that there is none.
type powerLine struct {
	Axis  string
	State string // held, level or unknown
	// Because are the reasons of the finding that show it; there are none where
	// what the platform states of the account does.
	Because []reasonLine
}

// powerStates lists the states of a powerLine.
func powerStates() []string { return []string{"held", "level", "unknown"} }

// powerOf draws up all ways, in a fixed order.
func powerOf(f convo.Finding, because []reasonLine) (out []powerLine) {
	known := func(age string) bool { return age != "" && age != "unknown" }
	for _, axis := range convo.PowerAxes() {
		l := powerLine{Axis: axis, State: "unknown"}
		switch {
		case slices.Contains(f.Power, axis):
			l.State = "held"
			signs := convo.PowerSigns(axis)
			for _, r := range because {
				if slices.Contains(signs, r.Indicator) {
					l.Because = append(l.Because, r)
				}
			}
		case axis == "age" && known(f.FromAge) && known(f.ToAge):
			l.State = "level"
		}
		out = append(out, l)
	}
	return out
}

// Held is in how many ways the account under review has power over the other.
func (c claim) Held() int { return len(c.Power) }

// Unknown is of how many ways nothing is known.
func (c claim) Unknown() (n int) {
	for _, l := range c.Axes {
		if l.State == "unknown" {
			n++
		}
	}
	return n
}
