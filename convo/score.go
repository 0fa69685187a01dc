package convo

import (
	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo/pack"
)

// saturate turns a decayed amount into a factor: 1 for one sighting, at most
// 1.5 for any number.
func saturate(x float64) float64 { return 1.5 * x / (x + 0.5) }

// value is what an entry is worth in a context, in log-odds.
func (d *Detector) value(c *core, e *entry, ctx *context) float64 {
	in := &d.cat[e.code]
	w := in.low
	if in.up > in.low && upgraded(c, e.code, ctx) {
		w = in.up
	}
	return w * saturate(e.x) * ctx.factor(e.code) * lonely(c, e, ctx)
}

// lonely scales what says little without another sign beside it: a deadline
// for nothing, or words about family and friends without a threat or a claim.
// An act that the platform reports is taken as it says.
func lonely(c *core, e *entry, ctx *context) float64 {
	if e.acted {
		return 1
	}
	switch e.code {
	case s08:
		if count(c, s04, s05, s06, s07, s09, s10, s12, s13, s15, s16, g20) == 0 {
			return 0.4
		}
	case w06:
		// Everybody says no at times. It counts where something was asked.
		if count(c, g18, g20, g21, g22, g24, s03, s05, s09, s15, l02) == 0 {
			return 0.2
		}
	case s17:
		// Words of despair are often sayings, and say nothing about who
		// listens. They are shown, so that somebody asks how the child is.
		if count(c, s04, s05, s06, s07, s08, s09, s10, s12, s13, s15, s16, g20, g21, g24) == 0 {
			if ctx.target == pack.Minor && !ctx.peers {
				return 0.7
			}
			return 0.36
		}
	case s06:
		if count(c, s04, s05, s07, s08, s09, s12, s13, s15, s16) == 0 {
			return 0.2
		}
	}
	return 1
}

// upgraded tells whether the condition holds under which an indicator is
// worth the upper end of its range (indicator.Indicator.UpWhen). A condition
// that the detector cannot see does not hold.
func upgraded(c *core, k uint8, ctx *context) bool {
	minor := ctx.target == pack.Minor
	repeated := func() bool { e := c.get(k); return e != nil && e.n >= 2 && !e.quoted }
	switch k {
	case g02:
		return minor && repeated()
	case g04:
		return ctx.gap && c.seq.minor != 0
	case g07:
		return c.seq.firstGift != 0 && c.seq.lastReq > c.seq.firstGift
	case g09:
		return repeated()
	case g11:
		return repeated() && !ctx.family && !ctx.familyClaimed
	case g13:
		return minor && !ctx.peers && !ctx.family
	case g15:
		return minor
	case g16:
		return count(c, g04, g10, g11, g12, g13, g20, g21, g22) > 0
	case g17, g24, s08, l06:
		return repeated()
	case g18, s03:
		return minor && !ctx.peers
	case g20:
		return minor || c.seq.refusal != 0
	case g25:
		return c.has(g13) || c.has(g20)
	case w04:
		return c.has(g07) || c.seq.refusal != 0
	case s09, s10:
		return count(c, s04, s05, s06, s12) > 0
	case l02, l08:
		return minor || c.has(l01)
	case l10, c01:
		return minor
	case l15:
		return c.has(l11)
	case w06:
		return c.seq.firstRefusal != 0 && c.seq.lastReq > c.seq.firstRefusal
	}
	return false
}

// class sums, see classShare.
const maxClasses = 24

type sums struct {
	top, all [maxClasses]float64
	any      bool
	main     bool // something whose main form this is was seen
	never    bool // nothing but what is never enough alone
	n        int
	solid    int // indicators that are more than weak
}

