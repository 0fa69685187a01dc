package main

import (
	"strconv"
	"time"

	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/law"
)

// The clocks of a case, as its page names them.
const (
	clockSendBy   = "send_by"
	clockTakedown = "takedown"
)

// priorityOf is the priority that a report of a case of the risk would have. Where
// somebody is threatened now a child may be in danger within the hour; the
// earlier time is the safe one.
func priorityOf(risk casework.Risk) law.Priority {
	switch risk {
	case casework.RiskImminent, casework.RiskLive, casework.RiskThreat:
		return law.P1
	case casework.RiskContact, casework.RiskNew:
		return law.P2
	}
	return law.P3
}

// caseClocks returns the clocks that start with a finding, one for each profile
// that has a number: a case is due at the earliest of them. What a profile says
// in words alone is with the next steps of the case.
func caseClocks(set law.Set) func(f casework.Finding, now time.Time) []casework.Clock {
	return func(f casework.Finding, now time.Time) (out []casework.Clock) {
		add := func(what string, d law.Deadline) {
			for _, due := range d.All {
				if !due.At.IsZero() {
					out = append(out, casework.Clock{What: what, Profile: due.Profile.ID, Start: now, Due: due.At})
				}
			}
		}
		add(clockSendBy, set.Report(priorityOf(f.Risk), now))
		// Somebody wants a picture of themself gone: no order of an authority, and
		// held to the same time.
		if f.Kind == casework.KindTakedown {
			add(clockTakedown, set.Order(true, now))
		}
		return out
	}
}

// keepClocks are the times for which profiles have the content of a case kept,
// where nobody has ordered anything.
func keepClocks(set law.Set, now time.Time) (out []evidence.Clock) {
	for _, k := range set.KeepUntil(law.Content, now, false).All {
		if !k.Until.IsZero() {
			out = append(out, evidence.Clock{Profile: k.Profile.ID, Version: strconv.Itoa(k.Profile.Version), What: string(law.Content), Start: now, Until: k.Until})
		}
	}
	return out
}

// keepsOrderedOnly reports whether every profile in force keeps content under an
// order alone.
func keepsOrderedOnly(set law.Set, now time.Time) bool {
	return len(set) > 0 && len(set.KeepUntil(law.Content, now, false).All) == 0 && len(set.KeepUntil(law.Content, now, true).All) == len(set)
}
