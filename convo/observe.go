package convo

import (
	"slices"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/convo/pack"
	"github.com/jaga-project/jaga/convo/text"
)

// hits turns what the packs found in a message into evidence.
func (s *State) hits(m *Message, scan *pack.Scan, from int32, at int64) {
	// That two packs, or two blocks, find one indicator in one message says
	// no more than that one does.
	var said, only [indicator.Count]bool
	for i := range scan.Hits {
		h := &scan.Hits[i]
		quoted := h.Quoted || scan.Frames != 0
		if h.Rule.Kind == pack.RuleFact {
			if !quoted {
				s.fact(m, h, from, at)
			}
			continue
		}
		if h.Rule.Kind != pack.RuleIndicator {
			continue
		}
		if said[h.Index] || quoted && only[h.Index] {
			continue
		}
		said[h.Index], only[h.Index] = !quoted, quoted
		switch uint8(h.Index) {
		case l02, l03, l05:
			// These are about broadcasters; between two people the same
			// words are something else.
			if s.channel == ChannelPrivate || s.channel == ChannelGroup || (s.channel == ChannelUnknown && uint8(h.Index) == l05) {
				continue
			}
		}
		ev := event{at: at, code: uint8(h.Index), quoted: quoted, rel: s.d.rel(h), ref: s.textRef(m, h)}
		if h.View == pack.ViewFolded {
			ev.rel *= 1 + evasionShare*min(float64(scan.Text.Marks.Evasion()), evasionMarks)
		}
		if quoted {
			ev.rel *= quotedRel
		}
		if ev.code == g22 {
			ev.near = slices.ContainsFunc(scan.Text.Tokens, func(t text.Token) bool {
				return t.Kind == text.Clock || t.Kind == text.Duration
			})
		}
		s.spread(from, ev, h.Rule.Targets)
	}
}

// spread gives evidence to the pairs it is about: those from the speaker, or,
// for what shows on the side of the person who may be targeted, those to the
// speaker.
func (s *State) spread(from int32, ev event, targets pack.Who) {
	turned := s.d.turned(ev.code)
	if ev.code == s17 && len(s.to) > 1 {
		ev.rel *= 0.3 // distress before several says nothing about any of them
	}
	for _, to := range s.to {
		if turned {
			if to >= 0 {
				p := s.pair(to, from, ev.at)
				s.put(p, ev)
			}
			continue
		}
		if !targets.Has(s.targetWho(from, to)) {
			continue
		}
		p := s.pair(from, to, ev.at)
		if ev.code == g04 {
			p.asked = ev.at
		}
		s.put(p, ev)
		if ev.code == l02 && s.channel == ChannelLive {
			s.directed(p, ev)
		}
		if ev.code == g05 && s.channel == ChannelLive {
			s.encouraged(p, ev)
		}
	}
}

// turned tells whether evidence from a speaker is about the other side's
// behaviour.
func (d *Detector) turned(code uint8) bool {
	if int(code) < indicator.Count {
		return d.cat[code].target
	}
	switch code {
	case codeRefusal, codeVulnerable, codeSent, codeReport, codeBlock, codeMinor:
		return true
	}
	return false
}

// rel is the worth of a hit relative to the catalogue. A pack may weigh its
// patterns, within bounds: what is weak in the catalogue stays weak.
func (d *Detector) rel(h *pack.Hit) float64 {
	if h.Rule.Weight == 0 {
		return 1
	}
	return min(max(h.Rule.Weight/d.cat[h.Index].low, 0.2), 1.5)
}

func (s *State) textRef(m *Message, h *pack.Hit) ref {
	view := slices.Index(viewNames[:], string(h.View))
	at := slices.Index(s.d.packs, h.Pack)
	return ref{id: m.ID, start: int32(h.Start), end: int32(h.End), view: uint8(max(view, 0)), pack: uint8(at + 1)}
}

// fact takes what was said that indicators build on.
func (s *State) fact(m *Message, h *pack.Hit, from int32, at int64) {
	ev := event{at: at, rel: 1, ref: s.textRef(m, h)}
	switch h.Rule.Name {
	case "age-self":
		s.sayAge(from, int(h.Age), ev)
		return
	case "age-other":
		for _, to := range s.to {
			if to >= 0 && int(h.Age) < adultAge {
				s.presume(to, pack.Minor)
			}
		}
		return
	case "minor-self":
		s.people[from].hint = true
		return
	case "adult-self":
		s.presume(from, pack.Adult)
		return
	case "refusal":
		ev.code = codeRefusal
	case "hedge":
		ev.code = codeHedge
	case "vulnerability":
		ev.code = codeVulnerable
	case "sent":
		ev.code = codeSent
	case "role-claim":
		ev.code = codeRole
	default:
		return
	}
	s.followUp(from, ev)
}

