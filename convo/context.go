package convo

import (
	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/convo/pack"
)

// Weights in log-odds. No labelled data of real harm may be used here (see
// docs/detection-quality.md), so they follow the words of the catalogue: a
// strong indicator may reach review alone, a moderate one is held, weak ones
// count only together.
const (
	weightWeak     = 0.6
	weightModerate = 1.5
	weightStrong   = 3.0
	weightUrgent   = 5.0

	thresholdObserve = 1.4
	thresholdReview  = 3.0
	// thresholdUrgent is for grooming of a known minor that has come to the
	// sexual topic, a call or a meeting; everything else that is urgent is
	// so by rule.
	thresholdUrgent = 12.0

	// sideShare is what an indicator is worth for the forms it speaks for
	// beside its main one.
	sideShare = 0.5
	// quotedRel is what quoted evidence is worth (CTX-06).
	quotedRel = 0.15
	// evasionShare is what each mark of evasion in a message adds to words
	// that were spelled to evade filters, up to evasionMarks of them: who
	// hides words knows that they would be noticed.
	evasionShare = 0.1
	evasionMarks = 5
	// classShare is what further indicators of a class add to the
	// weightiest: they tend to say the same again.
	classShare = 0.5
	// modelTerm is what a trained model can add at most.
	modelTerm = 0.8
	// familyShare is what a verified family tie leaves of the indicators
	// that it lowers (CTX-01).
	familyShare = 0.2
)

func strengthWeight(s indicator.Strength) float64 {
	switch s {
	case indicator.Weak:
		return weightWeak
	case indicator.Moderate:
		return weightModerate
	case indicator.Strong:
		return weightStrong
	}
	return weightUrgent
}

// peerGap is how many years two children may be apart to be peers. Close-in-
// age rules of law lie between two and five years; three is in the middle.
const peerGap = 3

// context is what is known of a pair beside the evidence.
type context struct {
	speaker, target pack.Who
	peers           bool // both minors of similar age: CTX-02
	gap             bool // adult or clearly older, with a minor: W-01
	close           bool // on both sides of the legal line, and of similar age
	family          bool // verified family or guardian tie: CTX-01
	familyClaimed   bool
	educator        bool // verified, in an open channel: CTX-03
	open            bool // others read along
	vouched         bool // a role of trust that the platform has verified
	hint            bool // the target says what mostly children say, such as a school year
	helper          bool // listed help service or moderator: CTX-04
	history         bool // long ordinary contact: CTX-05
	fame            bool
	k               [numForms]float64
}

// fameFollowers is the audience from which status alone is power. The
// founding case had two million; a local celebrity has far fewer.
const fameFollowers = 10_000

func (s *State) context(p *pair) context {
	from := &s.people[p.from]
	var to *person
	if p.to >= 0 {
		to = &s.people[p.to]
	}
	c := context{speaker: from.who, target: s.targetWho(p.from, p.to)}
	if from.said && c.speaker == pack.Minor {
		// That the speaker calls itself a child lowers nothing: it is what
		// somebody says who poses as one.
		c.speaker = pack.Unknown
	}
	var toBand AgeBand
	if to != nil {
		toBand = to.Age
	}
	both := c.speaker == pack.Minor && c.target == pack.Minor
	gap := 0
	if from.Age.Known && toBand.Known {
		gap = from.Age.Lo - toBand.Hi
		// A stated gap of more than peerGap years between two children is
		// no longer one of peers.
		c.peers = both && from.Age.Lo-toBand.Hi <= peerGap && toBand.Lo-from.Age.Hi <= peerGap
	} else {
		c.peers = both
	}
	c.close = from.Age.Known && toBand.Known && gap <= peerGap && from.Age.Hi != maxAge
	c.gap = c.target == pack.Minor && (c.speaker == pack.Adult || (both && !c.peers && gap > 0))
	if t, ok := s.tie(p.from, p.to); ok {
		family := t.Kind == "family" || t.Kind == "guardian" || t.Kind == "household" || t.Kind == "parent"
		c.family = family && t.Verified
		c.familyClaimed = family && !t.Verified
		if !t.Since.IsZero() && p.last-t.Since.UnixMilli() > historyMin.Milliseconds() {
			c.history = true
		}
	}
	if p.evidence != nil && p.evidence.quietDays >= historyDays {
		c.history = true
	}
	teaches := from.Role == "teacher" || from.Role == "coach" || from.Role == "religious"
	c.open = s.channel == ChannelGroup || s.channel == ChannelPublic
	c.educator = teaches && from.Verified && s.channel.open()
	c.vouched = from.Verified && (teaches || from.Role == "parent" || from.Role == "guardian" || from.Role == "relative")
	c.helper = (from.Role == "helpline" || from.Role == "moderator") && from.Verified
	c.fame = from.Role == "famous" || from.Followers >= fameFollowers && (to == nil || from.Followers/20 >= max(to.Followers, 1))
	c.hint = to != nil && to.hint
	c.k = c.scales()
	return c
}

