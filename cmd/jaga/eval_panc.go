package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/eval"
	"github.com/jaga-project/jaga/internal/report"
)

// pancResult is what `jaga eval panc --json` prints.
type pancResult struct {
	evalOutcome
	Parts []pancPart `json:"parts"`
}

type pancPart struct {
	Part string `json:"part"`
	eval.PANCReport
	Cut int `json:"cut"` // windows that were not read in full
}

func (a *app) evalPANCCmd() *cobra.Command {
	var f evalFlags
	var o eval.PANCOptions
	cmd := &cobra.Command{
		Use:   "panc DIR",
		Short: "Measure early detection on the PANC corpus, by its protocol",
		Long: `Measure how early warnings come on the corpus PANC (Vogt, Leser and Akbik, ACL
2021), by its authors' protocol: a window of 50 messages, a warning once s of
the last 10 predictions are positive, for s from 1 to 10. DIR holds
datapack-PANC-train.json, datapack-PANC-test.json or both. Jaga does not come
with the corpus, and its project has not run this: it is ready to be run by
somebody who may use the data.

The protocol gives a window as one text without speakers and times, which is a
third of what Jaga goes by. The prediction is the band of that text as one
message: none 0, observe 1/3, review 2/3, urgent 1.` + evalLong,
		Example: "  jaga eval panc --html panc.html corpus/",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !(o.Threshold > 0 && o.Threshold <= 1) {
				return &usageError{errors.New("--threshold is above 0 and at most 1")}
			}
			d, err := newDetector(f.packs)
			if err != nil {
				return err
			}
			o.Fast = true
			r := &pancResult{evalOutcome: evalOutcome{Detector: d.Version()}}
			complete, err := a.panc(cmd.Context(), d, args[0], o, f.strict, r)
			if err != nil {
				return err
			}
			return a.deliver(f, r, r.sheet(), r.LeftOut, complete)
		},
	}
	f.add(cmd)
	cmd.Flags().Float64Var(&o.Threshold, "threshold", eval.PANCThreshold, "a prediction of at least `NUMBER` is positive")
	return cmd
}

// windowReader predicts by the band of a window's text.
type windowReader struct {
	d   *convo.Detector
	cut int
}

// Predict implements [eval.Classifier].
func (w *windowReader) Predict(window string) float64 {
	s := w.d.Open(convo.Head{ID: "window", People: []convo.Person{{ID: "a"}, {ID: "b"}}}, nil)
	s.Observe(convo.Message{ID: "1", From: "a", To: []string{"b"}, At: time.Unix(0, 0).AddDate(50, 0, 0), Text: window})
	if !s.Complete() {
		w.cut++
	}
	return float64(s.Band()) / float64(jaga.BandUrgent)
}

func (a *app) panc(ctx context.Context, d *convo.Detector, dir string, o eval.PANCOptions, strict bool, r *pancResult) (complete bool, err error) {
	if err := isFolder(dir); err != nil {
		return false, err
	}
	complete = true
	train, test := eval.PANCFiles()
	for _, part := range [][2]string{{"train", train}, {"test", test}} {
		path, err := findNamed(dir, part[1])
		if err != nil {
			return false, errorf(jaga.CodeNotFound, "", "read the corpus: %w", err)
		}
		if path == "" {
			continue
		}
		w := &windowReader{d: d}
		run := eval.NewPANCRun(w, o)
		if err := a.readEach(ctx, []string{path}, func(name string, in io.Reader) error {
			reader := eval.NewPANCReader(name, in, eval.ReadOptions{Strict: strict})
			defer func() { merge(&r.LeftOut, reader.Skipped()) }()
			for {
				chat, err := reader.Next()
				if errors.Is(err, io.EOF) {
					return nil
				}
				if err != nil {
					return err
				}
				if err := run.Add(chat); err != nil {
					return err
				}
			}
		}); err != nil {
			return false, err
		}
		r.Parts = append(r.Parts, pancPart{part[0], run.Report(), w.cut})
		complete = complete && w.cut == 0
	}
	if len(r.Parts) == 0 {
		return false, errorf(jaga.CodeNotFound, "the corpus is given to researchers on request; name the folder that its files are in", "%s holds no part of the PANC corpus", printable(dir))
	}
	return complete, nil
}

func (r *pancResult) sheet() *sheet {
	s := &sheet{title: "PANC, early detection", notes: []string{
		unmeasuredRecall + " The positives of this corpus are adult decoys.", "Read by " + r.Detector,
	}}
	for _, x := range r.Parts {
		p := part{
			title: x.Part + " part",
			text: fmt.Sprintf("%d chats of predators and %d others, %d and %d valid segments; threshold %.3g, window %d, p = %.5f.",
				x.Positive.Chats, x.Negative.Chats, x.Positive.ValidSegments, x.Negative.ValidSegments, x.Threshold, x.Window, x.PenaltyRate),
			head: []string{"s", "P", "R", "F1", "FPR", "messages, median", "speed", "F-latency", "ERDE 5", "ERDE 50"},
		}
		var f, speed [][2]float64
		for _, row := range x.Rows {
			messages := "–"
			if row.Latency.SpeedDefined {
				messages = report.Num(row.Latency.MedianMessages)
			}
			p.rows = append(p.rows, []string{
				fmt.Sprint(row.Skepticism), three(row.Precision), three(row.Recall), three(row.F1), three(row.FPR), messages,
				three(row.Latency.Speed), three(row.Latency.FLatency), three(row.ERDE5.Mean), three(row.ERDE50.Mean),
			})
			f = append(f, [2]float64{float64(row.Skepticism), row.Latency.FLatency})
			speed = append(speed, [2]float64{float64(row.Skepticism), row.Latency.Speed})
		}
		p.plots = append(p.plots, report.Lines("F-latency and speed by skepticism, "+x.Part+" part", "A warning comes once s of the last 10 windows are positive.",
			report.Axis{Name: "s", Lo: 1, Hi: 10}, report.Axis{Name: "", Hi: 1}, []report.Series{{Name: "F-latency", Class: "sA", Points: f}, {Name: "speed", Class: "sI", Points: speed}}))
		s.parts = append(s.parts, p)
	}
	return s
}
