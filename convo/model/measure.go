//go:build !small

package model

import (
	"slices"

	"github.com/jaga-project/jaga/convo/eval"
)

// bins is the number of bins of a reliability table.
const bins = 10

// measure runs a model over the test part as a deployment would: message by
// message, with a warning that stays.
func (t *training) measure(m *Model) (*Report, error) {
	r := &Report{Model: m.digest, Info: m.info, Threshold: m.p.Threshold, Warnings: []string{}}
	var cases, single []eval.Scored
	var early []eval.EarlyCase
	var found []int // messages seen at the warnings that were right
	var lengths, sizes []eval.Scored
	err := t.each(forTest, "measuring", func(c *conversation) {
		var tally Tally
		read, bytes := 0, 0
		e := eval.EarlyCase{Positive: c.positive}
		for k := range c.messages {
			msg := &c.messages[k]
			if !msg.readable {
				continue
			}
			read++
			bytes += msg.text.Len()
			p := t.score(m, msg)
			single = append(single, eval.Scored{Score: p, Positive: c.positive})
			m.Add(&tally, p)
			if !e.Warned && m.Conversation(tally) >= m.p.Threshold {
				e.Warned, e.At = true, k+1
			}
		}
		if read == 0 {
			r.NotRead++
			e = eval.EarlyCase{Positive: c.positive}
		}
		early = append(early, e)
		if e.Positive && e.Warned {
			found = append(found, e.At)
		}
		r.Counts.Count(c.positive, e.Warned)
		cases = append(cases, eval.Scored{Score: m.Conversation(tally), Positive: c.positive})
		lengths = append(lengths, eval.Scored{Score: float64(len(c.messages)), Positive: c.positive})
		sizes = append(sizes, eval.Scored{Score: float64(bytes) / float64(max(read, 1)), Positive: c.positive})
	})
	if err != nil {
		return nil, err
	}

	c := r.Counts
	r.Precision = eval.NewRate(c.TP, c.TP+c.FP)
	r.Recall = eval.NewRate(c.TP, c.TP+c.FN)
	r.FPR = eval.NewRate(c.FP, c.FP+c.TN)
	r.FHalf, r.F1 = c.F(0.5), c.F(1)
	r.ERDE = []eval.EarlyRisk{eval.ERDE(early, 5), eval.ERDE(early, 50)}
	r.Latency = eval.FLatency(r.F1, found, eval.PenaltyRate)
	r.rarer()

	if r.Curve, r.AveragePrecision, err = eval.PRCurve(cases); err != nil {
		return nil, err
	}
	r.Curve = thin(r.Curve, CurvePoints)
	if r.AUC, err = eval.AUC(cases); err != nil {
		return nil, err
	}
	if r.Conversations, err = calibrationOf(cases); err != nil {
		return nil, err
	}
	if r.Messages, err = calibrationOf(single); err != nil {
		return nil, err
	}
	for _, b := range []struct {
		name  string
		cases []eval.Scored
	}{{"number of messages", lengths}, {"mean length of messages", sizes}} {
		auc, err := eval.AUC(b.cases)
		if err != nil {
			return nil, err
		}
		r.Baselines = append(r.Baselines, Baseline{b.name, max(auc, 1-auc)})
	}
	r.warn()
	return r, nil
}

func calibrationOf(cases []eval.Scored) (Calibration, error) {
	table, ece, err := eval.Reliability(cases, bins)
	if err != nil {
		return Calibration{}, err
	}
	brier, err := eval.Brier(cases)
	return Calibration{Cases: len(cases), ECE: ece, Brier: brier, Bins: table}, err
}

// rarer fills in the precision at the shares of positives that platforms have.
func (r *Report) rarer() {
	precision := func(recall, fpr, prevalence float64) float64 {
		right, wrong := recall*prevalence, fpr*(1-prevalence)
		if right+wrong == 0 {
			return 0
		}
		return right / (right + wrong)
	}
	for _, p := range []float64{1e-2, 1e-3, 1e-4, 1e-5} {
		r.Rarer = append(r.Rarer, Rarer{
			Prevalence: p,
			Least:      precision(r.Recall.Interval.Low, r.FPR.Interval.High, p),
			Measured:   precision(r.Recall.Value, r.FPR.Value, p),
		})
	}
}

// thin keeps at most n points, the first and the last among them.
func thin(points []eval.PRPoint, n int) []eval.PRPoint {
	if len(points) <= n {
		return points
	}
	kept := make([]eval.PRPoint, n)
	for i := range kept {
		kept[i] = points[i*(len(points)-1)/(n-1)]
	}
	return slices.Clip(kept)
}
