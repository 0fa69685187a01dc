// Package console serves the pages for the people who run Jaga: sign-in, home,
// items, banks, the comparison of two hashes, status and keys.
//
// No page ever shows a pixel of what was handed in. Every page needs a person
// who is signed in, except the one for signing in. Every page works without
// scripts; scripts add dropping files, keys and live figures. Nothing is asked
// of another host, and no page has a script or style of its own, so that the
// content security policy allows neither.
//
// The caller identifies who asks (auth.Service.Identify) and refuses requests
// that other sites send (http.CrossOriginProtection).
package console
