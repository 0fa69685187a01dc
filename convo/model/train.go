//go:build !small

package model

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/jaga-project/jaga/convo/eval"
	"github.com/jaga-project/jaga/convo/text"
)

// Options are the settings of [Train]. The zero value is ready.
type Options struct {
	// Seed decides the split and the order of learning.
	Seed uint64
	// Cost is what an average message counts in the loss against the
	// regularisation; 0 means 1. It must be positive and finite.
	Cost float64
	// Indicators returns the places in the catalogue of what the words of a
	// message show, said by a person of one kind to another: "adult",
	// "minor" or "unknown". The same must be done where messages are scored.
	// Without it the model has the spelling alone, and the acts in the data.
	Indicators func(message, from, to string) []int
	// Finder names what Indicators is, with its version.
	Finder string
	// Progress is told what is done, often; it may be nil.
	Progress func(Progress)
}

// Progress is a moment of [Train].
type Progress struct {
	Doing string // "reading", "learning, pass 3", "measuring"
	Unit  string // what is counted: "conversations", "messages"
	Done  int
	Total int
}

// conversations are the unit of progress outside learning.
const conversations = "conversations"

// ErrNothingLearned is the error of [Train] when what was learned from some
// people does not hold for others, so that no model is worth keeping.
var ErrNothingLearned = errors.New("nothing was learned that holds for other people")

// Train learns from one part of the people in the set, calibrates on a second
// and measures on a third, with the very model that it returns. The parts are
// about 60, 20 and 20 % of the groups of people.
//
// The error is [ErrOneClass], [ErrTooFewPersons] or [ErrNothingLearned] where
// the data do not allow it, and that of the context when it ends. The set is
// used by one training at a time.
func Train(ctx context.Context, s *Set, o Options) (*Model, *Report, error) {
	o.Cost = cmp.Or(o.Cost, 1)
	if !(o.Cost > 0) || math.IsInf(o.Cost, 0) {
		return nil, nil, fmt.Errorf("training: the cost %v is not above 0 and finite", o.Cost)
	}
	t := &training{ctx: ctx, set: s, o: o}
	m, r, err := t.run()
	if err != nil {
		return nil, nil, fmt.Errorf("training: %w", err)
	}
	return m, r, nil
}

// training is one run of [Train].
type training struct {
	ctx   context.Context
	set   *Set
	o     Options
	parts eval.Parts
	info  Info
	text  text.Text
}

func (t *training) run() (*Model, *Report, error) {
	parts, duplicates, err := t.set.split(t.o.Seed)
	if err != nil {
		return nil, nil, err
	}
	t.parts = parts
	t.info = Info{
		Data: t.set.digest, Indicators: t.o.Finder,
		Seed: t.o.Seed, Cost: t.o.Cost, Shares: shares(), Buckets: Buckets, MaxGram: MaxGram,
		Groups: parts.Groups, Largest: parts.Largest,
		LinesLeftOut: t.set.skipped.Count, Duplicates: duplicates,
	}
	if err := t.prepare(); err != nil {
		return nil, nil, err
	}
	m, err := t.fit()
	if err != nil {
		return nil, nil, err
	}
	if err := t.calibrate(m); err != nil {
		return nil, nil, err
	}
	m.info = t.info
	if err := m.seal(); err != nil {
		return nil, nil, err
	}
	r, err := t.measure(m)
	if err != nil {
		return nil, nil, err
	}
	return m, r, nil
}

func (t *training) tell(doing, unit string, done, total int) {
	if t.o.Progress != nil {
		t.o.Progress(Progress{doing, unit, done, total})
	}
}

// prepare finds the indicators of every message and counts the parts.
func (t *training) prepare() error {
	var v vector
	counts := [...]*Part{&t.info.Train, &t.info.Calibrate, &t.info.Test}
	for i := range t.set.conversations {
		if err := t.ctx.Err(); err != nil {
			return err
		}
		t.tell("reading", conversations, i, len(t.set.conversations))
		c := &t.set.conversations[i]
		part := counts[t.parts.Of[i]]
		part.Conversations++
		if c.positive {
			part.Positives++
		}
		for k := range c.messages {
			msg := &c.messages[k]
			msg.readable, msg.evidences = false, nil
			if msg.ofChild {
				t.info.ChildMessages++
				continue
			}
			if msg.act >= 0 {
				msg.evidences = append(msg.evidences, msg.act)
			}
			raw := msg.text.ForClassifier()
			if t.o.Indicators != nil && raw != "" {
				msg.evidences = append(msg.evidences, t.o.Indicators(raw, msg.from, msg.to)...)
			}
			t.text.Normalise(raw)
			if t.text.Truncated {
				t.info.Cut++
			}
			if msg.readable = v.read(&t.text, msg.evidences); !msg.readable {
				t.info.Unread++
				continue
			}
			part.Messages++
			if c.positive {
				part.PositiveMessages++
			}
		}
	}
	for i, name := range [...]string{"training", "calibration", "test"} {
		if p := counts[i]; p.PositiveMessages == 0 || p.PositiveMessages == p.Messages {
			return fmt.Errorf("reading the data: %w: the %s part has %d readable messages, %d of them from conversations with the label 1", ErrOneClass, name, p.Messages, p.PositiveMessages)
		}
	}
	return nil
}

