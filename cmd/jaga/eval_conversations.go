package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/eval"
	"github.com/jaga-project/jaga/internal/chatfile"
	"github.com/jaga-project/jaga/internal/report"
)

// bandNames are the bands that are measured, the lowest first.
var bandNames = []string{jaga.BandObserve.String(), jaga.BandReview.String(), jaga.BandUrgent.String()}

// conversationsResult is what `jaga eval conversations --json` prints.
type conversationsResult struct {
	evalOutcome
	Report eval.WatchReport `json:"report"`
	// Indicators counts the conversations in whose findings each indicator
	// stands as a reason.
	Indicators []indicatorRate `json:"indicators"`
	// Incomplete are conversations of which something was not read; they
	// count as far as they were.
	Incomplete int `json:"incomplete"`
	// Untimed are conversations without usable times; they are in no number
	// of seconds.
	Untimed int `json:"untimed"`
}

type indicatorRate struct {
	Indicator string    `json:"indicator"`
	Positives eval.Rate `json:"positives"`
	Negatives eval.Rate `json:"negatives"`
}

func (a *app) evalConversationsCmd() *cobra.Command {
	var f evalFlags
	var seed uint64
	cmd := &cobra.Command{
		Use:   "conversations FILE...",
		Short: "Measure bands, and how early they are reached, on labelled conversations",
		Long: `Measure how many conversations of each label reach each band, after how many
messages and seconds, and how true a probability is that is learned from the
bands: half of the persons teach it, the other half measures it.

A file has one conversation a line, as jaga check reads it, with a "label" of 0
or 1. The ids of people must mean the same person in the whole file. The name -
reads standard input.` + evalLong,
		Example: "  jaga eval conversations --html report.html judged.jsonl",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := newDetector(f.packs)
			if err != nil {
				return err
			}
			w := newWatcher(d)
			if err := a.readEach(cmd.Context(), args, func(name string, in io.Reader) error {
				return w.file(name, in, f.strict)
			}); err != nil {
				return err
			}
			r, err := w.result(seed)
			if err != nil {
				return errorf(jaga.CodeInvalid, "", "%w", err)
			}
			return a.deliver(f, r, r.sheet(), r.LeftOut, r.Incomplete == 0)
		},
	}
	f.add(cmd)
	cmd.Flags().Uint64Var(&seed, "seed", 1, "`NUMBER` that decides which persons the probability is learned from")
	return cmd
}

// watcher observes labelled conversations.
type watcher struct {
	d          *convo.Detector
	cases      []eval.Watched
	leftOut    eval.Skipped
	incomplete int
	untimed    int
	by         map[string]*[2]int // conversations of label 0 and 1 by indicator
}

func newWatcher(d *convo.Detector) *watcher { return &watcher{d: d, by: map[string]*[2]int{}} }

// maxLabelledLine bounds the memory of one line.
const maxLabelledLine = 64 << 20

