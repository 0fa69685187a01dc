package convo

import (
	"slices"
	"strconv"
	"time"

	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/convo/model"
	"github.com/jaga-project/jaga/convo/pack"
	"github.com/jaga-project/jaga/convo/text"
)

// Limits of a conversation.
const (
	// MaxPeople is how many people are told apart, with one place that
	// stands for all further ones. What those send is not read, and is
	// counted: nobody must answer for what somebody else wrote.
	MaxPeople = 1 << 20
	// others is that place.
	others   = MaxPeople - 1
	othersID = "*others"
	// maxSeen is how many messages back a repeated ID is recognised.
	maxSeen = 64
	// maxFan is how many receivers a message without stated receivers is
	// evidence for one by one; in larger rooms it is for the room.
	maxFan = 8
)

// historyMin and historyDays are what CTX-05 calls months of ordinary
// contact: three months of a known tie, or 30 days on which both wrote before
// anything was seen.
const (
	historyMin  = 90 * 24 * time.Hour
	historyDays = 30
)

// Head is what is known of a conversation before its messages.
type Head struct {
	ID      string
	Channel Channel
	People  []Person
	Ties    []Tie
	// UnderReview lists accounts that a case is open about already
	// (CTX-08).
	UnderReview []string
}

// State is a conversation as far as it was observed. It holds no text. It is
// not safe for concurrent use; [Detector] is, so states of one detector may be
// used by several goroutines, each by one at a time.
type State struct {
	d        *Detector
	id       string
	channel  Channel
	people   []person
	byID     map[string]int32
	ties     map[pairKey]Tie
	pairs    map[pairKey]*pair
	order    []pairKey               // pairs with evidence, in the order it came
	kinds    [pack.Anyone + 1]int32  // how many people there are of each kind
	hosts    []int32                 // the broadcasters, in order
	sighted  *[indicator.Count]int32 // in how many pairs each indicator stands; nil as long as none does
	senders  Senders
	seen     []seen // in the order of arrival
	horizon  uint32 // what is older cannot be told from a repetition
	caps     indicator.Capability
	last     int64
	messages uint64
	cut      uint32 // messages that were not read in full
	lost     bool   // what came before is gone
	odd      uint32 // messages whose time was absurd
	late     uint32 // messages that came too late to be told from repetitions
	touched  bool   // the last message was evidence
	review   map[string]bool
	direct   []directing // in a live room: who directed when
	joined   map[int32]int64
	to       []int32   // scratch: the receivers of the message
	dirty    []pairKey // scratch: the pairs that got evidence
	changed  []pairKey // those of the last message
}

type directing struct {
	from int32
	at   int64
}

// Senders finds the sketch of an account, making one for a new account. A
// service shares it between conversations, so that fan-out and serial chains
// show; its sketches must not be used by two goroutines at a time.
type Senders interface {
	Sender(id string) *Sender
}

// ownSenders keeps sketches for one conversation alone.
type ownSenders map[string]*Sender

func (o ownSenders) Sender(id string) *Sender {
	s := o[id]
	if s == nil {
		s = new(Sender)
		o[id] = s
	}
	return s
}

type person struct {
	Person
	who    pack.Who
	hint   bool // said what mostly children say
	doubt  bool // is an adult for the platform, and said to be a child
	said   bool // the age was said in the conversation, not stated by the platform
	stated bool
}

// speaks is the kind as which somebody's words are read. A child by its own
// word alone may be one who poses as a child.
func (p *person) speaks() pack.Who {
	if p.said && !p.stated {
		return p.who | pack.Unknown
	}
	return p.who
}

type pairKey struct{ from, to int32 }

// roomTo stands for everybody in a room.
const roomTo int32 = -1

// pair is what is kept of what one side says and does to another.
type pair struct {
	from, to    int32
	first, last int64
	n           uint32
	questions   uint32
	nights      uint32 // messages between 22 and 6 o'clock in the time zone they came in
	days        uint16
	day         int32
	evidence    *evidence
	tally       model.Tally // of a trained model's scores
	asked       int64       // when this side last asked for the other's age
	// pre are facts from before there was evidence, by time: a refusal
	// that came before the request was understood, or that overtook it.
	pre []event
}

// maxPre bounds the facts that wait.
const maxPre = 3

// evidence is what a pair has once anything was seen.
type evidence struct {
	base      core    // older than the window
	window    []event // the newest, in order of time
	now       core    // base and window
	band      [numForms]uint8
	firstAt   [numForms]string
	quietDays uint16
	chained   bool
}

