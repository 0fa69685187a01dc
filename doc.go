// Package jaga is the vocabulary of Jaga: the words every other package uses
// for what came in, what was measured, what it is near to, what that means,
// and what was not checked.
//
//	Item ──► Signal ──► Match ──► Finding ──► Outcome
//
// An [Item] is something a platform or a person handed in. A [Signal] is one
// thing measured of it (a hash, a score). A [Match] says that a signal is near
// an entry of a bank. A [Finding] is a claim with its reasons and its band of
// urgency, for a person to decide on. An [Outcome] holds the findings and,
// with equal weight, what was not checked.
//
// # Promises
//
// Unknown is never clean. The zero Outcome is not clear; an Outcome is clear
// only when every required detector ran and nothing was found, and it lists
// each detector that did not run, with the reason. There is no way to build a
// Finding without a reason.
//
// The software accuses nobody: a Finding names a harm, never a guilty person.
//
// The package imports only the standard library, does no input or output,
// reads no clock, and its values may be copied freely. Values are safe for
// concurrent reading.
package jaga
