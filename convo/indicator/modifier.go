package indicator

// Modifier is a fact about the context that lowers, raises or redirects what
// indicators are worth. A modifier never hides one.
type Modifier struct {
	ID      ID   `json:"id"`
	Name    L    `json:"name"`
	Effect  L    `json:"effect"`
	Explain L    `json:"explain"`           // one plain sentence for the person who reviews
	Lowers  []ID `json:"lowers,omitempty"`  // indicators that are worth less under it
	Raises  bool `json:"raises,omitempty"`  // whether it raises the conversation as a whole
	Welfare bool `json:"welfare,omitempty"` // whether it sends the case to the welfare path first
}
