package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/eval"
	"github.com/jaga-project/jaga/internal/report"
)

// pan12Result is what `jaga eval pan12 --json` prints.
type pan12Result struct {
	evalOutcome
	Parts []pan12Part `json:"parts"`
}

// pan12Part is one half of the corpus.
type pan12Part struct {
	Part          string `json:"part"`
	Conversations int    `json:"conversations"`
	Messages      int    `json:"messages"`
	Authors       int    `json:"authors"`
	Predators     int    `json:"predators"` // in the truth
	Incomplete    int    `json:"incomplete"`
	// Task1 has one row a band: retrieved are the authors under review in a
	// finding of at least that band.
	Task1 []pan12Row `json:"task_1"`
	// TwoParty is the same on conversations of exactly two authors and at
	// least six messages, on which many papers report alone.
	TwoParty []pan12Row `json:"task_1_two_party"`
	// Task2 is nil where there is no truth. Retrieved are the lines that a
	// finding gives as reasons.
	Task2 []pan12Lines `json:"task_2"`
}

type pan12Row struct {
	Band string `json:"band"`
	eval.AuthorScore
}

type pan12Lines struct {
	Band string `json:"band"`
	eval.LineScore
}

func (a *app) evalPAN12Cmd() *cobra.Command {
	var f evalFlags
	var vectors bool
	cmd := &cobra.Command{
		Use:   "pan12 DIR",
		Short: "Measure on the PAN-2012 corpus, with its official scores",
		Long: `Measure on the corpus of PAN-2012, sexual predator identification, which its
keepers give to researchers on request: name the authors (task 1, F0.5) and the
lines (task 2, F3). DIR is searched for the files of the training and the test
part under the names they were distributed with. Jaga does not come with the
corpus, and its project has not run this: it is ready to be run by somebody who
may use the data.

An author counts as retrieved in a band when a finding of at least that band
names the account as under review; a line, when such a finding gives it as a
reason. Ages are unknown and times have no date, as in the corpus.

With --vectors and no DIR, the published results of the campaign are computed
again from their counts, which shows that the scorer is the official one.` + evalLong,
		Example: "  jaga eval pan12 --vectors\n  jaga eval pan12 --html pan12.html corpus/",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case vectors && len(args) > 0:
				return &usageError{errors.New("--vectors needs no DIR")}
			case vectors:
				return a.pan12Vectors(f)
			case len(args) == 0:
				return &usageError{errors.New("name the folder of the corpus, or give --vectors")}
			}
			d, err := newDetector(f.packs)
			if err != nil {
				return err
			}
			r := &pan12Result{evalOutcome: evalOutcome{Detector: d.Version()}}
			if err := isFolder(args[0]); err != nil {
				return err
			}
			complete, err := a.pan12(cmd.Context(), d, args[0], f.strict, r)
			if err != nil {
				return err
			}
			return a.deliver(f, r, r.sheet(), r.LeftOut, complete)
		},
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&vectors, "vectors", false, "compute the published results from their counts")
	return cmd
}

// findNamed returns the path of the first file below the folder that has the
// name, or "".
func findNamed(dir, name string) (string, error) {
	found := ""
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.Name() == name && e.Type().IsRegular() {
			found = path
			return fs.SkipAll
		}
		return nil
	})
	return found, err
}

func (a *app) pan12(ctx context.Context, d *convo.Detector, dir string, strict bool, r *pan12Result) (complete bool, err error) {
	complete = true
	for _, files := range eval.PAN12Parts() {
		corpus, err := findNamed(dir, files.Corpus)
		if err != nil {
			return false, errorf(jaga.CodeNotFound, "", "read the corpus: %w", err)
		}
		if corpus == "" {
			continue
		}
		run := &pan12Run{d: d, all: map[string]jaga.Band{}, pairs: map[string]jaga.Band{}, lines: map[eval.LineRef]jaga.Band{}}
		out, err := a.pan12Half(ctx, run, files, dir, corpus, eval.ReadOptions{Strict: strict}, &r.LeftOut)
		if err != nil {
			return false, err
		}
		r.Parts = append(r.Parts, out)
		complete = complete && out.Incomplete == 0
	}
	if len(r.Parts) == 0 {
		return false, errorf(jaga.CodeNotFound, "the corpus is given to researchers on request; name the folder that its files are in", "%s holds no part of the PAN-2012 corpus", printable(dir))
	}
	return complete, nil
}

