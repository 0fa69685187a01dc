package eval

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

const itemLines = `{"id":"e1","family":"secrecy-1","lang":"en","text":"Don't tell your mum about our chats.","speaker":"adult","target":"minor","expect":["G-13"],"expect_not":[]}
{"id":"e1t","family":"secrecy-1","lang":"en","text":"Don't tell mum about the cake.","speaker":"adult","target":"minor","expect":[],"expect_not":["G-13"],"lookalike":"surprise-party"}
{"id":"e2","family":"secrecy-2","lang":"en","text":"This stays between us.","speaker":"unknown","target":"minor","expect":["G-13","G-08"]}
{"id":"i1","family":"rahasia-1","lang":"id","text":"Jangan bilang ibu soal chat kita.","speaker":"adult","target":"minor","expect":["G-13"],"expect_not":["G-11"]}
`

func readAll(t *testing.T, items, answers string) ([]Item, []Answer) {
	t.Helper()
	it, _, err := ReadItems("items", strings.NewReader(items), ReadOptions{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	an, _, err := ReadAnswers("answers", strings.NewReader(answers), ReadOptions{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	return it, an
}

func TestScoreItems(t *testing.T) {
	items, answers := readAll(t, itemLines, `{"id":"e1","indicators":["G-13","G-20"]}
{"id":"e1t","indicators":["G-13"]}
{"id":"e2","indicators":["G-08"]}
{"id":"elsewhere","indicators":[]}
`)
	r, err := ScoreItems(items, answers)
	if err != nil {
		t.Fatal(err)
	}
	if r.Items != 4 || r.Answered != 3 || r.NotAnswered != 1 || r.Foreign != 1 || r.Unjudged != 1 || len(r.Languages) != 2 {
		t.Errorf("%+v", r)
	}
	en := r.Languages[0]
	if en.Lang != "en" || en.Total.Recall.Hits != 2 || en.Total.Recall.Of != 3 || en.Total.FalseHits.Hits != 1 || en.Total.FalseHits.Of != 1 {
		t.Errorf("%+v", en.Total)
	}
	if len(en.Indicators) != 2 || en.Indicators[0].Indicator != "G-08" || en.Indicators[1].Indicator != "G-13" {
		t.Fatalf("%+v", en.Indicators)
	}
	g13 := en.Indicators[1]
	if g13.Recall != NewRate(1, 2) || g13.FalseHits != NewRate(1, 1) || g13.PositiveFamilies != 2 || g13.LookalikeFamilies != 1 {
		t.Errorf("%+v", g13)
	}
	// What nobody answered is neither a hit nor rightly left alone.
	id := r.Languages[1]
	if id.Total.Recall.Of != 0 || id.Total.FalseHits.Of != 0 || id.Total.NotAnswered != 2 || id.Total.Recall.Interval.High != 1 {
		t.Errorf("%+v", id)
	}
	data, err := json.Marshal(r)
	if err != nil || !bytes.Contains(data, []byte(`"not_answered":1`)) || bytes.Contains(data, []byte("mum")) {
		t.Errorf("%s, %v", data, err)
	}
}

func TestScoreItemsRefusesDoubles(t *testing.T) {
	items, _ := readAll(t, itemLines, "")
	if _, err := ScoreItems(items, []Answer{{ID: "e1"}, {ID: "e1"}}); err == nil {
		t.Error("two answers to one item: no error")
	}
	if _, err := ScoreItems(append(items, items[0]), nil); err == nil {
		t.Error("two items of one id: no error")
	}
}

func TestReadItemsNamesFileLineAndField(t *testing.T) {
	good := strings.SplitAfter(itemLines, "\n")[0]
	for _, row := range []struct{ old, new, want string }{
		{`"id":"e1"`, `"id":""`, `items:1: field "id": missing or empty`},
		{`"family":"secrecy-1"`, `"family":" "`, `items:1: field "family": missing or empty`},
		{`"lang":"en",`, ``, `items:1: field "lang": missing or empty`},
		{`"text":"Don't tell your mum about our chats."`, `"text":7`, `items:1: field "text": wants string, has another type`},
		{`"speaker":"adult"`, `"speaker":"teacher"`, `items:1: field "speaker": not one of adult, minor, unknown`},
		{`"target":"minor"`, `"target":""`, `items:1: field "target": not one of adult, minor, unknown`},
		{`["G-13"]`, `[]`, `items:1: field "expect": empty, as is expect_not: the item cannot fail`},
		{`["G-13"]`, `["G 13"]`, `items:1: field "expect[0]": empty, or with a blank in it`},
		{`["G-13"]`, `["G-13","G-13"]`, `items:1: field "expect[1]": named twice`},
		{`"expect_not":[]`, `"expect_not":["G-13"]`, `items:1: field "expect_not[0]": also in expect`},
		{`"expect_not":[]`, `"expect_not":[`, `items:1: not JSON, at byte`},
	} {
		in := strings.Replace(good, row.old, row.new, 1)
		if in == good {
			t.Fatalf("%s is not in the line", row.old)
		}
		items, skipped, err := ReadItems("items", strings.NewReader(in), ReadOptions{})
		if err != nil || len(items) != 0 || skipped.Count != 1 || !strings.HasPrefix(skipped.First[0].Error(), row.want) {
			t.Errorf("%s: %+v, %v", row.want, skipped.First, err)
		}
	}
	_, skipped, _ := ReadItems("items", strings.NewReader(good+good), ReadOptions{})
	if skipped.Count != 1 || skipped.First[0].Error() != `items:2: field "id": the same as in line 1` {
		t.Errorf("twice: %+v", skipped.First)
	}
}

func TestReadAnswersNamesFileLineAndField(t *testing.T) {
	for in, want := range map[string]string{
		`{"indicators":[]}`:            `a:1: field "id": missing or empty`,
		`{"id":"x"}`:                   `a:1: field "indicators": missing`,
		`{"id":"x","indicators":null}`: `a:1: field "indicators": missing`,
		`{"id":"x","indicators":[""]}`: `a:1: field "indicators[0]": empty, or with a blank in it`,
		`{"id":"x","indicators":{}}`:   `a:1: field "indicators": wants []string, has another type`,
		`{"id":"x","indicators":[]}` + "\n" + `{"id":"x","indicators":[]}`: `a:2: field "id": the same as in line 1`,
	} {
		_, skipped, err := ReadAnswers("a", strings.NewReader(in), ReadOptions{})
		if err != nil || skipped.Count != 1 || skipped.First[0].Error() != want {
			t.Errorf("%s: %+v, %v", in, skipped.First, err)
		}
		var fault *LineError
		if _, _, err := ReadAnswers("a", strings.NewReader(in), ReadOptions{Strict: true}); !errors.As(err, &fault) || fault.Error() != want {
			t.Errorf("%s, strict: %v", in, err)
		}
	}
}

func TestOnlyTheFirstFaultsAreKept(t *testing.T) {
	_, skipped, err := ReadAnswers("a", strings.NewReader(strings.Repeat("{}\n", 1000)), ReadOptions{})
	if err != nil || skipped.Count != 1000 || len(skipped.First) != keptFaults {
		t.Errorf("%d faults, %d kept, %v", skipped.Count, len(skipped.First), err)
	}
}

func FuzzReadItems(f *testing.F) {
	f.Add([]byte(itemLines))
	f.Add([]byte(`{"id":"x","expect":[null]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		items, _, err := ReadItems("f", bytes.NewReader(data), ReadOptions{})
		if err != nil {
			t.Fatalf("reading cannot fail here: %v", err)
		}
		var answers []Answer
		for _, it := range items {
			answers = append(answers, Answer{ID: it.ID, Indicators: it.Expect})
		}
		r, err := ScoreItems(items, answers)
		if err != nil || r.Answered != len(items) {
			t.Fatalf("%+v, %v", r, err)
		}
		for _, l := range r.Languages {
			if l.Total.Recall.Hits != l.Total.Recall.Of || l.Total.FalseHits.Hits != 0 {
				t.Fatalf("the right answers score %+v", l.Total)
			}
		}
	})
}

func FuzzReadAnswers(f *testing.F) {
	f.Add([]byte(`{"id":"x","indicators":["G-13"]}`))
	f.Add([]byte("{\"id\":\"x\",\"indicators\":[]}\r\n\n{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		answers, _, err := ReadAnswers("f", bytes.NewReader(data), ReadOptions{})
		if err != nil {
			t.Fatalf("reading cannot fail here: %v", err)
		}
		seen := Set[string]{}
		for _, a := range answers {
			if a.ID == "" || seen.Has(a.ID) {
				t.Fatalf("id %q", a.ID)
			}
			seen[a.ID] = struct{}{}
		}
	})
}
