// Package law holds jurisdiction profiles: what a law asks of whoever runs an
// installation, as data. A profile says how soon a report must be sent, how
// long evidence is kept, who receives what, and in which order people go on.
//
// A profile is a TOML file with a version. Every fact in it names its source,
// the date of the source, who reviewed it and from when it holds. Five profiles
// come with the program; an operator adds or replaces profiles with files of
// their own, which are signed (see [Sign]).
//
// The functions are pure: the time is passed in, nothing is read or stored.
// Where several profiles apply, the earliest time to send by and the longest
// time to keep win, and where they disagree the answer says so, for a person to
// see. Where counting days can be done in two ways, the safe one is taken: a
// deadline is never later, and the end of a keeping time never earlier, than
// either way.
//
// Nothing here is legal advice: see [NotAdvice].
package law