// Open starts a conversation. senders may be nil: then accounts are known in
// this conversation only.
func (d *Detector) Open(h Head, senders Senders) *State {
	s := &State{
		d: d, id: h.ID, channel: h.Channel, byID: map[string]int32{}, pairs: map[pairKey]*pair{},
		senders: senders, caps: d.have,
	}
	if senders == nil {
		s.senders = ownSenders{}
	}
	for _, p := range h.People {
		s.Introduce(p)
	}
	for _, t := range h.Ties {
		s.Relate(t)
	}
	for _, id := range h.UnderReview {
		if s.review == nil {
			s.review = map[string]bool{}
		}
		s.review[id] = true
	}
	return s
}

// Introduce adds a person, or replaces what is known of one.
func (s *State) Introduce(p Person) {
	i := s.index(p.ID)
	if i == others {
		return
	}
	if p.Confidence > 0 && p.Confidence < 0.5 {
		p.Age = AgeBand{}
	}
	q := &s.people[i]
	q.Person = p
	q.ID = ShortID(p.ID)
	q.stated = p.Age.Known
	if q.stated || !q.said {
		// What the platform states replaces what was said; that it states
		// nothing does not.
		q.said = false
		s.become(i, p.Age.who())
	}
	s.host(i)
	if p.Age.Known {
		s.caps |= indicator.NeedsAgeBand
	}
	if !p.Created.IsZero() {
		s.caps |= indicator.NeedsGraph
	}
}

// Relate adds what is known of the relation of two people.
func (s *State) Relate(t Tie) {
	a, b := s.index(t.A), s.index(t.B)
	if a == others || b == others {
		return
	}
	if s.ties == nil {
		s.ties = map[pairKey]Tie{}
	}
	s.ties[pairKey{a, b}] = t
	s.ties[pairKey{b, a}] = t
	s.caps |= indicator.NeedsGraph
}

func (s *State) tie(a, b int32) (Tie, bool) {
	t, ok := s.ties[pairKey{a, b}]
	return t, ok
}

func (s *State) index(id string) int32 {
	if i, ok := s.byID[id]; ok {
		return i
	}
	id = ShortID(id)
	if i, ok := s.byID[id]; ok {
		return i
	}
	if len(s.people) > others {
		return others
	}
	if len(s.people) == others {
		id = othersID
	}
	i := int32(len(s.people))
	s.people = append(s.people, person{Person: Person{ID: id}, who: pack.Unknown})
	s.kinds[pack.Unknown]++
	s.byID[id] = i
	return i
}

// become changes what kind of person somebody is.
func (s *State) become(i int32, who pack.Who) {
	p := &s.people[i]
	s.kinds[p.who]--
	s.kinds[who]++
	p.who = who
}

// host keeps the list of broadcasters, so that a message in a large room need
// not look for them.
func (s *State) host(i int32) {
	at, listed := slices.BinarySearch(s.hosts, i)
	switch is := s.people[i].Role == "broadcaster"; {
	case is && !listed:
		s.hosts = slices.Insert(s.hosts, at, i)
	case !is && listed:
		s.hosts = slices.Delete(s.hosts, at, at+1)
	}
}

// ShortID returns an identifier as findings name it: itself, or a digest when
// it is longer than [MaxID] bytes.
func ShortID(id string) string {
	if len(id) <= MaxID {
		return id
	}
	return "fnv:" + strconv.FormatUint(hash(id), 16)
}

// hash is FNV-1a, 64 bits.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// earliest and latest bound times that are believed: nothing was online
// before, and what is later is a clock gone wrong.
const (
	earliest = 631152000000  // 1990
	latest   = 7258118400000 // 2200
)

func (s *State) time(t time.Time) int64 {
	if t.IsZero() {
		return max(s.last, earliest)
	}
	ms := t.UnixMilli()
	if ms < earliest || ms > latest {
		s.odd++
		return max(s.last, earliest)
	}
	return ms
}

