package chatfile_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/internal/chatfile"
)

// read reads a whole text and fails the test if it cannot be read.
func read(t testing.TB, text, name string, opt chatfile.Options) ([]*chatfile.Conversation, *chatfile.Reader) {
	t.Helper()
	r := chatfile.New(strings.NewReader(text), name, opt)
	var all []*chatfile.Conversation
	for c, err := range r.All() {
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all = append(all, c)
	}
	return all, r
}

var lines = chatfile.Options{Format: chatfile.JSONLines}

func TestJSONLines(t *testing.T) {
	t.Parallel()
	const text = `{"conversation":"c1","channel":"group","extra":{"a":[1]},"participants":[` +
		`{"id":"rina","name":"Rina","age_band":"13-15","age_confidence":0.8},` +
		`{"id":"budi","age_band":"adult","role":"Coach","verified":true,"followers":12,"created":"2020-01-02T03:04:05Z"},` +
		`{"id":7,"age_band":14}],` +
		`"relations":[{"a":"rina","b":"budi","kind":"coach","verified":true,"since":"2021-05-01T00:00:00Z","mutual":3}],` +
		`"messages":[` +
		`{"from":"rina","to":"budi","at":"2024-01-01T16:00:00+07:00","text":"Latihan jam berapa?"},` +
		`{"id":"m3","from":"budi","to":["rina",7],"at":"2024-01-01T16:01:00+07:00","text":"Jam lima."},` +
		`{"from":"budi","to":"rina","at":"2024-01-01T16:02:00+07:00","act":"category","category":"violence","score":0.1},` +
		`{"from":"rina","to":"budi","at":"2024-01-01T16:03:00+07:00","act":"payment","amount":50,"currency":"IDR","method":"cash","payee":"club","description":"fee"},` +
		`{"from":"budi","at":"2024-01-01T16:04:00+07:00","act":"g-15","media":"image"}]}` + "\n"
	got, r := read(t, text, "x.jsonl", lines)
	at := func(minute int) time.Time {
		return time.Date(2024, 1, 1, 16, minute, 0, 0, time.FixedZone("", 7*3600))
	}
	want := []*chatfile.Conversation{{
		ID: "c1", Channel: "group",
		Participants: []chatfile.Participant{
			{ID: "rina", Name: "Rina", AgeBand: "13-15", Confidence: 0.8},
			{ID: "budi", AgeBand: "adult", Role: "coach", Verified: true, Followers: 12, Created: time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)},
			{ID: "7", AgeBand: "14"},
		},
		Relations: []chatfile.Relation{{A: "rina", B: "budi", Kind: "coach", Verified: true, Since: time.Date(2021, 5, 1, 0, 0, 0, 0, time.UTC), Mutual: 3}},
		Messages: []chatfile.Message{
			{Message: convo.Message{ID: "m1", From: "rina", To: []string{"budi"}, At: at(0), Text: "Latihan jam berapa?"}, Line: 1},
			{Message: convo.Message{ID: "m3", From: "budi", To: []string{"rina", "7"}, At: at(1), Text: "Jam lima."}, Line: 1},
			{Message: convo.Message{ID: "m3-2", From: "budi", To: []string{"rina"}, At: at(2), Act: "category", Category: "violence", Score: 0.1}, Line: 1},
			{Message: convo.Message{ID: "m4", From: "rina", To: []string{"budi"}, At: at(3), Act: "payment", Amount: 50, Currency: "idr", Method: "cash", Payee: "club", Description: "fee"}, Line: 1},
			{Message: convo.Message{ID: "m5", From: "budi", At: at(4), Act: "G-15"}, Media: "image", Line: 1},
		},
	}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if p := r.Problems(); len(p) != 0 {
		t.Errorf("problems: %v", p)
	}
}

// talk is a conversation of one message in which one thing is replaced.
func talk(old, replacement string) string {
	const text = `{"conversation":"c","channel":"private","participants":[{"id":"a","age_band":"adult","age_confidence":1,"followers":0},{"id":"b"}],` +
		`"relations":[{"a":"a","b":"b","kind":"friend","mutual":0}],` +
		`"messages":[{"id":"x","from":"a","to":"b","at":"2024-01-01T00:00:00Z","text":"hello"}]}`
	return strings.Replace(text, old, replacement, 1)
}

