// Package convo recognises grooming, sexual extortion, live-streamed abuse
// and trading in conversations, early, and says why.
//
// A [Detector] is made of indicator packs. It opens a [State] for a
// conversation, and [State.Observe] takes one [Message] after the other and
// returns the findings that the message changed. What is observed is a pure
// function of the state and the message: no clock, no network, no files, so
// that a conversation can be replayed as evidence, and gives the same answer
// on a server, in the command line and in a browser.
//
// Evidence is kept for each ordered pair of people: what A says to B is
// evidence about A's behaviour towards B and never about B. What B says may
// show that B needs help; that, too, is evidence about the pair A→B. A finding
// names a harm and how soon a person should look. It accuses nobody.
//
// How evidence adds up (files score.go and fold.go): every indicator has a
// weight in log-odds, repeats saturate, indicators of one class saturate
// together, evidence loses weight with time, published combinations add, and
// the context (ages, ties, roles, quotation) scales. More evidence never
// lowers a band; only a named modifier of the catalogue does.
//
// What could not be checked because an input is missing is listed as such in
// every finding and by [State.NotChecked]: unknown is never clean.
package convo
