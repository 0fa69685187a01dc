//go:build !small

package model

import (
	"fmt"

	"github.com/jaga-project/jaga/convo/eval"
)

// Report is what was measured of a model on people who were neither learned
// from nor calibrated on. It holds counts and numbers only.
type Report struct {
	Model string `json:"model"` // digest of the model file
	Info  Info   `json:"info"`

	// Threshold was taken on the calibration part; what follows it is
	// measured on the test part, by conversation.
	Threshold float64     `json:"threshold"`
	Counts    eval.Counts `json:"counts"`
	Precision eval.Rate   `json:"precision"`
	Recall    eval.Rate   `json:"recall"`
	FPR       eval.Rate   `json:"fpr"`
	FHalf     float64     `json:"f0_5"`
	F1        float64     `json:"f1"`
	// NotRead counts the conversations of the test part without a message to
	// score. They are among the counts, as not found.
	NotRead int `json:"not_read"`

	AveragePrecision float64        `json:"average_precision"`
	AUC              float64        `json:"auc"`
	Curve            []eval.PRPoint `json:"curve"` // at most [CurvePoints]

	ERDE    []eval.EarlyRisk `json:"erde"` // of 5 and of 50
	Latency eval.Latency     `json:"latency"`

	Conversations Calibration `json:"conversations"`
	Messages      Calibration `json:"messages"`

	Rarer     []Rarer    `json:"rarer"`
	Baselines []Baseline `json:"baselines"`
	Warnings  []string   `json:"warnings"`
}

// CurvePoints is how many points of a curve a report keeps.
const CurvePoints = 1000

// Calibration says how true probabilities are.
type Calibration struct {
	Cases int        `json:"cases"`
	ECE   float64    `json:"ece"` // over len(Bins) bins
	Brier float64    `json:"brier"`
	Bins  []eval.Bin `json:"bins"`
}

// Rarer is the precision at the threshold where positives are as rare as
// Prevalence: recall·π / (recall·π + FPR·(1−π)).
type Rarer struct {
	Prevalence float64 `json:"prevalence"`
	// Least takes the upper 95 % bound of the false positives and the lower
	// one of the recall, Measured what was counted. With no false positive
	// among few negatives Measured is 1 and says nothing.
	Least    float64 `json:"least"`
	Measured float64 `json:"measured"`
}

// Baseline is a property of conversations that knows nothing of what is said.
type Baseline struct {
	Name string `json:"name"`
	// AUC is at least 0.5, taken in the better direction. A high one says
	// that the two classes come from different places, and that a model may
	// have learned the place.
	AUC float64 `json:"auc"`
}

// Where warnings begin.
const (
	fewTested   = 100 // conversations of a class in the test part
	confounded  = 0.75
	oneBigGroup = 0.5 // share of the conversations in one group
	reliable    = 0.05
)

// warn says what a reader of the report must not overlook.
func (r *Report) warn() {
	add := func(format string, args ...any) { r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...)) }
	i := r.Info
	all := i.Train.Conversations + i.Calibrate.Conversations + i.Test.Conversations
	if n := i.Test.Positives; n < fewTested {
		add("Only %d conversations with the label 1 were tested: the intervals are wide.", n)
	}
	if n := i.Test.Conversations - i.Test.Positives; n < fewTested {
		add("Only %d conversations with the label 0 were tested: false findings that are rare were not seen.", n)
	}
	if float64(i.Largest) > oneBigGroup*float64(all) {
		add("%d of %d conversations are connected through the same people and could not be divided.", i.Largest, all)
	}
	for _, b := range r.Baselines {
		if b.AUC >= confounded {
			add("The %s alone tells the labels apart (AUC %.2f): the classes may come from different places, and the model may have learned the place.", b.Name, b.AUC)
		}
	}
	if !i.Settled {
		add("Learning was ended after %d passes, before it settled.", i.Passes)
	}
	if r.Conversations.ECE > reliable {
		add("The probabilities of conversations are off by %.2f on average: read them as an order.", r.Conversations.ECE)
	}
	if i.LinesLeftOut > 0 {
		add("%d malformed lines of the data were left out.", i.LinesLeftOut)
	}
	if i.Duplicates > 0 {
		add("%d conversations have the text of another one; they were kept in the same part.", i.Duplicates)
	}
	if i.Cut > 0 {
		add("%d messages are longer than is looked at, and were read in part.", i.Cut)
	}
	if r.NotRead > 0 {
		add("%d conversations of the test part had nothing to read and count as not found.", r.NotRead)
	}
}
