package engine

import (
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/hamming"
)

// Query is one question to the engine.
type Query struct {
	Signals []jaga.Signal
	// Banks are the names of the banks to ask; empty asks all.
	Banks []string
	// Ear heard the sound of which the Chromaprint among Signals is; its matches
	// are then what the ear found. nil compares the words of the signal, which
	// are found at their own speed only.
	Ear *Ear
	// Now decides which entries are switched off or expired.
	Now time.Time
	// Draw is the look-up's random number in [0,1): banks with a smaller
	// enabled ratio stay out. 0 asks all banks, whatever their ratio.
	Draw float64
	// Radius replaces the threshold of every bank when it is positive, for
	// looking around. At most MaxThreshold.
	Radius int
	// Margin is added to the threshold of every bank, or to Radius. It is for
	// PDQ hashes that may be that many bits away from those they stand for, as
	// hashes from screening are: what the true hash matches is then among the
	// answers. Negative counts as 0.
	Margin int
	// Raw ignores ratios, switched-off entries and expiry.
	Raw bool
	// Limit keeps the nearest matches only; 0 keeps all.
	Limit int
}

// Answer holds the matches, nearest first, and the version of the tables.
type Answer struct {
	Matches []jaga.Match
	Version string
	// Asked is with how many hashes of each type the query could be compared:
	// those of the match banks that it names and that took part. Where it is
	// 0 nothing was compared, so nothing found means nothing.
	Asked map[jaga.SignalType]int
	// Absent is the same for the match banks that it names, that are not
	// switched off, and that its draw left out.
	Absent map[jaga.SignalType]int
	// Narrow says that Radius is smaller than the threshold of a match bank
	// that was asked, so that nothing found is not nothing there.
	Narrow bool
}

// Match looks the signals up. It returns [ErrNotLoaded] before the tables are
// there, and an error that names the first signal that is not well formed.
func (e *Engine) Match(q Query) (Answer, error) {
	t := e.tables.Load()
	if t == nil {
		return Answer{}, ErrNotLoaded
	}
	a := Answer{Version: t.version}
	a.Asked, a.Absent, a.Narrow = t.sizes(q)
	for _, s := range q.Signals {
		v, err := ParseSignal(s)
		if err != nil {
			return Answer{}, fmt.Errorf("match: %w", err)
		}
		switch v.Type {
		case jaga.PDQ:
			a.Matches = t.near(a.Matches, q, s, v)
			a.Matches = t.inFilms(a.Matches, q, s, v)
		case jaga.VPDQ:
			if a.Matches, err = t.inFilm(a.Matches, q, s, v); err != nil {
				return Answer{}, fmt.Errorf("match: %w", err)
			}
		case jaga.Chromaprint:
			if a.Matches, err = t.heard(a.Matches, q, s, v); err != nil {
				return Answer{}, fmt.Errorf("match: %w", err)
			}
		default:
			a.Matches = t.equal(a.Matches, q, s, v)
		}
	}
	slices.SortStableFunc(a.Matches, func(x, y jaga.Match) int { return x.Distance - y.Distance })
	if q.Limit > 0 && len(a.Matches) > q.Limit {
		// What is cut is farther than all that stays, so no entry of an allow
		// bank that speaks against one of those is lost.
		a.Matches = slices.Clone(a.Matches[:q.Limit])
	}
	return a, nil
}

// sizes adds up the hashes of the match banks that take part in the query, and
// of those that sit it out.
func (t *tables) sizes(q Query) (asked, absent map[jaga.SignalType]int, narrow bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	asked, absent = map[jaga.SignalType]int{}, map[jaga.SignalType]int{}
	for id, b := range t.banks {
		if b.Role != jaga.RoleMatch || !q.names(b) || !q.Raw && b.EnabledRatio == 0 && q.Draw > 0 {
			continue
		}
		sum := asked
		if !q.Raw && b.EnabledRatio < q.Draw {
			sum = absent
		}
		for typ, n := range t.count[id] {
			sum[typ] += n
		}
		narrow = narrow || q.Radius > 0 && q.Radius < b.Threshold
	}
	return asked, absent, narrow
}

