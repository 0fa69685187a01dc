package helpcheck

import (
	"cmp"
	"slices"
	"time"

	"github.com/jaga-project/jaga/internal/contact"
)

// StaleAfter is how long it counts that somebody answered. Numbers of help
// lines change, and one that does not answer costs trust.
const StaleAfter = 180 * 24 * time.Hour

// OutAfter is how many times in a row nobody must have answered before a row is
// no longer shown first.
const OutAfter = 2

// Row is one row of the help directory as its file has it.
type Row struct {
	ID, Country, Name, Kind, Channel string
	Value, Source, Dated             string
	Checked                          string // the day on which a person tried it, or ""
}

// State is how a row stands.
type State string

// The states of a row.
const (
	Never   State = "never"   // nobody has tried it
	Tried   State = "tried"   // somebody answered
	Stale   State = "stale"   // somebody answered, too long ago
	Silent  State = "silent"  // nobody answered, once
	Out     State = "out"     // nobody answered, again and again
	Retired State = "retired" // its value was replaced elsewhere, so it is not shown
)

// States lists all states in the order in which people look at them.
func States() []State { return []State{Out, Silent, Retired, Stale, Never, Tried} }

// Standing is a row as people have left it.
type Standing struct {
	Row // with the value, the source and its date as they are now
	// Was are the values that were replaced, oldest first.
	Was []string
	// Answered is the day on which somebody last answered, or "", and By who
	// tried it then, or "" if the file says so.
	Answered, By string
	// Failed is how many times in a row nobody answered, FailedOn the last day.
	Failed   int
	FailedOn string
	FailedBy string
	Retired  bool
}

// State says how the row stands on a day.
func (s Standing) State(now time.Time) State {
	at, err := time.Parse(time.DateOnly, s.Answered)
	switch {
	case s.Retired:
		return Retired
	case s.Failed >= OutAfter:
		return Out
	case s.Failed > 0:
		return Silent
	case err != nil:
		return Never
	case now.Sub(at) > StaleAfter:
		return Stale
	}
	return Tried
}

// Kind is what somebody did.
type Kind string

// The acts.
const (
	Answers   Kind = "answers"   // I tried it: it answers
	NoAnswer  Kind = "silent"    // it does not answer
	Corrected Kind = "corrected" // the value has changed
)

// Act is one thing that a person found out.
type Act struct {
	ID       int64
	Row      string
	Country  string
	Kind     Kind
	Value    string // that was tried or replaced
	NewValue string
	Source   string // where the new value stands
	Dated    string // and since when
	Channel  string // how it was tried
	Note     string
	Day      string
	Who      string
	At       int64
	UndoneAt int64 // when its author took it back, or 0
}

// superseded is a value that led to help once.
type superseded struct{ value, country string }

// retired reports whether a value is among those that may not come back. One
// that means something else in another country is retired in its own only.
func retired(value, country string, list []superseded) bool {
	return slices.ContainsFunc(list, func(s superseded) bool {
		return contact.Same(s.value, value) && (s.country == "" || s.country == country || contact.Everywhere(s.value)) ||
			s.country == "" && contact.Within(s.value, value)
	})
}

// gone lists what may not come back: the values of the file, and those that
// people have replaced since.
func gone(file []string, acts []Act) []superseded {
	var out []superseded
	for _, v := range file {
		out = append(out, superseded{value: v})
	}
	for _, a := range acts {
		if a.Kind == Corrected && a.UndoneAt == 0 {
			out = append(out, superseded{a.Value, a.Country})
		}
	}
	return out
}

// stand works out how a row stands after all acts, which are in their order. A
// row's file can be newer than a correction: what people found out counts for
// the value that they tried.
func stand(r Row, acts []Act, no []superseded) Standing {
	s := Standing{Row: r, Answered: r.Checked}
	for _, a := range acts {
		if a.Row != r.ID || a.UndoneAt != 0 || !contact.Same(a.Value, s.Value) {
			continue
		}
		switch a.Kind {
		case Corrected:
			s.Was = append(s.Was, s.Value)
			s.Value, s.Source, s.Dated = a.NewValue, a.Source, a.Dated
			s.Answered, s.By, s.Failed, s.FailedOn, s.FailedBy = "", "", 0, "", ""
		case Answers:
			s.Answered, s.By = cmp.Or(a.Day, s.Answered), a.Who
			s.Failed, s.FailedOn, s.FailedBy = 0, "", ""
		case NoAnswer:
			s.Failed++
			s.FailedOn, s.FailedBy = a.Day, a.Who
		}
	}
	s.Retired = retired(s.Value, r.Country, no)
	return s
}