// scales returns how much evidence counts for each form, by who speaks to
// whom. An unknown age is neither an adult nor a child: both the harm and the
// harmless reading stay open, and among strangers of unknown age the harmless
// one is by far the more frequent, so evidence counts about a third.
func (c *context) scales() [numForms]float64 {
	groom, extort := 0.35, 0.45
	switch {
	case c.target == pack.Adult:
		// Between adults these are no harms to children, except that an
		// extortionist's target may have said so out of fear.
		groom, extort = 0, 0.3
	case c.peers:
		groom, extort = 0.5, 0.8
	case c.target == pack.Minor && c.close:
		groom, extort = 0.7, 1
	case c.target == pack.Minor && c.speaker == pack.Adult, c.gap:
		groom, extort = 1, 1
	case c.target == pack.Minor:
		groom, extort = 0.95, 1
	case c.hint:
		groom, extort = 0.6, 0.8
	case c.speaker == pack.Minor:
		groom, extort = 0.25, 0.45
	case c.speaker == pack.Adult:
		groom, extort = 0.4, 0.45
	}
	if c.history {
		groom *= 0.7 // CTX-05: more evidence is needed
	}
	live := max(groom, 0.8)
	if c.target == pack.Minor {
		live = 1
	}
	// Trading in material concerns a child who is not in the conversation.
	return [numForms]float64{groom, extort, live, 1}
}

// trusted tells whether a child may be expected to turn to this person in
// distress, so that distress alone says nothing about them.
func (c *context) trusted() bool { return c.family || c.familyClaimed || c.helper || c.vouched }

// factor scales one indicator by the modifiers that name it.
func (c *context) factor(code uint8) float64 {
	f := 1.0
	switch code {
	case g09, g10, g11, g12, g13, l12:
		switch {
		case c.family:
			f *= familyShare
		case c.familyClaimed:
			f *= 0.6
		}
	}
	switch code {
	case w02, g04, g10, g15, g20, g22, s08, s09:
		// CTX-03 names W-02 and G-10; the rest is what teaching and coaching
		// in front of others consists of.
		if c.educator {
			f *= familyShare
		}
	case g01:
		if c.history {
			f *= 0.3
		}
	}
	switch code {
	case g05, g06, g07, g08, g15, g20, g21, g22, g23:
		// Photos, calls and visits are family life. CTX-01 does not name
		// them, so they are lowered less; what shows facilitators is not.
		if c.family {
			f *= 0.35
		}
	}
	switch code {
	case g10, g11, g15, g20, g21, g22, g23:
		// Said to several at once, where others read along.
		if c.open && !c.educator {
			f *= 0.4
		}
	}
	if c.helper {
		switch code {
		case s14, w05:
			f = 0
		case g04, g10, g11, g12, g05, w02, g13, g25:
			f *= familyShare
		}
	}
	if c.family && code == s17 {
		f *= 0.1 // a child who turns to the family in distress is no evidence about the family
	}
	if c.helper && code == s17 {
		f = 0
	}
	return f
}