// followUp gives a fact to the pairs it is about. A fact alone is no evidence:
// it waits until there is some.
func (s *State) followUp(from int32, ev event) {
	turned := s.d.turned(ev.code)
	for _, to := range s.to {
		if to < 0 {
			continue
		}
		a, b := from, to
		if turned {
			a, b = to, from
		}
		p := s.pair(a, b, ev.at)
		if p.evidence == nil {
			p.wait(ev)
			continue
		}
		s.put(p, ev)
	}
}

// sayAge notes that somebody says how old they are.
func (s *State) sayAge(from int32, age int, ev event) {
	if age < 3 || age > 99 {
		return
	}
	p := &s.people[from]
	mismatch := s.senders.Sender(p.ID).stateAge(age)
	if p.stated && p.who == pack.Adult && age < adultAge {
		mismatch = true
		p.hint, p.doubt = true, true
	}
	if age < adultAge {
		// The one who listens is told a minor's age: G-04 of that side.
		s.presume(from, pack.Minor)
		for _, to := range s.to {
			if to >= 0 && s.people[to].who != pack.Minor {
				q := s.pair(to, from, ev.at)
				g := ev
				g.code = g04
				s.put(q, g)
				g.code = codeMinor
				s.put(q, g)
			}
		}
	} else if !p.stated && p.who == pack.Unknown {
		s.presume(from, pack.Adult)
	}
	if mismatch {
		for _, to := range s.to {
			if to >= 0 && s.people[to].who != pack.Adult {
				q := s.pair(from, to, ev.at)
				g := ev
				g.code = g03
				s.put(q, g)
			}
		}
	}
}

// bareAge reads a short answer that begins with a number, right after the
// other side asked for an age.
func (s *State) bareAge(m *Message, scan *pack.Scan, from int32, at int64) {
	toks := scan.Text.Tokens
	if s.channel.open() || len(toks) == 0 || len(toks) > 4 || (toks[0].Kind != text.Number && toks[0].Kind != text.Age) {
		return
	}
	for i := range scan.Hits {
		if scan.Hits[i].Rule.Name == "age-self" {
			return // said in words
		}
	}
	for _, to := range s.to {
		if to < 0 {
			continue
		}
		back := s.pairs[pairKey{to, from}]
		if back == nil || back.asked == 0 || at < back.asked || at-back.asked > spanHedge.Milliseconds() {
			continue
		}
		s.sayAge(from, int(toks[0].Value), event{at: at, rel: 1, ref: ref{id: m.ID, start: toks[0].Start, end: toks[0].End, view: 1}})
		return
	}
}

// presume takes what was said about an age when the platform knows none. That
// somebody is a minor outweighs that they are not: children say they are
// older.
func (s *State) presume(i int32, who pack.Who) {
	p := &s.people[i]
	if p.stated || p.who == pack.Minor {
		return
	}
	p.said = true
	s.become(i, who)
}

// act takes an event.
func (s *State) act(m *Message, from int32, at int64) []Finding {
	ev := event{at: at, rel: 1, ref: ref{id: m.ID}}
	for _, to := range s.to {
		p := s.pair(from, to, at)
		p.first, p.last = min(p.first, at), max(p.last, at)
	}
	switch m.Act {
	case "category":
		s.caps |= indicator.NeedsClassifier
		if !(m.Score >= categoryFrom) {
			return nil
		}
		ev.rel = min(m.Score/categorySure, 1)
		switch m.Category {
		case "sexual":
			ev.code = g18
			if s.channel == ChannelLive && len(s.to) == 1 && s.to[0] >= 0 && s.people[s.to[0]].Role == "broadcaster" {
				ev.code = l02
			}
		case "direction":
			ev.code = l02
		default:
			return nil
		}
		s.spread(from, ev, pack.Anyone)
	case "join", "leave":
		if m.Act == "join" {
			if s.joined == nil {
				s.joined = map[int32]int64{}
			}
			if len(s.joined) < 1<<16 {
				s.joined[from] = at
			}
			s.senders.Sender(s.people[from].ID).called(at)
		} else {
			delete(s.joined, from)
		}
		return nil
	case "payment", "gift":
		s.caps |= indicator.NeedsPayment
		s.money(m, from, ev)
	case "call":
		s.senders.Sender(s.people[from].ID).called(at)
		return nil
	case "feed":
		s.caps |= indicator.NeedsFeed
		ev.code = c08
		s.spread(from, ev, pack.Anyone)
	case "login":
		s.caps |= indicator.NeedsLogin
		return nil
	case "media":
		s.caps |= indicator.NeedsMedia
		return nil
	default:
		if i := indicator.Index(indicator.ID(m.Act)); i >= 0 {
			ev.code = uint8(i)
			if ev.code == g18 || ev.code == l02 || ev.code == g19 {
				s.caps |= indicator.NeedsClassifier
			}
			for _, to := range s.to {
				p := s.pair(from, to, at)
				if p.n == 0 {
					s.greet(p, 0, ev)
				}
				p.count(m, at, false)
			}
			s.spread(from, ev, pack.Anyone)
			break
		}
		k, ok := actCode(m.Act)
		if !ok {
			return nil
		}
		ev.code = k
		if k == codeReport || k == codeBlock {
			for _, to := range s.to {
				if to >= 0 {
					p := s.pair(to, from, at)
					s.put(p, ev)
				}
			}
			break
		}
		if k == codeRequest {
			for _, to := range s.to {
				p := s.pair(from, to, at)
				s.put(p, ev)
			}
			break
		}
		s.followUp(from, ev)
	}
	return s.judge()
}

