// Package policy decides what should happen to a finding by rules that people
// write, review and approve.
//
// A [Rule] asks a question of [Facts] in CEL (the Common Expression Language)
// and names the actions that it wants. A fact that nobody knows is unknown,
// never zero and never false: a rule whose answer hangs on one is reported as
// not decided, with the facts that it needs, and never as one that did not
// fire.
//
// Rules are versioned data. A version goes from draft to shadow, where it is
// evaluated and counted and never acts, to canary, where it acts for a share of
// the accounts, and to active. The last two steps need the approval of a second
// person. Every step is a custody record.
//
// [Service.Decide] returns the actions that are wanted as values. It carries
// none of them out: this package knows no cases and sends nothing.
package policy
