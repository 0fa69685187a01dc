package jaga

// Role says what a match in a bank means.
type Role string

// A match bank holds material to act on. An allow bank holds known-benign
// look-alikes; a match there is counter-evidence and suppresses a near match
// elsewhere, never an exact one.
const (
	RoleMatch Role = "match"
	RoleAllow Role = "allow"
)

// Match says that a signal of an item is near an entry of a bank.
type Match struct {
	// Signal is what was measured of the item.
	Signal Signal `json:"signal"`
	// Bank is the bank's name.
	Bank string `json:"bank"`
	// Role is the bank's role.
	Role Role `json:"role"`
	// Form and Band are those of the finding that the bank's matches make.
	Form Form `json:"form,omitempty"`
	Band Band `json:"band,omitempty"`
	// Entry is the number of the entry within the installation.
	Entry int64 `json:"entry"`
	// Value is the entry's own hash, lowercase hexadecimal.
	Value string `json:"value"`
	// Distance is the Hamming distance in bits: of films the smallest of two
	// frames, of sound the mean of two words, which have 32; 0 for exact types.
	Distance int `json:"distance"`
	// Film says which parts matched, where the item or the entry is a film; nil
	// where both are not.
	Film *Film `json:"film,omitempty"`
	// Sound says which seconds matched, of sound; nil for all else.
	Sound *Sound `json:"sound,omitempty"`
	// Places are where in the text it stands, in order, at most [MaxRanges].
	Places []Place `json:"places,omitempty"`
	// Threshold is the largest distance at which this bank matches.
	Threshold int `json:"threshold"`
	// Late is true when the entry was added after the item came in and the
	// match was found by looking again.
	Late bool `json:"late,omitempty"`
	// Suppressed is why the match does not count in full; empty when it does.
	Suppressed Suppression `json:"suppressed,omitempty"`
}

// Place is a part of a text, in bytes from its beginning.
type Place struct {
	Start int `json:"start"`
	End   int `json:"end"`
	// Hidden is true when it was written so that machines do not see it.
	Hidden bool `json:"hidden,omitempty"`
}

// Suppression says why a match does not count in full.
type Suppression string

// The reasons for which a match does not count in full.
const (
	// SuppressedAllow: an allow bank holds a nearer entry.
	SuppressedAllow Suppression = "allow"
	// SuppressedQuarantine: the entry suddenly matched too much and waits for
	// a person.
	SuppressedQuarantine Suppression = "quarantine"
)
