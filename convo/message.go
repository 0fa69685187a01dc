package convo

import (
	"time"

	"github.com/jaga-project/jaga/convo/indicator"
)

// MaxID is how many bytes of a message's or person's identifier are kept.
// Longer ones are shortened to a digest.
const MaxID = 44

// Message is one thing that happened in a conversation: words, or an event.
type Message struct {
	// ID identifies the message in its conversation; one that was seen
	// before is ignored. Without an ID it cannot be recognised again.
	ID   string
	From string
	// To are the receivers; empty means everybody in the conversation.
	To []string
	At time.Time
	// Text is what was written, at most 64 KiB of it are looked at.
	Text string
	// Act is what happened when it is not words, see [Acts]; or the
	// identifier of an indicator that the platform has seen by itself.
	Act string
	// Category and Score (0..1) belong to the act "category".
	Category string
	Score    float64
	// Amount, Currency, Method, Payee and Description belong to the acts
	// "payment" and "gift". The currency is an ISO 4217 code.
	Amount      float64
	Currency    string
	Method      string
	Payee       string
	Description string
}

// Acts are the events that a message may be instead of words, each with what
// it means.
func Acts() map[string]string {
	return map[string]string{
		"category": "a classifier's score for the content: category sexual, or direction for requests to a broadcaster about body, clothing or camera",
		"payment":  "money went from the sender to the receiver",
		"gift":     "a gift, game currency or credit went from the sender to the receiver",
		"report":   "the sender reported the receiver",
		"block":    "the sender blocked the receiver",
		"refusal":  "the sender said no, or stop",
		"request":  "the sender asked for a picture, a call or a meeting",
		"sent":     "the sender did what was demanded",
		"call":     "the sender called the receiver",
		"join":     "the sender joined the room",
		"leave":    "the sender left the room",
		"login":    "a new device logged in to the sender's account",
		"feed":     "an outside feed knows the sender",
		"media":    "the sender sent a picture, audio or video",
	}
}

// KnownAct reports whether a message can hold the act: one of [Acts], or an
// indicator of the catalogue.
func KnownAct(act string) bool {
	if indicator.Index(indicator.ID(act)) >= 0 {
		return true
	}
	_, ok := Acts()[act]
	return ok
}

// The codes of evidence: an indicator's place in the catalogue, or one of
// these, which indicators are derived from.
const (
	codeRefusal uint8 = 200 + iota
	codeRequest
	codeHedge
	codeVulnerable
	codeSent
	codeRole
	codeReport
	codeBlock
	codeGift
	codeMinor
	codeModel
)

// actCode returns the code of an act that is no indicator.
func actCode(act string) (uint8, bool) {
	switch act {
	case "refusal":
		return codeRefusal, true
	case "request":
		return codeRequest, true
	case "sent":
		return codeSent, true
	case "report":
		return codeReport, true
	case "block":
		return codeBlock, true
	}
	return 0, false
}
