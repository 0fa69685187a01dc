package main

import (
	"fmt"
	"slices"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/look"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/taxonomy"
)

// demoDecision is what somebody says about a case.
type demoDecision struct {
	outcome casework.Outcome
	facts   taxonomy.Facts
	actions []string
	note    string
}

// demoFacts are the facts of a case of a form. What a shape shows cannot be told,
// and that is what they say.
func demoFacts(form jaga.Form, source string) taxonomy.Facts {
	f := taxonomy.Unknown(source)
	f.Confidence, f.Immediacy = "medium", "past"
	switch form {
	case jaga.FormCSAM:
		f.Media, f.Verbs = []string{"photo"}, []string{"send"}
	case jaga.FormLiveStream:
		f.Setting, f.Media, f.Relation = []string{"live"}, []string{"video"}, "adult_child"
	case jaga.FormSextortion:
		f.Subject, f.Activity, f.Age, f.Relation = taxonomy.None, taxonomy.None, "14-15", "adult_child"
		f.Conduct, f.Media = []string{"sextortion_financial"}, []string{"text"}
	default:
		f.Subject, f.Activity, f.Age, f.Relation = taxonomy.None, taxonomy.None, "11-13", "adult_child"
		f.Conduct, f.Media = []string{"solicitation"}, []string{"text"}
	}
	return f
}

// handOut has somebody look at the cases that were opened, soon where it is
// urgent.
func (d *demoRun) handOut(at time.Time) error {
	var fresh []struct{ ID, Risk, Gold int64 }
	err := d.s.db.View(d.ctx, func(tx *store.Tx) (err error) {
		fresh, err = store.All[struct{ ID, Risk, Gold int64 }](tx, `SELECT id, risk, gold FROM cases WHERE id > $1 ORDER BY id`, d.newest)
		return err
	})
	if err != nil {
		return err
	}
	for _, c := range fresh {
		d.newest = c.ID
		if err := d.told(at, action.EventCaseOpened, c.ID); err != nil || c.Gold != 0 {
			return err
		}
		wait := d.between(time.Hour, 30*time.Hour)
		switch casework.Risk(c.Risk) {
		case casework.RiskImminent, casework.RiskLive:
			wait = d.between(4*time.Minute, 50*time.Minute)
		case casework.RiskThreat:
			wait = d.between(10*time.Minute, 5*time.Hour)
		case casework.RiskContact:
			wait = d.between(30*time.Minute, 14*time.Hour)
		}
		d.later(at.Add(wait), func(at time.Time) error { return d.review(c.ID, at) })
	}
	return nil
}

// review is a first look at a case, and its decision.
func (d *demoRun) review(id int64, at time.Time) error {
	c, root, err := d.s.work.cases.Get(d.ctx, id)
	if err != nil || root != id || !c.Workable() || c.Held {
		return err
	}
	who := d.pick(d.reviewers)
	if err := d.lookAt(id, at.Add(-2*time.Minute), who, look.Review); err != nil {
		return err
	}
	about, err := d.s.work.cases.Gists(d.ctx, []int64{id})
	if err != nil {
		return err
	}
	return d.decide(id, at, who, d.verdict(c, about[id].Kinds))
}

// verdict draws what somebody says about a case: mostly that it is what it looks
// like.
func (d *demoRun) verdict(c casework.Case, kinds []casework.Kind) demoDecision {
	source := map[bool]string{true: "hash_list", false: "indicator"}[c.Form == jaga.FormCSAM]
	v := demoDecision{outcome: casework.Confirmed, facts: demoFacts(c.Form, source)}
	if c.Risk == casework.RiskImminent {
		v.facts.Immediacy = "imminent"
	}
	switch n := d.some(10); {
	case c.Path == casework.PathWelfare:
		v.outcome, v.facts.Relation = casework.Welfare, "child_child"
		v.actions = []string{string(action.KindWarn)}
		return v
	case n < 2:
		v.outcome = casework.NotConfirmed
		return v
	case n == 2:
		v.outcome = casework.Undetermined
		return v
	}
	talks := slices.Contains(kinds, casework.KindConversation) // so that there is somebody to warn
	switch {
	case slices.Contains(kinds, casework.KindHotline):
	case c.Form == jaga.FormCSAM && slices.Contains(kinds, casework.KindMedia):
		v.actions = []string{string(action.KindRemove), "report"}
	case c.Form == jaga.FormCSAM:
		v.actions = []string{"report"}
	case c.Form == jaga.FormSextortion:
		v.actions = []string{string(action.KindHold), string(action.KindEvidence), "report"}
	case c.Form == jaga.FormLiveStream:
		v.actions = []string{string(action.KindPage), string(action.KindHold), "report"}
	default:
		v.actions = []string{string(action.KindLimit)}
	}
	if talks && c.Form != jaga.FormCSAM {
		v.actions = append(v.actions, string(action.KindWarn))
	}
	return v
}

