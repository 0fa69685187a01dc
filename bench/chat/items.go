package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/eval"
)

// measureItems scores the files of items: those that the packs were written
// beside, and the held-out ones that somebody else wrote.
func measureItems(root string, d *convo.Detector) ([]itemSet, error) {
	paths, err := filepath.Glob(filepath.Join(root, itemsDir, "*.jsonl"))
	if err != nil {
		return nil, err
	}
	var out []itemSet
	for _, path := range paths {
		name := filepath.Base(path)
		held := strings.HasPrefix(name, "heldout-")
		if !held && !strings.HasPrefix(name, "dev") {
			continue
		}
		s, err := scoreFile(path, d)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		s.File, s.HeldOut, s.Detector = name, held, d.Version()
		out = append(out, s)
	}
	return out, nil
}

func scoreFile(path string, d *convo.Detector) (itemSet, error) {
	var s itemSet
	f, err := os.Open(path)
	if err != nil {
		return s, err
	}
	defer f.Close()
	items, _, err := eval.ReadItems(filepath.Base(path), f, eval.ReadOptions{Strict: true})
	if err != nil {
		return s, err
	}
	if s.Report, err = score(d, items, func(*eval.Item) {}); err != nil {
		return s, err
	}
	if s.TextOnly, err = score(d, items, func(it *eval.Item) { it.Speaker, it.Target = "unknown", "unknown" }); err != nil {
		return s, err
	}
	before, _ := totals(s.Report)
	for _, m := range eval.Mutations() {
		r, err := score(d, items, func(it *eval.Item) { it.Text = m.Apply(it.Text, seed) })
		if err != nil {
			return s, err
		}
		recall, wrong := totals(r)
		s.Mutations = append(s.Mutations, mutation{m.Name, m.About, recall, wrong, 100 * (before.Value - recall.Value)})
	}
	return s, nil
}

func score(d *convo.Detector, items []eval.Item, change func(*eval.Item)) (eval.ItemReport, error) {
	var answers []eval.Answer
	for _, it := range items {
		change(&it)
		found := d.Read(it.Text, it.Speaker, it.Target)
		if found.Cut {
			continue // not read in full is not answered
		}
		a := eval.Answer{ID: it.ID, Indicators: []string{}}
		for _, id := range found.Indicators {
			a.Indicators = append(a.Indicators, string(id))
		}
		answers = append(answers, a)
	}
	return eval.ScoreItems(items, answers)
}

// totals adds up the languages.
func totals(r eval.ItemReport) (recall, falseHits eval.Rate) {
	var hits, of, wrong, twins int
	for _, l := range r.Languages {
		hits, of = hits+l.Total.Recall.Hits, of+l.Total.Recall.Of
		wrong, twins = wrong+l.Total.FalseHits.Hits, twins+l.Total.FalseHits.Of
	}
	return eval.NewRate(hits, of), eval.NewRate(wrong, twins)
}

// below returns the indicators whose recall is below the goal, or whose
// look-alikes are found too often, worst first.
func below(l eval.LanguageReport, recall, wrong float64) (low, high []eval.IndicatorReport) {
	for _, x := range l.Indicators {
		if x.Recall.Of > 0 && x.Recall.Value < recall {
			low = append(low, x)
		}
		if x.FalseHits.Of > 0 && x.FalseHits.Value > wrong {
			high = append(high, x)
		}
	}
	slices.SortStableFunc(low, func(a, b eval.IndicatorReport) int { return cmp.Compare(a.Recall.Value, b.Recall.Value) })
	slices.SortStableFunc(high, func(a, b eval.IndicatorReport) int { return cmp.Compare(b.FalseHits.Value, a.FalseHits.Value) })
	return low, high
}
