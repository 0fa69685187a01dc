package main

import (
	"context"
	"log/slog"
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
		for _, w := range r.Wanted {
			switch w.Do {
			case policy.OpenCase:
				// The shipped rules open what the settings say is work.
				if strings.HasPrefix(w.Rule, shippedRules) && r.Band < c.band {
					continue
				}
				if v.opens = true; r.Band >= top {
					top = r.Band
					if v.queue = w.Queue; w.Queue == policy.DefaultQueue {
						v.queue = c.queue
					}
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

// shippedRules begins the names of the rules that come with the program.
const shippedRules = "jaga-"

// add puts a finding into a case as the rules want it, and starts what they want
// done by itself. A finding that is in a case already starts nothing again.
func (c *caseFeed) add(tx *store.Tx, v verdict, f casework.Finding) (casework.Added, error) {
	f.Queue, f.Band = v.queue, max(v.band, f.Band)
	if casework.CheckQueue(f.Queue) != nil {
		f.Queue = c.queue
	}
	added, err := c.cases.Add(tx, f)
	if err != nil || added.Known {
		return added, err
	}
	for _, w := range v.acts {
		if w.Do == policy.SendWebhook {
			// Webhooks choose what they take; a rule cannot address one yet.
			if err := tx.Record(custody.Event{Actor: "system", Action: "case.action_not_started", Subject: casework.Subject(added.Case),
				Detail: map[string]string{"action": string(w.Do), "why": "not_supported", "rule": w.Rule}}); err != nil {
				return added, err
			}
			continue
		}
		rule := w.Rule + "." + strconv.FormatInt(w.Version, 10)
		if err := c.start(tx, asked{name: string(w.Do), caseID: added.Case, who: action.System, rule: rule, reason: "rule." + w.Rule}); err != nil {
			return added, err
		}
	}
	return added, nil
}

// itemFacts are the facts of the findings of an item. Facts that cannot be read
// are unknown, so that a person decides.
func (c *caseFeed) itemFacts(tx *store.Tx, rec intake.Record) ([]policy.Facts, error) {
	list, err := c.rules.ItemFacts(tx, rec.Item, rec.Outcome)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list, func(f policy.Facts) bool { form, ok := f.Form.Get(); return ok && form == "" }), nil
}

// talkFacts are the facts of a finding in a conversation.
func (c *caseFeed) talkFacts(tx *store.Tx, r converse.Finding) ([]policy.Facts, error) {
	f, err := c.rules.TalkFacts(tx, r.Source, r.At, r.Finding)
	return []policy.Facts{f}, err
}

// alarm tells of a breaker that opened.
func alarm(log *slog.Logger) func(*store.Tx, policy.Breaker) error {
	return func(tx *store.Tx, b policy.Breaker) error {
		log.Warn("automatic actions were stopped until a person lets them go on", "what", b.What, "why", b.Why, "reached", b.N, "allowed", b.Most)
		tx.Notify("policy", "breaker")
		return nil
	}
}
