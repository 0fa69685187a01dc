package main

// OpinionConfig is the section [opinion].
type OpinionConfig struct {
	// Automatic asks the language model about every finding of a conversation
	// that is in the band review when it becomes a case. Unless set, it is
	// asked when a person asks for it on the page of a case. Either way it
	// takes a plugin of the kind opinion, and changes no band and no order.
	Automatic bool `toml:"automatic"`
}
