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
	return w * saturate(e.x) * ctx.factor(e.code)
}

// upgraded tells whether the condition holds under which an indicator is
// worth the upper end of its range.
func upgraded(c *core, k uint8, ctx *context) bool {
	minor := ctx.target == pack.Minor
	switch k {
	case s09, s10, s08:
		return c.has(s04) || c.has(s05) || c.has(s12) || c.has(s06)
	case g20:
		return minor || c.seq.refusal != 0
	case g15:
		return minor
	case w04:
		return c.has(g07)
	case s03, c01:
		return minor
	case l02, l08:
		return minor || c.has(l01)
	case g07:
		return minor && c.seq.lastReq > c.seq.gift && c.seq.gift != 0
	case w03, w06, c07, l12, l13, l15:
		return false
	}
	return minor && !ctx.peers
}

// class sums, see classShare.
const maxClasses = 24

type sums struct {
	top, all [maxClasses]float64
	any      bool
	main     bool // something whose main form this is was seen
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
			b.all[in.class] += v * share
			b.top[in.class] = max(b.top[in.class], v*share)
		}
	}
	for f := range by {
		for k := range by[f].all {
			score[f] += by[f].top[k] + classShare*(by[f].all[k]-by[f].top[k])
		}
		score[f] += combined(c, f, ctx)
		if by[f].any && dominant {
			score[f] += weightWeak / 2
		}
		score[f] *= ctx.k[f]
		if by[f].any && ctx.gap {
			score[f] += weightWeak
		}
		if by[f].any && ctx.fame && f != material {
			score[f] += weightWeak
		}
		if !by[f].main {
			score[f] = 0 // what only accompanies a form does not make it
		}
	}
	if ctx.history {
		score[grooming] = min(score[grooming], max(score[grooming]-0.5, 0))
	}
	if c.seq.reported() {
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
	for f := range score {
		urgent[f] = urgentByRule(c, f, ctx)
		if f == grooming && score[f] >= thresholdUrgent && ctx.target == pack.Minor && !ctx.peers {
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
		if (has(g15) || has(g16)) && minor { // 2
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
		severe := count(c, s05, s06, s11, s12, s15, s16)
		signs := severe + count(c, s04, s07, s08, s09, s10, s13)
		switch {
		case severe > 0 && minor && !ctx.peers && ctx.speaker != pack.Minor:
			return true
		case severe > 0 && signs >= 2:
			return true
		case c.has(s17) && signs > 0:
			return true
		case c.has(s02) && signs >= 2:
			return true
		case c.has(s17) && minor && !ctx.peers && !ctx.family && !ctx.familyClaimed && !ctx.helper:
			return true
		}
	case liveStream:
		return minor && c.has(l02) && c.has(l03) && (c.has(l07) || c.has(l08)) ||
			minor && c.has(l09) && c.has(l10) && (c.has(l11) || c.has(l12))
	case grooming:
		return minor && !ctx.peers && c.seq.near != 0 && c.has(g22) &&
			(c.has(g13) || c.has(g25) || c.has(g11) || c.has(g12) || c.has(g18))
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

// dominance tells whether one side leads the conversation (W-03): it asks
// nearly all questions of a conversation long enough to tell.
func dominant(mine, theirs *pair) bool {
	if mine == nil || theirs == nil || mine.n < 15 || theirs.n < 10 {
		return false
	}
	asked := mine.questions + theirs.questions
	return asked >= 10 && mine.questions*5 >= asked*4
}
