package policy

import (
	"cmp"
	"slices"

	"github.com/jaga-project/jaga"
)

// Version is a version of a rule that is evaluated.
type Version struct {
	*Compiled
	Version int64
	State   State
	Share   int64 // of [ShareUnit], in state canary
}

// Set is the rules that are evaluated together. It does not change and is safe
// for concurrent use.
type Set struct {
	key  []byte
	list []Version // by name; of one rule the active version before the newer one
}

// NewSet puts versions together. key is a secret of the installation, which
// chooses the accounts of canaries. Versions that are drafts or retired are
// left out.
func NewSet(key []byte, versions []Version) *Set {
	s := &Set{key: key}
	for _, v := range versions {
		if v.State.Live() {
			s.list = append(s.list, v)
		}
	}
	slices.SortFunc(s.list, func(a, b Version) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version)) })
	return s
}

// Len is how many versions are evaluated.
func (s *Set) Len() int { return len(s.list) }

// Decision is what one version of a rule said.
type Decision struct {
	Rule    string `json:"rule"`
	Version int64  `json:"version"`
	State   State  `json:"state"`
	// Acting is true when the version acts for this account.
	Acting bool `json:"acting"`
	Verdict
	Reason string   `json:"reason"`
	Then   []Action `json:"then"`
	// Because are the parts of the expression with their values.
	Because []Part `json:"because"`
	shipped bool
}

// Wanted is an action that should be carried out.
type Wanted struct {
	Action
	Rule    string `json:"rule,omitempty"` // empty when no rule asked for it
	Version int64  `json:"version,omitempty"`
	// Note says why, where no rule asked for it or where it was stopped.
	Note Note `json:"note,omitempty"`
}

// Note says in a word what befell an action.
type Note string

// The notes.
const (
	// NoteUndecided: a rule could not be decided, so a person decides.
	NoteUndecided Note = "undecided"
	// NoteBreaker: a breaker is open.
	NoteBreaker Note = "breaker"
	// NoteExact, NoteIncomplete, NoteUrgent and NoteOther say why an ignore was
	// not followed: the very same bytes are in a bank; not everything was
	// checked, or nobody knows whether it was; the band is urgent or unknown;
	// another rule wants something.
	NoteExact      Note = "exact"
	NoteIncomplete Note = "incomplete"
	NoteUrgent     Note = "urgent"
	NoteOther      Note = "other"
)

// Result is what the rules want for one finding.
type Result struct {
	// Decisions are of the versions that fired or could not be decided, by
	// name; shadow ones too. Those that did not fire are left out.
	Decisions []Decision `json:"decisions"`
	// Wanted are the actions to carry out, in the order of [Acts].
	Wanted []Wanted `json:"wanted"`
	// Stopped are actions that were asked for and are not to be carried out.
	Stopped []Wanted `json:"stopped"`
	// Band is the band after what was raised.
	Band jaga.Band `json:"band"`
}

// Evaluate asks every rule. The order of its answers depends on the names of
// rules alone.
//
// Ignoring is the weakest action. It is followed only when no rule but those
// that come with the program wants anything, everything required was checked,
// the band is known and below urgent, and no exact match counts. When a rule
// that acts could not be decided for a finding of band review or above, and
// nothing else opens a case, the result opens one all the same: what is
// unknown goes to a person.
func (s *Set) Evaluate(f *Facts) Result {
	return settle(f, s.decide(f), func(Decision, Action) bool { return true })
}

// decide asks the rules. Of an item in which nothing was found those are asked
// that name scores: the others were written for findings.
func (s *Set) decide(f *Facts) []Decision {
	out := []Decision{}
	if len(s.list) == 0 {
		return out
	}
	facts := s.list[0].lang.schema.activation(f)
	form, known := f.Form.Get()
	nothing := known && form == "" // nothing was found, there are scores at most
	for i, v := range s.list {
		if nothing && !v.x.scores {
			continue
		}
		answer := v.ask(facts)
		if answer.Answer == Quiet {
			continue
		}
		d := Decision{Rule: v.Name, Version: v.Version, State: v.State, Verdict: answer, Reason: v.Reason, Then: v.Then, shipped: v.Owner == shipped}
		switch v.State {
		case Canary:
			d.Acting = inShare(s.key, v.Name, f.Account.ID, v.Share)
		case Active:
			d.Acting = !s.replaced(i, f)
		}
		_, d.Because = v.explain(facts)
		out = append(out, d)
	}
	return out
}

