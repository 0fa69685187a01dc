package main

import (
	"fmt"
	"net/netip"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/action"
	"github.com/jaga-project/jaga/internal/engine"
	"github.com/jaga-project/jaga/internal/store"
	"github.com/jaga-project/jaga/internal/takedown"
	"github.com/jaga-project/jaga/internal/tell"
	"github.com/jaga-project/jaga/internal/tip"
)

// demoAddress is where the people of the demonstration write from.
var demoAddress = netip.MustParseAddr("127.0.0.1")

// webhook makes one that is switched off, under a name that no name server
// knows. What its list of deliveries shows was never sent.
func (d *demoRun) webhook() error {
	ctx := d.at(d.from)
	t, _, err := d.s.actions.AddTarget(ctx, d.operator, action.NewTarget{Name: "DEMO platform (off; nothing was sent)", URL: "https://hooks.demo.invalid/jaga"})
	if err != nil {
		return err
	}
	d.hook = t.ID
	return d.s.actions.Enable(ctx, d.operator, t.ID, false)
}

// told lists an event as one that the webhook was told of: most at once, some
// after an error, and those of some bad hours never.
func (d *demoRun) told(at time.Time, kind string, id int64) error {
	c, _, err := d.s.work.cases.Get(d.ctx, id)
	if err != nil {
		return err
	}
	state, tries, status, why := action.Delivered, int64(1), int64(204), ""
	age := d.now.Sub(at)
	switch {
	case age > 20*time.Hour && age < 25*time.Hour:
		state, tries, status, why = action.Dead, 11, 503, "answered 503"
	case d.some(9) == 0:
		tries = 2 + int64(d.some(3))
	}
	return d.s.db.Bulk(d.at(at), func(tx *store.Tx) error {
		return d.s.actions.Sample(tx, d.hook, action.Event{Kind: kind, Case: id, Form: c.Form, Band: min(c.Band, jaga.BandUrgent)}, state, tries, status, why)
	})
}

// unsent lists what happened since the webhook was switched off: it waits.
func (d *demoRun) unsent(opened, decided int64) error {
	for _, e := range []struct {
		ago  time.Duration
		kind string
		of   int64
	}{{50 * time.Minute, action.EventCaseOpened, opened}, {90 * time.Second, action.EventCaseDecided, decided}} {
		c, _, err := d.s.work.cases.Get(d.ctx, e.of)
		if err != nil {
			return err
		}
		if err := d.s.db.Bulk(d.at(d.now.Add(-e.ago)), func(tx *store.Tx) error {
			return d.s.actions.Sample(tx, d.hook, action.Event{Kind: e.kind, Case: e.of, Form: c.Form, Band: min(c.Band, jaga.BandUrgent)}, action.Waiting, 0, 0, "")
		}); err != nil {
			return err
		}
	}
	return nil
}

// calls puts what people told the hotline on the agenda.
func (d *demoRun) calls() error {
	for i, c := range []struct {
		ago  time.Duration
		who  string
		call tip.Call
	}{
		{20 * 24 * time.Hour, d.hotline, tip.Call{Safe: tip.IsSafe, Country: "ID", Relation: "parent", Lang: "id", Form: jaga.FormGrooming, What: "Seorang dewasa menulis kepada anak saya setiap malam.", ChildAge: "13-15", Accounts: []string{"demo-account-310"}}},
		{8 * 24 * time.Hour, d.hotline, tip.Call{Safe: tip.SafeUnknown, Country: "DE", Relation: "teacher", Lang: "en", Form: jaga.FormSextortion, What: "A pupil told me that somebody wants money for not showing a picture.", ChildAge: "16-17", Accounts: []string{"demo-account-333"}}},
		{7 * time.Hour, d.hotline, tip.Call{Safe: tip.NotSafe, Country: "ID", Relation: "child", Lang: "id", What: "Saya takut, orang itu tahu sekolah saya.", ChildAge: "13-15"}},
		{3 * time.Hour, d.hotline, tip.Call{Safe: tip.SafeUnknown, Country: "ID", Relation: "parent", Lang: "en", Form: jaga.FormGrooming, What: "An account asks my son to keep their talks secret.", ChildAge: "10-12", Accounts: []string{"demo-account-377"}, CallBack: d.now.Add(26 * time.Hour)}},
	} {
		d.later(d.now.Add(-c.ago), func(at time.Time) error {
			_, err := d.s.reports.Save(d.at(at), c.who, fmt.Sprintf("demo-call-%d", i+1), c.call)
			return err
		})
	}
	return nil
}

