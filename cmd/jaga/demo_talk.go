package main

import (
	"fmt"
	"time"

	"github.com/jaga-project/jaga/internal/converse"
	"github.com/jaga-project/jaga/internal/tip"

	"github.com/jaga-project/jaga"
)

// demoMessage is a message of a conversation: after so many minutes, from the one
// or the other, words as a leaflet prints them, or an act.
type demoMessage struct {
	after int
	other bool
	text  string
	act   string
	score float64
	money float64
}

// demoTalk is a conversation in acts.
type demoTalk struct {
	channel     string
	from, to    string // age bands
	role        string // of the one who writes first
	followers   int64
	broadcaster bool // the other one streams
	lines       []demoMessage
}

// demoTalks are what conversations are about: acts by the numbers of the
// catalogue, and single sentences of the kind that leaflets print.
func demoTalks() []demoTalk {
	return []demoTalk{
		{channel: "private", from: "adult", to: "13-15", lines: []demoMessage{{0, false, "hello, how was school?", "", 0, 0}, {2, true, "good, and yours?", "", 0, 0}, {9, false, "", "G-11", 0, 0}, {12, false, "dont tell anyone", "", 0, 0}, {30, true, "", "refusal", 0, 0}, {45, false, "", "G-20", 0, 0}}},
		{channel: "private", from: "unknown", to: "13-15", lines: []demoMessage{{0, false, "", "category", 0.9, 0}, {4, false, "", "S-04", 0, 0}, {5, false, "", "S-05", 0, 0}, {7, true, "", "S-17", 0, 0}, {9, true, "", "block", 0, 0}}},
		{channel: "private", from: "adult", to: "10-12", role: "famous", followers: 900_000, lines: []demoMessage{{0, false, "", "G-05", 0, 0}, {60, false, "", "G-07", 0, 0}, {61, true, "thank you!", "", 0, 0}, {200, false, "", "G-11", 0, 0}, {205, false, "", "G-13", 0, 0}, {260, false, "", "G-21", 0, 0}, {300, true, "", "report", 0, 0}}},
		{channel: "private", from: "13-15", to: "13-15", lines: []demoMessage{{0, false, "jangan bilang siapa siapa ya", "", 0, 0}, {3, false, "", "S-05", 0, 0}, {6, true, "", "refusal", 0, 0}}},
		{channel: "live", from: "adult", to: "13-15", broadcaster: true, lines: []demoMessage{{0, false, "", "join", 0, 0}, {1, false, "", "category direction", 0.9, 0}, {1, false, "", "gift", 0, 5}, {4, true, "", "refusal", 0, 0}}},
		{channel: "private", from: "adult", to: "16-17", role: "coach", lines: []demoMessage{{0, false, "Good practice today.", "", 0, 0}, {180, false, "", "G-05", 0, 0}, {185, false, "", "G-08", 0, 0}, {190, false, "", "G-13", 0, 0}, {400, false, "", "G-15", 0, 0}, {460, false, "", "G-22", 0, 0}}},
		{channel: "private", from: "unknown", to: "16-17", lines: []demoMessage{{0, false, "", "S-09", 0, 0}, {10, true, "", "payment", 0, 50}, {12, false, "", "S-09", 0, 0}, {20, true, "", "S-17", 0, 0}}},
		{channel: "group", from: "adult", to: "10-12", lines: []demoMessage{{0, false, "", "G-04", 0, 0}, {6, false, "", "G-10", 0, 0}, {8, false, "", "G-15", 0, 0}, {9, false, "", "G-13", 0, 0}}},
		{channel: "live", from: "adult", to: "13-15", broadcaster: true, lines: []demoMessage{{0, false, "", "category direction", 0.9, 0}, {1, false, "", "gift", 0, 5}, {5, false, "", "L-08", 0, 0}, {8, true, "", "leave", 0, 0}}},
	}
}