// score returns the log-odds of each form and whether it is urgent by rule.
func (d *Detector) score(c *core, ctx *context, dominant bool) (score [numForms]float64, urgent [numForms]bool) {
	var by [numForms]sums
	for i := range c.entries {
		e := &c.entries[i]
		v := d.value(c, e, ctx)
		if v <= 0 {
			continue
		}
		in := &d.cat[e.code]
		for f, share := range in.forms {
			if share == 0 {
				continue
			}
			b := &by[f]
			b.any = true
			b.main = b.main || share == 1
			switch {
			case in.low < weightModerate:
			case e.acted && in.low >= weightStrong:
				b.solid += 2 // an act: the platform itself has seen it
			case v >= weightModerate*0.6:
				b.solid++
			}
			b.never = (e.code == l12 || e.code == c07) && (b.n == 0 || b.never)
			b.n++
			b.all[in.class] += v * share
			b.top[in.class] = max(b.top[in.class], v*share)
		}
	}
	for f := range by {
		for k := range by[f].all {
			score[f] += by[f].top[k] + classShare*(by[f].all[k]-by[f].top[k])
		}
		ties := 1.0
		if ctx.family {
			ties = familyShare // CTX-01: what is ordinary alone is so together
		}
		score[f] += combined(c, f, ctx) * ties
		if by[f].any && dominant {
			score[f] += weightWeak / 2 * ties
		}
		score[f] *= ctx.k[f]
		// An imbalance of power weighs beside what is more than weak.
		if score[f] >= weightModerate*0.95 {
			if ctx.gap && !ctx.close {
				score[f] += weightWeak * ties
			}
			if ctx.fame && f != material {
				score[f] += weightWeak
			}
		}
		if by[f].never {
			score[f] = min(score[f], thresholdObserve-0.01)
		}
		// Where nobody is known to be a child, one sign is not enough for a
		// person's time: words are mostly something else there.
		if f != material && ctx.target != pack.Minor && by[f].solid < 2 {
			score[f] = min(score[f], thresholdReview-0.01)
		}
		if !by[f].main {
			score[f] = 0 // what only accompanies a form does not make it
		}
	}
	if c.seq.model != 0 && ctx.target != pack.Adult {
		// A model adds a bounded term, and alone reaches observe at most.
		score[grooming] = max(score[grooming]+modelTerm*ctx.k[grooming], thresholdObserve)
		if !by[grooming].main {
			score[grooming] = thresholdObserve
		}
	}
	if c.seq.reported() && ctx.target != pack.Adult {
		raised := false
		for f := range score {
			if by[f].main {
				score[f] += weightModerate
				raised = true
			}
		}
		if !raised {
			score[grooming] += weightModerate
		}
	}
	if ctx.target != pack.Adult && reportedThreat(c) {
		score[sextortion] = max(score[sextortion], thresholdReview)
	}
	for f := range score {
		urgent[f] = urgentByRule(c, f, ctx)
		if f == grooming && score[f] >= thresholdUrgent && ctx.target == pack.Minor && !ctx.peers && !ctx.trusted() && count(c, g18, g21, g22, g23) > 0 {
			urgent[f] = true
		}
	}
	return score, urgent
}

// combined are the published combinations, as interaction terms in log-odds
// (indicator.Combinations, by number).
func combined(c *core, form int, ctx *context) float64 {
	has := c.has
	minor := ctx.target == pack.Minor
	out := 0.0
	switch form {
	case grooming:
		if (has(g11) || has(g12)) && (has(g13) || has(g25)) { // 1
			out += 1.5
		}
		if (has(g15) || has(g16)) && minor && count(c, g04, g05, g06, g08, g10, g11, g12, g13, g20, g21) > 0 { // 2
			out += 0.9
		}
		if (has(g07) || has(l03)) && (has(g20) || has(g21) || has(l02)) { // 3
			out += 1.2
			if has(w04) {
				out += 0.6
			}
		}
		if has(g20) && has(g24) { // 4
			out += 1.2
		}
	case sextortion:
		if has(s02) && count(c, s04, s05, s06, s08, s09) >= 2 { // 5
			out += 2
		}
		if has(s09) && has(s11) { // 6
			out += 2
		}
		if has(s05) && count(c, s04, s06, s08, s09) >= 1 {
			out += 1
		}
	case liveStream:
		if has(l01) && has(l02) && has(l03) { // 7
			out += 2
		}
		if has(l09) && has(l10) { // 8
			out += 1
			if has(l11) || has(l12) {
				out += 1
			}
		}
	}
	return out
}