// Any reports whether [Engine.Match] would have a match for any of the signals,
// and returns the version of the tables that were asked. It is cheaper: it
// stops at the first match and describes none.
func (e *Engine) Any(q Query) (found bool, version string, err error) {
	t := e.tables.Load()
	if t == nil {
		return false, "", ErrNotLoaded
	}
	radius := t.radius(q)
	var hits []hamming.Hit
	for _, s := range q.Signals {
		v, err := ParseSignal(s)
		if err != nil {
			return false, "", fmt.Errorf("match: %w", err)
		}
		switch v.Type {
		case jaga.PDQ:
			hits = t.pdq.Search(hits[:0], v.Bytes, radius)
			found = t.anyNear(q, hits) || len(t.inFilms(nil, q, s, v)) > 0
		case jaga.VPDQ:
			matches, err := t.inFilm(nil, q, s, v)
			if err != nil {
				return false, "", fmt.Errorf("match: %w", err)
			}
			found = len(matches) > 0
		case jaga.Chromaprint:
			matches, err := t.heard(nil, q, s, v)
			if err != nil {
				return false, "", fmt.Errorf("match: %w", err)
			}
			found = len(matches) > 0
		default:
			found = t.anyEqual(q, t.exact[v.Type].Lookup(nil, v.Bytes[:v.Type.Size()]))
		}
		if found {
			break
		}
	}
	return found, t.version, nil
}

func (t *tables) anyNear(q Query, hits []hamming.Hit) bool {
	if len(hits) == 0 {
		return false
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.ContainsFunc(hits, func(h hamming.Hit) bool {
		b, ok := t.asked(q, h.ID)
		return ok && h.Distance <= q.reach(b)
	})
}

func (t *tables) anyEqual(q Query, ids []uint32) bool {
	if len(ids) == 0 {
		return false
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.ContainsFunc(ids, func(id uint32) bool {
		_, ok := t.asked(q, id)
		return ok
	})
}

func (t *tables) equal(dst []jaga.Match, q Query, s jaga.Signal, v Value) []jaga.Match {
	ids := t.exact[v.Type].Lookup(nil, v.Bytes[:v.Type.Size()])
	if len(ids) == 0 {
		return dst
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, id := range ids {
		if b, ok := t.asked(q, id); ok {
			dst = append(dst, t.match(s, b, id, s.Value, 0, 0))
		}
	}
	return dst
}

func (t *tables) near(dst []jaga.Match, q Query, s jaga.Signal, v Value) []jaga.Match {
	hits := t.pdq.Search(nil, v.Bytes, t.radius(q))
	if len(hits) == 0 {
		return dst
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	for _, h := range hits {
		if b, ok := t.asked(q, h.ID); ok && h.Distance <= q.reach(b) {
			dst = append(dst, t.match(s, b, h.ID, hex.EncodeToString(h.Code[:]), h.Distance, b.Threshold))
		}
	}
	return dst
}

// reach is the largest PDQ distance at which the query takes entries of a bank.
func (q *Query) reach(b Bank) int {
	r := b.Threshold
	if q.Radius > 0 {
		r = min(q.Radius, MaxThreshold)
	}
	return r + max(0, q.Margin)
}

// names reports whether the query asks the bank.
func (q *Query) names(b Bank) bool { return len(q.Banks) == 0 || slices.Contains(q.Banks, b.Name) }

// radius is the largest reach into any bank that is asked: one search of the
// index serves all of them. -1 if there is none.
func (t *tables) radius(q Query) int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	r := -1
	for _, b := range t.banks {
		if q.names(b) {
			r = max(r, q.reach(b))
		}
	}
	return r
}

// asked returns the bank of an entry if the query asks it about that entry.
// The caller holds the lock.
func (t *tables) asked(q Query, entry uint32) (Bank, bool) {
	id, ok := t.spans.bank(entry)
	if !ok {
		return Bank{}, false
	}
	b, ok := t.banks[id]
	if !ok || !q.names(b) {
		return Bank{}, false
	}
	if q.Raw {
		return b, true
	}
	if f, special := t.facts[entry]; special && !f.On(q.Now.Unix()) {
		return Bank{}, false
	}
	return b, b.EnabledRatio >= q.Draw
}

func (t *tables) match(s jaga.Signal, b Bank, entry uint32, value string, distance, threshold int) jaga.Match {
	m := jaga.Match{
		Signal: s, Bank: b.Name, Role: b.Role, Form: b.Form, Band: b.Band,
		Entry: int64(entry), Value: value, Distance: distance, Threshold: threshold,
	}
	if t.facts[entry].Quarantined {
		m.Suppressed = jaga.SuppressedQuarantine
	}
	return m
}
