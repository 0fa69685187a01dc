package casework

import (
	"fmt"
	"slices"

	"github.com/jaga-project/jaga"
)

// State is where a case stands.
type State string

// The states of a case. Being held is beside them.
const (
	StateNew          State = "new"           // nobody looked yet
	StateTriage       State = "triage"        // sorted, and waiting
	StateInReview     State = "in_review"     // somebody began
	StateSecondReview State = "second_review" // waits for another person, who decides blind, or settles
	StateDecided      State = "decided"
	StateReporting    State = "reporting" // a report is on its way
	StateReported     State = "reported"  // there is a receipt
	StateFollowUp     State = "follow_up" // something is still to be done
	StateClosed       State = "closed"
)

// States lists the states in their order.
func States() []State {
	return []State{StateNew, StateTriage, StateInReview, StateSecondReview, StateDecided, StateReporting, StateReported, StateFollowUp, StateClosed}
}

// Graph lists, for each state, the states that a case can get into from it.
// Everything else is refused.
func Graph() map[State][]State {
	return map[State][]State{
		"":                {StateNew},
		StateNew:          {StateTriage, StateInReview},
		StateTriage:       {StateInReview},
		StateInReview:     {StateSecondReview, StateDecided},
		StateSecondReview: {StateDecided, StateInReview},
		StateDecided:      {StateReporting, StateFollowUp, StateClosed, StateInReview, StateSecondReview},
		StateReporting:    {StateReported, StateFollowUp, StateInReview},
		StateReported:     {StateFollowUp, StateClosed, StateInReview},
		StateFollowUp:     {StateReporting, StateClosed, StateInReview},
		StateClosed:       {StateFollowUp, StateInReview},
	}
}

// Risk orders cases; the lowest number comes first. Being online only never
// lowers it, and there is no risk below known material.
type Risk int64

// The risks. A finding that states none is RiskNew.
const (
	RiskImminent Risk = 1 // a child is in danger now
	RiskLive     Risk = 2 // live-streamed abuse
	RiskThreat   Risk = 3 // sextortion with a threat
	RiskContact  Risk = 4 // contact with a child: grooming, a known victim
	RiskNew      Risk = 5 // material that nobody knows yet
	RiskKnown    Risk = 6 // material that is known
)

// PathWelfare is the path of a case between children: support comes first, and
// not the police.
const PathWelfare = "welfare"

// Outcome is what a decision says. It is about what happened, never about the
// guilt of anybody.
type Outcome string

// The outcomes.
const (
	Confirmed    Outcome = "confirmed"     // a child is or was exploited
	NotConfirmed Outcome = "not_confirmed" // what was seen has another reading
	Undetermined Outcome = "undetermined"  // it cannot be told
	Welfare      Outcome = "welfare"       // between children: support first
)

// Outcomes lists the outcomes.
func Outcomes() []Outcome { return []Outcome{Confirmed, NotConfirmed, Undetermined, Welfare} }

// EventKind says what happened to a case.
type EventKind string

// The events.
const (
	Opened       EventKind = "opened"
	Joined       EventKind = "joined"  // another finding
	Raised       EventKind = "raised"  // a finding became more urgent
	Triaged      EventKind = "triaged" // a person sorted it
	Moved        EventKind = "moved"   // to another queue
	Begun        EventKind = "begun"
	Assigned     EventKind = "assigned" // to a person, or to nobody
	Escalated    EventKind = "escalated"
	Acknowledged EventKind = "acknowledged"
	Held         EventKind = "held"
	Released     EventKind = "released"
	DecidedOn    EventKind = "decided"
	Undone       EventKind = "undone" // the last decision
	Reporting    EventKind = "reporting"
	ReportFailed EventKind = "report_failed"
	Reported     EventKind = "reported"
	NoReportOwed EventKind = "no_report" // none, or none any more
	FollowedUp   EventKind = "follow_up"
	Closed       EventKind = "closed"
	Reopened     EventKind = "reopened" // by an appeal, a correction, or new facts
	Merged       EventKind = "merged"   // into another case
	Unmerged     EventKind = "unmerged"
	Absorbed     EventKind = "absorbed" // another case was merged into this one
	Parted       EventKind = "parted"   // and is on its own again
	Split        EventKind = "split"    // findings became a case of their own
	ClockSet     EventKind = "clock_set"
	ClockMet     EventKind = "clock_met"
	ClockDropped EventKind = "clock_dropped" // it ended without being met
	Noted        EventKind = "noted"
)

// EventKinds lists the events. Each is recorded under its name after "case.".
func EventKinds() []EventKind {
	return []EventKind{
		Opened, Joined, Raised, Triaged, Moved, Begun, Assigned, Escalated, Acknowledged, Held, Released,
		DecidedOn, Undone, Reporting, ReportFailed, Reported, NoReportOwed, FollowedUp, Closed, Reopened,
		Merged, Unmerged, Absorbed, Parted, Split, ClockSet, ClockMet, ClockDropped, Noted,
	}
}

