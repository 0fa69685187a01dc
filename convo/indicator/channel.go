package indicator

import "fmt"

// Channel is a set of places where an indicator can be observed.
type Channel uint8

// The channels.
const (
	Text     Channel = 1 << iota // T: the text of messages
	Metadata                     // M: facts about messages or accounts
	Relation                     // R: relations between accounts
	Timing                       // t: times and order
	Payment                      // P: payments and gifts
)

// channelLetters and channelWords are in the order of the bits.
const channelLetters = "TMRtP"

func channelWords() []string {
	return []string{"text", "metadata", "relation", "timing", "payment"}
}

// Has reports whether every channel of o is in c.
func (c Channel) Has(o Channel) bool { return c&o == o }

// Words returns the channels by name, in the order text, metadata, relation,
// timing, payment; it is empty and not nil for the empty set.
func (c Channel) Words() []string { return words(uint(c), channelWords()) }

// String returns the channels by letter, in the order TMRtP.
func (c Channel) String() string {
	var b []byte
	for i := range len(channelLetters) {
		if c&(1<<i) != 0 {
			b = append(b, channelLetters[i])
		}
	}
	return string(b)
}

// MarshalJSON writes the array of [Channel.Words].
func (c Channel) MarshalJSON() ([]byte, error) { return marshalSet(uint(c), channelWords()) }

// UnmarshalJSON reads such an array, in any order; it fails for an unknown
// word.
func (c *Channel) UnmarshalJSON(data []byte) error {
	set, err := unmarshalSet(data, channelWords())
	if err != nil {
		return fmt.Errorf("indicator: read channels: %w", err)
	}
	*c = Channel(set)
	return nil
}
