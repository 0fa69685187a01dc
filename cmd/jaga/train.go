package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo/eval"
	"github.com/jaga-project/jaga/convo/model"
	"github.com/jaga-project/jaga/convo/pack"
	"github.com/jaga-project/jaga/convo/packs"
	"github.com/jaga-project/jaga/internal/durable"
)

// trainFlags are the flags of jaga train.
type trainFlags struct {
	out    string
	seed   uint64
	strict bool
}

// trainResult is what `jaga train --json` prints.
type trainResult struct {
	Model  string        `json:"model"` // file names
	Page   string        `json:"page"`
	JSON   string        `json:"json"`
	Bytes  int           `json:"bytes"` // of the model
	Lines  eval.Skipped  `json:"left_out"`
	Report *model.Report `json:"report"`
}

func (a *app) trainCmd() *cobra.Command {
	var f trainFlags
	cmd := &cobra.Command{
		Use:   "train FILE",
		Short: "Train a model on conversations that people have judged",
		Long: `Train a model on conversations that people have judged, and measure it on
people it did not learn from. Jaga comes without a model. A model adds to what
the indicators show; alone it can make nobody do more than keep a conversation
in mind.

FILE has one JSON object a line: a conversation as jaga check reads it, with a
"label" of 0 or 1, or {"name","label","observations":["text",...]}. The ids of
people must mean the same person in the whole file: people decide what is
learned from and what is measured on. The name - reads standard input. Read
docs/train.md before you gather data.

Beside the model a report is written, as a page and as JSON. Neither holds any
text or the id of anybody.

Exit status: 3 when lines were malformed and left out, which are named; 1 when
the data do not allow a model, and then nothing is written.`,
		Example: "  jaga train --out ours.jm judged.jsonl",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.out == "" {
				return &usageError{errors.New("--out names no file")}
			}
			find, finder, err := packFinder()
			if err != nil {
				return err
			}
			return a.train(cmd.Context(), args[0], f, model.Options{Seed: f.seed, Indicators: find, Finder: finder})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.out, "out", "model.jm", "write the model to this `FILE`, and the report beside it")
	flags.Uint64Var(&f.seed, "seed", 0, "`NUMBER` that decides who is learned from; equal data and seeds give equal models")
	flags.BoolVar(&f.strict, "strict", false, "refuse the file at its first malformed line")
	return cmd
}

// packFinder finds indicators with the packs that come with Jaga, as checking
// one message does: what is quoted, or stands in a lesson or a play, is none.
func packFinder() (find func(message, from, to string) []int, name string, err error) {
	list, err := packs.Core()
	if err != nil {
		return nil, "", err
	}
	m, err := pack.Compile(list...)
	if err != nil {
		return nil, "", err
	}
	names := make([]string, len(list))
	for i, p := range list {
		names[i] = p.String() + ":" + p.Digest
	}
	scan := new(pack.Scan)
	return func(message, from, to string) []int {
		m.Scan(scan, message, pack.ParseWho(from), pack.ParseWho(to))
		if scan.Frames != 0 {
			return nil
		}
		var found []int
		for i := range scan.Hits {
			if h := &scan.Hits[i]; h.Index >= 0 && !h.Quoted {
				found = append(found, h.Index)
			}
		}
		return found
	}, strings.Join(names, " "), nil
}

func (a *app) train(ctx context.Context, name string, f trainFlags, o model.Options) error {
	show := &trainProgress{app: a}
	defer func() { show.end() }()
	set, err := a.readLabelled(ctx, name, f.strict, show)
	if err != nil {
		return err
	}
	skipped := set.Skipped()
	o.Progress = func(p model.Progress) { show.tell(p.Doing, p.Unit, int64(p.Done), int64(p.Total)) }
	m, r, err := model.Train(ctx, set, o)
	show.end()
	if err != nil {
		a.noteLeftOut(skipped)
		return trainError(err)
	}
	result, err := writeTrained(f.out, m, r)
	if err != nil {
		return err
	}
	result.Lines = skipped
	if a.json {
		err = a.printJSON(result)
	} else {
		a.noteLeftOut(skipped)
		err = result.print(a.Out)
	}
	if err != nil {
		return err
	}
	if skipped.Count > 0 {
		return statusError(exitNotChecked)
	}
	return nil
}

