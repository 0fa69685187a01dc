package main

import (
	"context"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/plugin"
	"github.com/jaga-project/jaga/internal/store"
)

// opinionJob is the kind of the job that asks about one finding by itself.
const opinionJob = "opinion"

// opinionArgs are its arguments.
type opinionArgs struct {
	Case    int64
	Finding string
}

// wantOpinion asks later about a finding that is in a case now, where the settings
// say so. Nothing waits for the answer.
func (s *site) wantOpinion(tx *store.Tx, caseID int64, f converse.Finding) error {
	if _, gives := s.plugins.Gives(); !gives || f.Finding.Band != jaga.BandReview {
		return nil
	}
	return tx.Enqueue(store.Job{Kind: opinionJob, Args: opinionArgs{caseID, f.ID}, Unique: "opinion " + f.ID})
}

// opinionWork asks. A failure of the model is kept as no opinion and is not tried
// again by itself; a person can ask again.
func (s *site) opinionWork(ctx context.Context, r *store.Running) error {
	var args opinionArgs
	if err := r.Args(&args); err != nil {
		return store.Permanent(err)
	}
	done := false
	if err := s.db.View(ctx, func(tx *store.Tx) (err error) { done, err = plugin.HasOpinion(tx, args.Finding); return err }); err != nil || done {
		return err
	}
	_, err := s.askOpinion(ctx, "system", args.Case, args.Finding)
	if jaga.CodeOf(err) == jaga.CodeNotFound {
		return nil // the finding is no longer kept
	}
	return err
}

// askOpinion implements console.Second.
func (s *site) askOpinion(ctx context.Context, who string, caseID int64, finding string) (plugin.Asked, error) {
	f, err := s.talk.Get(ctx, finding)
	if err != nil {
		return plugin.Asked{}, err
	}
	lines, err := s.talk.Excerpt(ctx, who, finding)
	if err != nil {
		return plugin.Asked{}, err
	}
	q := plugin.Question{Case: caseID, Finding: finding, Who: who, Source: f.Source, Band: f.Finding.Band}
	for _, r := range f.Finding.Because {
		q.Signs = append(q.Signs, r.Indicator)
	}
	for _, r := range f.Finding.Against {
		q.Signs = append(q.Signs, r.Indicator)
	}
	for _, l := range converse.WithLetters(lines, f.Finding) {
		q.Lines = append(q.Lines, plugin.Line{Who: l.Who, Text: l.Text})
	}
	return s.plugins.Second(ctx, q)
}
