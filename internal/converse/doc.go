// Package converse keeps the conversations of an installation: it takes
// messages, observes them with the detector of package convo, and stores the
// findings.
//
// Messages are acknowledged when they are durable: they are put, sealed, into
// a journal and are then observed, in the order of the journal. Every few
// seconds the states of the conversations are written down and the journal is
// emptied in the same transaction. After a crash the journal is observed
// again from where the states stand, which gives what an undisturbed run
// gives, because observing is a pure function of state and message.
//
// Below the band observe no text is kept: states hold none, and the journal's
// sealed text lives until the next writing of the states. With a finding, a
// sealed excerpt is stored: the messages that count and the last few before.
// Who opens an excerpt is recorded in the custody log.
package converse