// readLabelled reads the file, or standard input for "-".
func (a *app) readLabelled(ctx context.Context, name string, strict bool, show *trainProgress) (*model.Set, error) {
	var r io.Reader = a.In
	shown, size := "standard input", int64(0)
	if name != "-" {
		file, err := openRegular(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		info, err := file.Stat()
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		r, shown, size = file, printable(name), info.Size()
	}
	set, err := model.ReadSet(shown, &countedReader{ctx: ctx, r: r, size: size, show: show}, eval.ReadOptions{Strict: strict})
	if _, ok := errors.AsType[*eval.LineError](err); ok {
		return nil, errorf(jaga.CodeInvalid, "without --strict malformed lines are left out and counted", "%w", err)
	}
	return set, err
}

// countedReader shows how far a file is read, and stops when it should.
type countedReader struct {
	ctx        context.Context
	r          io.Reader
	done, size int64
	show       *trainProgress
}

func (c *countedReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p)
	c.done += int64(n)
	c.show.tell("reading the file", "bytes", c.done, c.size)
	return n, err
}

// trainProgress shows one task after the other.
type trainProgress struct {
	app         *app
	now         *progress
	doing       string
	done, total atomic.Int64
}

func (t *trainProgress) tell(doing, unit string, done, total int64) {
	t.done.Store(done)
	t.total.Store(total)
	if doing == t.doing {
		return
	}
	t.end()
	t.doing = doing
	t.now = t.app.startProgress(doing, unit, func() (int64, int64, bool) {
		done, total := t.done.Load(), t.total.Load()
		return done, max(done, total), total > 0
	})
}

func (t *trainProgress) end() {
	if t.now != nil {
		t.now.end()
	}
	t.now, t.doing = nil, ""
}

// noteLeftOut names the first malformed lines and counts all.
func (a *app) noteLeftOut(s eval.Skipped) {
	if a.json || s.Count == 0 {
		return
	}
	for _, e := range s.First {
		a.notef("%v", e)
	}
	a.notef("%d malformed lines were left out", s.Count)
}

// trainError gives the failures that the data cause their hint.
func trainError(err error) error {
	hint := ""
	switch {
	case errors.Is(err, model.ErrOneClass):
		hint = "conversations of both labels are needed, as ordinary as those that will be scored"
	case errors.Is(err, model.ErrTooFewPersons):
		hint = "give every person one id in the whole file, leave out accounts that talk to everybody, or try another --seed"
	case errors.Is(err, model.ErrNothingLearned):
		hint = "look whether the labels are right; more conversations of more people may help"
	case errors.Is(err, context.Canceled):
		return err
	}
	return errorf(jaga.CodeInvalid, hint, "%w", err)
}

// writeTrained writes the model and its report. The report comes first, so that
// there is no model without one.
func writeTrained(out string, m *model.Model, r *model.Report) (trainResult, error) {
	base := strings.TrimSuffix(out, filepath.Ext(out))
	result := trainResult{Model: out, Page: base + ".report.html", JSON: base + ".report.json", Report: r}
	var file bytes.Buffer
	if err := m.Write(&file); err != nil {
		return result, err
	}
	result.Bytes = file.Len()
	data, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return result, fmt.Errorf("write report: %w", err)
	}
	// A file that somebody else may read is a choice that its owner makes.
	const mode os.FileMode = 0o600
	if err := durable.WriteFile(result.JSON, append(data, '\n'), mode); err != nil {
		return result, err
	}
	if err := durable.WriteFile(result.Page, trainPage(r), mode); err != nil {
		return result, err
	}
	return result, durable.WriteFile(result.Model, file.Bytes(), mode)
}

func (t trainResult) print(w io.Writer) error {
	r, i := t.Report, t.Report.Info
	var b strings.Builder
	fmt.Fprintf(&b, "learned from %d conversations, calibrated on %d, measured on %d of other people\n",
		i.Train.Conversations, i.Calibrate.Conversations, i.Test.Conversations)
	fmt.Fprintf(&b, "  precision          %v\n", r.Precision)
	fmt.Fprintf(&b, "  recall             %v\n", r.Recall)
	fmt.Fprintf(&b, "  false positives    %v\n", r.FPR)
	fmt.Fprintf(&b, "  F0.5               %.3f\n", r.FHalf)
	fmt.Fprintf(&b, "  average precision  %.3f, AUC %.3f\n", r.AveragePrecision, r.AUC)
	for _, e := range r.ERDE {
		fmt.Fprintf(&b, "  early detection    %v\n", e)
	}
	fmt.Fprintf(&b, "  early detection    %v\n", r.Latency)
	fmt.Fprintf(&b, "  calibration        conversations ECE %.3f, Brier %.3f; messages ECE %.3f, Brier %.3f\n",
		r.Conversations.ECE, r.Conversations.Brier, r.Messages.ECE, r.Messages.Brier)
	for _, warning := range r.Warnings {
		fmt.Fprintf(&b, "  note: %s\n", warning)
	}
	fmt.Fprintf(&b, "%s: %d bytes, %s\nreport: %s, %s\n", printable(t.Model), t.Bytes, r.Model[:12], printable(t.Page), printable(t.JSON))
	_, err := io.WriteString(w, b.String())
	return err
}
