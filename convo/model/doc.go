// Package model is the trainable layer: a linear model over the spelling of
// messages and the indicators found in them, which an operator or researcher
// trains on conversations that people have judged. Jaga comes without a
// trained model, and without a model nothing is scored.
//
// [ReadSet] reads labelled conversations, [Train] learns from them and
// measures on people it did not learn from, [Model.Write] and [Read] keep the
// result. [Model.Score] gives one message a probability, and a [Tally] adds
// the messages of a conversation up.
//
// # What is learned
//
// Features are hashed character n-grams inside folded tokens and the
// indicators of the catalogue (features.go). The weights are those of logistic
// regression with L2 regularisation (learn.go). A label belongs to a whole
// conversation, so each message is learned with its conversation's label, and
// most messages of either kind say little; the tally exists because of that.
//
// What a known child writes to somebody who is not known to be one is neither
// learned nor scored: it is no evidence about the other, and a model that
// learned how children write would find children.
//
// # What it is worth
//
// A score has no reason that a person could check. It may add to what the
// indicators show, and alone it can make somebody keep a conversation in mind,
// no more; the detector that uses it holds to that. The share of positives in
// the training data is never that of a platform, so a probability is a degree
// and not a rate; [Report] says what precision is left at rarer shares.
//
// # Purity
//
// The package reads from readers and writes to writers that the caller opens:
// no files, no clock, no randomness but the generator whose seed the caller
// gives. Equal data, options and processor architecture give equal bytes. No
// model, report or error holds text of a message or an id of a person.
package model