func count(c *core, codes ...uint8) int {
	n := 0
	for _, k := range codes {
		if c.has(k) {
			n++
		}
	}
	return n
}

// urgentByRule tells whether a person may be in danger now. It needs no
// minimum of messages.
func urgentByRule(c *core, form int, ctx *context) bool {
	minor := ctx.target == pack.Minor
	if ctx.target == pack.Adult {
		return false
	}
	switch form {
	case sextortion:
		severe := count(c, s05, s12, s15, s16)
		if e := c.get(s06); e != nil && !e.quoted && lonely(c, e, ctx) == 1 {
			severe++
		}
		hold := count(c, s04, s07, s13) // what the other side could be held by
		signs := severe + hold + count(c, s08, s09, s10)
		if c.has(s11) && (severe+count(c, s04, s07, s13) > 0 || minor && !ctx.peers && !ctx.family) {
			severe++ // a new demand after payment; instalments alone are none
		}
		sure := reportedThreat(c)
		switch {
		case severe > 0 && minor && !ctx.peers && ctx.speaker != pack.Minor:
			return true
		case severe > 0 && signs >= 2 && (minor || sure || severe >= 2 || signs >= 3):
			return true
		case c.has(s17) && (signs >= 2 || severe > 0 && (minor || sure)):
			return true
		case c.has(s17) && signs > 0 && minor:
			return true
		case c.has(s02) && signs >= 2, minor && !ctx.peers && !ctx.family && signs >= 3:
			return true
		case hold > 0 && signs >= 3 && !ctx.family:
			// Something to be held by, and demands on top: not even among
			// children of one age is that a quarrel or a trade.
			return true
		case c.has(s17) && c.get(s17).acted && c.get(s17).x >= 0.5 && minor && !ctx.peers && !ctx.trusted():
			return true // the platform itself says that a child is in distress
		}
	case liveStream:
		return minor && c.has(l02) && c.has(l03) && (c.has(l07) || c.has(l08)) ||
			minor && c.has(l09) && c.has(l10) && (c.has(l11) || c.has(l12))
	case grooming:
		// Between a child and those it is known to belong to, a time and a
		// place are what every day is made of.
		return minor && !ctx.peers && !ctx.trusted() && c.seq.near != 0 && c.has(g22) &&
			(c.has(g13) || c.has(g25) || c.has(g11) || c.has(g12) || c.has(g18))
	}
	return false
}

// reportedThreat tells whether a threat is an act that the platform itself
// reports, and no reading of words.
func reportedThreat(c *core) bool {
	for _, k := range [...]uint8{s05, s06, s11, s12, s15, s16} {
		if e := c.get(k); e != nil && !e.quoted && e.acted {
			return true
		}
	}
	return false
}

// band returns the band of a score.
func band(score float64, urgent bool) jaga.Band {
	switch {
	case urgent:
		return jaga.BandUrgent
	case score >= thresholdReview:
		return jaga.BandReview
	case score >= thresholdObserve:
		return jaga.BandObserve
	}
	return jaga.BandNone
}

// dominant tells whether one side leads the conversation (W-03): it asks
// nearly all questions of a conversation long enough to tell.
func dominant(mine, theirs *pair) bool {
	if mine == nil || theirs == nil || mine.n < 15 || theirs.n < 10 {
		return false
	}
	asked := mine.questions + theirs.questions
	return asked >= 10 && mine.questions*5 >= asked*4
}
