package jaga

// Score is how sure an outside classifier is that an item belongs to a
// category. It is a number that a program computed, not a fact about anybody;
// it stands beside the reasons of a finding and never makes one.
type Score struct {
	// Name and Version name the classifier, each 1 to 64 bytes of letters,
	// digits and -_./ so that a result can be told from that of another one.
	Name    string `json:"name"`
	Version string `json:"version"`
	// Category is an abstract name, such as "known-material" or "G-13", in
	// the same characters. It never describes content.
	Category string `json:"category"`
	// Value is between 0 and 1. What it means is the classifier's own; values
	// of two classifiers cannot be compared.
	Value float64 `json:"score"`
}

// Valid reports whether names and value keep to their rules.
func (s Score) Valid() bool {
	return scoreName(s.Name) && scoreName(s.Version) && scoreName(s.Category) && s.Value >= 0 && s.Value <= 1 // NaN is neither
}

func scoreName(text string) bool {
	if len(text) == 0 || len(text) > 64 {
		return false
	}
	for _, c := range []byte(text) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.', c == '/':
		default:
			return false
		}
	}
	return true
}