// How a decision leaves a case.
const (
	nextSecond = "second" // another person decides blind
	nextSettle = "settle" // the two disagree, a third settles it
	nextFinal  = "final"
)

// Data is what an event says besides who, when and what. It holds no words of
// people: those are sealed beside it.
type Data struct {
	Queue    string    `json:"queue,omitempty"`
	Form     jaga.Form `json:"form,omitempty"`
	Band     jaga.Band `json:"band,omitempty"`
	Risk     Risk      `json:"risk,omitempty"`
	Path     string    `json:"path,omitempty"`
	To       string    `json:"to,omitempty"`       // a person
	Until    int64     `json:"until,omitempty"`    // microseconds
	Case     int64     `json:"case,omitempty"`     // another case
	Findings int64     `json:"findings,omitempty"` // how many
	Finding  int64     `json:"finding,omitempty"`
	Decision int64     `json:"decision,omitempty"`
	Note     int64     `json:"note,omitempty"`
	Round    int64     `json:"round,omitempty"`
	Next     string    `json:"next,omitempty"`
	Outcome  Outcome   `json:"outcome,omitempty"` // of a final decision only: others stay blind
	Why      string    `json:"why,omitempty"`     // a short word of a closed set
	Receipt  string    `json:"receipt,omitempty"`
	Report   int64     `json:"report,omitempty"` // one to somebody outside
	Sent     int64     `json:"sent,omitempty"`   // when it was, in microseconds
	Clock    string    `json:"clock,omitempty"`
	Profile  string    `json:"profile,omitempty"`
	Bulk     int64     `json:"bulk,omitempty"`
}

// Event is one change of a case.
type Event struct {
	Seq   int64 // within the case, from 1
	At    int64 // microseconds since 1970; never before the event before it
	Actor string
	Kind  EventKind
	Data  Data
}

// Status is what follows from the events of a case.
type Status struct {
	State        State
	Round        int64 // 1 first review, 2 second, 3 settling
	Cycle        int64 // 1, and one more each time the case was reopened
	Queue        string
	Form         jaga.Form
	Band         jaga.Band
	Risk         Risk
	Path         string // PathWelfare or empty
	Held         bool
	HoldUntil    int64 // microseconds
	Assignee     string
	Escalated    string // to whom
	Acknowledged bool   // they said that they saw it
	MergedInto   int64
	Outcome      Outcome // of the decision in force
	Findings     int64
	Events       int64
	UpdatedAt    int64
}

// Workable reports whether a person can take the case to decide on it.
func (s Status) Workable() bool {
	return !s.Held && s.MergedInto == 0 && slices.Contains([]State{StateNew, StateTriage, StateInReview, StateSecondReview}, s.State)
}

// open reports whether findings may still join the case: nobody decided on it.
func (s Status) open() bool {
	return s.MergedInto == 0 && s.Cycle == 1 && slices.Contains([]State{StateNew, StateTriage, StateInReview}, s.State)
}

// Replay returns what follows from events, which must be those of one case from
// the first on.
func Replay(events []Event) (Status, error) {
	var s Status
	for _, e := range events {
		next, err := apply(s, e)
		if err != nil {
			return s, fmt.Errorf("event %d: %w", e.Seq, err)
		}
		s = next
	}
	return s, nil
}

