package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/law"
	"github.com/jaga-project/jaga/internal/store"
)

// What an action of a case asks for where nobody says more.
const (
	mostItems   = 1000 // that one action names
	mostTargets = 50   // people who are warned because of one case
	keepDays    = 90   // how long a platform keeps data, unless a law says longer
	pageWithin  = 60   // minutes
	outboxEvery = time.Second
	outboxMost  = 100
)

// asked is an action that a person or a rule wants done about a case.
type asked struct {
	name     string
	caseID   int64
	who      string // the person who decided, or action.System
	decision string
	rule     string
	reason   string
	// Of a rule's action: what it is about, the webhook that it names, and what
	// names it so that it is done once.
	finding casework.Finding
	webhook string
	once    []string
}

// startAction starts an action about a case, in the caller's transaction. What
// the action needs is taken from the case. Where that does not say clearly to
// whom or to what it is to be done, as for a suspension in a case about several
// accounts, nothing is guessed: it is not started, and the custody log of the
// case says why.
func (s *site) startAction(tx *store.Tx, a asked) error {
	list, why, err := s.requests(tx, a)
	if err != nil {
		return err
	}
	done, err := s.inForce(tx, a)
	if err != nil {
		return err
	}
	now := time.UnixMicro(tx.Now())
	for _, r := range list {
		if slices.ContainsFunc(done, func(d action.Action) bool { return d.Covers(r, now) }) {
			continue // it is so already
		}
		if first, err := a.first(tx, r.Account); err != nil {
			return err
		} else if !first {
			continue
		}
		// What cannot be started must keep neither a finding from people nor
		// other actions from starting.
		switch _, err := s.actions.Start(tx, r); jaga.CodeOf(err) {
		case "":
		case jaga.CodeInvalid:
			why = "invalid" // such as an account's name that no server would take
		case jaga.CodeNotFound:
			why = "no_webhook"
		case jaga.CodeConflict:
			why = "webhook_off"
		default:
			return err
		}
	}
	if why == "" {
		return nil
	}
	if first, err := a.first(tx, "not started"); err != nil || !first {
		return err
	}
	s.log.Warn("an action was not started", "case", a.caseID, "action", a.name, "why", why)
	detail := map[string]string{"action": a.name, "why": why}
	if a.rule != "" {
		detail["rule"] = a.rule
	}
	return tx.Record(custody.Event{Actor: "system", Action: "case.action_not_started", Subject: casework.Subject(a.caseID), Detail: detail})
}

// first reports whether this is done for the first time; what a person decided
// always is.
func (a asked) first(tx *store.Tx, what string) (bool, error) {
	if len(a.once) == 0 {
		return true, nil
	}
	return action.Once(tx, append(slices.Clone(a.once), what)...)
}

// inForce are the actions of a case that what a person asks for may be done with
// already. A rule has its own way to do a thing once.
func (s *site) inForce(tx *store.Tx, a asked) ([]action.Action, error) {
	if a.rule != "" {
		return nil, nil
	}
	return s.actionsOf(tx, a.caseID)
}

// requests are what an action of a case comes to; why says why it comes to
// nothing.
func (s *site) requests(tx *store.Tx, a asked) (out []action.Request, why string, err error) {
	now, err := s.work.cases.Standing(tx, a.caseID)
	if err != nil {
		return nil, "", err
	}
	accounts, err := s.work.cases.Accounts(tx, a.caseID, 2)
	if err != nil {
		return nil, "", err
	}
	ids, err := s.work.cases.Refs(tx, a.caseID, itemKinds, mostItems)
	if err != nil {
		return nil, "", err
	}
	items, err := intake.Refs(tx, ids)
	if err != nil {
		return nil, "", err
	}
	base := action.Request{Case: a.caseID, Form: now.Form, Band: now.Band, Decision: a.decision, Rule: a.rule, Reason: a.reason, Who: a.who}
	account := ""
	if len(accounts) == 1 {
		account = accounts[0]
	}
	one := func(p action.Params, account string) ([]action.Request, string, error) {
		base.Params, base.Account = p, account
		return []action.Request{base}, "", nil
	}
	nobody := "no_account"
	if len(accounts) > 1 {
		nobody = "several_accounts"
	}
	switch kind := action.Kind(a.name); kind {
	case action.KindWebhook:
		return s.tellWebhook(tx, a, base)
	case action.KindHold, action.KindEvidence:
		if len(items) == 0 && account == "" {
			return nil, nobody, nil
		}
		if kind == action.KindHold {
			return one(action.Hold{Items: items}, account)
		}
		return one(action.KeepEvidence{Items: items, Days: s.keepDays(time.UnixMicro(tx.Now()))}, account)
	case action.KindRemove:
		if len(items) == 0 {
			return nil, "no_items", nil
		}
		return one(action.Remove{Items: items}, account)
	case action.KindLimit, action.KindSuspend:
		if account == "" {
			return nil, nobody, nil
		}
		if kind == action.KindLimit {
			return one(action.LimitReach{From: action.ReachMinors}, account)
		}
		return one(action.Suspend{}, account)
	case action.KindWarn:
		return s.warnings(tx, base)
	case action.KindPage:
		return one(action.Page{Queue: now.Queue, Within: pageWithin}, account)
	}
	return nil, "unknown_action", nil
}

