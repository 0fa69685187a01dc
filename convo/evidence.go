package convo

import (
	"cmp"
	"math"
	"slices"
)

// ref points to where evidence was seen.
type ref struct {
	id         string
	start, end int32 // bytes of the text; end 0 for an event
	view       uint8 // index into viewNames
	pack       uint8 // index into the detector's packs, plus 1
}

var viewNames = [...]string{"event", "raw", "stem", "slang", "folded"}

// event is one piece of evidence as it came in.
type event struct {
	at   int64 // Unix milliseconds
	code uint8
	near bool // a time or place was named with it
	// quoted evidence stands in quotation marks, a lesson, a report or a
	// play.
	quoted bool
	// rel is the worth relative to the catalogue's weight.
	rel float64
	ref ref
}

// before is the order in which evidence is folded: by time, whatever the
// order of arrival.
func (e event) before(o event) int {
	// Of messages at one time the one with the lower number is first: "m9"
	// before "m10".
	return cmp.Or(cmp.Compare(e.at, o.at), cmp.Compare(len(e.ref.id), len(o.ref.id)), cmp.Compare(e.ref.id, o.ref.id), cmp.Compare(e.code, o.code),
		cmp.Compare(e.ref.start, o.ref.start))
}

// entry is what is kept of one indicator of a pair.
type entry struct {
	code   uint8
	quoted bool    // only ever seen quoted
	acted  bool    // the platform itself has seen it, not only words
	n      uint16  // how often, saturating
	x      float64 // decayed amount at the time last
	last   int64
	best   float64 // rel of the reference kept
	ref    ref
}

// limits of what is kept for a pair, so that its state stays below 1 KiB.
const (
	maxEntries = 18
	maxWindow  = 4
	maxRefs    = 8
)

// core is the evidence of a pair, folded in order of time.
type core struct {
	entries []entry // by code
	seq     sequence
	peak    [numForms]uint8  // highest band reached
	peakAt  [numForms]string // the message that reached it
}

// sequence remembers when acts were last seen that others build on, as Unix
// milliseconds; 0 is never.
type sequence struct {
	firstReq, lastReq, refusal, threat, demand, sent int64
	vulnerable, role, topic, hedge, gift, direct     int64
	near                                             int64 // a meeting with a time or place
	report, block, minor                             int64
	firstGift, firstRefusal, model                   int64
}

// reported tells whether the person who may be targeted reported or blocked
// the other side (CTX-07).
func (q *sequence) reported() bool { return q.report != 0 || q.block != 0 }

func (c *core) clone() core {
	out := *c
	out.entries = slices.Clone(c.entries)
	return out
}

// entry returns the entry of a code, making room for a new one by dropping
// the lightest of those that are not the last of their form: a finding must
// not outlive its reasons.
func (c *core) entry(d *Detector, code uint8) *entry {
	i, ok := slices.BinarySearchFunc(c.entries, code, func(e entry, code uint8) int { return cmp.Compare(e.code, code) })
	if ok {
		return &c.entries[i]
	}
	if len(c.entries) >= maxEntries {
		var left [numForms]int
		for j := range c.entries {
			left[d.cat[c.entries[j].code].main]++
		}
		light := -1
		for j := range c.entries {
			if left[d.cat[c.entries[j].code].main] > 1 && (light < 0 || d.weight(&c.entries[j]) < d.weight(&c.entries[light])) {
				light = j
			}
		}
		c.entries = slices.Delete(c.entries, light, light+1)
		if light < i {
			i--
		}
	}
	c.entries = slices.Insert(c.entries, i, entry{code: code, quoted: true})
	return &c.entries[i]
}

func (d *Detector) weight(e *entry) float64 { return d.cat[e.code].low * e.x }

func (c *core) get(code uint8) *entry {
	for i := range c.entries {
		if c.entries[i].code == code {
			return &c.entries[i]
		}
	}
	return nil
}

// has reports whether an indicator was seen outside quotations.
func (c *core) has(code uint8) bool {
	e := c.get(code)
	return e != nil && !e.quoted
}

// add folds one event into its entry. The amount is that at the later of the
// two times, so that a late event adds what it would have been worth by now.
func (c *core) add(d *Detector, ev event) {
	e := c.entry(d, ev.code)
	half := d.cat[ev.code].halfLife
	switch {
	case e.last == 0:
		e.x, e.last = ev.rel, ev.at
	case ev.at >= e.last:
		e.x = e.x*decay(ev.at-e.last, half) + ev.rel
		e.last = ev.at
	default:
		e.x += ev.rel * decay(e.last-ev.at, half)
	}
	if e.n < math.MaxUint16 {
		e.n++
	}
	e.acted = e.acted || !ev.quoted && ev.ref.view == 0
	if e.quoted && !ev.quoted {
		e.quoted = false
		e.best = 0
	}
	if ev.quoted == e.quoted && ev.rel > e.best {
		e.best, e.ref = ev.rel, ev.ref
	}
	c.trimRefs(d)
}

// trimRefs keeps the references of the weightiest entries only.
func (c *core) trimRefs(d *Detector) {
	for {
		n, light := 0, -1
		for i := range c.entries {
			e := &c.entries[i]
			if e.ref.id == "" && e.ref.end == 0 {
				continue
			}
			n++
			if light < 0 || d.weight(e) < d.weight(&c.entries[light]) {
				light = i
			}
		}
		if n <= maxRefs {
			return
		}
		c.entries[light].ref, c.entries[light].best = ref{view: c.entries[light].ref.view}, 0
	}
}

func decay(ms int64, half float64) float64 {
	if ms <= 0 {
		return 1
	}
	return math.Exp2(-float64(ms) / half)
}
