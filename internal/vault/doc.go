// Package vault seals evidence and opens it again. It knows no database: what
// it needs from one is passed in and handed back.
//
// A sealed file is an age file (age-encryption.org/v1) in two parts that are
// kept apart. The payload, [Sealed.Payload], goes to a [Blobs] store and may be
// copied anywhere. The header, [Sealed.Header], holds the file's own key,
// wrapped; whoever destroys every header of a file has destroyed the file. Both
// parts, one after the other, are what the program age reads.
//
// The file key is wrapped twice: with a key of the installation, bound to a
// [Binding] (case, file and version), so that a header that was moved to
// another row does not open; and for a break-glass identity, which two of the
// officers can restore together (see [NewBreakGlass]). Wrapping again, for
// another case or under another key, touches the header alone.
//
// The payload is ChaCha20-Poly1305 in segments of 64 KiB. A range is read
// without reading what comes before it, and every segment that is handed out
// was checked. What was changed, cut off, reordered or exchanged is refused,
// never handed out.
//
// The library age and the client for S3 are imported here alone.
package vault
