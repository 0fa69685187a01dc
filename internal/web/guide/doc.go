// Package guide serves the public pages for children and the adults around
// them: how to recognise each of the four forms, what to do, whom to tell.
//
// Everybody may read them. There is no sign-in, no cookie, no request to
// another host, and no page that is read needs a script; addresses and titles
// name nothing that somebody who looks over a shoulder would understand. What
// the pages say is Markdown in content/, one tree for each language, and an
// operator may replace single files of it. Check holds the rules that every
// text has to keep.
package guide
