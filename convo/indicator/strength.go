package indicator

import "fmt"

// Strength is what an indicator is worth with nothing beside it. Strengths are
// ordered: a larger one is worth more.
type Strength uint8

// The strengths. Zero is none of them.
const (
	Weak     Strength = iota + 1 // common in ordinary life; counts only in combination
	Moderate                     // worth remembering
	Strong                       // may reach review alone
	Urgent                       // somebody may be in danger now: needs no minimum of evidence
)

// String returns "weak", "moderate", "strong" or "urgent", and "unknown" for
// any other value.
func (s Strength) String() string {
	switch s {
	case Weak:
		return "weak"
	case Moderate:
		return "moderate"
	case Strong:
		return "strong"
	case Urgent:
		return "urgent"
	}
	return "unknown"
}

// MarshalText writes the word of [Strength.String]; it fails for a value that
// has none.
func (s Strength) MarshalText() ([]byte, error) {
	if s < Weak || s > Urgent {
		return nil, fmt.Errorf("indicator: write strength: %d is none", uint8(s))
	}
	return []byte(s.String()), nil
}

// UnmarshalText reads a word of [Strength.String]; it fails for any other.
func (s *Strength) UnmarshalText(text []byte) error {
	for v := Weak; v <= Urgent; v++ {
		if string(text) == v.String() {
			*s = v
			return nil
		}
	}
	return fmt.Errorf("indicator: read strength: %q is none of weak, moderate, strong, urgent", text)
}
