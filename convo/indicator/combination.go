package indicator

// Combination is a set of indicators that is worth more than its parts. It
// states no order in which they must come.
type Combination struct {
	No   int `json:"no"` // from 1
	Name L   `json:"name"`
	Note L   `json:"note"`
}
