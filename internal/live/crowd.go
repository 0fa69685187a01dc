package live

import (
	"cmp"
	"slices"
	"time"

	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/internal/converse"
)

// The roles that accounts play in a stream (shared vocabulary of the project). A
// role is what an account did, with what speaks against that reading; it says
// nothing about guilt.
const (
	RoleBroadcaster = "broadcaster"    // on screen; may be a child
	RoleFacilitator = "facilitator"    // arranges: prices, speaks for, is paid instead
	RoleDirecting   = "viewer_active"  // tells the broadcaster what to do
	RolePassive     = "viewer_passive" // watches
	RolePayer       = "payer"          // gives gifts or money
)

// Roles lists the roles in the order in which people read them.
func Roles() []string {
	return []string{RoleBroadcaster, RoleFacilitator, RoleDirecting, RolePayer, RolePassive}
}

// Sign is one piece of evidence for a role, or against it.
type Sign struct {
	// What is a word that pages and documents explain.
	What string `json:"what" doc:"What was seen, for programs; docs/live.md explains the words." example:"directs"`
	N    int    `json:"n,omitempty" doc:"How often."`
	// Last is when it was seen last; zero when it is not about a moment.
	Last *time.Time `json:"last,omitempty" doc:"When it was seen last."`
}

// Part is the part that an account plays in a stream.
type Part struct {
	Account string `json:"account" doc:"The platform's pseudonymous identifier."`
	Role    string `json:"role" doc:"What it did in this stream. It is no verdict: the account is under review." enum:"broadcaster,facilitator,viewer_active,payer,viewer_passive"`
	For     []Sign `json:"for" doc:"What speaks for that." nullable:"false"`
	Against []Sign `json:"against" doc:"What speaks against it, or for a harmless reading." nullable:"false"`
}

// Limits of a crowd. A crowd that is full counts further accounts together.
const (
	mostAccounts = 20_000
	// SlotLength is how long one slot of the rates is.
	SlotLength = 10 * time.Second
	// KeepSlots is how many slots are kept in memory: three hours.
	KeepSlots = 3 * 360
	// payNear is how near a gift and a direction are to count as tied, as the
	// catalogue's L-03 has it (convo: one minute).
	payNear = time.Minute
	// fewDirections is how many directions make a directing viewer: one may be
	// a wish like any other.
	fewDirections = 2
	// fameFollowers is the audience from which status alone is power, as in
	// package convo.
	fameFollowers = 10_000
)

// account is what is kept of one account; no text.
type account struct {
	Role, Platform  string // Platform is the role that the platform states
	Verified        bool
	Followers       int64
	Age             string
	AgeKnown        bool
	Minor           bool
	Chat            int
	Directs         int
	LastDirect      time.Time
	Gifts           int
	LastGift        time.Time
	Tied            int // gifts within payNear of an own direction
	LastTied        time.Time
	Prices          int // L-10
	SpeaksFor       int // L-09
	Private         int // L-08
	Captures        int // L-07
	PaidInstead     int // was the payee of a gift to the broadcaster
	Reports         int
	Joined, Left    time.Time
	OnScreen        bool
	Invited         int // brought a person on screen
	LastSignOfPrice time.Time
}

// Slot counts what happened in ten seconds of a stream.
type Slot struct {
	At        time.Time `json:"at" doc:"When it begins."`
	Chat      int       `json:"chat" doc:"Messages in the chat."`
	Directing int       `json:"directing" doc:"Of those, how many tell somebody on screen what to do."`
	Gifts     int       `json:"gifts" doc:"Gifts and payments."`
	Frames    int       `json:"frames" doc:"Frames that were compared, or were the same as one that was."`
	Matches   int       `json:"matches" doc:"Frames that match a bank."`
}

// Crowd draws up who does what in a stream, and how much happens when. It keeps no
// text. It is for one goroutine at a time.
type Crowd struct {
	people map[string]*account
	beyond int // events of accounts that there was no room for
	slots  []Slot
	watch  int             // accounts that watch now
	kinds  map[string]bool // the types of events that came
	known  map[string]bool // identifiers of the last events
	order  []string        // the same, in order
}

