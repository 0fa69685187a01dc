package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/eval"
	"github.com/jaga-project/jaga/convo/pack"
)

// chatSet is the result on one collection of ordinary chat in one setting.
type chatSet struct {
	Name     string `json:"name"`
	About    About  `json:"about"`
	Setting  string `json:"setting"`
	Detector string `json:"detector"`
	Files    int    `json:"files"`

	Conversations int         `json:"conversations"`
	Pairs         int         `json:"pairs"` // ordered, of people who wrote
	Messages      int         `json:"messages"`
	Persons       int         `json:"persons"`
	Incomplete    int         `json:"incomplete"` // conversations not read in full
	Bands         []chatBand  `json:"bands"`
	Indicators    []chatCount `json:"indicators"` // messages in which it was found
}

// About is what about.json beside a collection says of it.
type About struct {
	Title    string `json:"title"`
	Language string `json:"language"`
	Licence  string `json:"licence"`
	// Single is true for messages that stand alone, which are no
	// conversations.
	Single bool `json:"single"`
}

type chatBand struct {
	Band          string               `json:"band"`
	Conversations eval.Rate            `json:"conversations"` // that reached it
	Upper         float64              `json:"upper_95"`      // one-sided bound of that
	Persons       eval.Rate            `json:"persons"`       // under review in a finding of the band
	Per10k        float64              `json:"alerts_per_10k_messages"`
	Bootstrap     eval.BootstrapResult `json:"bootstrap_by_person"`
}

type chatCount struct {
	Indicator string  `json:"indicator"`
	Messages  int     `json:"messages"`
	Per10k    float64 `json:"per_10k_messages"`
	// Conversations in which it is a reason of a finding.
	Conversations eval.Rate `json:"conversations"`
}

// settings are what is taken to be known of ages. Nothing is known in the
// collections; that one side is a child is the setting in which evidence counts
// in full.
var settings = []struct {
	name string
	age  func(n int) string // of the n-th person of a conversation
}{
	{"ages unknown", func(int) string { return "unknown" }},
	{"one an adult, the other 13 to 15", func(n int) string { return []string{"adult", "13-15"}[n%2] }},
}

// perSender is what bootstrapping draws.
type perSender struct {
	messages int
	alerts   [3]int
}

// measureChats measures every collection in every setting.
func measureChats(folder, fired string, d *convo.Detector) ([]chatSet, *mixed, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, nil, err
	}
	m, err := pack.Compile(d.Packs()...)
	if err != nil {
		return nil, nil, err
	}
	var talks []talk
	var out []chatSet
	log := newFiredLog(m)
	for _, e := range entries {
		if !e.IsDir() {
			continue
		}
		dir := filepath.Join(folder, e.Name())
		about, err := readAbout(dir)
		if err != nil {
			return nil, nil, err
		}
		all, files, err := readCollection(dir)
		if err != nil {
			return nil, nil, err
		}
		if len(all) == 0 {
			return nil, nil, fmt.Errorf("%s: no conversation in %d files", e.Name(), files)
		}
		log.collection(e.Name(), all)
		if !about.Single {
			talks = append(talks, all...)
		}
		for _, s := range settings {
			set, err := observeAll(d, all, s.age, log)
			if err != nil {
				return nil, nil, err
			}
			set.Name, set.About, set.Setting, set.Files, set.Detector = e.Name(), about, s.name, files, d.Version()
			out = append(out, set)
			log.setting(set)
		}
	}
	if fired != "" {
		if err := os.WriteFile(fired, []byte(log.String()), 0o644); err != nil {
			return nil, nil, err
		}
	}
	mix, err := measureMixed(d, talks)
	return out, mix, err
}

func readAbout(dir string) (About, error) {
	a := About{Title: filepath.Base(dir)}
	data, err := os.ReadFile(filepath.Join(dir, "about.json"))
	if os.IsNotExist(err) {
		return a, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &a)
	}
	if err != nil {
		return a, fmt.Errorf("%s/about.json: %w", filepath.Base(dir), err)
	}
	return a, nil
}

