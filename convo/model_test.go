package convo

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo/eval"
	"github.com/jaga-project/jaga/convo/model"
	"github.com/jaga-project/jaga/convo/pack"
)

// cooking trains a model that knows cooking from football, so that it can be
// shown what a model may do; the words mean nothing else.
func cooking(t *testing.T) *model.Model {
	t.Helper()
	words := [2][]string{
		{"the goal came late in the second half", "our keeper saved the penalty", "the striker shot over the bar", "a corner kick and a header", "the match ended two to two"},
		{"stir the onions until they are golden", "add garlic and simmer the sauce", "bake the bread for forty minutes", "whisk the eggs with the sugar", "season the soup with pepper"},
	}
	var b strings.Builder
	for i := range 240 {
		label := i % 2
		fmt.Fprintf(&b, `{"conversation":"c%d","label":%d,"participants":[{"id":"p%d"},{"id":"q%d"}],"messages":[`, i, label, i, i)
		for k := range 6 {
			if k > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"id":"m%d","from":"p%d","to":"q%d","at":"2026-01-01T10:0%d:00Z","text":%q}`, k, i, i, k, words[label][(i/2+k)%5]+fmt.Sprint(" ", i%17+k))
		}
		b.WriteString("]}\n")
	}
	set, err := model.ReadSet("cooking.jsonl", strings.NewReader(b.String()), eval.ReadOptions{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	m, _, err := model.Train(t.Context(), set, model.Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// A model alone reaches observe, never more, and says that it is a model.
func TestModelAloneReachesObserve(t *testing.T) {
	t.Parallel()
	p, err := pack.Parse("test.pack", []byte(testPack))
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(Options{Model: cooking(t)}, p)
	if err != nil {
		t.Fatal(err)
	}
	plain := detector(t)
	say := func(d *Detector, ages [2]string, text string, n int) *State {
		s := open(t, d, ages[0], ages[1])
		for i := range n {
			s.Observe(Message{ID: fmt.Sprint("m", i), From: "a", To: []string{"b"}, At: start, Text: text})
		}
		return s
	}
	const cook = "stir the onions and simmer the sauce with garlic and pepper"
	s := say(d, [2]string{"adult", "13-15"}, cook, 200)
	if s.Band() != jaga.BandObserve {
		t.Fatalf("band %v, want observe", s.Band())
	}
	if r := s.Findings()[0].Because; len(r) == 0 || r[0].Indicator != Model && r[len(r)-1].Indicator != Model || Explain(Model, "id") == Explain(Model, "en") {
		t.Errorf("reasons %+v, want the model among them", r)
	}
	if b := say(plain, [2]string{"adult", "13-15"}, cook, 200).Band(); b != jaga.BandNone {
		t.Errorf("without a model the band is %v, want none", b)
	}
	if b := say(d, [2]string{"adult", "13-15"}, "the striker shot over the bar and the keeper saved it", 200).Band(); b != jaga.BandNone {
		t.Errorf("of the other label the band is %v, want none", b)
	}
	if b := say(d, [2]string{"13-15", "adult"}, cook, 200).Band(); b != jaga.BandNone {
		t.Errorf("of a child's messages the band is %v, want none: they are not scored", b)
	}
	if plain.Version() == d.Version() {
		t.Error("the version does not name the model")
	}
}
