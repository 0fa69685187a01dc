package console

import (
	"strings"

	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/law"
)

// stepsView is what people do next, as the law of the installation has it.
type stepsView struct {
	NotAdvice string
	Profiles  []stepsProfile
	// Conflicts say where the profiles do not say the same about the case.
	Conflicts []lawConflict
	// Later is set where support comes first: the steps are behind a fold.
	Later bool
}

// lawConflict is a question on which laws differ, with their names.
type lawConflict struct{ About, Say, Laws string }

type stepsProfile struct {
	Name  string
	Steps []stepLine
}

type stepLine struct {
	Do, To, Hours, Source string
}

func (c *console) stepsFor(s *speaker, cs casework.Case) stepsView {
	v := stepsView{NotAdvice: law.NotAdvice().In(s.tag), Later: cs.Path == casework.PathWelfare}
	priority := cs.Risk.Priority()
	for _, n := range c.Laws.Steps(priority, c.now(), nil) {
		name := n.Profile.Name.In(s.tag)
		if len(v.Profiles) == 0 || v.Profiles[len(v.Profiles)-1].Name != name {
			v.Profiles = append(v.Profiles, stepsProfile{Name: name})
		}
		p := &v.Profiles[len(v.Profiles)-1]
		p.Steps = append(p.Steps, stepLine{n.Step.Do.In(s.tag), n.Receiver.Name, n.Receiver.Hours.In(s.tag), n.Step.Source})
	}
	for _, d := range c.Laws.OfCase(priority, c.now()) {
		var names []string
		for _, id := range d.Profiles {
			names = append(names, c.lawName(s, id))
		}
		v.Conflicts = append(v.Conflicts, lawConflict{d.About.In(s.tag), d.Say.In(s.tag), strings.Join(names, "; ")})
	}
	return v
}
