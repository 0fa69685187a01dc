package script

import (
	"fmt"
	"slices"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/indicator"
)

// Run plays the conversation to a detector and returns one failure for each
// expectation that was not met, none when all were. It is safe for concurrent
// use, as the detector is.
func (t Test) Run(d *convo.Detector) []Failure {
	r := t.play(d)
	var out []Failure
	for _, e := range t.expects {
		if f, ok := r.judge(e); !ok {
			out = append(out, f)
		}
	}
	return out
}

// run is a conversation that was played.
type run struct {
	test     *Test
	state    *convo.State
	findings []convo.Finding
	steps    []step // one for each repetition
	raised   []raise
	line     map[string]int // of a message
}

// raise is the moment at which a pair's band went up.
type raise struct {
	from, to string
	form     jaga.Form
	band     jaga.Band
	step     int // index of the step
}

func (t *Test) play(d *convo.Detector) *run {
	head := convo.Head{ID: t.Name, Channel: t.channel, Ties: t.ties, UnderReview: t.review}
	for _, a := range t.actors {
		head.People = append(head.People, a.Person)
	}
	r := &run{test: t, state: d.Open(head, nil), line: map[string]int{}}
	n := 0
	for _, st := range t.steps {
		for k := range st.times {
			once := st
			once.at = st.at.Add(time.Duration(k) * st.every)
			r.steps = append(r.steps, once)
		}
	}
	for i, st := range r.steps {
		for _, m := range st.messages {
			n++
			// Identifiers sort as the file does, so that what happens at
			// the same time keeps its order.
			m.ID, m.From, m.To, m.At = fmt.Sprintf("m%06d", n), st.from, st.to, st.at
			r.line[m.ID] = st.line
			for _, f := range r.state.Observe(m) {
				r.raised = append(r.raised, raise{f.From, f.To, f.Form, f.Band, i})
			}
		}
	}
	r.findings = r.state.Findings()
	return r
}

// about returns the findings that an expectation speaks of.
func (r *run) about(e expectation) []convo.Finding {
	var out []convo.Finding
	for _, f := range r.findings {
		if (e.from == "" || f.From == e.from && f.To == e.to) && (e.form == "" || f.Form == e.form) {
			out = append(out, f)
		}
	}
	return out
}

// judge checks one expectation; ok is true when it is met.
func (r *run) judge(e expectation) (f Failure, ok bool) {
	if e.unchecked != nil {
		return r.judgeUnchecked(e)
	}
	found := r.about(e)
	band := jaga.BandNone
	for _, g := range found {
		band = max(band, g.Band)
	}
	if e.limits {
		if band <= e.band {
			return f, true
		}
		return r.failure(e, found, fmt.Sprintf("it reached %s%s", band, r.whenReached(e, band))), false
	}
	if band < e.band {
		what := "nothing was found"
		if band > jaga.BandNone {
			what = fmt.Sprintf("it reached only %s", band)
		}
		return r.failure(e, found, what), false
	}
	if what := r.late(e); what != "" {
		return r.failure(e, found, what), false
	}
	if what := lacks(e, found); what != "" {
		return r.failure(e, found, what), false
	}
	return f, true
}

// lacks says which reason, counter-evidence or power is not in the findings.
func lacks(e expectation, found []convo.Finding) string {
	has := func(id indicator.ID, list func(convo.Finding) []convo.Reason) bool {
		return slices.ContainsFunc(found, func(f convo.Finding) bool {
			return slices.ContainsFunc(list(f), func(r convo.Reason) bool { return r.Indicator == id })
		})
	}
	for _, id := range e.by {
		if !has(id, func(f convo.Finding) []convo.Reason { return f.Because }) {
			return fmt.Sprintf("%s is not among the reasons", id)
		}
	}
	for _, id := range e.against {
		if !has(id, func(f convo.Finding) []convo.Reason { return f.Against }) {
			return fmt.Sprintf("%s does not speak against it", id)
		}
	}
	for _, axis := range e.power {
		if !slices.ContainsFunc(found, func(f convo.Finding) bool { return slices.Contains(f.Power, axis) }) {
			return fmt.Sprintf("no power by %s is shown", axis)
		}
	}
	if e.welfare && !slices.ContainsFunc(found, func(f convo.Finding) bool { return f.Path == "welfare" }) {
		return "it does not take the welfare path"
	}
	return ""
}

// reached returns the step at which the band was reached first, -1 for never.
func (r *run) reached(e expectation, band jaga.Band) int {
	for _, x := range r.raised {
		if (e.from == "" || x.from == e.from && x.to == e.to) && (e.form == "" || x.form == e.form) && x.band >= band {
			return x.step
		}
	}
	return -1
}

// late says that the band was reached too late, if so.
func (r *run) late(e expectation) string {
	if e.acts == 0 && !e.timed {
		return ""
	}
	step := r.reached(e, e.band)
	if step < 0 {
		return fmt.Sprintf("no message was named at which %s was reached", e.band)
	}
	acts, first := 0, -1
	for i := range r.steps[:step+1] {
		if r.steps[i].reaches(e.from, e.to) {
			acts++
			if first < 0 {
				first = i
			}
		}
	}
	if e.acts > 0 && acts > e.acts {
		return fmt.Sprintf("it reached %s at act %d of %s%s", e.band, acts, e.from, r.whenReached(e, e.band))
	}
	if e.timed && first >= 0 {
		if d := r.steps[step].at.Sub(r.steps[first].at); d > e.within {
			return fmt.Sprintf("it reached %s %s after the first act of %s%s", e.band, words(d), e.from, r.whenReached(e, e.band))
		}
	}
	return ""
}

// reaches tells whether a step goes from one person to the other, alone or
// among others.
func (s *step) reaches(from, to string) bool {
	return s.from == from && (s.to == nil || to == "*" || slices.Contains(s.to, to))
}

// whenReached tells the place at which a band was reached.
func (r *run) whenReached(e expectation, band jaga.Band) string {
	i := r.reached(e, band)
	if i < 0 {
		return ""
	}
	st := r.steps[i]
	return fmt.Sprintf(", in line %d on day %d at %s", st.line, dayOf(st.at), st.at.Format("15:04:05"))
}

// words writes a span of time as people do.
func words(d time.Duration) string {
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		if d < u.unit || d%u.unit != 0 {
			continue
		}
		if n := int(d / u.unit); n != 1 {
			return fmt.Sprintf("%d %ss", n, u.name)
		}
		return "1 " + u.name
	}
	return d.String()
}

func (r *run) judgeUnchecked(e expectation) (f Failure, ok bool) {
	list := r.state.NotChecked()
	for _, id := range e.unchecked {
		i := slices.IndexFunc(list, func(n convo.NotChecked) bool { return n.Indicator == id })
		if i < 0 {
			return r.failure(e, nil, fmt.Sprintf("%s was checked", id)), false
		}
		for _, need := range e.needs {
			if !slices.Contains(list[i].Needs, need) {
				return r.failure(e, nil, fmt.Sprintf("%s was not checked, but needs %v and not %s", id, list[i].Needs, need)), false
			}
		}
	}
	return f, true
}