func TestJSONLinesProblems(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text, field, what string
		lost                    bool
		messages                int
	}{
		{"nothing", talk("", ""), "", "", false, 1},
		{"broken", `{"conversation":`, "", "no well-formed JSON", true, 0},
		{"list", `[]`, "", "where an object is expected", true, 0},
		{"no id", talk(`"conversation":"c",`, ``), "conversation", `"line 1"`, false, 1},
		{"id of another kind", talk(`"conversation":"c"`, `"conversation":{}`), "conversation", "no string", false, 1},
		{"channel", talk(`private`, `tunnel`), "channel", `"tunnel"`, false, 1},
		{"age band", talk(`"adult"`, `"15-13"`), "participants.age_band", `"15-13"`, false, 1},
		{"age confidence", talk(`"age_confidence":1`, `"age_confidence":1.5`), "participants.age_confidence", "0 to 1", false, 1},
		{"followers", talk(`"followers":0`, `"followers":-1`), "participants.followers", "whole number", false, 1},
		{"participant twice", talk(`{"id":"b"}`, `{"id":"b"},{"id":"b"}`), "participants.id", "twice", false, 1},
		{"participant without id", talk(`{"id":"b"}`, `{"id":"b"},{}`), "participants.id", "empty", true, 1},
		{"participants are no list", talk(`[{"id":"a","age_band":"adult","age_confidence":1,"followers":0},{"id":"b"}]`, `3`), "participants", "no list", true, 1},
		{"relation to oneself", talk(`"b":"b"`, `"b":"a"`), "relations", "two different", true, 1},
		{"mutual", talk(`"mutual":0`, `"mutual":1.5`), "relations.mutual", "whole number", false, 1},
		{"stranger writes", talk(`"from":"a"`, `"from":"z"`), "messages.from", `"z" is no participant`, false, 1},
		{"stranger receives", talk(`"to":"b"`, `"to":["z"]`), "messages.to", `"z" is no participant`, false, 1},
		{"receivers", talk(`"to":"b"`, `"to":["b",[]]`), "messages.to", "no participant's id", false, 1},
		{"from nobody", talk(`"from":"a",`, ``), "messages.from", "message 1 is from nobody", true, 0},
		{"no time", talk(`"at":"2024-01-01T00:00:00Z",`, ``), "messages.at", "no time", false, 1},
		{"no zone", talk(`00:00Z`, `00:00`), "messages.at", "no zone", false, 1},
		{"year 1", talk(`2024-01-01T00:00:00Z`, `0001-01-01T00:00:00Z`), "messages.at", "year 1 is", false, 1},
		{"year 2201", talk(`2024-01-01T00:00:00Z`, `2201-01-01T00:00:00Z`), "messages.at", "year 2201 is", false, 1},
		{"no such time", talk(`2024-01-01T00:00:00Z`, `2024-13-01T00:00:00Z`), "messages.at", "no RFC 3339", false, 1},
		{"unknown act", talk(`"text":"hello"`, `"act":"wave"`), "messages.act", `"wave" is no known act`, true, 0},
		{"unknown act beside text", talk(`"text":"hello"`, `"text":"hello","act":"wave"`), "messages.act", `"wave" is no known act`, true, 1},
		{"says nothing", talk(`"text":"hello"`, `"text":""`), "messages", "says and does nothing", false, 0},
		{"text of another kind", talk(`"text":"hello"`, `"text":["hello"],"act":"refusal"`), "messages.text", "no string", false, 1},
		{"negative score", talk(`"text":"hello"`, `"act":"category","category":"violence","score":-0.1`), "messages.score", "0 to 1", true, 0},
		{"no score", talk(`"text":"hello"`, `"act":"category","category":"violence"`), "messages.score", "0 to 1", true, 0},
		{"endless score", talk(`"text":"hello"`, `"act":"category","category":"violence","score":1e999`), "messages.score", "0 to 1", true, 0},
		{"no category", talk(`"text":"hello"`, `"act":"category","score":0.1`), "messages.category", "names no category", true, 0},
		{"negative amount", talk(`"text":"hello"`, `"act":"payment","amount":-3`), "messages.amount", "unknown", true, 1},
		{"media", talk(`"text":"hello"`, `"media":"scent"`), "messages.media", `"scent"`, false, 1},
		{"same message twice", talk(`"text":"hello"}`, `"text":"hello"},{"id":"x","from":"a","to":"b","at":"2024-01-01T00:00:00Z","text":"hello"}`), "messages.id", "is there twice", false, 1},
		{"same id twice", talk(`"text":"hello"}`, `"text":"hello"},{"id":"x","from":"b","to":"a","at":"2024-01-01T00:00:00Z","text":"hello"}`), "messages.id", `called "x-2"`, false, 2},
		{"message of another kind", talk(`"messages":[`, `"messages":[4,`), "messages", "a number stands where an object", true, 1},
		{"no messages", `{"conversation":"c"}`, "messages", "there are none", false, 0},
		{"invalid UTF-8", talk(`hello`, "hel\xfflo"), "", "UTF-8", false, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			all, r := read(t, test.text, "f.jsonl", lines)
			n := 0
			for _, c := range all {
				n += len(c.Messages)
			}
			if n != test.messages {
				t.Errorf("%d messages, want %d", n, test.messages)
			}
			if test.what == "" {
				if p := r.Problems(); len(p) > 0 {
					t.Errorf("problems: %v", p)
				}
				return
			}
			p := r.Problems()
			if !slices.ContainsFunc(p, func(p chatfile.Problem) bool {
				return p.File == "f.jsonl" && p.Line == 1 && p.Field == test.field && strings.Contains(p.What, test.what) && p.Lost == test.lost
			}) {
				t.Errorf("problems: %v; want one of %q with %q, lost %t", p, test.field, test.what, test.lost)
			}
			if total, lost := r.Counts(); total != len(p) || (lost > 0) != test.lost {
				t.Errorf("counts: %d problems, %d lost", total, lost)
			}
			strict := chatfile.New(strings.NewReader(test.text), "f.jsonl", chatfile.Options{Format: chatfile.JSONLines, Strict: true})
			var err error
			for c, e := range strict.All() {
				if err = e; c != nil {
					t.Errorf("a strict reader returned the conversation %q", c.ID)
				}
			}
			if err == nil || err.Error() != p[0].Error() {
				t.Errorf("strict: %v, want %v", err, p[0])
			}
		})
	}
}

// A bad line costs itself only.
func TestJSONLinesGoOn(t *testing.T) {
	t.Parallel()
	all, r := read(t, talk(`"c"`, `"1"`)+"\r\n\r\n{{\n"+talk(`"c"`, `"2"`)+"\n"+talk(`"c"`, `"2"`), "f", lines)
	var ids []string
	for _, c := range all {
		ids = append(ids, c.ID)
	}
	if !slices.Equal(ids, []string{"1", "2", "2"}) {
		t.Errorf("conversations: %q", ids)
	}
	p := r.Problems()
	if len(p) != 2 || p[0].Line != 3 || !p[0].Lost || p[1].Line != 5 || p[1].Lost {
		t.Errorf("problems: %v", p)
	}
}
