// Package pack reads indicator packs and finds what they describe in a
// message.
//
// A pack is data that people who know children can write and read: words,
// classes of words, and patterns of them, each under the indicator of the
// catalogue that it makes visible. Packs are per language; a message is read
// with all packs of a [Matcher] at once, because people mix languages.
//
// The file format is described in docs/packs.md; a short example:
//
//	pack example-en 1
//	language en
//	title A small example
//
//	class parent = mum | mom | dad | parents | your folks
//	class dont = dont | do not | never
//
//	indicator G-13
//	who adult unknown -> minor unknown
//	weight 1.6 because secrecy from carers is asked for
//	lookalike surprise-party
//	say <dont> tell (your | ur) <parent>
//	unless surprise | birthday
//	yes Don't tell your mum.
//	no Don't tell your mum about the birthday surprise.
//
// A pack names behaviour and warning signs. It holds no threats, no
// persuasion and no sexual words; lint refuses what it can tell, and the
// reviewers of a pack the rest.
package pack