// talkArrives hands a conversation in.
func (d *demoRun) talkArrives(at time.Time, n int) error {
	all := demoTalks()
	t := all[n%len(all)]
	one, other := fmt.Sprintf("demo-account-%d", 300+d.some(90)), fmt.Sprintf("demo-child-%d", 500+d.some(90))
	e := converse.Entry{Conversation: fmt.Sprintf("demo-chat-%d", 1000+n), Channel: t.channel, Participants: []converse.Participant{
		{ID: one, AgeBand: t.from, Role: t.role, Followers: t.followers}, {ID: other, AgeBand: t.to}}}
	if t.broadcaster {
		e.Participants[1].Role = "broadcaster"
	}
	end := at
	for i, m := range t.lines {
		when := at.Add(time.Duration(m.after)*time.Minute + time.Duration(i)*time.Second)
		msg := converse.Message{ID: fmt.Sprintf("m%d", i+1), From: one, To: converse.Receivers{other}, At: &when, Text: m.text, Act: m.act, Score: m.score, Amount: m.money}
		if m.other {
			msg.From, msg.To = other, converse.Receivers{one}
		}
		switch m.act {
		case "category":
			msg.Category = "sexual"
		case "category direction":
			msg.Act, msg.Category = "category", "direction"
		case "join", "leave":
			msg.To = nil
		case "gift", "payment":
			msg.Currency, msg.Method = "USD", "gift card"
		}
		e.Messages = append(e.Messages, msg)
		end = when
	}
	if end.After(d.now) {
		return nil
	}
	source := d.platform
	if t.channel == "live" {
		source = d.app
	}
	_, err := d.s.talk.Observe(d.at(end), source, []converse.Entry{e})
	return err
}

// ordinaryTalk hands in a conversation in which there is nothing to find.
func (d *demoRun) ordinaryTalk(at time.Time) error {
	n := d.some(100_000)
	then := at.Add(time.Minute)
	_, err := d.s.talk.Observe(d.at(at), d.platform, []converse.Entry{{Conversation: fmt.Sprintf("demo-chat-%d", 200_000+n), Channel: "group",
		Participants: []converse.Participant{{ID: fmt.Sprintf("demo-account-%d", 700+n%50), AgeBand: "adult", Role: "coach", Verified: true}},
		Messages: []converse.Message{{ID: "m1", From: fmt.Sprintf("demo-account-%d", 700+n%50), At: &at, Text: "Practice moves to five o'clock."},
			{ID: "m2", From: fmt.Sprintf("demo-account-%d", 800+n%50), At: &then, Text: "Thank you, we will be there."}}}})
	return err
}

// demoSentences are reports as people write them, one sentence each.
func demoSentences() []struct {
	form jaga.Form
	lang string
	text string
} {
	return []struct {
		form jaga.Form
		lang string
		text string
	}{
		{jaga.FormGrooming, "en", "An account that nobody knows asks children in our group how old they are."},
		{jaga.FormSextortion, "en", "He says he will show my picture to my class if I do not pay."},
		{jaga.FormGrooming, "id", "Ada akun yang minta adik saya merahasiakan obrolan mereka."},
		{jaga.FormLiveStream, "en", "Grown-ups pay a girl in a live stream to do what they write."},
		{"", "en", "Somebody keeps writing to my sister, and she is afraid."},
		{jaga.FormCSAM, "id", "Akun ini membagikan gambar anak, tolong diperiksa."},
		{jaga.FormSextortion, "id", "Teman saya diancam, dan dia tidak berani bilang orang tuanya."},
	}
}

// reportArrives is a report of a platform's button; some come again, of the same
// person or of others, and one of ten says that the child is in danger now.
func (d *demoRun) reportArrives(at time.Time, n int) error {
	words := demoSentences()
	w := words[n%len(words)]
	account := fmt.Sprintf("demo-account-%d", 900+d.some(40))
	safe := tip.SafeUnknown
	if d.some(10) == 0 {
		safe = tip.NotSafe
	} else if d.some(3) == 0 {
		safe = tip.IsSafe
	}
	send := func(at time.Time, reporter string) error {
		d.reports++
		_, err := d.s.reports.Take(d.at(at), d.platform, tip.Report{Ref: fmt.Sprintf("demo-report-%d", d.reports), Account: account, Reporter: reporter, Form: w.form, Safe: safe, Text: w.text, Lang: w.lang, At: at})
		return err
	}
	reporter := fmt.Sprintf("demo-reporter-%d", d.some(500))
	for i := range d.some(4) * d.some(2) {
		again := reporter // the same words of the same person are counted, not linked
		if i%2 == 0 {
			again = fmt.Sprintf("demo-reporter-%d", d.some(500))
		}
		d.later(at.Add(d.between(time.Minute, 90*time.Minute)), func(at time.Time) error { return send(at, again) })
	}
	return send(at, reporter)
}