// apply is the machine: the one place that changes a status.
func apply(old Status, e Event) (Status, error) {
	s := old
	refuse := func(format string, args ...any) (Status, error) {
		return old, &jaga.Error{Code: jaga.CodeConflict, Field: "case", Msg: string(e.Kind) + ": " + fmt.Sprintf(format, args...), Hint: "look at the case again: it changed, or somebody was first"}
	}
	from := func(states ...State) bool { return slices.Contains(states, s.State) }
	if (s.State == "") != (e.Kind == Opened) {
		return refuse("a case begins with one opening")
	}
	if s.MergedInto > 0 && !slices.Contains([]EventKind{Unmerged, Raised, Noted, ClockMet, ClockDropped}, e.Kind) {
		return refuse("the case is part of case %d", s.MergedInto)
	}
	if e.Seq != s.Events+1 || e.At < s.UpdatedAt {
		return refuse("the event is out of order")
	}
	s.Events, s.UpdatedAt = e.Seq, e.At
	d := e.Data
	switch e.Kind {
	case Opened:
		s = Status{State: StateNew, Round: 1, Cycle: 1, Queue: d.Queue, Form: d.Form, Band: d.Band, Risk: d.Risk, Path: d.Path, Findings: d.Findings, Events: e.Seq, UpdatedAt: e.At}
	case Joined:
		if !s.open() {
			return refuse("a case that was decided on takes no more findings")
		}
		s.Findings++
		s.raise(d)
		s.with(d)
	case Raised:
		s.raise(d)
	case Triaged:
		if !from(StateNew, StateTriage) {
			return refuse("the review has begun")
		}
		s.State, s.Queue, s.Risk, s.Form = StateTriage, d.Queue, d.Risk, d.Form
	case Moved:
		s.Queue = d.Queue
	case Begun:
		if !from(StateNew, StateTriage) {
			return refuse("the review has begun")
		}
		s.State = StateInReview
	case Assigned:
		s.Assignee = d.To
	case Escalated:
		s.Assignee, s.Escalated, s.Acknowledged = d.To, d.To, false
	case Acknowledged:
		if s.Escalated != e.Actor {
			return refuse("it was not escalated to whoever says so")
		}
		s.Acknowledged = true
	case Held:
		if s.State == StateClosed {
			return refuse("the case is closed")
		}
		s.Held, s.HoldUntil = true, d.Until
	case Released:
		if !s.Held {
			return refuse("the case is not held")
		}
		s.Held, s.HoldUntil = false, 0
	case DecidedOn:
		if !from(StateInReview, StateSecondReview) || s.Held {
			return refuse("the case is %s", s.standing())
		}
		if d.Round != s.Round {
			return refuse("it is round %d", s.Round)
		}
		switch d.Next {
		case nextSecond:
			s.State, s.Round = StateSecondReview, 2
		case nextSettle:
			s.State, s.Round = StateSecondReview, 3
		default:
			s.State, s.Outcome = StateDecided, d.Outcome
		}
		s.Assignee, s.Escalated, s.Acknowledged = "", "", false
		if d.Path != "" {
			s.Path = d.Path
		}
	case Undone:
		if !from(StateDecided, StateSecondReview) || s.State == StateDecided && s.Round != d.Round || s.State == StateSecondReview && s.Round != d.Round+1 {
			return refuse("the case went on since")
		}
		s.State, s.Round, s.Outcome = StateInReview, d.Round, ""
		if d.Round > 1 {
			s.State = StateSecondReview
		}
	case Reporting:
		if !from(StateDecided, StateFollowUp, StateReporting) || s.Held {
			return refuse("the case is %s", s.standing())
		}
		s.State = StateReporting
	case ReportFailed:
		if !from(StateReporting) {
			return refuse("no report is on its way")
		}
	case Reported:
		if !from(StateReporting) {
			return refuse("no report is on its way")
		}
		s.State = StateReported
	case NoReportOwed:
		if !from(StateDecided, StateReporting, StateReported, StateFollowUp) {
			return refuse("the case is %s", s.standing())
		}
		if s.State == StateReporting {
			s.State = StateFollowUp
		}
	case FollowedUp:
		if !from(StateDecided, StateReported, StateClosed) {
			return refuse("the case is %s", s.standing())
		}
		s.State = StateFollowUp
	case Closed:
		if !from(StateDecided, StateReported, StateFollowUp) || s.Held {
			return refuse("the case is %s", s.standing())
		}
		s.State = StateClosed
	case Reopened:
		if !from(StateDecided, StateReporting, StateReported, StateFollowUp, StateClosed) {
			return refuse("nobody decided on it yet")
		}
		s.State, s.Round, s.Outcome = StateInReview, 1, ""
		s.Cycle++
		s.raise(d)
	case Merged:
		if !s.open() {
			return refuse("only cases that nobody decided on are merged")
		}
		s.MergedInto = d.Case
	case Unmerged:
		if s.MergedInto != d.Case {
			return refuse("it is not part of case %d", d.Case)
		}
		s.MergedInto = 0
	case Absorbed:
		if !s.open() {
			return refuse("only cases that nobody decided on are merged")
		}
		s.raise(d)
		s.with(d)
	case Split:
		if !s.open() || d.Findings >= s.Findings {
			return refuse("a split leaves at least one finding, in a case that nobody decided on")
		}
		s.Findings -= d.Findings
	case Parted, ClockSet, ClockMet, ClockDropped, Noted:
	default:
		return refuse("there is no such event")
	}
	if s.State != old.State && !slices.Contains(Graph()[old.State], s.State) {
		return refuse("a case does not go from %q to %q", old.State, s.State)
	}
	return s, nil
}

// raise makes a case as urgent as a finding; nothing makes it less urgent than
// it was.
func (s *Status) raise(d Data) {
	if d.Risk > 0 && d.Risk < s.Risk {
		s.Risk = d.Risk
		if d.Form != "" {
			s.Form = d.Form
		}
	}
	if s.Form == "" {
		s.Form = d.Form
	}
	s.Band = max(s.Band, d.Band)
}

// with takes a case off the welfare path when a finding is not on it: an adult
// is involved.
func (s *Status) with(d Data) {
	if d.Path != PathWelfare {
		s.Path = ""
	}
}

func (s Status) standing() string {
	if s.Held {
		return "held"
	}
	return string(s.State)
}
