// Package look decides who may look at what for how long, and keeps what was
// really shown.
//
// People look at a file in a view session only ([Service.Open]): a case, a
// purpose out of a closed list, one person, at most [SessionMost] long, and a
// second person's consent where the caller says that the class needs one. In it
// a reveal begins, beats every second while something is on the screen, and
// ends; a connection that is lost ends it at its last beat. Every session,
// consent, reveal and byte range is a custody record with ids and keyed digests
// only.
//
// # What "viewed" means
//
// A file counts as viewed when a person had it on the screen for at least
// [ViewedAfter] in one reveal, without blur. This is computed from the reveals
// ([Service.Viewed]); there is no call that sets it. That its hash is known, or
// that somebody opened a session, is no view. The same holds for a frame of a film
// that stands or plays. A sound has nothing to see: it is viewed when it was heard
// for as long. That the sound of a film was heard is counted by itself.
//
// # Exposure
//
// The server counts what each person has seen, in seconds and in files, and
// refuses what is over the limits that administrators set ([Limits]) within
// bounds that they cannot leave. A person has one running reveal at a time, so
// that a second window buys nothing. Time is counted by a clock that only goes
// forward (see [Options]): a wall clock that jumps creates and loses nothing.
//
// A person sees their own exposure. Of a team only closed weeks are shown, as
// sums over at least [AggregateLeast] people ([Service.Team]).
//
// A service is for one process at a time on its database.
package look
