package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/eval"
)

// skeletonSet is the result on drawn conversations of one kind. They are made
// of abstract acts with times, and hold no words.
type skeletonSet struct {
	Kind          string         `json:"kind"`
	About         string         `json:"about"`
	Goal          string         `json:"goal"` // "" where none was set
	Conversations int            `json:"conversations"`
	Bands         []skeletonBand `json:"bands"`
}

type skeletonBand struct {
	Band    string    `json:"band"`
	Reached eval.Rate `json:"reached"`
	// Acts are the signs that the account had shown towards the other side
	// by then, Messages and Seconds count from its first sign.
	Acts     eval.Spread `json:"acts"`
	Messages eval.Spread `json:"messages"`
	Seconds  eval.Spread `json:"seconds"`
	// InTime is how many reached it within 5 messages or 2 minutes of the
	// first sign.
	InTime eval.Rate `json:"in_time"`
	At     []int     `json:"at"` // acts, for the plot
}

// skeleton is one drawn conversation.
type skeleton struct {
	head     convo.Head
	messages []convo.Message
	signs    []bool // which messages are signs of the harm, on the account's side
}

const drawn = 2000 // of each kind

// quick is the goal of the fast path.
const (
	quickMessages = 5
	quickSeconds  = 120
)

var evening = time.Date(2026, 3, 2, 19, 0, 0, 0, time.UTC)

// drawer draws one conversation.
type drawer struct {
	r  *rand.Rand
	at time.Time
	s  skeleton
}

func (d *drawer) wait(least, most time.Duration) {
	d.at = d.at.Add(least + time.Duration(d.r.Int64N(int64(most-least)+1)))
}

// put appends an act, or words that mean nothing when the act is empty.
func (d *drawer) put(from, to, act string, sign bool) {
	m := convo.Message{ID: fmt.Sprint(len(d.s.messages) + 1), From: from, To: []string{to}, At: d.at, Act: act}
	switch act {
	case "":
		m.Text = "ok"
	case "sexual":
		m.Act, m.Category, m.Score = "category", "sexual", 0.6+0.4*d.r.Float64()
	case "payment", "gift":
		m.Amount, m.Currency = float64(5+d.r.IntN(95)), "usd"
	}
	d.s.messages = append(d.s.messages, m)
	d.s.signs = append(d.s.signs, sign)
}

// chat is ordinary talk of both sides.
func (d *drawer) chat(n int, least, most time.Duration) {
	for range n {
		d.wait(least, most)
		if d.r.IntN(2) == 0 {
			d.put("a", "b", "", false)
		} else {
			d.put("b", "a", "", false)
		}
	}
}

func (d *drawer) one(of ...string) string { return of[d.r.IntN(len(of))] }

func (d *drawer) people(a, b string, roleA string, verified bool) {
	d.s.head = convo.Head{ID: "drawn", Channel: convo.ChannelPrivate, People: []convo.Person{d.person("a", a), d.person("b", b)}}
	d.s.head.People[0].Role, d.s.head.People[0].Verified = roleA, verified
}

func (d *drawer) person(id, age string) convo.Person {
	band, err := convo.ParseAgeBand(age)
	if err != nil {
		panic(err) // a mistake of this program
	}
	return convo.Person{ID: id, Age: band}
}

// shuffled returns n different ones of the acts, in any order: published
// studies find stages out of order and compressed.
func (d *drawer) shuffled(n int, acts ...string) []string {
	out := append([]string(nil), acts...)
	d.r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out[:min(n, len(out))]
}