// replaced reports whether a canary of the same rule acts in place of the
// active version.
func (s *Set) replaced(i int, f *Facts) bool {
	for _, other := range s.list[i+1:] {
		if other.Name != s.list[i].Name {
			return false
		}
		if other.State == Canary && inShare(s.key, other.Name, f.Account.ID, other.Share) {
			return true
		}
	}
	return false
}

// settle turns decisions into actions. may says whether an automatic action
// may be carried out now.
func settle(f *Facts, decisions []Decision, may func(Decision, Action) bool) Result {
	r := Result{Decisions: decisions, Wanted: []Wanted{}, Stopped: []Wanted{}}
	r.Band, _ = f.Band.Get()
	var ignore []Wanted
	undecided, others := false, false
	for _, d := range decisions {
		if !d.Acting {
			continue
		}
		if d.Answer == Undecided {
			undecided = true
			continue
		}
		for _, a := range d.Then {
			w := Wanted{Action: a, Rule: d.Rule, Version: d.Version}
			switch {
			case a.Do.Automatic() && !may(d, a):
				w.Note = NoteBreaker
				r.Stopped = append(r.Stopped, w)
			case a.Do == Ignore:
				ignore = append(ignore, w)
			default:
				others = others || !d.shipped
				r.Wanted = append(r.Wanted, w)
				if a.Do == Raise {
					r.Band = max(r.Band, a.Band)
				}
			}
		}
	}
	why := mustNotIgnore(f, r.Band, others, undecided)
	for _, w := range ignore {
		if w.Note = why; why != "" {
			r.Stopped = append(r.Stopped, w)
			continue
		}
		// A case that only the shipped rules want is not opened.
		r.Wanted = slices.DeleteFunc(r.Wanted, func(x Wanted) bool { return x.Do == OpenCase })
		r.Wanted = append(r.Wanted, w)
	}
	ignored := len(ignore) > 0 && why == ""
	opens := slices.ContainsFunc(r.Wanted, func(w Wanted) bool { return w.Do == OpenCase })
	if undecided && !opens && !ignored && r.Band >= jaga.BandReview {
		r.Wanted = append(r.Wanted, Wanted{Action: Action{Do: OpenCase, Queue: DefaultQueue}, Note: NoteUndecided})
	}
	slices.SortStableFunc(r.Wanted, func(a, b Wanted) int { return slices.Index(Acts(), a.Do) - slices.Index(Acts(), b.Do) })
	r.Wanted = unique(r.Wanted)
	return r
}

// DefaultQueue is where findings go that no rule says anything else of.
const DefaultQueue = "default"

// mustNotIgnore says why ignoring would be wrong, or nothing.
func mustNotIgnore(f *Facts, band jaga.Band, others, undecided bool) Note {
	_, known := f.Band.Get()
	complete, _ := f.Complete.Get()
	switch {
	case f.exactMatch():
		return NoteExact
	case !known || band >= jaga.BandUrgent:
		return NoteUrgent
	case !complete:
		return NoteIncomplete
	case undecided:
		return NoteUndecided
	case others:
		return NoteOther
	}
	return ""
}

// unique keeps the first of several wishes for the same action, so that two
// rules do not open two cases or warn somebody twice.
func unique(list []Wanted) []Wanted {
	seen := map[Action]bool{}
	return slices.DeleteFunc(list, func(w Wanted) bool {
		key := w.Action
		key.Why = ""
		was := seen[key]
		seen[key] = true
		return was
	})
}