// letters puts what people wrote through the guide, and what the team answered,
// on the agenda. The box of the installation stays as its settings have it.
func (d *demoRun) letters() error {
	key, err := d.s.dir.Identity.Key()
	if err != nil {
		return err
	}
	hours, err := tell.ParseHours("Asia/Jakarta", []string{"daily 00:00-24:00"}, nil)
	if err != nil {
		return err
	}
	clock := d.now
	box, err := tell.New(d.s.db, tell.Options{Key: key[:], Team: "DEMO team", Hours: hours, Goal: 4 * time.Hour, Keep: 90 * 24 * time.Hour, Urgent: tell.NewCues().Urgent,
		OpenCase: d.s.work.handover(d.s.reports.Hotline()), Now: func() time.Time { return clock }})
	if err != nil {
		return err
	}
	for _, l := range []struct {
		ago    time.Duration
		lang   string
		text   string
		answer string // of the team; empty while it waits
		reply  string
		shut   bool
		pass   string // the summary with which it is passed on
		taken  bool
	}{
		{16 * 24 * time.Hour, "en", "Somebody has a picture of me and I do not know what to do.", "Thank you for writing to us. It is not your fault. Tell us whether you want help to have it taken down.", "Yes please, and thank you.", true, "", false},
		{9 * 24 * time.Hour, "id", "Teman saya bercerita ada orang dewasa yang minta foto.", "Terima kasih sudah bercerita. Ini bukan salah temanmu. Kalian bisa memblokir akun itu dan bicara dengan orang dewasa yang dipercaya.", "", false, "", false},
		{4 * 24 * time.Hour, "en", "He knows where I go to school.", "Thank you for telling us. Please go to an adult whom you trust today; we stay in touch here.", "", false, "A child writes that somebody who threatens them knows their school. Asked to go to a trusted adult.", false},
		{26 * time.Hour, "id", "Apakah saya harus membayar supaya dia berhenti?", "", "", false, "", false},
		{5 * time.Hour, "en", "My sister gets messages from somebody she does not know.", "", "", false, "", false},
		{2 * time.Hour, "id", "Saya tidak mau hidup lagi.", "", "", false, "", false},
		{50 * time.Minute, "en", "Can you help me to take a picture down?", "", "", false, "", true},
	} {
		d.later(d.now.Add(-l.ago), func(at time.Time) error {
			clock = at
			sent, err := box.Send(d.at(at), demoAddress, tell.Letter{Token: box.Token(), Lang: l.lang, Text: l.text})
			if err != nil {
				return err
			}
			id, err := newestThread(d, box)
			if err != nil || l.answer == "" && !l.taken {
				return err
			}
			soon := at.Add(2 * time.Hour)
			if soon.After(d.now) {
				soon = d.now.Add(-time.Minute)
			}
			d.later(soon, func(at time.Time) error {
				clock = at
				if err := box.Take(d.at(at), d.hotline, id); err != nil || l.answer == "" {
					return err
				}
				if l.pass != "" {
					if _, err := box.Pass(d.at(at), d.hotline, id, l.pass); err != nil {
						return err
					}
				}
				if err := box.Answer(d.at(at), d.hotline, id, 1, l.answer); err != nil || l.reply == "" {
					return err
				}
				clock = at.Add(5 * time.Hour)
				if _, _, err := box.Reply(d.at(clock), demoAddress, sent.Number, sent.PIN, l.reply); err != nil || !l.shut {
					return err
				}
				clock = at.Add(7 * time.Hour)
				if err := box.Take(d.at(clock), d.hotline, id); err != nil {
					return err
				}
				return box.Close(d.at(clock), d.hotline, id, 3)
			})
			return nil
		})
	}
	return nil
}

// newestThread is the conversation that came last.
func newestThread(d *demoRun, box *tell.Service) (id int64, err error) {
	list, err := box.List(d.ctx, tell.Waiting, 100)
	for _, h := range list {
		id = max(id, h.ID)
	}
	return id, err
}

// codes puts codes of pictures, as young people hand them in through the guide,
// on the agenda. Most wait; one is looked for.
func (d *demoRun) codes() error {
	key, err := d.s.dir.Identity.Key()
	if err != nil {
		return err
	}
	clock := d.now
	box := takedown.New(d.s.db, d.s.banks, d.s.engine, takedown.Options{Key: key, Open: true, Now: func() time.Time { return clock }})
	for i, ago := range []time.Duration{12 * 24 * time.Hour, 30 * time.Hour, 6 * time.Hour} {
		var codes []engine.Value
		for range 1 + i {
			v, err := d.hash(jaga.PDQ)
			if err != nil {
				return err
			}
			codes = append(codes, v)
		}
		d.later(d.now.Add(-ago), func(at time.Time) error {
			clock = at
			if _, _, err := box.File(d.at(at), demoAddress, codes); err != nil || i > 0 {
				return err
			}
			waiting, err := box.List(d.ctx, "waiting", 1)
			if err != nil || len(waiting) == 0 {
				return err
			}
			clock = at.Add(time.Hour)
			return box.Accept(d.at(clock), d.seniors[0], waiting[0].ID)
		})
	}
	return nil
}
