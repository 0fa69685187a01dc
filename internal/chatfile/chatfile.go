// Package chatfile reads conversations from the files people have: JSON lines
// in this project's own shape, plain text, and the exports of WhatsApp,
// Telegram, Discord and Instagram.
//
// Whatever the file, the result is a [Conversation]: who took part, what is
// known of them, and what was written or done, in order. Nothing is judged
// here. What could not be read is named as a [Problem], because an unread
// message is an unchecked one.
//
// The package only reads from the io.Reader it is given. No input makes it
// panic, and memory grows with one conversation, not with the file.
package chatfile

import (
	"time"

	"github.com/jaga-project/jaga/convo"
)

// Conversation is one chat with the people in it.
type Conversation struct {
	// ID is the file's own name for the conversation, or one made from the
	// file's name. It is never empty.
	ID string
	// Channel is "private", "group", "public" or "live"; "" if the file does
	// not say.
	Channel string
	// Participants holds everybody who is named as a participant, a sender or
	// a receiver, each once.
	Participants []Participant
	Relations    []Relation
	// Messages are in the file's order, oldest first where the format has an
	// order.
	Messages []Message
}

// Participant is one person or account in a conversation. The zero value of a
// field means that the file does not say.
type Participant struct {
	// ID is unique within the conversation and never empty. Formats without
	// ids use the displayed name.
	ID string
	// Name is the displayed name.
	Name string
	// AgeBand is "adult", "minor", "unknown" or a range of years such as
	// "13-15", both ends included. It is never empty.
	AgeBand string
	// Confidence is how sure the source is of the age band, from above 0 to 1;
	// 0 if it does not say.
	Confidence float64
	// Role is the source's word for the part the person plays, such as
	// "teacher", in lower case.
	Role string
	// Verified is true if the platform verified the person.
	Verified bool
	// Followers is the size of the person's audience.
	Followers int
	// Created is when the account was made.
	Created time.Time
}

// Relation is a tie between two participants, in no direction.
type Relation struct {
	// A and B are participants' ids.
	A, B string
	// Kind is the source's word in lower case: "family", "guardian", "friend",
	// "classmate", "coach", "none" and others.
	Kind string
	// Verified is true if the source knows the tie from more than a claim.
	Verified bool
	// Since is when the tie began; zero if unknown.
	Since time.Time
	// Mutual is the number of contacts that both have, -1 when it is not said.
	Mutual int
}

// Message is one thing that was written or done, as the detector takes it, and
// where it stands. The ID is unique within the conversation: the file's own, or
// "m" and the message's position counted from 1. The ID and From are never
// empty; To holds participants' ids, and none means everybody else. Text is
// valid UTF-8 of at most MaxText bytes, Currency is in lower case.
type Message struct {
	convo.Message
	// Media is the kind of attachment: "image", "video", "audio", "file", or
	// "deleted" for a message that was taken back; "" for none. Attachments
	// are not looked into.
	Media string
	// Line is where the message starts in the file, counted from 1.
	Line int
}

// Bounds on what one file may hold. Real conversations are far smaller; the
// bounds keep a hostile file from taking all memory.
const (
	// MaxText is the most bytes of one message's text that are kept.
	MaxText = 10_000_000
	// MaxParticipants is the most participants of one conversation.
	MaxParticipants = 1_000_000
	// MaxMessages is the most messages of one conversation.
	MaxMessages = 5_000_000
	// MaxLine is the usual bound on one line, or on one message of a JSON
	// export, in bytes.
	MaxLine = 64 << 20
	// MaxProblems is how many problems are kept; more are only counted.
	MaxProblems = 1000
)
