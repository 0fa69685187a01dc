// Package tip takes what people report: users of a platform through its report
// button, and callers of a hotline through whoever writes down what they say.
// Everything becomes a finding of a case, in the transaction that acknowledges
// it.
//
// Text only: nothing is fetched, and no file is taken. Words of people are
// sealed; beside the case there are keyed digests and numbers alone.
//
// A report has the platform's own id. The same id gets the same answer, however
// often and however concurrently it is sent. What the same person says again of
// the same account is linked once and counted. How many people report an account
// is shown and never makes its case more urgent: only a stated fact does, that a
// child is in danger now.
package tip
