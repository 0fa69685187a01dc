package console

import (
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/taxonomy"
)

// caseFields are the fields of errors about cases, each with a text of its own.
func caseFields() []string {
	return []string{"case", "lease", "seen", "looked", "assignee", "actor", "decision", "to", "into", "findings", "until", "reason", "note", "outcome", "actions", "queue", "new_queue", "form", "risk", "action", "opinion",
		"receiver", "reference", "sent", "why", "follows", "report", "held", "undo_time", "not_asked", "second", "no_report", "waits_actions", "waits_report", "waits_clocks",
		"clock", "clock_reason", "what", "profile", "start", "due", "authority", "letter"}
}

// caseProblem says what is wrong with an act on a case, and what was kept.
func (c *console) caseProblem(s *speaker, err error) *problem {
	e := asError(err)
	if e == nil {
		return c.problem(s, err)
	}
	if fact, ok := strings.CutPrefix(e.Field, "facts."); ok {
		return &problem{Field: "fact-" + fact, Text: s.t("casefile.bad_fact", "Fact", taxonomy.FactWord(taxonomy.Fact(fact)).In(s.tag))}
	}
	for _, f := range caseFields() {
		if e.Field == f {
			p := &problem{Text: s.word("casefile_error", f)}
			switch f {
			case "waits_actions", "waits_report", "waits_clocks":
				p.Field = "case-close"
			case "until", "reason", "outcome", "note", "to", "into", "queue", "new_queue", "receiver", "reference", "sent", "why", "no_report", "clock_reason", "what", "start", "due", "authority", "letter":
				p.Field = "case-" + f
			}
			return p
		}
	}
	return c.problem(s, err)
}

// mayTell reports whether an error is told on the page of the case, rather than
// on one of its own.
func mayTell(err error) bool {
	switch jaga.CodeOf(err) {
	case jaga.CodeInvalid, jaga.CodeConflict, jaga.CodeBusy:
		return true
	case jaga.CodeDenied:
		e := asError(err)
		return e != nil && e.Field != "capability"
	}
	return false
}
