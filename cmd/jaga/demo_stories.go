package main

import (
	"bytes"
	"fmt"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/intake"
	"github.com/jaga-project/jaga/internal/look"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/testpic"
	"github.com/jaga-project/jaga/internal/tip"
)

// report opens a case for a report of the platform about an account that nobody
// else reported.
func (d *demoRun) report(n int, ago time.Duration, form jaga.Form, safe tip.Safe, text string) (int64, error) {
	at := d.now.Add(-ago)
	d.reports++
	got, err := d.s.reports.Take(d.at(at), d.platform, tip.Report{Ref: fmt.Sprintf("demo-report-%d", d.reports), Account: fmt.Sprintf("demo-account-%d", 2000+n), Reporter: fmt.Sprintf("demo-reporter-%d", 2000+n),
		Form: form, Safe: safe, Text: text, Lang: "en", At: at})
	return got.Case, err
}

// present leaves the installation as a team leaves it in the middle of a day: a
// case in every state, and something that waits for whoever runs it.
func (d *demoRun) present() error {
	d.presenting = true
	cases, lead := d.s.work.cases, d.seniors[0]
	ago := func(t time.Duration) time.Time { return d.now.Add(-t) }
	var ids []int64
	for n, r := range []struct {
		ago  time.Duration
		form jaga.Form
		safe tip.Safe
		text string
	}{
		{50 * time.Minute, jaga.FormSextortion, tip.NotSafe, "My friend says she cannot go on, somebody wants money from her."}, // new, imminent
		{9 * time.Hour, jaga.FormGrooming, tip.SafeUnknown, "A man in our game asks who is at home."},                           // sorted
		{5 * time.Hour, jaga.FormGrooming, tip.IsSafe, "He wants my sister to talk with him somewhere else."},                   // in somebody's hands
		{8 * time.Hour, jaga.FormSextortion, tip.NotSafe, "Somebody threatens a boy of my class."},                              // second review
		{30 * time.Hour, jaga.FormSextortion, tip.NotSafe, "They ask for money again and again."},                               // two who differ
		{4 * time.Hour, jaga.FormGrooming, tip.IsSafe, "This account writes to all the children of our team."},                  // decided just now
		{52 * time.Hour, jaga.FormGrooming, tip.SafeUnknown, "The account says it is a scout and wants pictures."},              // on hold
		{31 * time.Hour, jaga.FormGrooming, tip.SafeUnknown, "Somebody offers my son credit for his game."},                     // past a clock
		{6 * time.Hour, jaga.FormLiveStream, tip.SafeUnknown, "Grown-ups give a child in a stream gifts and orders."},           // due soon
		{80 * time.Hour, jaga.FormGrooming, tip.IsSafe, "He keeps asking for her address."},                                     // appeal
		{7 * time.Hour, jaga.FormGrooming, tip.IsSafe, "The same man has a second account."},                                    // merged
		{7 * time.Hour, jaga.FormGrooming, tip.IsSafe, "And here is the second account of the same man."},
		{3 * time.Hour, jaga.FormGrooming, tip.SafeUnknown, "He says he will come to our town."},                    // escalated
		{2 * time.Hour, jaga.FormGrooming, tip.SafeUnknown, "Somebody asks my brother for his phone."},              // assigned
		{6 * time.Hour, jaga.FormGrooming, tip.IsSafe, "He wants her to delete what he wrote."},                     // a report is on its way
		{4 * time.Hour, jaga.FormCSAM, tip.SafeUnknown, "An account shares a picture of a child, please check it."}, // new material
	} {
		id, err := d.report(n, r.ago, r.form, r.safe, r.text)
		if err != nil {
			return err
		}
		ids = append(ids, id)
	}
	again := demoDecision{outcome: casework.Confirmed, facts: demoFacts(jaga.FormSextortion, "user_report"), actions: []string{"hold"}, note: "What was written is enough to decide."}
	again.facts.Immediacy = "imminent"
	differs := again
	differs.outcome, differs.actions = casework.Undetermined, nil
	plain := demoDecision{outcome: casework.Confirmed, facts: demoFacts(jaga.FormGrooming, "user_report"), actions: []string{"limit_reach"}}
	reported := plain
	reported.actions = []string{"limit_reach", "report"}
	clock := func(id int64, started, due time.Time) func() error {
		return func() error {
			return cases.SetClock(d.at(started), lead, id, casework.Clock{What: casework.ClockSendBy, Profile: "id-komdigi", Start: started, Due: due})
		}
	}
	for _, step := range []func() error{
		func() error {
			return cases.Triage(d.at(ago(8*time.Hour)), lead, ids[1], "default", jaga.FormGrooming, casework.RiskContact)
		},
		func() error {
			l, err := cases.Take(d.ctx, d.reviewers[1], ids[2])
			if err != nil {
				return err
			}
			return cases.Begin(d.ctx, l)
		},
		func() error { return d.decide(ids[3], ago(7*time.Hour), d.reviewers[0], again) },
		func() error { return d.decide(ids[4], ago(29*time.Hour), d.reviewers[2], again) },
		func() error { return d.decide(ids[4], ago(20*time.Hour), d.seniors[1], differs) },
		func() error { return d.decide(ids[5], ago(90*time.Second), d.operator, plain) },
		func() error { return d.settled(ids[14], ago(5*time.Hour), reported) },
		func() error {
			_, err := d.reporting(ids[14], ago(2*time.Hour))
			return err
		},
		func() error {
			return cases.Hold(d.at(ago(40*time.Hour)), d.reviewers[3], ids[6], "We wait for the platform's answer to our letter.", d.now.Add(3*24*time.Hour))
		},
		clock(ids[7], ago(31*time.Hour), ago(7*time.Hour)),
		clock(ids[8], ago(21*time.Hour), d.now.Add(3*time.Hour)),
		func() error { return d.settled(ids[9], ago(75*time.Hour), plain) },
		func() error { return d.appealed(ids[9], ago(10*time.Hour)) },
		func() error { return cases.Merge(d.at(ago(6*time.Hour)), lead, ids[11], ids[10]) },
		func() error {
			return cases.Escalate(d.at(ago(150*time.Minute)), d.reviewers[0], ids[12], d.operator, "He names a place and a day. Please look at this with me.")
		},
		func() error { return cases.Assign(d.at(ago(100*time.Minute)), lead, ids[13], d.operator) },
		func() error {
			_, err := cases.AddNote(d.at(ago(70*time.Minute)), d.reviewers[4], ids[8], "The stream has ended. Who asks the platform for its recording?", []string{d.operator, d.seniors[1]})
			return err
		},
		func() error {
			_, err := cases.AddNote(d.at(ago(30*time.Minute)), d.seniors[1], ids[8], "I do, today.", nil)
			return err
		},
		func() error {
			return cases.SaveFilter(d.ctx, lead, "DEMO: threats that wait", true, casework.Filter{Risk: casework.RiskThreat, Waits: true})
		},
		func() error {
			return cases.SaveFilter(d.ctx, d.operator, "DEMO: past a deadline", false, casework.Filter{Overdue: true, Order: casework.ByDue})
		},
		d.oneAccount, d.ownLook, d.held,
		func() error { return d.unsent(ids[0], ids[5]) },
		func() error {
			_, err := d.s.policy.StartBacktest(d.ctx, lead, "demo-many-signs", 0, 1, d.from)
			return err
		},
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// settled decides on a case, twice where a sample has it looked at twice.
func (d *demoRun) settled(id int64, at time.Time, v demoDecision) error {
	if err := d.decide(id, at, d.reviewers[4], v); err != nil {
		return err
	}
	return d.again(id, at.Add(time.Hour), v, false)
}

// appealed is an objection that the platform forwards; it is looked at by
// somebody else.
func (d *demoRun) appealed(id int64, at time.Time) error {
	return d.s.reports.Appeal(d.at(at), d.platform, true, id, tip.Appeal{Ref: "demo-appeal-1", Text: "I am a coach of this team, and the parents know my messages.", Lang: "en"})
}

// oneAccount is the case of one account with everything that a case can have: a
// conversation, files, and reports of several people.
func (d *demoRun) oneAccount() error {
	const account, child = "demo-account-77", "demo-child-77"
	began := d.now.Add(-90 * time.Minute)
	e := converse.Entry{Conversation: "demo-chat-77", Channel: "private", Participants: []converse.Participant{{ID: account, AgeBand: "adult", Role: "famous", Followers: 900_000}, {ID: child, AgeBand: "13-15"}}}
	for i, m := range []struct {
		after     int
		from      string
		text, act string
	}{
		{0, account, "Thank you for your message at the concert!", ""}, {2, child, "thank you!", ""}, {5, account, "", "G-05"}, {9, account, "", "G-07"}, {15, account, "", "G-11"}, {16, child, "my mum is at work", ""},
		{17, account, "dont tell anyone", ""}, {25, account, "", "G-20"}, {27, child, "", "refusal"}, {30, account, "", "G-24"}, {41, account, "", "S-05"}, {43, child, "", "block"},
	} {
		at := began.Add(time.Duration(m.after) * time.Minute)
		to := child
		if m.from == child {
			to = account
		}
		e.Messages = append(e.Messages, converse.Message{ID: fmt.Sprintf("m%d", i+1), From: m.from, To: converse.Receivers{to}, At: &at, Text: m.text, Act: m.act})
	}
	if _, err := d.s.talk.Observe(d.at(began.Add(43*time.Minute)), d.platform, []converse.Entry{e}); err != nil {
		return err
	}
	for i, v := range testpic.Variants()[:3] {
		if _, err := d.s.intake.Take(d.at(began.Add(time.Duration(50+i*7)*time.Minute)), intake.Request{Source: d.platform, Ref: fmt.Sprintf("picture %d, %s", i+1, v.Name), Author: account, Audience: "private",
			Body: bytes.NewReader(testpic.JPEG(v.Apply(d.scenes[i]), 85))}); err != nil {
			return err
		}
	}
	for i, text := range []string{"He writes to many girls who follow him.", "He wanted my picture after the concert.", "Dia minta saya merahasiakan obrolan kami."} {
		d.reports++
		at := began.Add(time.Duration(60+i*9) * time.Minute)
		if _, err := d.s.reports.Take(d.at(at), d.platform, tip.Report{Ref: fmt.Sprintf("demo-report-%d", d.reports), Account: account, Reporter: fmt.Sprintf("demo-reporter-77%d", i), Form: jaga.FormGrooming, Safe: tip.SafeUnknown, Text: text, At: at}); err != nil {
			return err
		}
	}
	return nil
}

// ownLook has whoever runs the installation check files on some days, so that
// their own page has something to show.
func (d *demoRun) ownLook() error {
	var with []int64
	if err := d.s.db.View(d.ctx, func(tx *store.Tx) (err error) {
		with, err = store.All[int64](tx, `SELECT DISTINCT case_id FROM evidence WHERE case_id > 0 ORDER BY case_id LIMIT 4`)
		return err
	}); err != nil {
		return err
	}
	for i, ago := range []time.Duration{11 * 24 * time.Hour, 6 * 24 * time.Hour, 26 * time.Hour, 40 * time.Minute} {
		if i < len(with) {
			if err := d.lookAt(with[i], d.now.Add(-ago), d.operator, look.Quality); err != nil {
				return err
			}
		}
	}
	return nil
}
