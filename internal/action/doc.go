// Package action tells other servers what happened and what to do, by signed
// webhooks, and keeps what they answered.
//
// An action asks the platform to do something: hold an item, warn the person
// who was targeted, suspend an account. Every [Kind] has a typed payload
// ([Params]) and a published schema. Jaga does nothing to a platform by itself:
// the platform's own server acts on what it receives, and says with [Result]
// what it did.
//
// [Service.Start], [Service.Undo] and [Service.Emit] write into the caller's
// transaction: the decision and what follows from it are there together or not
// at all. Deliveries are jobs of the store's queue, so what was committed is
// sent at least once, whatever dies in between. A receiver tells repetitions by
// the identifier, which stays the same at every try. The order in which events
// arrive is not promised, not even for one target: a later event is not held up
// by an earlier one that has to be tried again.
//
// What is sent holds identifiers, the form and the band of a case, a link and
// the platform's own name of an account. It never holds text of people, and no
// hashes of pictures.
package action
