//go:build !small

package model

// Bounds of a [Tally].
const (
	// most is what one message can add or take, in log-odds: a factor of
	// about 7 in odds. A single message decides nothing.
	most = 2.0
)

// Tally adds up the scores of the messages of one conversation, or of one
// sender to one receiver. The zero value is ready. It takes 16 bytes, which
// may be stored. It is not safe for concurrent use.
//
// It is the cumulative sum of Page (Biometrika 1954) over log-odds: ordinary
// messages take away what strange ones add, but never below nothing, so a long
// harmless beginning hides nothing that comes later. What counts is the
// highest sum so far, so more messages never lower a conversation.
type Tally struct {
	Sum  float64 // at least 0
	Peak float64 // the highest Sum so far
}

// Add takes the score of one more message, as [Model.Score] returns it. A
// message in which there was nothing to read is not to be added.
func (m *Model) Add(t *Tally, score float64) {
	evidence := logit(score) - logit(m.p.Prior)
	t.Sum = max(0, t.Sum+min(max(evidence, -most), most))
	t.Peak = max(t.Peak, t.Sum)
}

// Conversation is the probability, in (0, 1), that a conversation with this
// tally carries the label 1, at the share of positives among the conversations
// that the model was calibrated on. It never falls while messages are added.
func (m *Model) Conversation(t Tally) float64 { return m.p.Whole.Probability(t.Peak) }

// Threshold is the probability from which on [Model.Conversation] counts as
// found in the model's report: the one with the best F0.5 on the calibration
// part.
func (m *Model) Threshold() float64 { return m.p.Threshold }
