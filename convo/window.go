package convo

import (
	"slices"
	"strconv"

	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/convo/pack"
)

// put adds evidence to a pair. Evidence is folded in order of time, whatever
// the order of arrival: the newest few wait in a window for a late one.
func (s *State) put(p *pair, ev event) {
	if ev.ref.id == "" {
		ev.ref.id = "#" + strconv.FormatUint(s.messages, 10) // its place, for the reasons
	}
	if k := (pairKey{p.from, p.to}); !slices.Contains(s.dirty, k) {
		s.dirty = append(s.dirty, k)
	}
	e := p.evidence
	if e == nil {
		e = &evidence{quietDays: p.days}
		if back := s.pairs[pairKey{p.to, p.from}]; back == nil || back.days < e.quietDays {
			e.quietDays = 0
		}
		p.evidence = e
		s.order = append(s.order, pairKey{p.from, p.to})
		for _, fact := range p.pre {
			s.enter(p, fact)
		}
		p.pre = nil
	}
	s.enter(p, ev)
	s.sight(&e.now, -1)
	e.now = e.base.clone()
	for _, w := range e.window {
		s.fold(p, &e.now, w)
	}
	s.sight(&e.now, 1)
}

// sight counts in how many pairs the indicators stand.
func (s *State) sight(c *core, by int32) {
	if s.sighted == nil {
		s.sighted = new([indicator.Count]int32)
	}
	for i := range c.entries {
		s.sighted[c.entries[i].code] += by
	}
}

// enter puts an event into the window and folds what falls out of it.
func (s *State) enter(p *pair, ev event) {
	e := p.evidence
	i, _ := slices.BinarySearchFunc(e.window, ev, event.before)
	e.window = slices.Insert(e.window, i, ev)
	if len(e.window) > maxWindow {
		s.fold(p, &e.base, e.window[0])
		e.window = slices.Delete(e.window, 0, 1)
	}
}

// wait keeps a fact for when there is evidence.
func (p *pair) wait(ev event) {
	i, _ := slices.BinarySearchFunc(p.pre, ev, event.before)
	p.pre = slices.Insert(p.pre, i, ev)
	if len(p.pre) > maxPre {
		p.pre = slices.Delete(p.pre, 0, 1)
	}
}

// fold applies an event and notes the highest band so far.
func (s *State) fold(p *pair, c *core, ev event) {
	back := s.pairs[pairKey{p.to, p.from}]
	contact := p.first
	if back != nil {
		contact = min(contact, back.first)
	}
	ctx := s.context(p)
	c.apply(s.d, ev, contact, ctx.target == pack.Minor && !ctx.family && !ctx.peers)
	score, urgent := s.d.score(c, &ctx, dominant(p, back))
	for f := range score {
		if b := uint8(band(score[f], urgent[f])); b > c.peak[f] {
			c.peak[f], c.peakAt[f] = b, ev.ref.id
		}
	}
}