func (a *app) pan12Half(ctx context.Context, run *pan12Run, files eval.PAN12Part, dir, corpus string, o eval.ReadOptions, leftOut *eval.Skipped) (pan12Part, error) {
	out := pan12Part{Part: files.Name}
	var truth eval.Set[string]
	var lines eval.Set[eval.LineRef]
	if err := a.truth(ctx, dir, files.Authors, func(name string, in io.Reader) error {
		got, skipped, err := eval.ReadAuthors(name, in, o)
		truth = got
		merge(leftOut, skipped)
		return err
	}); err != nil {
		return out, err
	}
	if files.Lines != "" {
		if err := a.truth(ctx, dir, files.Lines, func(name string, in io.Reader) error {
			got, skipped, err := eval.ReadLineRefs(name, in, o)
			lines = got
			merge(leftOut, skipped)
			return err
		}); err != nil {
			return out, err
		}
	}
	if err := a.readEach(ctx, []string{corpus}, func(name string, in io.Reader) error {
		reader := eval.NewPAN12Reader(name, in, o)
		defer func() { merge(leftOut, reader.Skipped()) }()
		for {
			c, err := reader.Next()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			run.observe(c)
		}
	}); err != nil {
		return out, err
	}
	out.Conversations, out.Messages, out.Authors = run.conversations, run.messages, len(run.all)
	out.Predators, out.Incomplete = len(truth), run.incomplete
	for b := jaga.BandObserve; b <= jaga.BandUrgent; b++ {
		all, err := eval.ScoreAuthorRanking(scoresOf(run.all), truth, float64(b))
		if err != nil {
			return out, err
		}
		pairs, err := eval.ScoreAuthorRanking(scoresOf(run.pairs), truth, float64(b))
		if err != nil {
			return out, err
		}
		out.Task1 = append(out.Task1, pan12Row{b.String(), all})
		out.TwoParty = append(out.TwoParty, pan12Row{b.String(), pairs})
		if lines != nil {
			retrieved := eval.Set[eval.LineRef]{}
			for ref, band := range run.lines {
				if band >= b {
					retrieved[ref] = struct{}{}
				}
			}
			out.Task2 = append(out.Task2, pan12Lines{b.String(), eval.ScoreLines(retrieved, lines)})
		}
	}
	return out, nil
}

// truth reads one file of the truth, which must be there.
func (a *app) truth(ctx context.Context, dir, name string, read func(string, io.Reader) error) error {
	path, err := findNamed(dir, name)
	if err != nil {
		return err
	}
	if path == "" {
		return errorf(jaga.CodeNotFound, "", "read the truth: %s is not in %s", name, printable(dir))
	}
	return a.readEach(ctx, []string{path}, read)
}

func scoresOf(bands map[string]jaga.Band) map[string]float64 {
	out := make(map[string]float64, len(bands))
	for author, b := range bands {
		out[author] = float64(b)
	}
	return out
}

// pan12Run observes the conversations of one part.
type pan12Run struct {
	d                                   *convo.Detector
	all, pairs                          map[string]jaga.Band // by author
	lines                               map[eval.LineRef]jaga.Band
	conversations, messages, incomplete int
}

// dayZero is the date that times without one are taken to be on. The campaign
// says no more than the minute.
var dayZero = time.Date(2012, 1, 1, 0, 0, 0, 0, time.UTC)

func (r *pan12Run) observe(c eval.PAN12Conversation) {
	r.conversations++
	two := c.TwoParty(6)
	s := r.d.Open(convo.Head{ID: c.ID, Channel: convo.ChannelUnknown}, nil)
	note := func(into map[string]jaga.Band, author string, b jaga.Band) { into[author] = max(into[author], b) }
	at, last := dayZero, -1
	for _, author := range c.Participants().Persons {
		s.Introduce(convo.Person{ID: author})
		note(r.all, author, jaga.BandNone)
		if two {
			note(r.pairs, author, jaga.BandNone)
		}
	}
	for _, m := range c.Messages {
		if m.Author == "" || m.Text.Len() == 0 {
			continue
		}
		r.messages++
		if m.Minute >= 0 {
			if m.Minute < last {
				at = at.AddDate(0, 0, 1) // past midnight, or another day
			}
			last = m.Minute
		}
		when := at.Add(time.Duration(max(last, 0)) * time.Minute)
		s.Observe(convo.Message{ID: strconv.Itoa(m.Line), From: m.Author, At: when, Text: m.Text.ForClassifier()})
	}
	if !s.Complete() {
		r.incomplete++
	}
	for _, f := range s.Findings() {
		note(r.all, f.From, f.Band)
		if two {
			note(r.pairs, f.From, f.Band)
		}
		for _, because := range f.Because {
			if line, err := strconv.Atoi(because.Message); err == nil {
				ref := eval.LineRef{Conversation: c.ID, Line: line}
				r.lines[ref] = max(r.lines[ref], f.Band)
			}
		}
	}
}