// kinds are what is drawn. quiet kinds are ordinary life.
var kinds = []struct {
	name, about, goal string
	quiet             bool
	draw              func(*drawer)
}{
	{"sextortion for money", "an account of unknown or adult age, or of 16 to 17, and somebody of 13 to 17: contact, a swap of pictures proposed, then threats and demands in any order, seconds to a minute apart", "urgent within 5 messages or 2 minutes", false, drawSextortion},
	{"sextortion, nothing known of ages", "the same with both ages unknown", "urgent within 5 messages or 2 minutes", false, func(d *drawer) { drawSextortion(d); d.unknown() }},
	{"grooming", "an account of adult or unknown age and somebody of 10 to 15: six to twelve different signs in any order over one to fourteen days, with ordinary talk between", "review within 10 acts (median)", false, drawGrooming},
	{"grooming, nothing known of ages", "the same with both ages unknown", "review within 10 acts (median)", false, func(d *drawer) { drawGrooming(d); d.unknown() }},
	{"family", "a parent or relative with a verified tie: who is at home, where, which device, gifts", "", true, func(d *drawer) {
		d.people("adult", "10-15", "parent", true)
		d.s.head.Ties = []convo.Tie{{A: "a", B: "b", Kind: "family", Verified: true}}
		d.ordinary(5, "G-09", "G-10", "G-11", "G-12", "gift", "G-05", "G-21")
	}},
	{"coach or teacher in a group", "a verified role in an open channel: times, rides, praise", "", true, func(d *drawer) {
		d.people("adult", "13-15", d.one("coach", "teacher"), true)
		d.s.head.Channel = convo.ChannelGroup
		d.ordinary(4, "G-05", "G-09", "G-10", "W-02")
	}},
	{"children of one age", "talk between two of 13 to 15: age, praise, another channel, calls, withdrawal", "", true, func(d *drawer) {
		d.people("13-15", "13-15", "", false)
		d.ordinary(3, "G-04", "G-05", "G-06", "W-06", "G-09", "G-08")
	}},
	{"adults who trade", "amounts, times, deadlines, another channel", "", true, func(d *drawer) {
		d.people("adult", "adult", "", false)
		d.ordinary(5, "payment", "S-08", "S-09", "G-15", "G-10", "G-24", "S-10")
	}},
	{"adults who are close", "two adults: praise, an intimate topic, calls, secrets", "", true, func(d *drawer) {
		d.people("adult", "adult", "", false)
		d.ordinary(6, "G-05", "G-06", "G-08", "sexual", "G-21", "G-20", "G-13", "W-06", "gift")
	}},
	{"strangers of unknown age", "small talk with one weak sign", "", true, func(d *drawer) {
		d.people("unknown", "unknown", "", false)
		d.ordinary(1, "G-04", "G-05", "G-06", "G-09", "W-06", "W-01")
	}},
	{"helpers", "a verified help service: age, distress, contact", "", true, func(d *drawer) {
		d.people("adult", "13-15", "helpline", true)
		d.ordinary(4, "G-04", "G-10", "G-11", "G-05", "W-05")
	}},
}

func (d *drawer) unknown() {
	for i := range d.s.head.People {
		d.s.head.People[i].Age = convo.AgeBand{}
	}
}

func drawSextortion(d *drawer) {
	d.people(d.one("unknown", "adult", "16-17"), d.one("13-15", "16-17"), "", false)
	d.chat(d.r.IntN(12), 5*time.Second, 3*time.Minute)
	for _, act := range d.shuffled(d.r.IntN(3), "G-05", "S-03", "G-20", "G-15", "sexual") {
		d.wait(20*time.Second, 5*time.Minute)
		d.put("a", "b", act, false)
	}
	if d.r.IntN(2) == 0 {
		d.put("b", "a", "sent", false)
	}
	// From here on the harm shows.
	for _, act := range d.shuffled(4+d.r.IntN(4), "S-04", "S-05", "S-06", "S-07", "S-08", "S-09", "S-10", "S-13") {
		d.wait(3*time.Second, time.Minute)
		d.put("a", "b", act, true)
		if d.r.IntN(4) == 0 {
			d.wait(3*time.Second, time.Minute)
			d.put("b", "a", d.one("", "refusal", "S-17"), false)
		}
	}
}