// tellWebhook tells the webhook that a rule names of its finding.
func (s *site) tellWebhook(tx *store.Tx, a asked, base action.Request) (out []action.Request, why string, err error) {
	w := action.Webhook{Name: a.webhook, Finding: action.Found{Kind: string(a.finding.Kind), ID: a.finding.Ref}}
	if slices.Contains(itemKinds, a.finding.Kind) {
		if w.Items, err = intake.Refs(tx, []string{a.finding.Ref}); err != nil {
			return nil, "", err
		}
	}
	base.Params, base.Account = w, a.finding.Account
	return []action.Request{base}, "", nil
}

// warnings are one message for each person whom the case's account wrote to.
func (s *site) warnings(tx *store.Tx, base action.Request) (out []action.Request, why string, err error) {
	found, err := s.work.cases.Refs(tx, base.Case, []casework.Kind{casework.KindConversation}, mostItems)
	if err != nil {
		return nil, "", err
	}
	targets, err := converse.Targets(tx, found)
	if err != nil {
		return nil, "", err
	}
	for _, t := range targets[:min(len(targets), mostTargets)] {
		base.Params, base.Account = action.WarnTarget{Language: s.language()}, t
		out = append(out, base)
	}
	if len(out) == 0 {
		return nil, "no_target", nil
	}
	return out, "", nil
}

// language is that of messages to people on the platform: Indonesian where a
// profile of Indonesia is in force.
func (s *site) language() string {
	if slices.ContainsFunc(s.laws, func(p *law.Profile) bool { return p.Country == "ID" }) {
		return "id"
	}
	return "en"
}

// keepDays is for how long a platform is asked to keep data.
func (s *site) keepDays(now time.Time) int {
	days := keepDays
	for _, k := range keepClocks(s.laws, now) {
		days = max(days, int(k.Until.Sub(now).Hours()/24))
	}
	return min(days, 3660)
}

// decisionName names a decision in actions.
func decisionName(id int64) string { return "decision:" + strconv.FormatInt(id, 10) }

// platformActions are the actions that the platform carries out. Reports are not
// among them; taking back is.
func platformActions() []string {
	names := []string{takeBack}
	for _, k := range action.Kinds() {
		names = append(names, string(k))
	}
	return names
}

// sendDue starts the actions of decisions whose time to be undone is over, each
// in the transaction that takes it out of the outbox.
func (s *site) sendDue(ctx context.Context) (int, error) {
	s.outbox.Lock()
	defer s.outbox.Unlock()
	return s.send(ctx)
}

// send is sendDue for whoever has the lock of the outbox.
func (s *site) send(ctx context.Context) (int, error) {
	n, err := s.work.cases.TakeDue(ctx, outboxMost, func(tx *store.Tx, o casework.Outgoing) error {
		if o.Action == takeBack {
			return s.takeBack(tx, o)
		}
		return s.startAction(tx, asked{name: o.Action, caseID: o.Case, who: o.Actor, decision: decisionName(o.Decision), reason: "case." + o.Outcome})
	}, platformActions()...)
	_, told := s.work.cases.TakeDue(ctx, outboxMost, s.tellDecided, action.EventCaseDecided)
	return n, errors.Join(err, told)
}

// tellDecided tells other servers that a case is decided, once nobody can take
// that back.
func (s *site) tellDecided(tx *store.Tx, o casework.Outgoing) error {
	now, err := s.work.cases.Standing(tx, o.Case)
	if err != nil {
		return err
	}
	return s.tell(tx, action.EventCaseDecided, o.Case, now)
}

// tendOutbox starts what may go out, every second until ctx ends.
func (s *site) tendOutbox(ctx context.Context) {
	every := time.NewTicker(outboxEvery)
	defer every.Stop()
	for {
		if _, err := s.sendDue(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("start actions of decisions", "error", err)
		}
		select {
		case <-every.C:
		case <-ctx.Done():
			return
		}
	}
}

// emit tells other servers of an event of a case, in its transaction. That it is
// decided they learn later, see [site.tellDecided].
func (s *site) emit(tx *store.Tx, id int64, now casework.Status, e casework.Event) error {
	kind := ""
	switch {
	case e.Kind == casework.Opened:
		kind = action.EventCaseOpened
	case e.Kind == casework.Closed:
		kind = action.EventCaseClosed
	case e.Kind == casework.Reported:
		kind = action.EventReportFiled
	default:
		return nil
	}
	return s.tell(tx, kind, id, now)
}

func (s *site) tell(tx *store.Tx, kind string, id int64, now casework.Status) error {
	if _, err := s.actions.Emit(tx, action.Event{Kind: kind, Case: id, Form: now.Form, Band: min(now.Band, jaga.BandUrgent)}); err != nil {
		return fmt.Errorf("tell of case %d: %w", id, err)
	}
	return nil
}