// categoryFrom is the score from which a classifier's category counts: the
// point at which it calls it more likely than not.
const (
	categoryFrom = 0.5
	categorySure = 0.8 // and from here it counts in full
)

// money takes a payment or a gift.
func (s *State) money(m *Message, from int32, ev event) {
	payer := s.senders.Sender(s.people[from].ID)
	payee := m.Payee
	if payee == "" && len(s.to) > 0 && s.to[0] >= 0 {
		payee = s.people[s.to[0]].ID
	}
	for _, to := range s.to {
		tied := false
		if t, ok := s.tie(from, to); ok && t.Kind != "none" && t.Kind != "" {
			tied = true
		}
		// What the person who may be targeted pays is the answer to a
		// demand; what the other side gives is an inducement.
		if to >= 0 {
			sent := ev
			sent.code = codeSent
			if back := s.pair(to, from, ev.at); back.evidence != nil {
				s.put(back, sent)
			} else {
				back.wait(sent)
			}
		}
		if s.people[from].who != pack.Minor && s.targetWho(from, to) != pack.Adult && !tied {
			p := s.pair(from, to, ev.at)
			if s.targetWho(from, to) == pack.Minor || m.Act == "gift" || (p.evidence != nil) {
				gift := ev
				gift.code = codeGift
				s.put(p, gift)
			}
		}
		if to >= 0 && payee != "" && m.Payee != "" && m.Payee != s.people[to].ID && s.people[to].Role == "broadcaster" {
			if third := s.index(m.Payee); third != others {
				p := s.pair(third, to, ev.at)
				paid := ev
				paid.code = l09
				s.put(p, paid)
			}
		}
		if m.Act != "payment" {
			continue
		}
		for _, k := range payer.paid(payment{
			at: ev.at, amount: float32(m.Amount), payee: uint32(hash(payee)), tied: tied, worded: worded(m.Description),
		}) {
			p := s.pair(from, to, ev.at)
			pattern := ev
			pattern.code = k
			s.put(p, pattern)
		}
		if m.Category == "vpn" || m.Category == "crypto" || m.Category == "capture" {
			if p := s.pairs[pairKey{from, to}]; p != nil && p.evidence != nil && p.evidence.now.has(l11) {
				tool := ev
				tool.code = l15
				s.put(p, tool)
			}
		}
	}
}

// worded tells whether a payment's descriptor is of the kind that L-13
// looks at: school, medical, accommodation.
func worded(description string) bool {
	d := strings.ToLower(description)
	for _, w := range [...]string{"school", "tuition", "medic", "hospital", "accommodation", "rent", "sekolah", "obat", "rumah sakit", "kos", "penginapan"} {
		if strings.Contains(d, w) {
			return true
		}
	}
	return false
}

// directed notes a direction to a broadcaster and looks at who else directs.
func (s *State) directed(p *pair, ev event) {
	if p.to >= 0 && s.people[p.to].who == pack.Minor && s.adultAudience(p.to) {
		crowd := ev
		crowd.code = l01
		s.put(p, crowd)
	}
	if len(s.direct) >= 16 {
		s.direct = slices.Delete(s.direct, 0, 1)
	}
	s.direct = append(s.direct, directing{p.from, ev.at})
	var accounts []int32
	for _, d := range s.direct {
		if ev.at-d.at <= promptSpan && !slices.Contains(accounts, d.from) {
			accounts = append(accounts, d.from)
		}
	}
	if len(accounts) < promptAccounts {
		return
	}
	together := ev
	together.code = l04
	s.put(p, together)
}

