package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/eval"
	"github.com/jaga-project/jaga/internal/report"
)

// itemsResult is what `jaga eval items --json` prints.
type itemsResult struct {
	evalOutcome
	Items eval.ItemReport `json:"items"`
	// TextOnly is the same with nothing known of who speaks to whom.
	TextOnly eval.ItemReport `json:"text_only"`
	// Mutations are filled with --mutate.
	Mutations []mutationResult `json:"mutations,omitempty"`
}

// mutationResult says what one evasion costs.
type mutationResult struct {
	Name      string             `json:"name"`
	About     string             `json:"about"`
	Languages []mutationLanguage `json:"languages"`
}

type mutationLanguage struct {
	Lang      string    `json:"lang"`
	Recall    eval.Rate `json:"recall"`
	FalseHits eval.Rate `json:"false_hits"`
	// Loss is by how many percentage points the recall is lower than without
	// the mutation.
	Loss float64 `json:"loss_points"`
}

func (a *app) evalItemsCmd() *cobra.Command {
	var f evalFlags
	var mutate bool
	var seed uint64
	cmd := &cobra.Command{
		Use:   "items FILE...",
		Short: "Measure indicators on single messages with look-alikes",
		Long: `Measure, for each indicator and language, how many of the messages that show it
are found, and in how many that only look like it it is found wrongly.

A file has one JSON object a line: {"id","family","lang","text","speaker",
"target","expect":["G-13"],"expect_not":["G-10"]}. Messages made after one
pattern share a family; the intervals take messages for independent, so look at
the number of families too. The name - reads standard input.

The column "text only" is the recall when nothing is known of who speaks to
whom. With --mutate, every message is also written in the ways that evade
filters.` + evalLong,
		Example: "  jaga eval items --mutate held-out.jsonl",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d, err := newDetector(f.packs)
			if err != nil {
				return err
			}
			var items []eval.Item
			r := itemsResult{evalOutcome: evalOutcome{Detector: d.Version()}}
			if err := a.readEach(cmd.Context(), args, func(name string, in io.Reader) error {
				more, skipped, err := eval.ReadItems(name, in, eval.ReadOptions{Strict: f.strict})
				merge(&r.LeftOut, skipped)
				items = append(items, more...)
				return err
			}); err != nil {
				return err
			}
			if err := r.measure(cmd.Context(), d, items, mutate, seed); err != nil {
				return err
			}
			return a.deliver(f, r, r.sheet(), r.LeftOut, r.Items.NotAnswered == 0)
		},
	}
	f.add(cmd)
	cmd.Flags().BoolVar(&mutate, "mutate", false, "also measure what evasions cost")
	cmd.Flags().Uint64Var(&seed, "seed", 1, "`NUMBER` that decides which letters evasions change")
	return cmd
}

func (r *itemsResult) measure(ctx context.Context, d *convo.Detector, items []eval.Item, mutate bool, seed uint64) error {
	same := func(it eval.Item) eval.Item { return it }
	var err error
	if r.Items, err = scoreItems(ctx, d, items, same); err != nil {
		return err
	}
	if r.TextOnly, err = scoreItems(ctx, d, items, func(it eval.Item) eval.Item {
		it.Speaker, it.Target = "unknown", "unknown"
		return it
	}); err != nil || !mutate {
		return err
	}
	for _, m := range eval.Mutations() {
		changed, err := scoreItems(ctx, d, items, func(it eval.Item) eval.Item {
			it.Text = m.Apply(it.Text, seed)
			return it
		})
		if err != nil {
			return err
		}
		out := mutationResult{Name: m.Name, About: m.About}
		for i, l := range changed.Languages {
			out.Languages = append(out.Languages, mutationLanguage{
				Lang: l.Lang, Recall: l.Total.Recall, FalseHits: l.Total.FalseHits,
				Loss: 100 * (r.Items.Languages[i].Total.Recall.Value - l.Total.Recall.Value),
			})
		}
		r.Mutations = append(r.Mutations, out)
	}
	return nil
}

// scoreItems answers every item after a change, and scores the answers. What
// was not read in full is not answered.
func scoreItems(ctx context.Context, d *convo.Detector, items []eval.Item, change func(eval.Item) eval.Item) (eval.ItemReport, error) {
	answers := make([]eval.Answer, 0, len(items))
	for _, it := range items {
		if err := ctx.Err(); err != nil {
			return eval.ItemReport{}, err
		}
		it = change(it)
		found := d.Read(it.Text, it.Speaker, it.Target)
		if found.Cut {
			continue
		}
		answer := eval.Answer{ID: it.ID, Indicators: []string{}}
		for _, id := range found.Indicators {
			answer.Indicators = append(answer.Indicators, string(id))
		}
		answers = append(answers, answer)
	}
	return eval.ScoreItems(items, answers)
}

func (r *itemsResult) sheet() *sheet {
	s := &sheet{
		title: fmt.Sprintf("%s messages, each alone", report.Thousands(r.Items.Items)),
		notes: []string{unmeasuredRecall, "Read by " + r.Detector},
	}
	if n := r.Items.NotAnswered; n > 0 {
		s.notes = append(s.notes, fmt.Sprintf("%d messages were not read in full; they are in no share.", n))
	}
	for i, l := range r.Items.Languages {
		only := r.TextOnly.Languages[i]
		p := part{
			title: "Language " + l.Lang,
			head:  []string{"indicator", "recall", "found", "95 %", "text only", "look-alikes", "wrongly", "95 %", "families"},
		}
		var rows []report.Interval
		row := func(name string, x, y eval.IndicatorReport) {
			recall, wrong := shareCells(x.Recall), shareCells(x.FalseHits)
			p.rows = append(p.rows, []string{name, recall[0], recall[1], recall[2], shareCells(y.Recall)[0], wrong[0], wrong[1], wrong[2], fmt.Sprintf("%d + %d", x.PositiveFamilies, x.LookalikeFamilies)})
			if x.Recall.Of > 0 {
				rows = append(rows, report.Interval{
					Name: name, Note: recall[1], Value: x.Recall.Value, Lo: x.Recall.Interval.Low, Hi: x.Recall.Interval.High, Other: -1,
				})
			}
		}
		row("all", l.Total, only.Total)
		for k, x := range l.Indicators {
			row(x.Indicator, x, only.Indicators[k])
		}
		p.plots = append(p.plots, report.Intervals(
			fmt.Sprintf("Language %s: %s of what is there is found", l.Lang, percents(l.Total.Recall.Value)),
			"Recall with its 95 % interval, by indicator.", rows))
		s.parts = append(s.parts, p)
	}
	if len(r.Mutations) > 0 {
		p := part{title: "Evasion", text: "What is lost of the recall, in percentage points, when every message is written so as to evade.", head: []string{"evasion"}}
		for _, l := range r.Items.Languages {
			p.head = append(p.head, l.Lang+" recall", "loss", "wrongly")
		}
		for _, m := range r.Mutations {
			row := []string{m.Name}
			for _, l := range m.Languages {
				row = append(row, shareCells(l.Recall)[0], fmt.Sprintf("%.1f", l.Loss), shareCells(l.FalseHits)[0])
			}
			p.rows = append(p.rows, row)
		}
		s.parts = append(s.parts, p)
	}
	return s
}
