package console

import (
	"net/http"
	"strconv"
	"time"

	"github.com/jaga-project/jaga/internal/casework"
)

// caseEvents lists the events that lines tell of.
func caseEvents() []casework.EventKind {
	return []casework.EventKind{casework.Opened, casework.Triaged, casework.Moved, casework.Begun, casework.Assigned, casework.Escalated, casework.Acknowledged, casework.Held, casework.Released,
		casework.DecidedOn, casework.Undone, casework.Reporting, casework.ReportFailed, casework.Reported, casework.NoReportOwed, casework.FollowedUp, casework.Closed, casework.Reopened, casework.Merged, casework.Unmerged,
		casework.Absorbed, casework.Parted, casework.Split, casework.ClockSet, casework.ClockMet, casework.ClockDropped, casework.Noted}
}

// caseNotes opens the notes that acts tell of, by number, if there are any.
func (c *console) caseNotes(r *http.Request, v *casePage, acts []casework.Logged, fold blindfold) (map[int64]casework.Note, error) {
	first := int64(0)
	for _, a := range acts {
		if a.Kind == casework.Noted && (first == 0 || a.Data.Note < first) {
			first = a.Data.Note
		}
	}
	if first == 0 {
		return nil, nil
	}
	out := map[int64]casework.Note{}
	list, err := c.Cases.Notes(r.Context(), actor(r), v.Case.ID, first-1, mostActs)
	for _, n := range list {
		if !fold.hides(n.Actor) {
			out[n.ID] = n
		}
	}
	return out, err
}

// actLine tells one act.
func (c *console) actLine(s *speaker, v *casePage, a casework.Logged, names func(string) string, notes map[int64]casework.Note, open openWords) storyLine {
	d := a.Data
	line := storyLine{Anchor: "e" + strconv.FormatInt(a.ID, 10), At: a.At, Set: "act", By: names(a.Actor)}
	if a.Case != v.Case.ID {
		line.Part = a.Case
	}
	key, to, until := "casefile_event."+string(a.Kind), "", ""
	if d.To != "" {
		to = names(d.To)
	}
	if d.Until > 0 {
		until = s.absolute(time.UnixMicro(d.Until).In(c.zone))
	}
	other := strconv.FormatInt(d.Case, 10)
	switch a.Kind {
	case casework.Assigned:
		if to == "" {
			key = "casefile_event.unassigned"
		}
	case casework.DecidedOn:
		line.Set = "decision"
		switch d.Next {
		case "second", "settle":
			key = "casefile_event.decided_" + d.Next
		default:
			to = s.word("casefile_outcome", d.Outcome)
		}
	case casework.Noted:
		line.Set, line.Anchor = "note", "n"+strconv.FormatInt(d.Note, 10)
		line.Note = notes[d.Note].Text
	case casework.Reopened:
		key = "casefile_event.reopened_" + d.Why
	case casework.Merged, casework.Absorbed, casework.Parted, casework.Unmerged, casework.Split:
		line.Link = "/cases/" + other
	}
	line.Title = s.t(key, "To", to, "Until", until, "Case", other, "Queue", d.Queue, "Clock", c.clockOf(s, d.Clock, d.Profile), "Receipt", d.Receipt)
	if a.HasText {
		if text, ok := open.reasons[a.ID]; ok {
			line.Reason = text
		} else {
			line.Event = a.ID
		}
	}
	return line
}
