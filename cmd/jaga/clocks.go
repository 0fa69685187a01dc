package main

import (
	"strconv"
	"time"

	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/law"
)

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
		add(casework.ClockSendBy, set.Report(f.Risk.Priority(), now))
		// Somebody wants a picture of themself gone: no order of an authority, and
		// held to the same time.
		if f.Kind == casework.KindTakedown {
			add(casework.ClockTakedown, set.Order(true, now))
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

// fromReport reports whether a keeping time counts from the report.
func fromReport(k law.Keeping) bool { return k.From != "order" }

// arrivalClocks are those that a file has from when it comes in: what counts from
// the report has no end until there is one.
func arrivalClocks(set law.Set, now time.Time) (out []evidence.Clock) {
	for _, k := range set.KeepUntil(law.Content, now, false).All {
		if k.Until.IsZero() {
			continue
		}
		c := evidence.Clock{Profile: k.Profile.ID, Version: strconv.Itoa(k.Profile.Version), What: string(law.Content), Start: now, Until: k.Until}
		if fromReport(k.Keeping) {
			c.Until = time.Time{}
		}
		out = append(out, c)
	}
	return out
}

// submissionClocks are those that count from a report.
func submissionClocks(set law.Set, sent time.Time) (out []evidence.Clock) {
	for _, k := range set.KeepUntil(law.Content, sent, false).All {
		if !k.Until.IsZero() && fromReport(k.Keeping) {
			out = append(out, evidence.Clock{Profile: k.Profile.ID, Version: strconv.Itoa(k.Profile.Version), What: string(law.Content), Start: sent, Until: k.Until})
		}
	}
	return out
}

// keepReference is until when the reference of a report is kept at the longest.
func keepReference(set law.Set) func(sent time.Time) time.Time {
	return func(sent time.Time) time.Time { return set.KeepUntil(law.Reference, sent, false).Last.Until }
}

// receiverOf names a receiver of a profile in force.
func receiverOf(set law.Set) func(profile, receiver string) (string, bool) {
	return func(profile, receiver string) (string, bool) {
		for _, p := range set {
			if p.ID == profile {
				r, ok := p.Receiver(receiver)
				return r.Name, ok
			}
		}
		return "", false
	}
}

// keepsOrderedOnly reports whether every profile in force keeps content under an
// order alone.
func keepsOrderedOnly(set law.Set, now time.Time) bool {
	return len(set) > 0 && len(set.KeepUntil(law.Content, now, false).All) == 0 && len(set.KeepUntil(law.Content, now, true).All) == len(set)
}
