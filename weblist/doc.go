// Package weblist compares what people write with lists of web addresses,
// domains and words, without the lists ever being readable.
//
// # Keys
//
// An entry of a list is one [Key]: a domain with everything below it, one host,
// a path with everything below it, one exact address, or a word or phrase. What
// is looked up of an address in a text are all keys that would cover it: the
// domains above its host, the host, the paths above its own, and itself
// ([URL.Keys]); of words it is every phrase of up to [MaxPhrase] of them
// ([Words]). Each key has a [Key.Digest], a SHA-256, so that a list is a set of
// digests, a look-up is one look-up in a hash table however long the list is,
// and neither a list nor an error ever shows what is on it. Google's Safe
// Browsing compares addresses in the same way ("suffix/prefix expressions",
// https://developers.google.com/safe-browsing/reference/URLs.and.Hashing).
//
// Whoever has the digests can try words and domains against them; they keep
// honest people from reading a list, and do not encrypt it.
//
// # Addresses
//
// [ParseURL] reads addresses as browsers do (the URL standard of the WHATWG,
// https://url.spec.whatwg.org), so that spellings that open the same page have
// the same keys. [Find] finds them in text, also as hxxp://, example[.]org and
// "example dot org". Nothing is ever fetched or resolved: an address of a
// shortener is compared as it is.
//
// The package imports the standard library, golang.org/x/net/idna and packages
// of this module, and does no input or output.
package weblist
