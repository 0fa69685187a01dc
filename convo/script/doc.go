// Package script is a test language for detectors of conversations, for
// people who know children and not Go.
//
// A file says who the people are, what they say or do and when, and what the
// detector has to make of it:
//
//	test a coach asks who drives the children home
//	channel group
//	actors A adult coach verified; B 13-15
//	20:01 A -> B: Who picks you up after practice?
//	20:02 B -> A: my dad
//	expect quiet
//
// Acts stand for words wherever they can: "A -> B G-11" is something that
// shows indicator G-11 of the catalogue. So a harm is described without a
// word of it being written down.
//
// docs/test-language.md has the whole language, for readers who do not
// program. The package reads no files and keeps no state.
package script
