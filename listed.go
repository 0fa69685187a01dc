package jaga

// Listed says that a matcher outside of this program, which the operator runs,
// found an item on a list of its own.
type Listed struct {
	// Name and Version name the matcher, and List the list, each 1 to 64 bytes
	// of letters, digits and -_./
	Name    string `json:"name"`
	Version string `json:"version"`
	List    string `json:"list"`
	// Reference is the matcher's own name of the entry, in the same characters,
	// so that its operator can look it up; empty where it gave none.
	Reference string `json:"reference,omitempty"`
	// Confidence is between 0 and 1, in the matcher's own measure.
	Confidence float64 `json:"confidence"`
}

// Valid reports whether names and confidence keep to their rules.
func (l Listed) Valid() bool {
	return scoreName(l.Name) && scoreName(l.Version) && scoreName(l.List) && (l.Reference == "" || scoreName(l.Reference)) && l.Confidence >= 0 && l.Confidence <= 1 // NaN is neither
}