// knownEvents is how many events back one is recognised that is sent again.
const knownEvents = 4096

// Again reports whether an event with the identifier was observed before.
func (c *Crowd) Again(id string) bool { return id != "" && c.known[id] }

// NewCrowd returns a crowd; broadcaster is the account that streams, empty when it
// is not known.
func NewCrowd(broadcaster string) *Crowd {
	c := &Crowd{people: map[string]*account{}, kinds: map[string]bool{}, known: map[string]bool{}}
	if a := c.of(broadcaster); a != nil {
		a.Role, a.OnScreen = roleBroadcaster, true
	}
	return c
}

func (c *Crowd) of(id string) *account {
	if id == "" {
		return nil
	}
	a := c.people[id]
	if a == nil {
		if len(c.people) >= mostAccounts {
			c.beyond++
			return nil
		}
		a = &account{}
		c.people[id] = a
	}
	return a
}

// know takes what the platform states of an account.
func (c *Crowd) know(p converse.Participant) {
	a := c.of(p.ID)
	if a == nil {
		return
	}
	if p.Role != "" {
		a.Platform, a.Verified = p.Role, p.Verified
	}
	if p.Followers > 0 {
		a.Followers = p.Followers
	}
	sure := p.Confidence == nil || *p.Confidence >= 0.5
	if age, err := convo.ParseAgeBand(p.AgeBand); err == nil && age.Known {
		a.Age, a.AgeKnown, a.Minor = p.AgeBand, sure, sure && age.Hi < 18
	}
}