// targetWho returns the kind of a receiver; in a room it is that of the
// youngest beside the sender.
func (s *State) targetWho(from, to int32) pack.Who {
	if to >= 0 {
		p := &s.people[to]
		// Whoever may be targeted is an adult only when the platform says
		// so, and only until they say that they are a child: children say
		// they are older, to services and to strangers.
		if p.who == pack.Adult && (p.said && !p.stated || p.doubt) {
			return pack.Unknown
		}
		return p.who
	}
	has := func(who pack.Who) bool {
		n := s.kinds[who]
		if s.people[from].who == who {
			n--
		}
		return n > 0
	}
	switch {
	case has(pack.Minor):
		return pack.Minor
	case has(pack.Adult) && !has(pack.Unknown):
		return pack.Adult
	}
	return pack.Unknown
}

// receivers fills s.to.
func (s *State) receivers(from int32, to []string) {
	s.to = s.to[:0]
	self := false
	for _, id := range to {
		if id == "*" {
			continue
		}
		i := s.index(id)
		if i == from {
			self = true
		} else if i != others && !slices.Contains(s.to, i) {
			s.to = append(s.to, i)
		}
		if len(s.to) > maxFan {
			break
		}
	}
	if len(s.to) > 0 && len(s.to) <= maxFan {
		return
	}
	if self && len(to) == 1 && !s.channel.open() {
		return // a note to oneself is for nobody else
	}
	s.to = s.to[:0]
	if len(s.people)-1 > maxFan || len(s.people) < 2 || s.channel == ChannelPublic || s.channel == ChannelLive {
		// In a live room the broadcaster is spoken to.
		for _, i := range s.hosts {
			if i != from {
				s.to = append(s.to, i)
				return
			}
		}
		s.to = append(s.to, roomTo)
		return
	}
	for i := range s.people {
		if int32(i) != from {
			s.to = append(s.to, int32(i))
		}
	}
}

func (s *State) pair(from, to int32, at int64) *pair {
	k := pairKey{from, to}
	p := s.pairs[k]
	if p == nil {
		p = &pair{from: from, to: to, first: at, last: at, day: -1}
		s.pairs[k] = p
	}
	return p
}

// answered reports whether the other side has written to this one before.
func (s *State) answered(p *pair) bool {
	back := s.pairs[pairKey{p.to, p.from}]
	return back != nil && back.n > 0
}

// count notes an ordinary message.
func (p *pair) count(m *Message, at int64, question bool) {
	p.n++
	p.first, p.last = min(p.first, at), max(p.last, at)
	if question {
		p.questions++
	}
	if h := m.At.Hour(); h >= 22 || h < 6 {
		p.nights++
	}
	if day := int32(at / spanDay.Milliseconds()); day > p.day {
		p.day = day
		if p.days < 65535 {
			p.days++
		}
	}
}

// Observe takes the next message and returns the findings whose band it
// raised, with all their reasons. A message that was seen before changes
// nothing. Observe keeps no text.
func (s *State) Observe(m Message) []Finding {
	s.touched, s.changed = false, s.changed[:0]
	at := s.time(m.At)
	if m.ID != "" && s.duplicate(m.ID, at) {
		return nil
	}
	m.ID = ShortID(m.ID)
	s.last = max(s.last, at)
	s.messages++
	from := s.index(m.From)
	if from == others {
		s.cut++
		return nil
	}
	s.receivers(from, m.To)
	if m.Act != "" {
		return s.act(&m, from, at)
	}
	return s.read(&m, from, at)
}

// read takes a message of words.
func (s *State) read(m *Message, from int32, at int64) []Finding {
	scan := s.d.scans.Get().(*pack.Scan)
	defer s.d.scans.Put(scan)
	var targets pack.Who
	for _, to := range s.to {
		targets |= s.targetWho(from, to)
	}
	s.d.matcher.Scan(scan, m.Text, s.people[from].speaks(), targets)
	if scan.Cut {
		s.cut++
	}
	question := len(scan.Text.Tokens) > 0 && scan.Text.Tokens[len(scan.Text.Tokens)-1].Question
	for _, to := range s.to {
		p := s.pair(from, to, at)
		if p.n == 0 {
			s.first(p, m, scan, at)
		}
		p.count(m, at, question)
		if p.n%100 == 0 {
			s.engaged(p, m, at)
		}
	}
	if len(scan.Hits) > 0 {
		s.hits(m, scan, from, at)
	}
	s.bareAge(m, scan, from, at)
	s.layout(m, scan, from, at)
	if s.d.model != nil {
		s.scored(m, scan, from, at)
	}
	return s.judge()
}

