package main

import (
	"container/heap"
	"context"
	"fmt"
	"image"
	"math/rand/v2"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/auth"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/store"
)

// demoRun fills an installation with sample data, by the services that a server
// works with and in the order of time: an agenda holds what is still to happen,
// and what happens may add to it. What the agenda has for times after now never
// happens, so that the last days are full of work that waits.
type demoRun struct {
	s    *site
	ctx  context.Context
	from time.Time
	now  time.Time
	draw *rand.Rand // the same in every run

	agenda agenda
	count  int // of agenda entries, for their order

	operator  string   // who runs the installation
	reviewers []string // who decide first
	seniors   []string // who decide second, and write rules
	hotline   string
	platform  string        // the key of the platform
	app       string        // that of its app for streams
	hook      int64         // the webhook
	scenes    []*image.RGBA // that the bank knows
	newest    int64         // case that was seen
	reports   int           // sent so far
	receipts  int           // so far
	// presenting is set when the agenda is over: the order of the webhook's list
	// is that in which it was told.
	presenting bool
}

// entry is something that happens at a time.
type entry struct {
	at time.Time
	n  int
	do func(at time.Time) error
}

// agenda is a heap of entries.
type agenda []entry

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	return a[i].at.Before(a[j].at) || a[i].at.Equal(a[j].at) && a[i].n < a[j].n
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(x any)   { *a = append(*a, x.(entry)) }
func (a *agenda) Pop() any {
	old := *a
	last := old[len(old)-1]
	*a = old[:len(old)-1]
	return last
}

// later has something happen at a time.
func (d *demoRun) later(at time.Time, do func(at time.Time) error) {
	d.count++
	heap.Push(&d.agenda, entry{at, d.count, do})
}

// at is a context in which everything happens at a time.
func (d *demoRun) at(t time.Time) context.Context { return store.At(d.ctx, t) }

// some draws a number from 0 to n-1.
func (d *demoRun) some(n int) int { return d.draw.IntN(n) }

// between draws a duration.
func (d *demoRun) between(least, most time.Duration) time.Duration {
	return least + time.Duration(d.draw.Int64N(int64(most-least)))
}

// fillDemo fills the installation with so many days of the past. It holds the
// outbox meanwhile, so that actions go out at the times that they belong to.
func (s *site) fillDemo(ctx context.Context, days int64, progress func(done int64)) error {
	s.outbox.Lock()
	defer s.outbox.Unlock()
	now := time.Now().UTC().Truncate(time.Second)
	d := &demoRun{s: s, ctx: ctx, from: now.AddDate(0, 0, -int(days)), now: now, draw: rand.New(rand.NewPCG(6, 11))}
	progress(0)
	for _, step := range []func() error{d.people, d.banks, d.s.demoPlugins, d.rules, d.webhook, d.golds, d.days, d.film, d.spread, d.calls, d.letters, d.codes, d.helplines} {
		if err := step(); err != nil {
			return err
		}
	}
	if err := d.run(progress); err != nil {
		return err
	}
	return d.present()
}

// run lets everything happen that the agenda has until now.
func (d *demoRun) run(progress func(done int64)) error {
	day := int64(0)
	for len(d.agenda) > 0 {
		e := heap.Pop(&d.agenda).(entry)
		if e.at.After(d.now) {
			return nil
		}
		if n := int64(e.at.Sub(d.from) / (24 * time.Hour)); n > day {
			day = n
			progress(day)
			d.s.checkpoint(d.ctx)
		}
		if err := e.do(e.at); err != nil {
			return fmt.Errorf("%s ago: %w", d.now.Sub(e.at).Round(time.Hour), err)
		}
		if err := d.handOut(e.at); err != nil {
			return err
		}
	}
	return nil
}