// file observes the conversations of one file.
func (w *watcher) file(name string, in io.Reader, strict bool) error {
	lines := bufio.NewReaderSize(in, 64<<10)
	for n := 1; ; n++ {
		line, err := readLine(lines)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrTooLong) {
			return fmt.Errorf("read %s, line %d: %w", name, n, err)
		}
		var fault *eval.LineError
		switch {
		case errors.Is(err, bufio.ErrTooLong):
			fault = &eval.LineError{Msg: fmt.Sprintf("longer than %d bytes", maxLabelledLine)}
		case len(bytes.TrimSpace(line)) > 0:
			fault = w.line(name, line)
		}
		if fault != nil {
			fault.File, fault.Line = name, n
			if strict {
				return fault
			}
			w.leftOut.Count++
			if len(w.leftOut.First) < 20 {
				w.leftOut.First = append(w.leftOut.First, fault)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
	}
}

// readLine returns the next line; of one that is too long it returns nothing.
func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	long := false
	for {
		piece, err := in.ReadSlice('\n')
		if long = long || len(line)+len(piece) > maxLabelledLine; !long {
			line = append(line, piece...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
		case long && (err == nil || errors.Is(err, io.EOF)):
			return nil, cmp.Or(err, bufio.ErrTooLong)
		default:
			return line, err
		}
	}
}

// asDescribed is the fault of a line. What is wrong is not quoted: no text
// comes out of measuring, and a malformed line may have it anywhere.
const asDescribed = "not as docs/check.md describes it; jaga check says more"

// line observes one conversation. A conversation of which a part is malformed
// is left out whole: without a message it would be another.
func (w *watcher) line(name string, line []byte) *eval.LineError {
	var label struct {
		Label *int `json:"label"`
	}
	if err := json.Unmarshal(line, &label); err != nil {
		field := ""
		if t, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			field = t.Field
		}
		return &eval.LineError{Field: field, Msg: "no JSON object with a label"}
	}
	if label.Label == nil || *label.Label != 0 && *label.Label != 1 {
		return &eval.LineError{Field: "label", Msg: "neither 0 nor 1"}
	}
	in := chatfile.New(bytes.NewReader(line), name, chatfile.Options{Format: chatfile.JSONLines, MaxLine: maxLabelledLine})
	var c *chatfile.Conversation
	for one, err := range in.All() {
		if err != nil {
			return &eval.LineError{Msg: asDescribed}
		}
		c = one
	}
	if p := in.Problems(); len(p) > 0 {
		return &eval.LineError{Field: p[0].Field, Msg: asDescribed}
	}
	if c == nil || len(c.Messages) == 0 {
		return &eval.LineError{Field: "messages", Msg: "there are none"}
	}
	head, problems := c.Head()
	if len(problems) > 0 {
		return &eval.LineError{Field: problems[0].Field, Msg: asDescribed}
	}
	messages := make([]convo.Message, len(c.Messages))
	for i := range c.Messages {
		messages[i] = c.Messages[i].Convo()
	}
	w.observe(head, messages, *label.Label == 1)
	return nil
}

// observe watches one conversation and notes when it reached which band.
func (w *watcher) observe(head convo.Head, messages []convo.Message, positive bool) {
	s := w.d.Open(head, nil)
	out := eval.Watched{
		Participants: eval.Participants{Conversation: head.ID},
		Positive:     positive, Messages: len(messages), Reached: make([]eval.Reached, len(bandNames)),
	}
	for _, p := range head.People {
		out.Persons = append(out.Persons, p.ID)
	}
	var first time.Time
	timed := true
	for i, m := range messages {
		if first.IsZero() {
			first = m.At
		}
		timed = timed && !m.At.IsZero()
		top := jaga.BandNone
		for _, f := range s.Observe(m) {
			top = max(top, f.Band)
		}
		for b := range int(top) {
			if out.Reached[b].OK {
				continue
			}
			seconds := math.NaN()
			if timed {
				seconds = m.At.Sub(first).Seconds()
			}
			out.Reached[b] = eval.Reached{OK: true, Message: i + 1, Seconds: seconds}
		}
	}
	if !timed {
		w.untimed++
	}
	if !s.Complete() {
		w.incomplete++
	}
	seen := map[string]bool{}
	for _, f := range s.Findings() {
		for _, r := range f.Because {
			seen[string(r.Indicator)] = true
		}
	}
	side := 0
	if positive {
		side = 1
	}
	for id := range seen {
		if w.by[id] == nil {
			w.by[id] = new([2]int)
		}
		w.by[id][side]++
	}
	w.cases = append(w.cases, out)
}

func (w *watcher) result(seed uint64) (*conversationsResult, error) {
	r := &conversationsResult{
		evalOutcome: evalOutcome{Detector: w.d.Version(), LeftOut: w.leftOut},
		Indicators:  []indicatorRate{}, Incomplete: w.incomplete, Untimed: w.untimed,
	}
	var err error
	if r.Report, err = eval.ScoreWatched(w.cases, bandNames, seed); err != nil {
		return r, err
	}
	for _, id := range slices.Sorted(maps.Keys(w.by)) {
		r.Indicators = append(r.Indicators, indicatorRate{
			id, eval.NewRate(w.by[id][1], r.Report.Positives), eval.NewRate(w.by[id][0], r.Report.Negatives),
		})
	}
	return r, nil
}

