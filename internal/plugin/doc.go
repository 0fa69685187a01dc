// Package plugin asks outside programs about items: classifiers, matchers for
// lists that only licensed operators may hold, language models for a second
// opinion, and programs that turn the speech of live streams into words.
//
// A plugin is a program of its own, on this machine or in the operator's
// network, that speaks a small HTTP contract: GET /v1/about says what it is, and
// POST /v1/signals takes the facts of an item and its bytes and answers with
// scores. It adds scores and nothing else. It makes no finding, no action, and
// it never lowers anything: a score stands beside other reasons (see
// [jaga.Score]).
//
// A plugin that does not answer in time, answers nonsense, is down or has used
// up its budget leaves a [jaga.Skip] that says so. What it did not look at is
// never clear because of that.
package plugin
