// Package indicator is the catalogue of behaviours that Jaga looks for in
// conversations: 72 indicators in five families, eight context modifiers that
// lower, raise or redirect, and nine combinations that matter more than their
// parts.
//
// An entry names a behaviour as child-protection guidance does. It holds no
// example wording and no terms to search for; those are lexicon packs, which
// are versioned apart from it.
//
// # What an entry does not say
//
// No entry is a verdict on a person. An indicator describes something that
// was said or done in a conversation; whoever it is attributed to is an
// account under review. Every entry names harmless situations that look the
// same ([Indicator.Lookalikes]). Entries whose [Side] is [Target] describe
// somebody who may need help and are never evidence against them.
//
// An indicator whose needs are not met is unknown, which is not the same as
// absent: see [Indicator.Needs].
//
// # Use
//
// [All] lists the catalogue, [Get] finds one entry, and [Index] gives an entry
// a small number for use in arrays. The catalogue never changes while a
// program runs; all functions are safe for concurrent use and return copies.
//
// Words follow the Terminology Guidelines for the Protection of Children from
// Sexual Exploitation and Sexual Abuse, second edition, 2025.
package indicator