func drawGrooming(d *drawer) {
	d.people(d.one("adult", "adult", "unknown"), d.one("10-12", "13-15"), "", false)
	signs := d.shuffled(6+d.r.IntN(7), "G-04", "G-05", "G-06", "G-07", "G-08", "G-09", "G-10", "G-11", "G-13", "G-14", "G-15", "G-17", "G-20", "G-21", "sexual")
	span := time.Duration(1+d.r.IntN(14)) * 24 * time.Hour / time.Duration(len(signs))
	for _, act := range signs {
		d.chat(d.r.IntN(10), 10*time.Second, 5*time.Minute)
		d.wait(span/2, span)
		d.put("a", "b", act, true)
	}
}

// ordinary is everyday talk over some days in which up to most acts occur that
// resemble signs.
func (d *drawer) ordinary(most int, acts ...string) {
	for _, act := range d.shuffled(d.r.IntN(most+1), acts...) {
		d.chat(2+d.r.IntN(12), 10*time.Second, 10*time.Minute)
		d.wait(time.Hour, 30*time.Hour)
		d.put("a", "b", act, false)
	}
	d.chat(2+d.r.IntN(10), 10*time.Second, 10*time.Minute)
}

// measureSkeletons draws and observes.
func measureSkeletons(d *convo.Detector) ([]skeletonSet, error) {
	var out []skeletonSet
	for k, kind := range kinds {
		set := skeletonSet{Kind: kind.name, About: kind.about, Goal: kind.goal, Conversations: drawn}
		var acts, messages, seconds [3][]float64
		var reached, inTime [3]int
		for i := range drawn {
			draw := &drawer{r: rand.New(rand.NewPCG(seed, uint64(k*drawn+i))), at: evening}
			kind.draw(draw)
			for b, at := range draw.s.observe(d) {
				if !at.ok {
					continue
				}
				reached[b]++
				acts[b] = append(acts[b], float64(at.acts))
				messages[b] = append(messages[b], float64(at.messages))
				seconds[b] = append(seconds[b], at.seconds)
				if at.messages <= quickMessages || at.seconds <= quickSeconds {
					inTime[b]++
				}
			}
		}
		for b := range reached {
			band := skeletonBand{Band: jaga.Band(b + 1).String(), Reached: eval.NewRate(reached[b], drawn)}
			if !kind.quiet {
				band.Acts, band.Messages, band.Seconds = eval.SpreadOf(acts[b]), eval.SpreadOf(messages[b]), eval.SpreadOf(seconds[b])
				band.InTime = eval.NewRate(inTime[b], drawn)
				band.At = make([]int, 16) // by number of acts, the last for more
				for _, n := range acts[b] {
					band.At[min(int(n), len(band.At)-1)]++
				}
			}
			set.Bands = append(set.Bands, band)
		}
		out = append(out, set)
	}
	return out, nil
}

// arrival is when a conversation reached a band, counted from the first sign.
type arrival struct {
	ok             bool
	acts, messages int
	seconds        float64
}

// observe returns when each band was reached for the account "a". A band that
// is reached before the first sign is reached at once.
func (s skeleton) observe(d *convo.Detector) (out [3]arrival) {
	state := d.Open(s.head, nil)
	var first time.Time
	acts, messages := 0, 0
	for i, m := range s.messages {
		if s.signs[i] {
			if first.IsZero() {
				first = m.At
			}
			acts++
		}
		if !first.IsZero() {
			messages++
		}
		for _, f := range state.Observe(m) {
			if f.From != "a" {
				continue
			}
			for b := range int(f.Band) {
				if out[b].ok {
					continue
				}
				out[b] = arrival{ok: true, acts: acts, messages: messages}
				if !first.IsZero() {
					out[b].seconds = m.At.Sub(first).Seconds()
				}
			}
		}
	}
	return out
}
