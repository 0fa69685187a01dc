package jaga

import "time"

// Kind says what sort of thing an [Item] is.
type Kind string

// The kinds of items. A frame is one picture taken from a live stream or a
// video; a message is one turn of a conversation, a text stands alone.
const (
	KindImage   Kind = "image"
	KindVideo   Kind = "video"
	KindAudio   Kind = "audio"
	KindText    Kind = "text"
	KindMessage Kind = "message"
	KindFrame   Kind = "frame"
	KindHash    Kind = "hash"  // only hashes were handed in, never the bytes
	KindOther   Kind = "other" // a file of another or an unknown kind
)

// Valid reports whether k is one of the kinds above.
func (k Kind) Valid() bool {
	switch k {
	case KindImage, KindVideo, KindAudio, KindText, KindMessage, KindFrame, KindHash, KindOther:
		return true
	}
	return false
}

// Item is something that came in to be checked. Its bytes are never part of
// it; they are read beside it and, when nothing is found, not kept.
type Item struct {
	// ID is Jaga's own identifier of the item (UUIDv7 text).
	ID string `json:"id"`
	// Source names who handed it in: an API key's label, "console", "scan".
	Source string `json:"source,omitempty"`
	// Ref is the platform's own reference, returned unchanged in answers.
	Ref string `json:"ref,omitempty"`
	// Kind is what it is, from its content, never from its name.
	Kind Kind `json:"kind"`
	// At is when it came in.
	At time.Time `json:"at"`
	// Author is the platform's pseudonymous account identifier, if given.
	Author string `json:"author,omitempty"`
	// Audience says how many could see it, as the platform puts it:
	// "private", "group", "public", "live"; empty is unknown.
	Audience string `json:"audience,omitempty"`
}
