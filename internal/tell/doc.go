// Package tell keeps messages that people write to the operator's team through
// the guide without saying who they are: "Tell someone". A message is text, is
// sealed before it is stored, and opens only with the installation's key; its
// writer comes back with a number and a PIN, reads the answer and may write on.
//
// Nothing that says who or where a writer is comes here or is kept: no address,
// no browser, no exact time. Times of messages are the hour in which they came.
// For the same reason a message that comes in leaves no custody record, which
// would keep its exact time for good; [Service.Tend] records once an hour how
// many came. What the team does (read, answer, close, pass on) is recorded at
// once, by who and when, and never with what was written.
//
// Number and PIN are kept as keyed digests. A wrong PIN and a number that is
// nobody's get the same answers for the same work.
package tell