// readCollection reads all files below the folder.
func readCollection(dir string) (all []talk, files int, err error) {
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == "about.json" {
			return err
		}
		files++
		return readFile(path, func(t talk) error {
			if len(t.messages) > 0 {
				all = append(all, t)
			}
			return nil
		})
	})
	// Maps have no order; a result must not depend on it.
	slices.SortFunc(all, func(a, b talk) int {
		return cmp.Or(strings.Compare(strings.Join(a.people, "\n"), strings.Join(b.people, "\n")), a.messages[0].At.Compare(b.messages[0].At), strings.Compare(a.messages[0].Text, b.messages[0].Text))
	})
	return all, files, err
}

func observeAll(d *convo.Detector, all []talk, age func(int) string, log *firedLog) (chatSet, error) {
	var set chatSet
	senders := map[string]*perSender{}
	reached := [3]int{}
	byIndicator := map[string]*[2]int{} // messages, conversations
	r := rand.New(rand.NewPCG(seed, 2))
	for i, t := range all {
		set.Conversations++
		swap := r.IntN(2)
		h := convo.Head{ID: fmt.Sprint(i), Channel: t.channel}
		for n, id := range t.people {
			band, err := convo.ParseAgeBand(age(n + swap))
			if err != nil {
				return set, err
			}
			h.People = append(h.People, convo.Person{ID: id, Age: band})
		}
		s := d.Open(h, nil)
		for _, m := range t.messages {
			set.Messages++
			p := senders[m.From]
			if p == nil {
				p = &perSender{}
				senders[m.From] = p
			}
			p.messages++
			s.Observe(m)
		}
		if !s.Complete() {
			set.Incomplete++
		}
		set.Pairs += len(t.people) * max(len(t.people)-1, 1)
		for b := range int(s.Band()) {
			reached[b]++
		}
		seen := map[string]bool{}
		for _, f := range s.Findings() {
			for b := range int(f.Band) {
				if p := senders[f.From]; p != nil {
					p.alerts[b]++
				}
			}
			for _, because := range f.Because {
				seen[string(because.Indicator)] = true
			}
		}
		for id := range seen {
			count(byIndicator, id)[1]++
		}
		log.finding(s)
	}
	for id, n := range log.messages {
		count(byIndicator, id)[0] += n
	}
	set.Persons = len(senders)
	persons := make([]perSender, 0, len(senders))
	for _, id := range slices.Sorted(maps.Keys(senders)) {
		persons = append(persons, *senders[id])
	}
	for b := range reached {
		band, err := bandOf(b, reached[b], set.Conversations, persons)
		if err != nil {
			return set, err
		}
		set.Bands = append(set.Bands, band)
	}
	for _, id := range slices.Sorted(maps.Keys(byIndicator)) {
		n := byIndicator[id]
		set.Indicators = append(set.Indicators, chatCount{id, n[0], per10k(n[0], set.Messages), eval.NewRate(n[1], set.Conversations)})
	}
	return set, nil
}

func count(m map[string]*[2]int, id string) *[2]int {
	if m[id] == nil {
		m[id] = new([2]int)
	}
	return m[id]
}

func per10k(n, messages int) float64 { return 1e4 * float64(n) / float64(max(messages, 1)) }

func bandOf(b, reached, conversations int, persons []perSender) (chatBand, error) {
	out := chatBand{Band: jaga.Band(b + 1).String(), Conversations: eval.NewRate(reached, conversations)}
	var err error
	if out.Upper, err = eval.UpperBound(reached, conversations, 0.95); err != nil {
		return out, err
	}
	with := 0
	rate := func(p []perSender) float64 {
		alerts, messages := 0, 0
		for i := range p {
			alerts += p[i].alerts[b]
			messages += p[i].messages
		}
		return per10k(alerts, messages)
	}
	for i := range persons {
		if persons[i].alerts[b] > 0 {
			with++
		}
	}
	out.Persons, out.Per10k = eval.NewRate(with, len(persons)), rate(persons)
	out.Bootstrap, err = eval.Bootstrap(persons, rate, eval.BootstrapOptions{Seed: seed, Resamples: 1000, Confidence: 0.95})
	return out, err
}
