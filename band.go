package jaga

import "fmt"

// Band says how soon a person should look. Bands are ordered.
type Band uint8

// The bands, from none to urgent.
const (
	BandNone    Band = iota // nothing that needs a person
	BandObserve             // keep in mind; no person is interrupted
	BandReview              // a person should look, in order
	BandUrgent              // a person should look now
)

var bandNames = [...]string{"none", "observe", "review", "urgent"}

// String returns the band's word: none, observe, review or urgent.
func (b Band) String() string {
	if int(b) < len(bandNames) {
		return bandNames[b]
	}
	return fmt.Sprintf("band(%d)", uint8(b))
}

// MarshalText returns the band's word. An undefined band is an error.
func (b Band) MarshalText() ([]byte, error) {
	if int(b) >= len(bandNames) {
		return nil, fmt.Errorf("encode band: %d is not a band", uint8(b))
	}
	return []byte(bandNames[b]), nil
}

// UnmarshalText accepts the band's word.
func (b *Band) UnmarshalText(text []byte) error {
	for i, name := range bandNames {
		if name == string(text) {
			*b = Band(i)
			return nil
		}
	}
	return fmt.Errorf("decode band: %q is not one of none, observe, review, urgent", text)
}
