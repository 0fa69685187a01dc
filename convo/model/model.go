//go:build !small

package model

import (
	"sync"

	"github.com/jaga-project/jaga/convo/eval"
	"github.com/jaga-project/jaga/convo/text"
)

// Model is a trained model. It comes from [Train] or [Read], is immutable, and
// is safe for concurrent use.
type Model struct {
	info    Info
	p       parameters
	weights []float32 // by feature
	digest  string
	scratch sync.Pool
}

// parameters are the numbers of a model beside its weights.
type parameters struct {
	Message   eval.Platt `json:"message"` // calibration of one message
	Whole     eval.Platt `json:"whole"`   // calibration of the peak of a tally
	Prior     float64    `json:"prior"`   // share of positives among the messages calibrated on
	Threshold float64    `json:"threshold"`
}

// newModel makes a model that can score; weights has [dimensions] elements.
func newModel(weights []float32) *Model {
	return &Model{weights: weights, scratch: sync.Pool{New: func() any { return new(vector) }}}
}

// Score returns the probability, in [0, 1], that a message like this one
// belongs to a conversation with the label 1, at the share of positives among
// the messages that the model was calibrated on ([Model.Prior]). t is the
// normalised message and indicators are the places in the catalogue of what
// was found in it; others are left out.
//
// The score of a message without tokens and indicators means nothing: there
// was nothing to read, so leave it out. So leave out what a known child writes
// to somebody who is not known to be one. In a steady state nothing is
// allocated.
func (m *Model) Score(t *text.Text, indicators []int) float64 {
	v := m.scratch.Get().(*vector)
	v.read(t, indicators)
	p := m.p.Message.Probability(dot(m.weights, v))
	m.scratch.Put(v)
	return p
}

// Prior is the share of messages from conversations with the label 1 among
// those that the model was calibrated on, between 0 and 1. A score above it
// speaks for the label, one below it against.
func (m *Model) Prior() float64 { return m.p.Prior }

// Info says what the model was trained on.
func (m *Model) Info() Info { return m.info }

// Digest is the SHA-256 of the model file in hexadecimal. It names the model
// beside every score.
func (m *Model) Digest() string { return m.digest }

// Info says what a model was trained on: counts, digests and options, and
// nothing that was written.
type Info struct {
	Data       string     `json:"data"`       // SHA-256 of the labelled file, hexadecimal
	Indicators string     `json:"indicators"` // what found the indicators: packs with their versions; "" for none
	Seed       uint64     `json:"seed"`
	Cost       float64    `json:"cost"`    // of an average message in the loss, against the regularisation
	Shares     [3]float64 `json:"shares"`  // wanted sizes of the parts
	Buckets    int        `json:"buckets"` // see [Buckets]
	MaxGram    int        `json:"max_gram"`

	Train     Part `json:"train"`
	Calibrate Part `json:"calibrate"`
	Test      Part `json:"test"`
	// Groups is the number of groups of conversations that share persons or
	// have equal text; no group is in two parts. Largest is the number of
	// conversations in the largest.
	Groups  int `json:"groups"`
	Largest int `json:"largest"`

	LinesLeftOut  int `json:"lines_left_out"` // malformed
	Duplicates    int `json:"duplicates"`     // conversations whose text an earlier one has too
	ChildMessages int `json:"child_messages"` // written by a known child to others, so left out
	Unread        int `json:"unread"`         // messages with neither words nor an indicator, left out
	Cut           int `json:"cut"`            // messages longer than is looked at

	Passes  int  `json:"passes"`  // over the training part
	Settled bool `json:"settled"` // false when learning was ended before it settled
}

// Part counts one part of the data. Messages are those learned or scored.
type Part struct {
	Conversations    int `json:"conversations"`
	Positives        int `json:"positives"` // conversations with the label 1
	Messages         int `json:"messages"`
	PositiveMessages int `json:"positive_messages"`
}