// decide has somebody take a case and decide on it. A case that they may not
// have, or that somebody has, stays as it is.
func (d *demoRun) decide(id int64, at time.Time, who string, v demoDecision) error {
	then := at.Add(40 * time.Second)
	if then.After(d.now) {
		return nil
	}
	l, err := d.s.work.cases.Take(d.at(at), who, id)
	if code := jaga.CodeOf(err); code == jaga.CodeConflict || code == jaga.CodeDenied {
		return nil
	}
	if err != nil {
		return err
	}
	if c, _, err := d.s.work.cases.Get(d.ctx, id); err != nil {
		return err
	} else if c.State == casework.StateNew || c.State == casework.StateTriage {
		if err := d.s.work.cases.Begin(d.at(at), l); err != nil {
			return err
		}
	}
	got, err := d.s.work.cases.Decide(d.at(then), l, casework.Decision{Facts: v.facts, Outcome: v.outcome, Actions: v.actions, Note: v.note})
	if err != nil {
		return err
	}
	if !got.Final {
		d.later(then.Add(d.between(time.Hour, 20*time.Hour)), func(at time.Time) error { return d.again(id, at, v, d.some(5) == 0) })
		return nil
	}
	if !d.presenting {
		if err := d.told(then, action.EventCaseDecided, id); err != nil {
			return err
		}
	}
	d.later(time.UnixMicro(got.UndoUntil).Add(30*time.Second), func(at time.Time) error { return d.goOut(id, at) })
	return nil
}

// again is a second look by somebody who does not know the first one. When they
// differ, a third person settles it.
func (d *demoRun) again(id int64, at time.Time, v demoDecision, differs bool) error {
	c, _, err := d.s.work.cases.Get(d.ctx, id)
	if err != nil || c.State != casework.StateSecondReview {
		return err
	}
	if c.Round == 2 && differs {
		v.outcome, v.actions = casework.Undetermined, nil
	}
	// Whoever decided before is refused; those who settle may be anybody else.
	for _, who := range slices.Concat(d.seniors, d.reviewers) {
		if err := d.decide(id, at, who, v); err != nil {
			return err
		}
		if now, _, err := d.s.work.cases.Get(d.ctx, id); err != nil || now.State != casework.StateSecondReview || now.Round != c.Round {
			return err
		}
	}
	return nil
}

// goOut starts what a decision asked for, and what follows from that.
func (d *demoRun) goOut(id int64, at time.Time) error {
	if _, err := d.s.send(d.at(at)); err != nil {
		return err
	}
	if err := d.answered(id, at.Add(time.Minute)); err != nil {
		return err
	}
	reports, err := d.reporting(id, at)
	if err != nil {
		return err
	}
	if !reports {
		d.later(at.Add(d.between(time.Hour, 40*time.Hour)), func(at time.Time) error { return d.shut(id, at) })
		return nil
	}
	d.later(at.Add(d.between(20*time.Minute, 8*time.Hour)), func(at time.Time) error {
		c, _, err := d.s.work.cases.Get(d.ctx, id)
		if err != nil || c.State != casework.StateReporting {
			return err
		}
		d.receipts++
		if err := d.s.db.Bulk(d.at(at), func(tx *store.Tx) error {
			return d.s.work.cases.ReportDone(tx, "system", id, fmt.Sprintf("DEMO-%04d", d.receipts))
		}); err != nil {
			return err
		}
		if err := d.told(at, action.EventReportFiled, id); err != nil {
			return err
		}
		if d.some(4) == 0 {
			if err := d.s.work.cases.FollowUp(d.at(at.Add(time.Minute)), d.pick(d.seniors), id); err != nil {
				return err
			}
		}
		d.later(at.Add(d.between(10*time.Hour, 90*time.Hour)), func(at time.Time) error { return d.shut(id, at) })
		return nil
	})
	return nil
}

// reporting begins the report that a decision asked for, where it did and a second
// person agrees to the first one.
func (d *demoRun) reporting(id int64, at time.Time) (bool, error) {
	w, err := d.s.work.cases.Waits(d.ctx, id)
	if err != nil || !w.Report {
		return false, err
	}
	err = d.s.db.Bulk(d.at(at), func(tx *store.Tx) error { return d.s.work.cases.StartReport(tx, "system", id) })
	if jaga.CodeOf(err) == jaga.CodeDenied {
		return false, nil
	}
	return err == nil, err
}

// answered is what the platform says it did.
func (d *demoRun) answered(id int64, at time.Time) error {
	var list []action.Action
	if err := d.s.db.View(d.ctx, func(tx *store.Tx) (err error) { list, err = action.OfCase(tx, id); return err }); err != nil {
		return err
	}
	for i, a := range list {
		if len(a.Results) > 0 || i%4 == 3 {
			continue // done already, or the platform has not answered yet
		}
		if err := d.s.actions.Result(d.at(at), d.platform, a.ID, action.Result{Status: action.StatusDone}); err != nil {
			return err
		}
	}
	return nil
}

// shut closes a case for which nothing is left to do.
func (d *demoRun) shut(id int64, at time.Time) error {
	c, _, err := d.s.work.cases.Get(d.ctx, id)
	if err != nil || c.Held || c.State != casework.StateDecided && c.State != casework.StateReported && c.State != casework.StateFollowUp {
		return err
	}
	if err := d.s.work.cases.CloseWith(d.at(at), d.pick(d.seniors), id, casework.Closing{Clocks: "Nothing else is due: the platform has answered."}); jaga.CodeOf(err) == jaga.CodeConflict {
		return nil // something still waits to go out
	} else if err != nil {
		return err
	}
	return d.told(at, action.EventCaseClosed, id)
}