// people invites those who work here. Their sign-in links are thrown away, so
// nobody can be them before an administrator makes a new one.
func (d *demoRun) people() error {
	ctx := d.at(d.from.Add(-2 * time.Hour))
	id, _, err := d.s.auth.Operator(ctx)
	if err != nil {
		return err
	}
	d.operator = fmt.Sprintf("person:%d", id)
	all := auth.AllQueues
	for _, p := range []struct {
		name   string
		grants []auth.Grant
		to     *[]string
	}{
		{"DEMO Ayu", []auth.Grant{{Role: auth.Reviewer, Queue: all}}, &d.reviewers},
		{"DEMO Bram", []auth.Grant{{Role: auth.Reviewer, Queue: all}}, &d.reviewers},
		{"DEMO Citra", []auth.Grant{{Role: auth.Reviewer, Queue: all}}, &d.reviewers},
		{"DEMO Dan", []auth.Grant{{Role: auth.Reviewer, Queue: "default"}, {Role: auth.Reviewer, Queue: "sextortion"}}, &d.reviewers},
		{"DEMO Eka", []auth.Grant{{Role: auth.Reviewer, Queue: "default"}, {Role: auth.Reviewer, Queue: "hotline"}}, &d.reviewers},
		{"DEMO Farah", []auth.Grant{{Role: auth.Reviewer, Queue: "sextortion"}}, &d.reviewers},
		{"DEMO Gita", []auth.Grant{{Role: auth.Senior, Queue: all}}, &d.seniors},
		{"DEMO Hari", []auth.Grant{{Role: auth.Senior, Queue: all}}, &d.seniors},
		{"DEMO Indah (hotline)", []auth.Grant{{Role: auth.Hotline, Queue: all}}, nil},
		{"DEMO Joko (auditor)", []auth.Grant{{Role: auth.Auditor, Queue: all}}, nil},
		{"DEMO Kartika (statistics)", []auth.Grant{{Role: auth.Reader, Queue: all}}, nil},
		{"DEMO Lukas (left)", []auth.Grant{{Role: auth.Reviewer, Queue: "default"}}, nil},
	} {
		id, _, err := d.s.auth.Invite(ctx, d.operator, p.name, "", p.grants)
		if err != nil {
			return err
		}
		actor := fmt.Sprintf("person:%d", id)
		switch {
		case p.to != nil:
			*p.to = append(*p.to, actor)
		case p.grants[0].Role == auth.Hotline:
			d.hotline = actor
		case p.grants[0].Role == auth.Reviewer:
			if err := d.s.auth.Disable(d.at(d.now.AddDate(0, 0, -9)), d.operator, id); err != nil {
				return err
			}
		}
	}
	return d.keys(ctx)
}

// demoLiveApp is the name of the key of the app for streams.
const demoLiveApp = "DEMO live app"

// keys makes the keys of programs. Their secrets are thrown away.
func (d *demoRun) keys(ctx context.Context) error {
	for _, k := range []struct {
		label   string
		scopes  []auth.Scope
		expires time.Time
		to      *string
	}{
		{"DEMO forum", []auth.Scope{auth.ItemsWrite, auth.MessagesWrite, auth.ReportsWrite, auth.ActionsResult}, time.Time{}, &d.platform},
		{demoLiveApp, []auth.Scope{auth.ItemsWrite, auth.MessagesWrite, auth.LiveWrite}, d.now.AddDate(0, 3, 0), &d.app},
		{"DEMO old key", []auth.Scope{auth.ItemsWrite}, time.Time{}, nil},
	} {
		key, _, err := d.s.auth.CreateKey(ctx, d.operator, k.label, k.scopes, k.expires)
		if err != nil {
			return err
		}
		if k.to != nil {
			*k.to = fmt.Sprintf("key:%d", key.ID)
		} else if err := d.s.auth.RevokeKey(d.at(d.now.AddDate(0, 0, -20)), d.operator, key.ID); err != nil {
			return err
		}
	}
	return nil
}

// golds puts cases among the others whose right outcome is known.
func (d *demoRun) golds() error {
	for i := range 9 {
		at := d.from.Add(time.Duration(40+70*i) * time.Hour)
		f := casework.Finding{Kind: casework.KindText, Ref: fmt.Sprintf("demo-gold-%d", i+1), Band: jaga.BandReview, Risk: casework.RiskContact, Form: jaga.FormGrooming,
			Text: "An account asks children how old they are and who is at home.", At: at}
		right := casework.Confirmed
		if i%3 == 2 {
			f.Text, right = "A coach moves practice to five o'clock and asks who drives home.", casework.NotConfirmed
		}
		d.later(at, func(at time.Time) error {
			id, err := d.s.work.cases.AddGold(d.at(at), d.seniors[0], f, right)
			if err != nil {
				return err
			}
			d.later(at.Add(d.between(time.Hour, 20*time.Hour)), func(at time.Time) error {
				said := right
				if i == 4 {
					said = casework.Undetermined
				}
				return d.decide(id, at, d.pick(d.reviewers), demoDecision{outcome: said, facts: demoFacts(jaga.FormGrooming, "user_report")})
			})
			return nil
		})
	}
	return nil
}

// pick draws one of several.
func (d *demoRun) pick(list []string) string { return list[d.some(len(list))] }
