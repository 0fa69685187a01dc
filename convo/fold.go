package convo

import (
	"time"

	"github.com/jaga-project/jaga/convo/indicator"
)

// Spans within which one act counts as following another. They are the
// catalogue's where it states one ("within a day", "minutes to an hour", "≤ N
// seconds before or after") and choices of this project otherwise.
const (
	spanDay     = 24 * time.Hour
	spanWeek    = 7 * 24 * time.Hour
	spanRefusal = 30 * 24 * time.Hour
	spanTempo   = time.Hour        // S-02
	spanHedge   = 10 * time.Minute // G-17
	spanGift    = time.Minute      // L-03
	spanReward  = 30 * time.Second // L-05
)

// apply folds one event into the core, and what follows from it and what was
// there before. Events come in order of time; contact is when the two first
// wrote to each other.
func (c *core) apply(d *Detector, ev event, contact int64, minor bool) {
	if int(ev.code) < indicator.Count {
		c.add(d, ev)
	}
	if ev.quoted {
		return // what is only quoted starts no sequence
	}
	derive := func(code uint8, rel float64) {
		c.add(d, event{at: ev.at, code: code, rel: rel, ref: ev.ref})
	}
	q := &c.seq
	within := func(then int64, span time.Duration) bool {
		return then != 0 && ev.at >= then && ev.at-then <= span.Milliseconds()
	}
	switch ev.code {
	case g20, g21, g22, s03, codeRequest:
		if q.firstReq != 0 && q.firstReq <= q.refusal && within(q.refusal, spanRefusal) {
			derive(g24, 1)
		}
		if within(q.threat, spanWeek) {
			derive(s15, 1)
		}
		if within(q.role, spanWeek) {
			derive(w02, 1)
		}
		if within(q.hedge, spanDay) {
			derive(g17, 1)
			q.hedge = 0
		}
		if (ev.code == s03 || q.topic != 0) && ev.at-contact <= spanTempo.Milliseconds() {
			derive(s02, 1)
		}
		if q.firstReq == 0 {
			q.firstReq = ev.at
		}
		q.lastReq = ev.at
		if ev.code == g22 && ev.near {
			q.near = ev.at
		}
	case codeReport:
		q.report = ev.at
	case codeBlock:
		q.block = ev.at
	case codeRefusal:
		q.refusal = ev.at
		if q.firstRefusal == 0 {
			q.firstRefusal = ev.at
		}
		derive(w06, 1)
	case g18:
		if ev.at-contact <= spanTempo.Milliseconds() {
			derive(s02, 1)
		}
		if q.topic != 0 && within(q.hedge, spanDay) {
			derive(g17, 1)
			q.hedge = 0
		}
		if within(q.threat, spanWeek) {
			derive(s15, 1)
		}
		q.topic = ev.at
	case codeHedge:
		if within(q.topic, spanHedge) || within(q.lastReq, spanHedge) {
			q.hedge = ev.at
		}
	case codeVulnerable:
		q.vulnerable = ev.at
	case g05, g08, g13:
		if within(q.vulnerable, spanDay) {
			derive(w05, 1)
			q.vulnerable = 0
		}
		if ev.code == g05 && within(q.direct, spanReward) {
			derive(l05, 1)
		}
	case s05, s12, s16:
		q.threat = ev.at
	case s09:
		if q.demand != 0 && q.demand <= q.sent && within(q.sent, spanDay) {
			derive(s11, paidRel(c, minor))
		}
		q.demand = ev.at
	case codeModel:
		q.model = ev.at
	case codeMinor:
		q.minor = ev.at
	case codeSent:
		q.sent = ev.at
	case codeRole:
		q.role = ev.at
		if within(q.lastReq, spanDay) {
			derive(w02, 1)
		}
	case codeGift, g07:
		if ev.code == codeGift {
			derive(g07, 1)
		}
		if within(q.direct, spanGift) {
			derive(l03, 1)
		}
		if within(q.direct, spanReward) {
			derive(l05, 1)
		}
		q.gift = ev.at
		if q.firstGift == 0 {
			q.firstGift = ev.at
		}
	case l02:
		if within(q.gift, spanGift) {
			derive(l03, 1)
		}
		if within(q.threat, spanWeek) {
			derive(s15, 1)
		}
		q.direct = ev.at
	}
}

// paidRel is what a new demand after payment is worth: little where nothing
// else tells extortion from a sale in instalments.
func paidRel(c *core, minor bool) float64 {
	if minor || count(c, s04, s05, s06, s07, s12, s13, s15, s16) > 0 {
		return 1
	}
	return 0.2
}
