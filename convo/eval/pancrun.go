package eval

import (
	"fmt"
	"slices"
	"strings"
)

// The protocol of PANC (Vogt, Leser and Akbik, ACL 2021, and the authors'
// dataset builder and evaluation scripts).
const (
	PANCWindow         = 50  // messages a classifier sees
	PANCRing           = 10  // predictions a master looks at; also the highest skepticism
	PANCMinSegment     = 6   // messages of a valid segment, at least
	PANCMaxSegment     = 150 // and at most
	PANCThreshold      = 0.5 // from which a prediction is positive
	pancWindowJoinedBy = " "
)

// Classifier judges the text of the messages in a window. The value is a
// probability, in [0, 1], that the conversation is one to warn of.
type Classifier interface {
	Predict(window string) float64
}

// PANCOptions are the settings of a [PANCRun].
type PANCOptions struct {
	Threshold   float64 // 0 means [PANCThreshold]
	PenaltyRate float64 // 0 means [PenaltyRate]
	// Fast stops asking the classifier about a segment or chat once the most
	// skeptical master has warned. No number changes by that.
	Fast bool
}

// PANCRun runs a classifier over chats by the protocol:
//
// After each message the classifier sees the last 50 messages that are not
// empty, joined by blanks. A master of skepticism s warns once at least s of
// the last 10 predictions are positive, and stays so. F1 is over the valid
// segments of both classes, each with a master and windows of its own. How
// early the warnings come is measured on whole chats, without regard to
// separators.
type PANCRun struct {
	classifier Classifier
	options    PANCOptions
	report     PANCReport
	counts     [PANCRing]Counts
	at         [PANCRing][]int       // messages seen at the warning, of true positives
	cases      [PANCRing][]EarlyCase // whole chats
}

// NewPANCRun starts a run.
func NewPANCRun(c Classifier, o PANCOptions) *PANCRun {
	if o.Threshold == 0 {
		o.Threshold = PANCThreshold
	}
	if o.PenaltyRate == 0 {
		o.PenaltyRate = PenaltyRate
	}
	return &PANCRun{classifier: c, options: o}
}

// warnings holds, for every skepticism from 1, the number of messages seen
// when the master warned; 0 if it never did.
type warnings [PANCRing]int

// Add runs the classifier over one chat. It fails when the classifier answers
// something that is no probability; the run is of no use then.
func (r *PANCRun) Add(c PANCChat) error {
	whole, err := r.watch(slices.Concat(c.Segments...))
	if err != nil {
		return err
	}
	if c.HasErrors {
		r.report.WithErrors++
	}
	r.report.MissingLines += c.Missing
	of := &r.report.Negative
	if c.Positive {
		of = &r.report.Positive
	}
	of.Chats++
	of.Messages += c.Messages()
	for s := range PANCRing {
		r.cases[s] = append(r.cases[s], EarlyCase{Positive: c.Positive, Warned: whole[s] > 0, At: whole[s]})
		if c.Positive && whole[s] > 0 {
			r.at[s] = append(r.at[s], whole[s])
		}
	}
	for _, segment := range c.Segments {
		if len(segment) < PANCMinSegment || len(segment) > PANCMaxSegment {
			of.InvalidSegments++
			continue
		}
		of.ValidSegments++
		warned := whole
		if len(c.Segments) > 1 {
			if warned, err = r.watch(segment); err != nil {
				return err
			}
		}
		for s := range PANCRing {
			r.counts[s].Count(c.Positive, warned[s] > 0)
		}
	}
	return nil
}

// watch gives the masters of one segment or chat their predictions.
func (r *PANCRun) watch(messages []Text) (warnings, error) {
	var w warnings
	var ring [PANCRing]bool
	positive := 0 // in the ring
	for i := range messages {
		p := r.classifier.Predict(window(messages[:i+1]))
		if !(p >= 0 && p <= 1) {
			return w, fmt.Errorf("running the PANC protocol: the classifier answered %v, which is no probability", p)
		}
		r.report.Predictions++
		slot := &ring[i%PANCRing]
		if *slot {
			positive--
		}
		if *slot = p >= r.options.Threshold; *slot {
			positive++
		}
		for s := range positive {
			if w[s] == 0 {
				w[s] = i + 1
			}
		}
		if r.options.Fast && w[PANCRing-1] > 0 {
			break // then every less skeptical master has warned before
		}
	}
	return w, nil
}

// window joins the last messages for the classifier.
func window(messages []Text) string {
	var b strings.Builder
	for i, m := range messages[max(0, len(messages)-PANCWindow):] {
		if i > 0 {
			b.WriteString(pancWindowJoinedBy)
		}
		b.WriteString(m.ForClassifier())
	}
	return b.String()
}

// PANCClass counts what was read of one class. Older builds of the corpus
// differ in these numbers, so they belong to every result.
type PANCClass struct {
	Chats           int `json:"chats"`
	Messages        int `json:"messages"` // that are not empty
	ValidSegments   int `json:"valid_segments"`
	InvalidSegments int `json:"invalid_segments"` // fewer than 6 or more than 150 messages
}

// PANCReport is the result of a run: aggregate counts only.
type PANCReport struct {
	Positive     PANCClass `json:"positive"`
	Negative     PANCClass `json:"negative"`
	WithErrors   int       `json:"with_errors"`   // chats the corpus marks so
	MissingLines int       `json:"missing_lines"` // null entries
	Predictions  int       `json:"predictions"`   // asked of the classifier
	Window       int       `json:"window"`
	Threshold    float64   `json:"threshold"`
	PenaltyRate  float64   `json:"penalty_rate"`
	Rows         []PANCRow `json:"rows"` // by skepticism, from 1
}

// PANCRow is the result at one skepticism.
type PANCRow struct {
	Skepticism int       `json:"skepticism"`
	Counts     Counts    `json:"counts"` // of valid segments
	Precision  float64   `json:"precision"`
	Recall     float64   `json:"recall"`
	F1         float64   `json:"f1"`
	FPR        float64   `json:"fpr"`     // 0 also without valid negative segments
	Latency    Latency   `json:"latency"` // of whole positive chats
	ERDE5      EarlyRisk `json:"erde_5"`  // of whole chats of both classes
	ERDE50     EarlyRisk `json:"erde_50"`
}

// Report returns the result so far.
func (r *PANCRun) Report() PANCReport {
	out := r.report
	out.Window, out.Threshold, out.PenaltyRate = PANCWindow, r.options.Threshold, r.options.PenaltyRate
	for s := range PANCRing {
		c := r.counts[s]
		out.Rows = append(out.Rows, PANCRow{
			Skepticism: s + 1,
			Counts:     c,
			Precision:  c.Precision(),
			Recall:     c.Recall(),
			F1:         c.F(1),
			FPR:        c.FPR(),
			Latency:    FLatency(c.F(1), r.at[s], r.options.PenaltyRate),
			ERDE5:      ERDE(r.cases[s], 5),
			ERDE50:     ERDE(r.cases[s], 50),
		})
	}
	return out
}
