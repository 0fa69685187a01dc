package action

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jaga-project/jaga"
)

// Kind names what is to be done.
type Kind string

// The kinds of actions. KindUndo takes an earlier one back, and KindWebhook is
// for rules alone.
const (
	KindHold     Kind = "hold"          // keep something from others until a person has decided
	KindLimit    Kind = "limit_reach"   // keep an account from reaching people
	KindWarn     Kind = "warn_target"   // send the person who was targeted a safety message
	KindRemove   Kind = "remove"        // take content down
	KindSuspend  Kind = "suspend"       // close an account, for a time or for good
	KindEvidence Kind = "keep_evidence" // keep data that would be deleted
	KindPage     Kind = "page"          // call somebody now
	KindUndo     Kind = "undo"          // take an action back
	KindWebhook  Kind = "webhook"       // tell one server of what a rule found
)

// Kinds lists the kinds that people ask for and targets choose, in the order in
// which people read them. KindUndo is not one of them, see [Service.Undo], nor
// is KindWebhook, see [Webhook].
func Kinds() []Kind {
	return []Kind{KindHold, KindLimit, KindWarn, KindRemove, KindSuspend, KindEvidence, KindPage}
}

// Reversible reports whether taking an action of this kind back makes a
// difference: a hold can be released, a message that was read cannot be unread.
// Data that is kept is not among them: laws want it for longer than a decision.
func (k Kind) Reversible() bool {
	switch k {
	case KindHold, KindLimit, KindRemove, KindSuspend, KindWebhook:
		return true
	}
	return false
}

// Params say how an action of one kind is to be done: [Hold], [LimitReach],
// [WarnTarget], [Remove], [Suspend], [KeepEvidence], [Page] or [Webhook].
type Params interface {
	// Kind is the kind that the parameters belong to.
	Kind() Kind
	check() error
}

// Hold keeps items, or everything new of an account when none is named, from
// other people until somebody has decided.
type Hold struct {
	// Items are the platform's own identifiers; at most 1000.
	Items []string `json:"items,omitempty"`
	// Until ends the hold by itself; nil is until it is taken back.
	Until *time.Time `json:"until,omitempty"`
}

// Kind returns [KindHold].
func (Hold) Kind() Kind     { return KindHold }
func (p Hold) check() error { return checkItems(p.Items, false) }

// Reach says whom an account may no longer reach.
type Reach string

// The limits of reach.
const (
	ReachMinors    Reach = "minors"    // no messages to, and not shown to, people under 18
	ReachStrangers Reach = "strangers" // no messages to people who have not answered
	ReachEverybody Reach = "everybody" // no messages to anybody, not found in searches
)

// LimitReach keeps an account from reaching people.
type LimitReach struct {
	From  Reach      `json:"from"`
	Until *time.Time `json:"until,omitempty"`
}

// Kind returns [KindLimit].
func (LimitReach) Kind() Kind { return KindLimit }
func (p LimitReach) check() error {
	switch p.From {
	case ReachMinors, ReachStrangers, ReachEverybody:
		return nil
	}
	return invalid("from", "it is not one of minors, strangers, everybody")
}

// WarnTarget sends the account of the action, which is that of the person who
// was targeted and not of the one under review, a safety message. [Service.Start]
// fills in Title, Text and Guide from the messages that come with Jaga.
type WarnTarget struct {
	// Language is "en" or "id".
	Language string `json:"language"`
	Title    string `json:"title"`
	Text     string `json:"text"`
	// Guide is the address of the guide's page that helps in this case.
	Guide string `json:"guide"`
}

// Kind returns [KindWarn].
func (WarnTarget) Kind() Kind { return KindWarn }
func (p WarnTarget) check() error {
	if p.Language != "en" && p.Language != "id" {
		return invalid("language", "it is neither en nor id")
	}
	if p.Title != "" || p.Text != "" || p.Guide != "" {
		return invalid("text", "the message is filled in; it cannot be given")
	}
	return nil
}

// Remove takes content down.
type Remove struct {
	// Items are the platform's own identifiers; at least 1, at most 1000.
	Items []string `json:"items"`
}

// Kind returns [KindRemove].
func (Remove) Kind() Kind     { return KindRemove }
func (p Remove) check() error { return checkItems(p.Items, true) }

// Suspend closes an account.
type Suspend struct {
	// Until is when it opens again; nil is for good.
	Until *time.Time `json:"until,omitempty"`
}

// Kind returns [KindSuspend].
func (Suspend) Kind() Kind   { return KindSuspend }
func (Suspend) check() error { return nil }

// KeepEvidence keeps data of an account, or the items that are named, from
// being deleted.
type KeepEvidence struct {
	Items []string `json:"items,omitempty"`
	// Days is how long, 1 to 3660.
	Days int `json:"days"`
}

// Kind returns [KindEvidence].
func (KeepEvidence) Kind() Kind { return KindEvidence }
func (p KeepEvidence) check() error {
	if p.Days < 1 || p.Days > 3660 {
		return invalid("days", "it is not between 1 and 3660")
	}
	return checkItems(p.Items, false)
}

// Page calls somebody: a receiver turns it into a telephone call or a message.
type Page struct {
	// Queue is whom to call: "default", "hotline" or another queue's name.
	Queue string `json:"queue"`
	// Within is in how many minutes somebody should look, 1 to 1440.
	Within int `json:"within_minutes"`
}

// Kind returns [KindPage].
func (Page) Kind() Kind { return KindPage }
func (p Page) check() error {
	if !word(p.Queue) {
		return invalid("queue", "it is no name of a queue")
	}
	if p.Within < 1 || p.Within > 1440 {
		return invalid("within_minutes", "it is not between 1 and 1440")
	}
	return nil
}

func checkItems(items []string, need bool) error {
	if need && len(items) == 0 {
		return invalid("items", "no item is named")
	}
	if len(items) > 1000 {
		return invalid("items", "more than 1000 items are named")
	}
	for i, x := range items {
		if !identifier(x) {
			return invalid("items", "item "+strconv.Itoa(i+1)+" is no identifier: it is empty, longer than 512 bytes, or no text")
		}
	}
	return nil
}

// identifier reports whether a text can be an identifier of a platform.
func identifier(text string) bool {
	return text != "" && len(text) <= 512 && utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}

// word reports whether a text is a short name of ours: 1 to 100 of a-z, 0-9 and
// -_.: so that nothing personal can stand there. The name of a rule has up to 64,
// and stands there with its version.
func word(text string) bool {
	if len(text) == 0 || len(text) > 100 {
		return false
	}
	for _, c := range []byte(text) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && !strings.ContainsRune("-_.:", rune(c)) {
			return false
		}
	}
	return true
}

func invalid(field, msg string) error {
	return &jaga.Error{Code: jaga.CodeInvalid, Field: field, Msg: msg}
}
