// Package casework keeps the work of people: findings join into cases, people
// take cases one at a time in the order of risk, decide, look a second time
// without seeing the first answer, and hand on what is to be done.
//
// Every change of a case is an event that is only ever appended; what a case is
// follows from its events, by one function ([Replay]). Every event is also a
// custody record, in the same transaction.
//
// A case is leased to one person at a time. A lease has a number, the fence,
// that grows with every lease of the case; a decision names it, and one that
// comes after the lease was lost is refused, with what was typed kept as a
// draft.
//
// Nothing goes out because of a decision before the time to undo it is over:
// actions wait in an outbox ([Service.TakeDue]).
//
// What people write is sealed. The search knows whole words of it, as keyed
// digests.
package casework
