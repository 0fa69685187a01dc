package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/eval"
	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/internal/report"
)

// groupsResult is what `jaga eval labeled-groups --json` prints.
type groupsResult struct {
	evalOutcome
	Groups      int           `json:"groups"`
	ScoredBy    string        `json:"scored_by"` // file, or the detector for groups of texts
	Aggregators []groupReport `json:"aggregators"`
}

type groupReport struct {
	eval.GroupReport
	// RecallAtFPR01 is the recall at the lowest cut that finds at most 1 % of
	// the negatives.
	RecallAtFPR01 eval.Rate `json:"recall_at_fpr_0.01"`

	points []eval.PRPoint
}

func (a *app) evalGroupsCmd() *cobra.Command {
	var f evalFlags
	var o eval.GroupOptions
	cmd := &cobra.Command{
		Use:   "labeled-groups FILE...",
		Short: "Compare ways to add up scores of messages",
		Long: `Compare, on the same scores of messages, the six ways in which Roblox Sentinel
2.0 makes one score of them, and that of Jaga, "evidence": weak scores count
less than in proportion, scores add up, fade with a half-life of 50 messages,
the highest state counts, and the sum saturates; there is no least number of
messages.

A file has one JSON object a line: {"name","label","observations":[...]}, the
label 0 or 1, the observations numbers, or texts. Texts are scored by the
indicators found in them: of the weights 0.6, 1.5, 3 and 5 for weak, moderate,
strong and urgent indicators the highest counts. The name - reads standard
input.` + evalLong,
		Example: "  jaga eval labeled-groups groups.jsonl",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.MinScore < 0 || o.N < 0 {
				return &usageError{fmt.Errorf("--min-score and --n are at least 0")}
			}
			d, err := newDetector(f.packs)
			if err != nil {
				return err
			}
			var groups []eval.Group
			r := groupsResult{ScoredBy: "file", evalOutcome: evalOutcome{Detector: d.Version()}}
			if err := a.readEach(cmd.Context(), args, func(name string, in io.Reader) error {
				more, skipped, err := eval.ReadGroups(name, in, eval.ReadOptions{Strict: f.strict})
				merge(&r.LeftOut, skipped)
				groups = append(groups, more...)
				return err
			}); err != nil {
				return err
			}
			unread, err := scoreTexts(cmd.Context(), d, groups, &r)
			if err != nil {
				return err
			}
			r.Groups = len(groups)
			if err := r.measure(groups, o); err != nil {
				return errorf(jaga.CodeInvalid, "", "%w", err)
			}
			return a.deliver(f, r, r.sheet(o), r.LeftOut, unread == 0)
		},
	}
	f.add(cmd)
	cmd.Flags().Float64Var(&o.MinScore, "min-score", eval.SentinelMinScore, "scores below `NUMBER` count as 0")
	cmd.Flags().IntVar(&o.N, "n", 0, "measure precision among the `N` highest; 0 for as many as there are positives")
	return cmd
}

// scoreTexts fills in the scores of groups of texts, and returns how many
// texts were not read in full.
func scoreTexts(ctx context.Context, d *convo.Detector, groups []eval.Group, r *groupsResult) (unread int, err error) {
	for i := range groups {
		g := &groups[i]
		for _, t := range g.Texts {
			if err := ctx.Err(); err != nil {
				return 0, err
			}
			r.ScoredBy = "detector"
			it := d.Read(t.ForClassifier(), "unknown", "unknown")
			if it.Cut {
				unread++
			}
			g.Scores = append(g.Scores, textScore(it))
		}
	}
	return unread, nil
}

// textScore is the weight, in log-odds, of the strongest indicator of a
// message; 0 without any.
func textScore(it convo.Item) float64 {
	score := 0.0
	for _, id := range it.Indicators {
		if e, ok := indicator.Get(id); ok {
			score = max(score, map[indicator.Strength]float64{
				indicator.Weak: 0.6, indicator.Moderate: 1.5, indicator.Strong: 3, indicator.Urgent: 5,
			}[e.Alone])
		}
	}
	return score
}

func (r *groupsResult) measure(groups []eval.Group, o eval.GroupOptions) error {
	for _, agg := range eval.Aggregators() {
		g, err := eval.ScoreGroups(groups, agg, o)
		if err != nil {
			return err
		}
		out := groupReport{GroupReport: g}
		cases := make([]eval.Scored, len(groups))
		for i, x := range groups {
			cases[i].Positive = x.Label == 1
			if len(x.Scores) > 0 {
				cases[i].Score = agg.Aggregate(eval.Threshold(x.Scores, o.MinScore))
			}
		}
		c, _, err := eval.CountsAtFPR(cases, 0.01)
		if err != nil {
			return err
		}
		out.RecallAtFPR01 = eval.NewRate(c.TP, c.TP+c.FN)
		if out.points, _, err = eval.PRCurve(cases); err != nil {
			return err
		}
		r.Aggregators = append(r.Aggregators, out)
	}
	return nil
}

func (r *groupsResult) sheet(o eval.GroupOptions) *sheet {
	first := r.Aggregators[0]
	s := &sheet{
		title: fmt.Sprintf("%s groups, the same scores added up in %d ways", report.Thousands(r.Groups), len(r.Aggregators)),
		notes: []string{unmeasuredRecall},
	}
	if r.ScoredBy == "detector" {
		s.notes = append(s.notes, "Texts were scored by "+r.Detector)
	}
	p := part{
		text: fmt.Sprintf("%d groups have the label 1, %d the label 0. Scores below %g count as 0.", first.Positives, first.Negatives, o.MinScore),
		head: []string{"way", "AUC", "best F1", "at", fmt.Sprintf("P@%d", first.N), fmt.Sprintf("R@%d", first.N), "recall at 1 % wrong", "95 %", "rank ratio", "KS"},
	}
	var lines []report.Series
	for i, g := range r.Aggregators {
		at := shareCells(g.RecallAtFPR01)
		p.rows = append(p.rows, []string{g.Aggregator, three(g.AUC), three(g.F1), three(g.Cut), three(g.PrecisionAtN), three(g.RecallAtN), at[0], at[2], three(g.RankRatio), three(g.KS)})
		class := map[int]string{0: "sI", 2: "sR", 5: "sO", len(r.Aggregators) - 1: "sA"}[i]
		if class == "" {
			continue
		}
		lines = append(lines, report.Series{Name: g.Aggregator, Class: class, Points: curvePoints(g.points)})
	}
	p.plots = append(p.plots, report.Lines("Precision against recall, the same scores", "Four of the ways; the table has all.",
		report.Axis{Name: "recall", Hi: 1}, report.Axis{Name: "precision", Hi: 1}, lines))
	s.parts = append(s.parts, p)
	return s
}

// curvePoints are the places of a curve of precision over recall, from the
// left edge.
func curvePoints(points []eval.PRPoint) [][2]float64 {
	var out [][2]float64
	for i, p := range points {
		if i == 0 {
			out = append(out, [2]float64{0, p.Precision})
		}
		out = append(out, [2]float64{p.Recall, p.Precision})
	}
	return out
}