func (r *pan12Result) sheet() *sheet {
	s := &sheet{title: "PAN-2012, sexual predator identification", notes: []string{
		unmeasuredRecall + " The positives of this corpus are adult decoys.", "Read by " + r.Detector,
	}}
	task1 := func(title, text string, rows []pan12Row) part {
		p := part{title: title, text: text, head: []string{"band", "P", "R", "F0.5", "F1", "FPR", "right", "retrieved"}}
		for _, x := range rows {
			fpr := "–"
			if x.FPR != nil {
				fpr = percents(*x.FPR)
			}
			p.rows = append(p.rows, []string{x.Band, four(x.Precision), four(x.Recall), four(x.F05), four(x.F1), fpr, fmt.Sprint(x.Counts.TP), fmt.Sprint(x.Counts.TP + x.Counts.FP)})
		}
		return p
	}
	for _, x := range r.Parts {
		p := task1("Authors, "+x.Part+" part", fmt.Sprintf("%s conversations, %s messages, %s authors, %d predators.",
			report.Thousands(x.Conversations), report.Thousands(x.Messages), report.Thousands(x.Authors), x.Predators), x.Task1)
		if ap := x.Task1[0].AP; ap != nil {
			p.text += fmt.Sprintf(" Average precision over the bands %.4f.", *ap)
		}
		var points [][2]float64
		for _, row := range x.Task1 {
			points = append(points, [2]float64{row.Recall, row.Precision})
		}
		p.plots = append(p.plots, report.Lines("Authors: precision against recall", "One point a band, "+x.Part+" part.",
			report.Axis{Name: "recall", Hi: 1}, report.Axis{Name: "precision", Hi: 1}, []report.Series{{Name: "bands", Class: "sA", Points: points}}))
		s.parts = append(s.parts, p, task1("Authors, two parties and at least six messages, "+x.Part+" part", "", x.TwoParty))
		if x.Task2 != nil {
			p := part{title: "Lines, " + x.Part + " part", head: []string{"band", "P", "R", "F3", "F1", "right", "retrieved"}}
			for _, l := range x.Task2 {
				p.rows = append(p.rows, []string{l.Band, four(l.Precision), four(l.Recall), four(l.F3), four(l.F1), fmt.Sprint(l.Counts.TP), fmt.Sprint(l.Counts.TP + l.Counts.FP)})
			}
			s.parts = append(s.parts, p)
		}
	}
	return s
}

func four(v float64) string { return fmt.Sprintf("%.4f", v) }

// published are the results of the campaign (Inches and Crestani, CLEF 2012)
// with the counts that give them: right and retrieved authors, of 254.
var published = []struct {
	System                  string
	TP, Retrieved           int
	Precision, Recall, F0_5 float64
}{
	{"Villatoro-Tello et al.", 200, 204, .9804, .7874, .9346},
	{"Snider", 183, 186, .9839, .7205, .9168},
	{"Parapar et al.", 170, 181, .9392, .6693, .8691},
	{"Morris and Hirst", 154, 159, .9686, .6063, .8652},
	{"Eriksson and Karlgren", 227, 265, .8566, .8937, .8638},
}

// pan12Predators and pan12Authors are the numbers of the test part.
const (
	pan12Predators = 254
	pan12Authors   = 218_702
)

// vectorRow is a published result and what the scorer makes of its counts.
type vectorRow struct {
	System    string      `json:"system"`
	Counts    eval.Counts `json:"counts"`
	Precision float64     `json:"precision"`
	Recall    float64     `json:"recall"`
	F05       float64     `json:"f0.5"`
	Published [3]float64  `json:"published"` // precision, recall, F0.5
	Same      bool        `json:"same"`      // to four digits
}

func vectorRows() ([]vectorRow, error) {
	var out []vectorRow
	for _, v := range published {
		truth, retrieved := eval.Set[string]{}, eval.Set[string]{}
		for i := range pan12Predators {
			truth[strconv.Itoa(i)] = struct{}{}
		}
		// The right ones are the last of the truth, the wrong ones follow.
		for i := range v.Retrieved {
			retrieved[strconv.Itoa(pan12Predators-v.TP+i)] = struct{}{}
		}
		got, err := eval.ScoreAuthors(retrieved, truth, pan12Authors)
		if err != nil {
			return nil, err
		}
		row := vectorRow{v.System, got.Counts, got.Precision, got.Recall, got.F05, [3]float64{v.Precision, v.Recall, v.F0_5}, true}
		for i, x := range []float64{got.Precision, got.Recall, got.F05} {
			row.Same = row.Same && math.Round(x*1e4) == math.Round(row.Published[i]*1e4)
		}
		out = append(out, row)
	}
	return out, nil
}

func (a *app) pan12Vectors(f evalFlags) error {
	rows, err := vectorRows()
	if err != nil {
		return err
	}
	s := &sheet{title: "PAN-2012, task 1: published results from their counts", notes: []string{unmeasuredRecall + " These are the results of others."}}
	p := part{head: []string{"system", "right", "retrieved", "P", "R", "F0.5", "published F0.5", ""}}
	for _, r := range rows {
		same := "the same"
		if !r.Same {
			same = "differs"
			err = errors.New("the scorer does not give the published results")
		}
		p.rows = append(p.rows, []string{r.System, fmt.Sprint(r.Counts.TP), fmt.Sprint(r.Counts.TP + r.Counts.FP), four(r.Precision), four(r.Recall), four(r.F05), four(r.Published[2]), same})
	}
	s.parts = append(s.parts, p)
	return cmpErr(a.deliver(f, rows, s, eval.Skipped{}, true), err)
}

// cmpErr returns the first error there is.
func cmpErr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// isFolder says in words when a name is no folder.
func isFolder(name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return errorf(jaga.CodeNotFound, "", "read the corpus: %w", err)
	}
	if !info.IsDir() {
		return errorf(jaga.CodeInvalid, "name the folder that its files are in", "read the corpus: %s is no folder", printable(name))
	}
	return nil
}
