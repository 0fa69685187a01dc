package plugin

import (
	"net/url"
	"slices"
	"time"

	"github.com/jaga-project/jaga"
)

// State is how a plugin is.
type State struct {
	Name     string
	Kind     Kind
	Host     string // where it listens
	Model    string
	Version  string // empty before it was asked
	Items    []jaga.Kind
	Required bool
	Public   bool
	// Answered and Failed are when it answered and failed last; the zero time
	// is never. Why says why it failed.
	Answered, Failed time.Time
	Why              string
	// PausedUntil is until when its breaker keeps everything back; the zero
	// time when it does not.
	PausedUntil time.Time
	// Tripped is true from when its breaker opened until it answers again, also
	// while it is tried once in between.
	Tripped bool
	// Half and Most are the times within which half, and nineteen of twenty,
	// of the last 200 answers came; 0 when there is none.
	Half, Most time.Duration
	// Asked and Failures count today's questions (UTC); PerDay is the budget,
	// 0 when there is none.
	Asked, Failures, PerDay, PerSource int
}

// States lists how the plugins are, in the order in which they are set up.
func (s *Service) States() []State {
	var out []State
	for _, p := range s.all() {
		out = append(out, p.state())
	}
	return out
}

func (p *peer) state() State {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turn()
	st := State{Name: p.Name, Kind: p.Kind, Model: p.Model, Version: p.about.Version, Items: p.Items, Required: p.Required, Public: p.Public,
		Answered: p.okAt, Failed: p.badAt, Why: p.bad, PausedUntil: p.breakers.Until(p.Name), Tripped: p.breakers.Tripped(p.Name), PerDay: p.PerDay, PerSource: p.PerSource}
	if u, err := url.Parse(p.URL); err == nil {
		st.Host = u.Host
	}
	if len(st.Items) == 0 {
		st.Items = p.about.Items
	}
	if x := p.spent[""]; x != nil {
		st.Asked, st.Failures = x.asked, x.failed
	}
	if n := len(p.took); n > 0 {
		sorted := slices.Sorted(slices.Values(p.took))
		st.Half, st.Most = sorted[n/2], sorted[min(n-1, n*19/20)]
	}
	return st
}
