package engine

import (
	"cmp"
	"slices"

	"github.com/jaga-project/jaga"
)

// Suppress marks the near matches that an allow bank speaks against: a match
// of a picture at distance d is suppressed when an entry of an allow bank lies
// strictly nearer to the same signal. A match of a film or of sound is suppressed
// when the entry also matched every part of it that it matched: one harmless frame
// does not speak for the others. Equal distance, and exact hashes, are never
// suppressed: there a person sees both. The slice is changed in place.
func Suppress(matches []jaga.Match) {
	for i := range matches {
		m := &matches[i]
		if m.Role != jaga.RoleMatch || m.Signal.Type.Exact() || m.Suppressed != "" {
			continue
		}
		if slices.ContainsFunc(matches, func(a jaga.Match) bool {
			return a.Role == jaga.RoleAllow && a.Suppressed == "" &&
				a.Signal.Type == m.Signal.Type && a.Signal.Value == m.Signal.Value && a.Distance < m.Distance &&
				(m.Signal.Type != jaga.VPDQ || a.Film.Covers(m.Film)) &&
				(m.Signal.Type != jaga.Chromaprint || a.Sound.Covers(m.Sound))
		}) {
			m.Suppressed = jaga.SuppressedAllow
		}
	}
}

// Judge turns matches, and what ran and did not, into an outcome. There is one
// finding for each form that has a match to act on; its band is the most
// urgent of its banks. A match that waits in quarantine makes a finding of
// band observe, so that it is neither acted on nor lost. Allow banks are the
// counter-evidence.
func Judge(matches []jaga.Match, checked []jaga.Detector, skipped []jaga.Skip, version string) jaga.Outcome {
	Suppress(matches)
	o := jaga.Outcome{Matches: matches, Checked: checked, Skipped: skipped, Index: version}
	var against []jaga.Reason
	for i := range matches {
		if matches[i].Role == jaga.RoleAllow {
			against = append(against, jaga.Reason{Match: &matches[i]})
		}
	}
	for _, form := range jaga.Forms() {
		var because []jaga.Reason
		band := jaga.BandNone
		for i := range matches {
			m := &matches[i]
			if m.Role != jaga.RoleMatch || m.Form != form || m.Suppressed == jaga.SuppressedAllow {
				continue
			}
			because = append(because, jaga.Reason{Match: m})
			if m.Suppressed == jaga.SuppressedQuarantine {
				band = max(band, jaga.BandObserve)
			} else {
				band = max(band, m.Band)
			}
		}
		// NewFinding refuses only what cannot be here: no reason, no band.
		if f, err := jaga.NewFinding(form, max(band, jaga.BandObserve), because, against); err == nil {
			o.Findings = append(o.Findings, f)
		}
	}
	slices.SortStableFunc(o.Findings, func(a, b jaga.Finding) int { return cmp.Compare(b.Band(), a.Band()) })
	return o
}
