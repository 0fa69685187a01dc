package main

import (
	"context"
	"slices"

	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/evidence"
	"github.com/jaga-project/jaga/internal/look"
	"github.com/jaga-project/jaga/internal/store"
)

// lookWork says what the person who asks has to do with a case, for view
// sessions. Nobody but a person who is signed in has anything to do with one.
func (s *site) lookWork(ctx context.Context, tx *store.Tx, actor string, caseID int64) (w look.Work, err error) {
	who, ok := auth.From(ctx)
	if !ok || !who.Person || who.Actor != actor {
		return w, nil
	}
	h, err := s.work.cases.Handling(tx, actor, caseID)
	if err != nil {
		return w, err
	}
	if !who.Can(auth.LookEvidence, h.Queue) {
		return w, nil
	}
	w = look.Work{Holds: h.Holds, Round: h.Round, Appeal: h.Appeal, Own: h.Own, Sampled: h.Sampled, Ordered: h.Filed,
		Reporting: h.State == casework.StateReporting,
		Decided:   slices.Contains([]casework.State{casework.StateDecided, casework.StateReporting, casework.StateReported, casework.StateFollowUp, casework.StateClosed}, h.State),
		Second:    who.Can(auth.SecondReview, h.Queue), Export: who.Can(auth.ExportEvidence, h.Queue), Orders: who.Can(auth.LegalHolds, h.Queue)}
	if w.Ordered || !w.Orders {
		return w, nil
	}
	w.Ordered, err = s.heldByOrder(tx, h.Case)
	return w, err
}

// heldByOrder reports whether a legal hold is in force on a case or on one of
// its files.
func (s *site) heldByOrder(tx *store.Tx, id int64) (bool, error) {
	members, err := s.work.cases.Members(tx, id)
	if err != nil {
		return false, err
	}
	for _, m := range members {
		holds, err := s.evidence.Holds(tx, evidence.Scope{Case: m})
		if err != nil {
			return false, err
		}
		if slices.ContainsFunc(holds, func(h evidence.Hold) bool { return h.Active(tx.Now()) }) {
			return true, nil
		}
	}
	files, err := s.files.files(tx, id)
	if err != nil {
		return false, err
	}
	for _, it := range files {
		if k, err := s.evidence.Standing(tx, it.ID); err != nil || k.Held > 0 {
			return k.Held > 0, err
		}
	}
	return false, nil
}