func (r *conversationsResult) sheet() *sheet {
	x := r.Report
	s := &sheet{
		title: fmt.Sprintf("%s conversations, %s with the label 1", report.Thousands(x.Conversations), report.Thousands(x.Positives)),
		notes: []string{unmeasuredRecall, fmt.Sprintf("%s messages read by %s", report.Thousands(x.Messages), r.Detector)},
	}
	if r.Incomplete > 0 {
		s.notes = append(s.notes, fmt.Sprintf("%d conversations were not read in full; they count as far as they were.", r.Incomplete))
	}
	bands := part{
		title: "Bands", text: "A band counts with all above it. The precision holds at the share of positives in this file; where positives are rarer it is lower.",
		head: []string{"band", "of label 1", "found", "95 %", "of label 0", "found", "95 %", "precision"},
	}
	early := part{
		title: "How early", text: fmt.Sprintf("Over conversations with the label 1 that reach the band, counted from their first message. F-latency with p = %.5f.", eval.PenaltyRate),
		head: []string{"band", "messages, median", "nine in ten", "seconds, median", "nine in ten", "F-latency", "ERDE 5", "ERDE 50"},
	}
	var lines []report.Series
	for i, b := range x.Bands {
		p, n := shareCells(b.Positives), shareCells(b.Negatives)
		bands.rows = append(bands.rows, []string{b.Band, p[0], p[1], p[2], n[0], n[1], n[2], shareCells(b.Precision)[0]})
		early.rows = append(early.rows, []string{
			b.Band, spreadCell(b.Messages, b.Messages.Median), spreadCell(b.Messages, b.Messages.P90), spreadCell(b.Seconds, b.Seconds.Median), spreadCell(b.Seconds, b.Seconds.P90),
			three(b.Latency.FLatency), three(b.ERDE5.Mean), three(b.ERDE50.Mean),
		})
		at := make([]float64, len(b.At))
		for k, m := range b.At {
			at[k] = float64(m)
		}
		lines = append(lines, report.Series{Name: b.Band, Class: []string{"sO", "sR", "sI"}[i], Points: report.Steps(at, max(x.Positives, 1))})
	}
	if x.AUC != nil {
		bands.text += fmt.Sprintf(" AUC over the bands %.3f, average precision %.3f.", *x.AUC, *x.AveragePrecision)
		bands.plots = append(bands.plots, report.Lines("Precision against recall, band by band", "From urgent at the left to everything at the right.",
			report.Axis{Name: "recall", Hi: 1}, report.Axis{Name: "precision", Hi: 1}, []report.Series{{Name: "bands", Class: "sA", Points: curvePoints(x.Curve)}}))
	}
	if x.Positives > 0 {
		early.plots = append(early.plots, report.Lines("How many conversations of label 1 reached a band by then", "All of label 1 are 1; the axis of messages has steps of a factor of ten.",
			report.Axis{Name: "messages", Log: true}, report.Axis{Name: "share", Hi: 1}, lines))
	}
	s.parts = append(s.parts, bands, early, r.calibration(), r.indicators())
	return s
}

func (r *conversationsResult) calibration() part {
	c := r.Report.Calibration
	if c == nil {
		return part{title: "Calibration", text: "Not measured: " + r.Report.WhyNot + "."}
	}
	p := part{
		title: "Calibration",
		text:  fmt.Sprintf("Learned from %d conversations, measured on %d of other persons: ECE %.3f over %d bins, Brier score %.3f.", c.Fitted, c.Cases, c.ECE, len(c.Bins), c.Brier),
		head:  []string{"probability", "conversations", "mean", "of label 1", "95 %"},
		plots: []*report.Drawing{plotReliability("What was promised and what came true", c.Bins)},
	}
	for _, b := range c.Bins {
		if b.Cases > 0 {
			share := shareCells(b.Positives)
			p.rows = append(p.rows, []string{fmt.Sprintf("%.1f to %.1f", b.From, b.To), fmt.Sprint(b.Cases), three(b.MeanScore), share[0], share[2]})
		}
	}
	return p
}

func (r *conversationsResult) indicators() part {
	p := part{title: "Reasons", text: "In how many conversations each indicator is a reason of a finding.", head: []string{"indicator", "of label 1", "95 %", "of label 0", "95 %"}}
	for _, x := range r.Indicators {
		one, zero := shareCells(x.Positives), shareCells(x.Negatives)
		p.rows = append(p.rows, []string{x.Indicator, one[0], one[2], zero[0], zero[2]})
	}
	return p
}

func spreadCell(s eval.Spread, v float64) string {
	if s.Of == 0 {
		return "–"
	}
	return report.Num(v)
}