// Numbers of L-04, which the catalogue leaves open: three accounts within two
// minutes.
const (
	promptAccounts = 3
	promptSpan     = 2 * 60 * 1000
)

// adultAudience tells whether most people of a known age in the room, apart
// from the broadcaster, are adults (L-01).
func (s *State) adultAudience(broadcaster int32) bool {
	adults, minors := s.kinds[pack.Adult], s.kinds[pack.Minor]
	switch s.people[broadcaster].who {
	case pack.Adult:
		adults--
	case pack.Minor:
		minors--
	}
	return adults > minors
}

// encouraged looks at praise by somebody who stayed while others directed
// (L-06).
func (s *State) encouraged(p *pair, ev event) {
	joined, ok := s.joined[p.from]
	if !ok {
		return
	}
	for _, d := range s.direct {
		if d.from != p.from && d.at >= joined && ev.at >= d.at && ev.at-d.at <= 10*promptSpan {
			stay := ev
			stay.code = l06
			s.put(p, stay)
			return
		}
	}
}

// layout looks at the structure of a post: price lists, invite links, payment
// means beside them.
func (s *State) layout(m *Message, scan *pack.Scan, from int32, at int64) {
	var amounts, links, means int
	var link string
	lines := int32(-1)
	rows := 0
	for i := range scan.Text.Tokens {
		t := &scan.Text.Tokens[i]
		switch t.Kind {
		case text.Amount:
			amounts++
			if t.Sentence != lines {
				rows++
				lines = t.Sentence
			}
		case text.Link:
			links++
			if l := m.Text[t.Start:t.End]; link == "" && invite(l) {
				link = l
			}
		case text.Wallet, text.Handle, text.Phone:
			means++
		}
	}
	if amounts < 3 && link == "" && means == 0 {
		return
	}
	sender := s.senders.Sender(s.people[from].ID)
	ev := event{at: at, rel: 1, ref: ref{id: m.ID, end: int32(min(len(m.Text), text.MaxBytes)), view: 1}}
	put := func(code uint8) {
		ev.code = code
		for _, to := range s.to {
			p := s.pair(from, to, at)
			s.put(p, ev)
		}
	}
	if rows >= 3 && amounts >= 3 && (links > 0 || means > 0) {
		put(c01)
		sender.offers = at
	}
	if link != "" && sender.linked(hash(link), at) >= 3 {
		put(c03)
		sender.offers = at
	}
	if means > 0 && sender.offers != 0 && at-sender.offers <= spanHedge.Milliseconds() && at >= sender.offers {
		put(c05)
	}
}

// invite tells whether a link leads into a closed group or to a file locker.
func invite(link string) bool {
	l := strings.ToLower(link)
	for _, host := range [...]string{"t.me/+", "t.me/joinchat", "discord.gg/", "discord.com/invite", "chat.whatsapp.com/", "mega.nz/", "mega.io/", "terabox", "dropbox.com/s", "wa.me/join"} {
		if strings.Contains(l, host) {
			return true
		}
	}
	return false
}

// judge returns the findings whose band the last message raised.
func (s *State) judge() []Finding {
	if len(s.dirty) == 0 {
		return nil
	}
	s.touched = true
	var out []Finding
	for i := 0; i < len(s.dirty); i++ {
		p := s.pairs[s.dirty[i]]
		e := p.evidence
		s.serial(p)
		for f := range e.now.peak {
			if e.now.peak[f] > e.band[f] {
				e.band[f], e.firstAt[f] = e.now.peak[f], e.now.peakAt[f]
				out = append(out, s.finding(p, f))
			}
		}
	}
	s.changed = append(s.changed, s.dirty...)
	s.dirty = s.dirty[:0]
	slices.SortStableFunc(out, func(a, b Finding) int { return int(b.Band) - int(a.Band) })
	return out
}

// serial looks at with how many receivers one account's chains reached review
// (combination 9).
func (s *State) serial(p *pair) {
	e := p.evidence
	if e.chained || p.to < 0 {
		return
	}
	for f := range e.now.peak {
		if e.now.peak[f] >= uint8(jaga.BandReview) && !e.chained {
			e.chained = true
			if s.senders.Sender(s.people[p.from].ID).chain(uint32(hash(s.people[p.to].ID))) >= serialTargets {
				s.put(p, event{at: s.last, code: g02, rel: 1, ref: ref{id: e.now.peakAt[f]}})
			}
		}
	}
}