// scored lets a trained model read the message. What a known child writes is
// no evidence about the other side, so it is not scored.
func (s *State) scored(m *Message, scan *pack.Scan, from int32, at int64) {
	if len(scan.Text.Tokens) == 0 {
		return
	}
	var found []int
	for i := range scan.Hits {
		if h := &scan.Hits[i]; h.Index >= 0 && !h.Quoted && scan.Frames == 0 {
			found = append(found, h.Index)
		}
	}
	for _, to := range s.to {
		if s.people[from].who == pack.Minor && s.targetWho(from, to) != pack.Minor {
			continue
		}
		p := s.pair(from, to, at)
		s.d.model.Add(&p.tally, s.d.model.Score(&scan.Text, found))
		if s.d.model.Conversation(p.tally) >= s.d.model.Threshold() && (p.evidence == nil || p.evidence.now.seq.model == 0) {
			s.put(p, event{at: at, code: codeModel, rel: 1, ref: ref{id: m.ID}})
		}
	}
}

// first looks at the first message of a pair.
func (s *State) first(p *pair, m *Message, scan *pack.Scan, at int64) {
	ev := event{at: at, rel: 1, ref: ref{id: m.ID}}
	if !s.greet(p, opener(&scan.Text), ev) {
		return
	}
	from, to := &s.people[p.from], &s.people[p.to]
	if to.who != pack.Minor || from.who == pack.Minor || s.channel.open() {
		return
	}
	if t, ok := s.tie(p.from, p.to); ok && t.Since.IsZero() && (t.Kind == "none" && t.Mutual <= 0 || t.Kind == "" && t.Mutual == 0) {
		ev.code = g01
		s.put(p, ev)
	}
	if !from.Created.IsZero() && at-from.Created.UnixMilli() < spanRefusal.Milliseconds() &&
		from.Followers < 50 && s.senders.Sender(from.ID).minorsWithin(at, spanWeek) >= 3 {
		ev.code = s01
		s.put(p, ev)
	}
}

// greet notes a first contact, with its opener, and looks at whether the
// account fans out (G-02). It reports whether it is one: an answer is none.
func (s *State) greet(p *pair, opener uint32, ev event) bool {
	if p.to < 0 || s.answered(p) {
		return false
	}
	from, to := &s.people[p.from], &s.people[p.to]
	fans := s.senders.Sender(from.ID).contact(contact{
		to: uint32(hash(to.ID)), opener: opener, at: ev.at, minor: to.who == pack.Minor,
	})
	if fans && from.who != pack.Minor {
		ev.code = g02
		s.put(p, ev)
	}
	return true
}

// opener is a digest of the first words of a message.
func opener(t *text.Text) uint32 {
	if len(t.Tokens) < 3 {
		return 0
	}
	h := uint64(14695981039346656037)
	for i := range min(len(t.Tokens), 12) {
		for _, b := range t.Form(i, 0) {
			h = (h ^ uint64(b)) * 1099511628211
		}
		h = (h ^ ' ') * 1099511628211
	}
	return uint32(h>>32) | 1
}

// Numbers of G-26. "Getting Meta" (CSCW 2023) finds length and engagement to
// predict risk best and gives no cut; these are far above what its ordinary
// conversations show.
const (
	engagedMessages = 300
	engagedDays     = 7
	engagedNights   = 0.3
)

// engaged looks at how much two people write (G-26).
func (s *State) engaged(p *pair, m *Message, at int64) {
	if p.to < 0 {
		return
	}
	back := s.pairs[pairKey{p.to, p.from}]
	if back == nil || s.people[p.from].who != pack.Adult || s.people[p.to].who != pack.Minor {
		return
	}
	if _, tied := s.tie(p.from, p.to); tied {
		return
	}
	n := p.n + back.n
	if n < engagedMessages || p.days < engagedDays || float64(p.nights+back.nights) < engagedNights*float64(n) {
		return
	}
	if p.evidence != nil && p.evidence.now.has(g26) {
		return
	}
	s.put(p, event{at: at, code: g26, rel: 1, ref: ref{id: m.ID}})
}

// MarkLost notes that what was observed before is gone, because a state could
// not be read: the result says so from then on.
func (s *State) MarkLost() { s.lost = true }

// Channel is what is known of who can read along.
func (s *State) Channel() Channel { return s.channel }

// SetChannel says who can read along, when it is learned later.
func (s *State) SetChannel(c Channel) { s.channel = c }

// Review notes that a case about the account is open already (CTX-08).
func (s *State) Review(account string) {
	if s.review == nil {
		s.review = map[string]bool{}
	}
	s.review[ShortID(account)] = true
}