// OnScreen lists the accounts on screen but one, in order.
func (c *Crowd) OnScreen(but string) (out []string) {
	for id, a := range c.people {
		if a.OnScreen && id != but {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// Host reports whether the account is the broadcaster of the stream.
func (c *Crowd) Host(id string) bool {
	a := c.people[id]
	return a != nil && a.Role == roleBroadcaster
}

// Observe counts an event; one that was observed before changes nothing. seen are the indicators that its words alone show.
func (c *Crowd) Observe(e Event, at time.Time, seen []indicator.ID) {
	if e.ID != "" {
		if c.known[e.ID] {
			return
		}
		if len(c.order) >= knownEvents {
			delete(c.known, c.order[0])
			c.order = c.order[1:]
		}
		c.known[e.ID], c.order = true, append(c.order, e.ID)
	}
	c.kinds[e.Type] = true
	if e.Person != nil {
		c.know(*e.Person)
	}
	slot := c.slot(at)
	from := c.of(e.From)
	has := func(id indicator.ID) bool {
		return slices.Contains(seen, id) || e.Type == EventAct && e.Act == string(id)
	}
	switch e.Type {
	case EventChat:
		slot.Chat++
		if from != nil {
			from.Chat++
		}
	case EventGift, EventPayment:
		slot.Gifts++
		if from != nil {
			from.Gifts, from.LastGift = from.Gifts+1, at
			if near(from.LastDirect, at) {
				from.Tied, from.LastTied = from.Tied+1, at
			}
		}
		if e.Payee != "" && e.Payee != e.To && !c.Host(e.Payee) {
			if a := c.of(e.Payee); a != nil {
				a.PaidInstead, a.LastSignOfPrice = a.PaidInstead+1, at
			}
		}
	case EventJoin:
		if from != nil {
			if from.Joined.IsZero() || !from.Left.IsZero() {
				c.watch++
			}
			from.Joined, from.Left = at, time.Time{}
		}
	case EventLeave:
		if from != nil && !from.Joined.IsZero() && from.Left.IsZero() {
			from.Left = at
			c.watch--
		}
	case EventScreenOn:
		if from != nil {
			from.OnScreen = true
			for id := range c.people {
				if h := c.people[id]; h.Role == roleBroadcaster && id != e.From {
					h.Invited++
				}
			}
		}
	case EventScreenOff:
		if from != nil {
			from.OnScreen = false
		}
	case EventAct:
		if e.Act == "report" && from != nil {
			from.Reports++
		}
	}
	directs := has("L-02") || e.Type == EventAct && e.Act == "category" && e.Category == "direction" && e.Score >= 0.5
	if directs {
		slot.Directing++
	}
	if from == nil {
		return
	}
	if directs {
		from.Directs, from.LastDirect = from.Directs+1, at
		if near(from.LastGift, at) && !from.LastTied.Equal(from.LastGift) {
			from.Tied, from.LastTied = from.Tied+1, from.LastGift
		}
	}
	if has("L-10") {
		from.Prices, from.LastSignOfPrice = from.Prices+1, at
	}
	if has("L-09") {
		from.SpeaksFor, from.LastSignOfPrice = from.SpeaksFor+1, at
	}
	if has("L-08") {
		from.Private++
	}
	if has("L-07") {
		from.Captures++
	}
}

// Frame counts a frame of the stream.
func (c *Crowd) Frame(at time.Time, matched bool) {
	s := c.slot(at)
	s.Frames++
	if matched {
		s.Matches++
	}
}

// near reports whether two times lie within payNear; a zero one is never.
func near(a, b time.Time) bool {
	if a.IsZero() || b.IsZero() {
		return false
	}
	d := b.Sub(a)
	return d <= payNear && d >= -payNear
}

// slot is the one of a time. What comes from before the oldest one that is kept
// counts there.
func (c *Crowd) slot(at time.Time) *Slot {
	at = at.UTC().Truncate(SlotLength)
	i, found := slices.BinarySearchFunc(c.slots, at, func(s Slot, at time.Time) int { return s.At.Compare(at) })
	if !found {
		if i == 0 && len(c.slots) >= KeepSlots {
			return &c.slots[0]
		}
		c.slots = slices.Insert(c.slots, i, Slot{At: at})
		if n := len(c.slots) - KeepSlots; n > 0 {
			c.slots = slices.Delete(c.slots, 0, n)
			i -= n
		}
	}
	return &c.slots[i]
}

// Slots returns the slots that begin at a time or later, oldest first; those in
// which nothing happened are left out.
func (c *Crowd) Slots(from time.Time) []Slot {
	i, _ := slices.BinarySearchFunc(c.slots, from, func(s Slot, at time.Time) int { return s.At.Compare(at) })
	return slices.Clone(c.slots[i:])
}

// Rates are what happens in a minute, over the last minute.
type Rates struct {
	Chat      int `json:"chat" doc:"Messages in the last minute."`
	Directing int `json:"directing" doc:"Of those, how many tell somebody on screen what to do."`
	Gifts     int `json:"gifts" doc:"Gifts and payments in the last minute."`
	Watching  int `json:"watching" doc:"Accounts that joined and have not left; 0 also when the platform does not tell."`
}

// Rates counts the minute before a time.
func (c *Crowd) Rates(now time.Time) (r Rates) {
	for _, s := range c.Slots(now.Add(-time.Minute).UTC().Truncate(SlotLength)) {
		if s.At.After(now) {
			break
		}
		r.Chat, r.Directing, r.Gifts = r.Chat+s.Chat, r.Directing+s.Directing, r.Gifts+s.Gifts
	}
	r.Watching = c.watch
	return r
}

// Unchecked says what about the people could not be looked at.
func (c *Crowd) Unchecked() (out []string) {
	if !c.kinds[EventChat] && !c.kinds[EventAct] {
		out = append(out, "chat") // the platform sends none
	}
	if !c.kinds[EventGift] && !c.kinds[EventPayment] {
		out = append(out, "payments")
	}
	known := false
	for _, a := range c.people {
		known = known || a.OnScreen && a.AgeKnown
	}
	if !known {
		out = append(out, "broadcaster_age") // neither the platform nor a classifier said
	}
	if c.beyond > 0 {
		out = append(out, "accounts")
	}
	return out
}

// Parts draws up the parts that accounts play, the weightiest first; at most most
// of them. An account can play several.
func (c *Crowd) Parts(now time.Time, most int) []Part {
	type weighed struct {
		Part
		weight int
	}
	var all []weighed
	for id, a := range c.people {
		for _, role := range Roles() {
			if p, w, ok := a.part(id, role, now); ok {
				all = append(all, weighed{p, w})
			}
		}
	}
	slices.SortFunc(all, func(x, y weighed) int {
		return cmp.Or(cmp.Compare(slices.Index(Roles(), x.Role), slices.Index(Roles(), y.Role)), cmp.Compare(y.weight, x.weight), compareText(x.Account, y.Account))
	})
	out := make([]Part, 0, min(len(all), most))
	for _, w := range all[:min(len(all), most)] {
		out = append(out, w.Part)
	}
	return out
}

// part is the account in one role; weight orders accounts of a role.
func (a *account) part(id, role string, now time.Time) (p Part, weight int, ok bool) {
	p = Part{Account: id, Role: role, For: []Sign{}, Against: []Sign{}}
	yes := func(what string, n int, last time.Time) {
		if n > 0 {
			p.For = append(p.For, sign(what, n, last))
			weight += n
		}
	}
	no := func(when bool, what string, n int) {
		if when {
			p.Against = append(p.Against, sign(what, n, time.Time{}))
		}
	}
	switch role {
	case RoleBroadcaster:
		if a.Role != roleBroadcaster && !a.OnScreen {
			return p, 0, false
		}
		if a.Role == roleBroadcaster {
			yes("stated", 1, time.Time{})
		} else {
			yes("on_screen", 1, time.Time{})
		}
		if a.Minor {
			yes("likely_child", 1, time.Time{})
		}
		if a.Followers >= fameFollowers || a.Platform == "famous" {
			yes("status", 1, time.Time{})
			yes("invites_on_screen", a.Invited, time.Time{})
		}
		no(!a.AgeKnown, "age_not_checked", 0)
	case RoleFacilitator:
		yes("speaks_for", a.SpeaksFor, a.LastSignOfPrice)
		yes("names_prices", a.Prices, a.LastSignOfPrice)
		yes("paid_instead", a.PaidInstead, a.LastSignOfPrice)
		if a.Platform == "facilitator" {
			yes("stated", 1, time.Time{})
		}
		no(a.Verified, "role_verified", 0)
		no(a.Chat > 0 && a.SpeaksFor+a.Prices == 0, "ordinary_chat", a.Chat)
	case RoleDirecting:
		if a.Role == roleBroadcaster && a.Invited == 0 {
			return p, 0, false // who streams alone directs nobody
		}
		if a.Directs < fewDirections && a.Tied == 0 {
			return p, 0, false
		}
		yes("directs", a.Directs, a.LastDirect)
		yes("pays_to_direct", a.Tied, a.LastTied)
		yes("invites_private", a.Private, time.Time{})
		yes("talks_of_recording", a.Captures, time.Time{})
		no(a.Chat > a.Directs, "ordinary_chat", max(a.Chat-a.Directs, 0))
		no(a.Tied == 0, "no_payment_tied", 0)
		no(a.Reports > 0, "reported", a.Reports)
		no(a.Verified, "role_verified", 0)
	case RolePayer:
		yes("pays", a.Gifts, a.LastGift)
		yes("pays_to_direct", a.Tied, a.LastTied)
		no(a.Gifts > 0 && a.Tied == 0, "no_payment_tied", a.Gifts)
	case RolePassive:
		if a.Role == roleBroadcaster || a.OnScreen || a.Directs > 0 || a.Joined.IsZero() {
			return p, 0, false
		}
		end := now
		if !a.Left.IsZero() {
			end = a.Left
		}
		yes("watches_minutes", int(end.Sub(a.Joined)/time.Minute)+1, time.Time{})
		no(true, "watching_alone", 0) // whoever watches may be shocked, or about to report
		no(a.Reports > 0, "reported", a.Reports)
	}
	return p, weight, len(p.For) > 0
}

func sign(what string, n int, last time.Time) Sign {
	s := Sign{What: what, N: n}
	if !last.IsZero() {
		last = last.UTC()
		s.Last = &last
	}
	return s
}

// Signs lists the words that a [Sign] can have, for pages that explain them.
func Signs() []string {
	return []string{"stated", "on_screen", "likely_child", "status", "invites_on_screen", "age_not_checked", "speaks_for", "names_prices", "paid_instead",
		"role_verified", "ordinary_chat", "directs", "pays_to_direct", "invites_private", "talks_of_recording", "no_payment_tied", "reported",
		"pays", "watches_minutes", "watching_alone"}
}