// fit learns the weights. Both classes weigh the same in all, so that the
// rarer one is not given up. Within a class a message of a conversation of n
// readable ones weighs 1/√n: the messages of a conversation repeat each other,
// so a long one counts more than a short one, but not by its length.
func (t *training) fit() (*Model, error) {
	var examples []example
	var of []*message
	var total [2]float64
	for i := range t.set.conversations {
		c := &t.set.conversations[i]
		if t.parts.Of[i] != forTraining {
			continue
		}
		n := 0
		for k := range c.messages {
			if c.messages[k].readable {
				n++
			}
		}
		for k := range c.messages {
			if !c.messages[k].readable {
				continue
			}
			e := example{c.positive, 1 / math.Sqrt(float64(n))}
			total[class(c.positive)] += e.cost
			examples = append(examples, e)
			of = append(of, &c.messages[k])
		}
	}
	for i := range examples {
		e := &examples[i]
		e.cost *= t.o.Cost * float64(len(examples)) / (2 * total[class(e.positive)])
	}
	s, err := learn(t.ctx, examples, func(i int, v *vector) {
		t.text.Normalise(of[i].text.ForClassifier())
		v.read(&t.text, of[i].evidences)
	}, t.o.Seed, func(pass, done int) {
		t.tell(fmt.Sprintf("learning, pass %d", pass), "messages", done, len(examples))
	})
	if err != nil {
		return nil, err
	}
	t.info.Passes, t.info.Settled = s.passes, s.settled
	weights := make([]float32, dimensions)
	for i, w := range s.weights {
		weights[i] = float32(w)
	}
	return newModel(weights), nil
}

func class(positive bool) int {
	if positive {
		return 1
	}
	return 0
}

// calibrate fits what makes probabilities of sums, and takes the threshold, on
// people who were not learned from.
func (t *training) calibrate(m *Model) error {
	part := t.info.Calibrate
	m.p.Prior = float64(part.PositiveMessages) / float64(part.Messages)
	m.p.Message = eval.Platt{A: -1} // the sum itself, until it is fitted
	cases := make([]eval.Scored, 0, part.Messages)
	var v vector
	err := t.each(forCalibration, "calibrating", func(c *conversation) {
		for k := range c.messages {
			if msg := &c.messages[k]; msg.readable {
				t.text.Normalise(msg.text.ForClassifier())
				v.read(&t.text, msg.evidences)
				cases = append(cases, eval.Scored{Score: dot(m.weights, &v), Positive: c.positive})
			}
		}
	})
	if err != nil {
		return err
	}
	if m.p.Message, err = fitRising(cases); err != nil {
		return err
	}
	cases = cases[:0]
	err = t.each(forCalibration, "calibrating", func(c *conversation) {
		var tally Tally
		for k := range c.messages {
			if msg := &c.messages[k]; msg.readable {
				m.Add(&tally, t.score(m, msg))
			}
		}
		cases = append(cases, eval.Scored{Score: tally.Peak, Positive: c.positive})
	})
	if err != nil {
		return err
	}
	if m.p.Whole, err = fitRising(cases); err != nil {
		return err
	}
	for i := range cases {
		cases[i].Score = m.p.Whole.Probability(cases[i].Score)
	}
	m.p.Threshold, err = bestThreshold(cases)
	return err
}

// score is the model's answer to one message.
func (t *training) score(m *Model, msg *message) float64 {
	t.text.Normalise(msg.text.ForClassifier())
	return m.Score(&t.text, msg.evidences)
}

// each calls use with the conversations of a part.
func (t *training) each(part int, doing string, use func(*conversation)) error {
	for i := range t.set.conversations {
		if t.parts.Of[i] != part {
			continue
		}
		if err := t.ctx.Err(); err != nil {
			return fmt.Errorf("%s: %w", doing, err)
		}
		t.tell(doing, conversations, i, len(t.set.conversations))
		use(&t.set.conversations[i])
	}
	return nil
}

// fitRising fits a calibration in which more means more.
func fitRising(cases []eval.Scored) (eval.Platt, error) {
	m, err := eval.FitPlatt(cases)
	if err != nil {
		return m, err
	}
	if !(m.A < 0) || math.IsInf(m.A, 0) || math.IsNaN(m.B) || math.IsInf(m.B, 0) {
		return m, ErrNothingLearned
	}
	return m, nil
}

// bestThreshold is the probability with the best F0.5, the highest on ties,
// in the middle between the case that is found last and the next one.
func bestThreshold(cases []eval.Scored) (float64, error) {
	points, _, err := eval.PRCurve(cases)
	if err != nil {
		return 0, err
	}
	positives := 0
	for _, c := range cases {
		positives += class(c.Positive)
	}
	threshold, best := 1.0, -1.0
	for i, p := range points {
		f := eval.Counts{TP: p.TP, FP: p.FP, FN: positives - p.TP}.F(0.5)
		if f <= best {
			continue
		}
		best, threshold = f, p.Threshold
		if i+1 < len(points) {
			threshold = (threshold + points[i+1].Threshold) / 2
		}
	}
	return threshold, nil
}
