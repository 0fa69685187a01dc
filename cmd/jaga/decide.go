package main

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/policy"
	"github.com/jaga-project/jaga/internal/store"
)

// verdict is what the rules want for an item or a finding.
type verdict struct {
	opens bool
	queue string
	band  jaga.Band
	acts  []policy.Wanted // that are carried out without a person
	kept  []heldBack      // that rules want and that are not carried out
}

// keeps reports whether a rule wants the evidence kept.
func (v verdict) keeps() bool {
	return slices.ContainsFunc(v.acts, func(w policy.Wanted) bool { return w.Do == policy.KeepEvidence })
}

// heldBack is an action that a rule wants and that is only recorded: the version
// is tried out, or a breaker is open.
type heldBack struct {
	policy.Wanted
	why string // shadow, canary or breaker
}

// judge asks the rules about everything that was found at once. When they cannot
// be asked, whatever a person should look at opens a case.
func (c *caseFeed) judge(tx *store.Tx, facts []policy.Facts) verdict {
	v := verdict{queue: c.queue}
	top := jaga.BandNone
	ignored := false
	for i := range facts {
		r, err := c.rules.Decide(context.Background(), tx, &facts[i])
		if err != nil {
			c.log.Error("ask the rules", "error", err)
			r = policy.Fallback(&facts[i])
		}
		v.band = max(v.band, r.Band)
		v.kept = append(v.kept, notActing(r)...)
		for _, w := range r.Wanted {
			switch w.Do {
			case policy.OpenCase:
				// The shipped rules open what the settings say is work.
				if strings.HasPrefix(w.Rule, shippedRules) && r.Band < c.band {
					continue
				}
				v.opens = true
				if r.Band > top {
					top, v.queue = r.Band, c.queue
				}
				// A queue that a rule names comes before the default one of others,
				// whatever the rules are called.
				if r.Band == top && w.Queue != policy.DefaultQueue {
					v.queue = w.Queue
				}
			case policy.Ignore:
				ignored = true
			case policy.Raise:
			default:
				v.acts = append(v.acts, w)
			}
		}
	}
	// An action belongs to a case, where a person sees what was done.
	v.opens = v.opens || len(v.acts) > 0 || !ignored && c.band == jaga.BandObserve && v.band >= c.band
	return v
}

// notActing lists what rules would have done.
func notActing(r policy.Result) (out []heldBack) {
	acts := func(a policy.Act) bool { return a != policy.OpenCase && a != policy.Raise && a != policy.Ignore }
	for _, d := range r.Decisions {
		// An active version that does not act was replaced by its canary.
		if d.Acting || d.Answer != policy.Fires || d.State != policy.Shadow && d.State != policy.Canary {
			continue
		}
		for _, a := range d.Then {
			if acts(a.Do) {
				out = append(out, heldBack{policy.Wanted{Action: a, Rule: d.Rule, Version: d.Version}, string(d.State)})
			}
		}
	}
	for _, w := range r.Stopped {
		if w.Note == policy.NoteBreaker && acts(w.Do) {
			out = append(out, heldBack{w, string(policy.NoteBreaker)})
		}
	}
	return out
}

// shippedRules begins the names of the rules that come with the program.
const shippedRules = "jaga-"

// add puts a finding into a case as the rules want it, and starts what they want
// done by itself. Each version of a rule does a thing once about a finding, also
// when the finding comes again with more reasons; once a person has decided, it
// does nothing more.
func (c *caseFeed) add(tx *store.Tx, v verdict, f casework.Finding) (casework.Added, error) {
	f.Queue, f.Band = v.queue, max(v.band, f.Band)
	if casework.CheckQueue(f.Queue) != nil {
		f.Queue = c.queue
	}
	added, err := c.cases.Add(tx, f)
	if err != nil {
		return added, err
	}
	if added.Known && len(v.acts)+len(v.kept) > 0 {
		now, err := c.cases.Standing(tx, added.Case)
		if err != nil || !undecided(now.State) {
			return added, err
		}
	}
	for _, w := range v.acts {
		if err := c.start(tx, ask(w, added.Case, f)); err != nil {
			return added, err
		}
	}
	for _, w := range v.kept {
		if err := c.wouldHave(tx, w, added.Case, f); err != nil {
			return added, err
		}
	}
	return added, nil
}

// undecided reports whether nobody has decided on a case in this state.
func undecided(s casework.State) bool {
	switch s {
	case casework.StateNew, casework.StateTriage, casework.StateInReview, casework.StateSecondReview:
		return true
	}
	return false
}

// ask is what a rule wants done about a finding.
func ask(w policy.Wanted, caseID int64, f casework.Finding) asked {
	rule := ruleVersion(w)
	return asked{name: string(w.Do), caseID: caseID, who: action.System, rule: rule, reason: "rule." + w.Rule, webhook: w.Webhook, finding: f,
		once: []string{"do", rule, string(f.Kind), f.Ref, string(w.Do), w.Webhook}}
}

func ruleVersion(w policy.Wanted) string { return w.Rule + "." + strconv.FormatInt(w.Version, 10) }

// wouldHave records, once about a finding, what a rule would have done.
func (c *caseFeed) wouldHave(tx *store.Tx, w heldBack, caseID int64, f casework.Finding) error {
	first, err := action.Once(tx, "would", ruleVersion(w.Wanted), string(f.Kind), f.Ref, string(w.Do), w.Webhook, w.why)
	if err != nil || !first {
		return err
	}
	return tx.Record(custody.Event{Actor: "system", Action: "case.action_would", Subject: casework.Subject(caseID),
		Detail: map[string]string{"action": string(w.Do), "why": w.why, "rule": ruleVersion(w.Wanted)}})
}

// itemFacts are the facts of the findings of an item. Facts that cannot be read
// are unknown, so that a person decides.
func (c *caseFeed) itemFacts(tx *store.Tx, rec intake.Record) ([]policy.Facts, error) {
	list, err := c.rules.ItemFacts(tx, rec.Item, rec.Outcome)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list, func(f policy.Facts) bool {
		form, ok := f.Form.Get()
		return ok && form == "" && f.Scores.IsZero()
	}), nil
}

// talkFacts are the facts of a finding in a conversation.
func (c *caseFeed) talkFacts(tx *store.Tx, r converse.Finding) ([]policy.Facts, error) {
	f, err := c.rules.TalkFacts(tx, r.Source, r.At, r.Finding)
	return []policy.Facts{f}, err
}
