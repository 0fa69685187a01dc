// Package hma speaks the HTTP API of Hasher-Matcher-Actioner 1.1, so that its
// clients move to Jaga by changing a URL. It shows the same banks, entries and
// index as Jaga's own API, under that API's names: an entry is "content" there,
// an entry's hashes are its "signals". docs/hma.md lists every difference.
//
// Two rules are Jaga's. What could not be hashed or compared is an error, never
// an empty answer: clients keep "no match" for ever. And an error never repeats
// what was sent.
package hma
