package indicator

import "fmt"

// Capability is a set of things that a deployment can supply beyond the text
// and the times of messages. The empty set is text and time alone.
type Capability uint8

// The capabilities.
const (
	NeedsAgeBand Capability = 1 << iota // age bands of accounts
	NeedsGraph                          // who is related to whom, in what room, with what history
	NeedsPayment                        // payment and gift events
	NeedsLogin                          // log-in events
	// NeedsMedia is signals about pictures and video. Several indicators are
	// surer with them; none is unknown for the lack of them alone.
	NeedsMedia
	NeedsClassifier  // a score for sexual content, bundled or the deployer's
	NeedsPrivatePack // a lexicon pack that is not published
	NeedsFeed        // exact matches from a hotline or a signal-sharing programme
)

func capabilityWords() []string {
	return []string{"age_band", "graph", "payment", "login", "media", "classifier", "private_pack", "feed"}
}

// AllCapabilities is the set of all capabilities.
const AllCapabilities = NeedsAgeBand | NeedsGraph | NeedsPayment | NeedsLogin |
	NeedsMedia | NeedsClassifier | NeedsPrivatePack | NeedsFeed

// Has reports whether every capability of o is in c.
func (c Capability) Has(o Capability) bool { return c&o == o }

// Missing returns what have lacks of c. When it is not empty, an indicator
// with these needs is unknown.
func (c Capability) Missing(have Capability) Capability { return c &^ have }

// Words returns the capabilities by name, in the order age_band, graph,
// payment, login, media, classifier, private_pack, feed; it is empty and not
// nil for the empty set.
func (c Capability) Words() []string { return words(uint(c), capabilityWords()) }

// MarshalJSON writes the array of [Capability.Words].
func (c Capability) MarshalJSON() ([]byte, error) { return marshalSet(uint(c), capabilityWords()) }

// UnmarshalJSON reads such an array, in any order; it fails for an unknown
// word.
func (c *Capability) UnmarshalJSON(data []byte) error {
	set, err := unmarshalSet(data, capabilityWords())
	if err != nil {
		return fmt.Errorf("indicator: read capabilities: %w", err)
	}
	*c = Capability(set)
	return nil
}
