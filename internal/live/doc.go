// Package live watches live streams while they happen: the picture, the chat and
// the money of a stream together.
//
// A [Service] keeps watches, one for each stream. A watch fetches the stream in
// one confined process, decodes one or two frames a second of it in another one,
// hashes them and compares them with the banks. One frame that matches makes no
// finding: [Window] wants some of the last frames to. A finding is an item like
// any other (internal/intake) and joins the case of its stream.
//
// What is said in the chat, gifts and payments come from the platform, see
// [Event]. They are messages of a conversation with the channel live
// (internal/converse), so the indicators of family L and their combinations say
// what they mean; [Crowd] draws up who did what, with what speaks for and against
// it.
//
// The last half minute of a stream is kept in memory, encrypted ([Ring]). With a
// finding it becomes evidence; otherwise it is gone when the watch is.
//
// Unknown is never clean: for every stretch of time in which no frame was
// compared a watch keeps a range that was not checked, and why.
package live
