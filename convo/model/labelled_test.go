package model

import (
	"errors"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/convo/eval"
	"github.com/jaga-project/jaga/convo/indicator"
)

func TestReadSet(t *testing.T) {
	t.Parallel()
	s := readSet(t, []byte("\ufeff"+`{"conversation":"1","label":1,"participants":[{"id":"a","age_band":"adult"},{"id":"b","age_band":"10-12"},{"id":"c","age_band":"<15"}],`+
		`"messages":[{"id":"m","from":"a","to":"b","at":"2026-01-01T00:00:00Z","text":"x"},{"from":"b","to":["a"],"text":"y"},{"from":"b","to":"c","text":"y"},{"from":"a","act":"G-13"},{"from":"d","act":"join"},{"from":"b","text":"all"}]}

{"name":"n","label":0,"observations":["x","y"]}
`))
	if len(s.conversations) != 2 {
		t.Fatalf("%d conversations", len(s.conversations))
	}
	c := s.conversations[0]
	if !c.positive || strings.Join(c.persons, "") != "abcd" {
		t.Errorf("label %v, persons %q", c.positive, c.persons)
	}
	for i, want := range []message{
		{act: -1, from: adult, to: minor},
		{act: -1, from: minor, to: adult, ofChild: true},
		{act: -1, from: minor, to: minor},
		{act: indicator.Index("G-13"), from: adult, to: unknown},
		{act: -1, from: unknown, to: unknown},
		{act: -1, from: minor, to: unknown, ofChild: true},
	} {
		m := c.messages[i]
		if m.act != want.act || m.from != want.from || m.to != want.to || m.ofChild != want.ofChild {
			t.Errorf("message %d: act %d from %s to %s, of a child %v", i, m.act, m.from, m.to, m.ofChild)
		}
	}
	if g := s.conversations[1]; g.positive || len(g.messages) != 2 || g.persons[0] != "n" || g.messages[1].text.ForClassifier() != "y" {
		t.Errorf("group %v with %d messages", g.persons, len(g.messages))
	}
}

func TestReadSetNamesFaults(t *testing.T) {
	t.Parallel()
	const good = `{"conversation":"good","label":1,"messages":[{"from":"a","text":"secret"}]}`
	for line, want := range map[string]string{
		`{"conversation":"1"`: "not JSON, at byte",
		`["secret"]`:          "of another type",
		`{"conversation":"1","messages":[{"from":"secret"}]}`: `field "label": missing`,
		`{"conversation":"1","label":2,"messages":[]}`:        `field "label": 2 is neither`,
		`{"conversation":"1","label":"secret","messages":[]}`: `field "label": of another type`,
		`{"label":1}`:                                                        `field "conversation": missing`,
		`{"conversation":"","label":1}`:                                      `field "conversation": empty`,
		`{"conversation":"1","name":"2","label":1}`:                          `field "name": stands beside`,
		`{"conversation":"1","label":1}`:                                     `field "messages": there are none`,
		`{"conversation":"1","label":1,"messages":[{"text":"secret"}]}`:      `field "messages[0].from": missing`,
		`{"conversation":"1","label":1,"messages":[{"from":"a","to":[""]}]}`: `field "messages[0].to": an empty id`,
		`{"conversation":"1","label":1,"messages":[{"from":"a","to":7}]}`:    `of another type`,
		`{"conversation":"1","label":1,"participants":[{"id":"a","age_band":"secret"}],"messages":[{"from":"a"}]}`: `field "participants[0].age_band": neither`,
		`{"conversation":"1","label":1,"participants":[{"id":"a"},{"id":"a"}],"messages":[{"from":"a"}]}`:          `field "participants[1].id": there twice`,
		`{"conversation":"1","label":1,"participants":[{}],"messages":[{"from":"a"}]}`:                             `field "participants[0].id": missing`,
		`{"name":"n","label":1,"observations":[0.5]}`:                                                              `field "observations": there is no text`,
		`{"name":"n","label":1,"observations":["secret",0.5]}`:                                                     `field "observations[1]": numbers and strings`,
		`{"name":"n","label":1}`: `field "observations": missing`,
		`{"conversation":"good","label":1,"messages":[{"from":"a"}]}`:       `field "conversation": the same id as in line 1`,
		"{\"conversation\":\"1\xff\",\"label\":1}":                          "not valid UTF-8",
		`{"conversation":"` + strings.Repeat("x", MaxLine) + `","label":1}`: "longer than",
	} {
		data := good + "\n" + line + "\n" + strings.Replace(good, "good", "other", 1)
		s, err := ReadSet("f.jsonl", strings.NewReader(data), eval.ReadOptions{})
		if err != nil || len(s.conversations) != 2 || s.Skipped().Count != 1 {
			t.Errorf("%.60s: %v, %v", line, s, err)
			continue
		}
		got := s.Skipped().First[0].Error()
		if !strings.HasPrefix(got, "f.jsonl:2: ") || !strings.Contains(got, want) || strings.Contains(got, "secret") {
			t.Errorf("%.60s: says %q, want %q", line, got, want)
		}
		_, err = ReadSet("f.jsonl", strings.NewReader(data), eval.ReadOptions{Strict: true})
		if fault, ok := errors.AsType[*eval.LineError](err); !ok || fault.Line != 2 {
			t.Errorf("%.60s: strictly: %v", line, err)
		}
	}
}

func TestKindOf(t *testing.T) {
	t.Parallel()
	for band, want := range map[string]string{
		"": unknown, "unknown": unknown, "Adult": adult, " minor ": minor, "child": minor,
		"13": minor, "17": minor, "18": adult, "13-15": minor, "13–15": minor, "16-18": unknown, "18-24": adult,
		"18+": adult, "16+": unknown, "<13": minor, "<18": minor, "<19": unknown,
		"old": "", "15-13": "", "-": "", "<": "", "+": "", "<0": "", "-5": "", "1-2-3": "", "999": "",
	} {
		if got, ok := kindOf(band); got != want || ok != (want != "") {
			t.Errorf("%q: %q, %v; want %q", band, got, ok, want)
		}
	}
}

func FuzzReadSet(f *testing.F) {
	f.Add([]byte(`{"conversation":"1","label":1,"participants":[{"id":"a","age_band":"13-15"}],"messages":[{"from":"a","to":"b","text":"x"}]}`))
	f.Add([]byte(`{"name":"n","label":0,"observations":["x"]}` + "\n{\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ReadSet("f", strings.NewReader(string(data)), eval.ReadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if n := s.Conversations() + s.Skipped().Count; n > 1+strings.Count(string(data), "\n") {
			t.Errorf("%d lines out of %d", n, strings.Count(string(data), "\n"))
		}
		for _, c := range s.conversations {
			if len(c.messages) == 0 || len(c.persons) == 0 {
				t.Errorf("a conversation of %d messages and %d persons", len(c.messages), len(c.persons))
			}
		}
	})
}
