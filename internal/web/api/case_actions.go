package api

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/store"
)

// CaseAction is something that a decision or a rule asked for, with what became
// of it.
type CaseAction struct {
	Action    string     `json:"action" doc:"What is asked for." example:"suspend"`
	State     string     `json:"state" doc:"What became of it. waiting: it can still be taken back; started: it is not the platform's; nobody: no server takes it; retried: it was not delivered yet; given_up: it was not; arrived: the platform has not answered; done, refused, failed: what the platform says." enum:"waiting,cancelled,started,not_started,undone,nobody,sending,retried,given_up,arrived,sent,done,refused,failed" example:"arrived"`
	ID        string     `json:"id,omitempty" doc:"The action, once it was started; see /v1/actions/{id}." example:"0193a1e6-0000-7000-8000-000000000001"`
	Automatic bool       `json:"automatic" doc:"Whether a rule asked for it and no person."`
	Rule      string     `json:"rule,omitempty" doc:"The rule, with its version." example:"new-account-threat.2"`
	DueAt     *time.Time `json:"due_at,omitempty" doc:"When it goes out, while it waits."`
	StartedAt *time.Time `json:"started_at,omitempty" doc:"When it was started."`
	UndoneBy  string     `json:"undone_by,omitempty" doc:"The action that takes it back."`
}

// caseActions lists what was asked for about a case and those merged into it:
// first what was started, then what was not.
func (s *server) caseActions(ctx context.Context, id int64) ([]CaseAction, error) {
	rows, err := s.Cases.Actions(ctx, id)
	if err != nil {
		return nil, err
	}
	var done []action.Action
	if err := s.DB.View(ctx, func(tx *store.Tx) error {
		ids, err := s.Cases.Members(tx, id)
		for _, m := range ids {
			if err != nil {
				return err
			}
			var some []action.Action
			some, err = action.OfCase(tx, m)
			done = append(done, some...)
		}
		return err
	}); err != nil {
		return nil, err
	}
	out := []CaseAction{}
	for _, a := range done {
		if a.Kind != action.KindUndo {
			at := micros(a.At)
			out = append(out, CaseAction{Action: string(a.Kind), State: string(a.Standing()), ID: a.ID, Automatic: a.Automatic, Rule: a.Rule, StartedAt: &at, UndoneBy: a.UndoneBy})
		}
	}
	for _, r := range rows {
		one := CaseAction{Action: r.Name, State: r.State}
		switch {
		case r.Follows != 0:
			continue // nobody asked for it
		case r.State == "waiting":
			due := micros(r.DueAt)
			one.DueAt = &due
		case r.State == "handed" && !slices.Contains(action.Kinds(), action.Kind(r.Name)):
			one.State = "started"
		case r.State == "handed":
			if slices.ContainsFunc(done, func(a action.Action) bool {
				return string(a.Kind) == r.Name && (a.Decision == fmt.Sprint("decision:", r.Decision) || a.InForce())
			}) {
				continue // it stands above
			}
			one.State = "not_started"
		}
		out = append(out, one)
	}
	return out, nil
}
