//go:build small

package model

import "github.com/jaga-project/jaga/convo/text"

// With the build tag small, for programs that are sent to somebody's phone,
// there is no trained model, and nothing of what trains and measures one: no
// [Model] can be made.

// Tally is as in the whole package.
type Tally struct{ Sum, Peak float64 }

// Model is never made.
type Model struct{}

// Digest is that of no model.
func (*Model) Digest() string { return "00000000" }

// Score finds nothing.
func (*Model) Score(*text.Text, []int) float64 { return 0 }

// Add changes nothing.
func (*Model) Add(*Tally, float64) {}

// Conversation finds nothing.
func (*Model) Conversation(Tally) float64 { return 0 }

// Threshold is never reached.
func (*Model) Threshold() float64 { return 1 }
