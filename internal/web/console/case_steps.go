package console

import (
	"net/http"
	"slices"
	"strings"

	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/law"
)

// clockLine is a clock of a case.
type clockLine struct {
	casework.Clock
	Name  string
	State casework.ClockState
}

// IsMet reports whether it was met.
func (l clockLine) IsMet() bool { return !l.Met.IsZero() }

func (c *console) caseClocks(r *http.Request, v *casePage) error {
	list, err := c.Cases.Clocks(r.Context(), v.Case.ID)
	s := c.say(r)
	for _, k := range list {
		var name strings.Builder
		name.WriteString(s.clockName(k.What))
		for _, p := range c.Laws {
			if p.ID == k.Profile {
				name.WriteString(" · " + p.Name.In(s.tag))
			}
		}
		v.Clocks = append(v.Clocks, clockLine{k, name.String(), k.State(c.now())})
	}
	return err
}

// caseClockNames lists the clocks that pages have words for.
func caseClockNames() []string {
	out := []string{"send_by", "content", "reference"}
	for _, k := range law.Kinds() {
		out = append(out, string(k))
	}
	return out
}

func (s *speaker) clockName(what string) string {
	if slices.Contains(caseClockNames(), what) {
		return s.word("casefile_clock", what)
	}
	return what
}

// stepsView is what people do next, as the law of the installation has it.
type stepsView struct {
	NotAdvice string
	Profiles  []stepsProfile
	// Later is set where support comes first: the steps are behind a fold.
	Later bool
}

type stepsProfile struct {
	Name  string
	Steps []stepLine
}

type stepLine struct {
	Do, To, Hours, Source string
}

// priorityOf is the priority of a report about a case of a risk.
func priorityOf(r casework.Risk) law.Priority {
	switch r {
	case casework.RiskImminent, casework.RiskLive:
		return law.P1
	case casework.RiskThreat, casework.RiskContact:
		return law.P2
	}
	return law.P3
}

func (c *console) stepsFor(s *speaker, cs casework.Case) stepsView {
	v := stepsView{NotAdvice: law.NotAdvice().In(s.tag), Later: cs.Path == casework.PathWelfare}
	for _, n := range c.Laws.Steps(priorityOf(cs.Risk), c.now(), nil) {
		name := n.Profile.Name.In(s.tag)
		if len(v.Profiles) == 0 || v.Profiles[len(v.Profiles)-1].Name != name {
			v.Profiles = append(v.Profiles, stepsProfile{Name: name})
		}
		p := &v.Profiles[len(v.Profiles)-1]
		p.Steps = append(p.Steps, stepLine{n.Step.Do.In(s.tag), n.Receiver.Name, n.Receiver.Hours.In(s.tag), n.Step.Source})
	}
	return v
}
