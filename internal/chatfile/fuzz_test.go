package chatfile_test

import (
	"bytes"
	"slices"
	"testing"
	"unicode/utf8"

	"github.com/jaga-project/jaga/internal/chatfile"
)

func FuzzJSONLines(f *testing.F) {
	fuzz(f, chatfile.JSONLines,
		`{"conversation":"c","messages":[{"from":"a","to":["b",1,null,{}],"at":"2024-01-01T00:00:00Z","text":"hi"}]}`,
		`{"messages":[{"id":"m2","from":"a","act":"block"},{"from":"a","act":"report"},{"id":"m2","from":"a","act":"gift","amount":-1}]}`,
		`{"participants":[{"id":"a","age_band":"0-0"},{"id":"a"},7],"relations":[{"a":"a","b":"b"}]}`,
		"{\"conversation\":\"\xff\",\"messages\":{}}\n\x00\n[]")
}

func FuzzJSON(f *testing.F) {
	fuzz(f, chatfile.JSON, "[\n{\"conversation\":\"c\"},\n3]", `{"conversation":"a"} {"conversation":"b"} ]`, "[", " ")
}

func FuzzPlain(f *testing.F) {
	fuzz(f, chatfile.Plain, "a: b\nc", "[21.15, 31/12/2023] a: b\n[01/02/03 4:05 pm] a:\n[5:00] c: d", "\xff: \xfe\n\n:\n: a")
}

func FuzzWhatsApp(f *testing.F) {
	fuzz(f, chatfile.WhatsApp,
		"[1/2/24, 3:04:05 AM] \u200eA: \u200eA left\nmore",
		"1/2/24 3.04 - A added B and C, D\n30/2/24 3.04 - A: b\n1/30/24 3.04 - A:\n",
		"2024-01-02, 03:04 - A: \u200evideo omitted <This message was edited>\n0/0/0 0:0 - A: x")
}

func FuzzTelegram(f *testing.F) {
	fuzz(f, chatfile.Telegram,
		`{"name":1,"messages":[{"type":"service","action":"invite_members","members":["x","x",null]},{"id":1,"text":[{},[],1]}],"id":{}}`,
		`{"chats":{"list":[{"messages":[{"from":"a","date":"x","text":"b","media_type":"sticker"}]},3]},"messages":[]}`, `{"messages":[`)
}

func FuzzDiscord(f *testing.F) {
	fuzz(f, chatfile.Discord,
		`{"channel":{"id":1},"messages":[{"type":"RecipientAdd","mentions":[{"id":"2"},{}]},{"author":{"name":"x"},"attachments":[{"url":"a.mp4?b"}]}]}`,
		`{"guild":{},"channel":[],"messages":[{"attachments":3,"stickers":[{}]}]}`)
}

func FuzzDiscordPackage(f *testing.F) {
	fuzz(f, chatfile.DiscordPackage, "ID,Timestamp,Contents\n1,2,\"3\n4\",5,6\n\"", `[{"ID":1},{"Contents":"x"},[]]`, `{}`)
}

func FuzzInstagram(f *testing.F) {
	fuzz(f, chatfile.Instagram,
		`{"messages":[{"sender_name":"\u00c3\u00ab","timestamp_ms":1e99,"content":"\u00c3"},{"sender_name":"a","share":{},"photos":[ ]}],"participants":[{"name":"a"},{"name":"a"}]}`,
		`{"thread_path":"a/","messages":[{"sender_name":"b","timestamp_ms":-1,"call_duration":0}]}`)
}

// fuzz reads whatever it is given as one format and as the one it seems to be.
func fuzz(f *testing.F, format chatfile.Format, seeds ...string) {
	for _, s := range samples {
		if s.format == format {
			f.Add(sample(f, s.file))
		}
	}
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, opt := range []chatfile.Options{{Format: format}, {}, {Format: format, MaxLine: 64}} {
			keepsPromises(t, data, opt)
		}
	})
}

// keepsPromises checks what the documentation says of every conversation.
func keepsPromises(t *testing.T, data []byte, opt chatfile.Options) {
	t.Helper()
	r := chatfile.New(bytes.NewReader(data), "f", opt)
	for c, err := range r.All() {
		if err != nil {
			if opt.Format != "" {
				t.Fatalf("an error that is no problem: %v", err)
			}
			return
		}
		if c.ID == "" || !utf8.ValidString(c.ID) || !slices.Contains([]string{"", "private", "group", "public", "live"}, c.Channel) {
			t.Errorf("id %q, channel %q", c.ID, c.Channel)
		}
		people := map[string]bool{}
		for _, p := range c.Participants {
			if p.ID == "" || people[p.ID] || !utf8.ValidString(p.ID+p.Name) || p.AgeBand == "" || p.Confidence < 0 || p.Confidence > 1 || p.Followers < 0 {
				t.Errorf("participant %+v", p)
			}
			people[p.ID] = true
		}
		for _, rel := range c.Relations {
			if !people[rel.A] || !people[rel.B] || rel.A == rel.B {
				t.Errorf("relation %+v", rel)
			}
		}
		ids := map[string]bool{}
		for _, m := range c.Messages {
			if m.ID == "" || ids[m.ID] || !utf8.ValidString(m.ID) {
				t.Errorf("message id %q", m.ID)
			}
			ids[m.ID] = true
			if !people[m.From] || slices.ContainsFunc(m.To, func(id string) bool { return !people[id] }) {
				t.Errorf("from %q to %q", m.From, m.To)
			}
			if !utf8.ValidString(m.Text) || m.Text == "" && m.Act == "" && m.Media == "" || m.Line < 1 || m.Line > 1+bytes.Count(data, []byte("\n")) {
				t.Errorf("message %+v", m)
			}
			if y := m.At.Year(); !m.At.IsZero() && (y < 1990 || y > 2200) {
				t.Errorf("time %v", m.At)
			}
			if m.Score < 0 || m.Score > 1 || m.Amount < 0 {
				t.Errorf("message %+v", m)
			}
		}
	}
	if total, lost := r.Counts(); total < len(r.Problems()) || lost > total {
		t.Errorf("%d problems, %d lost, %d kept", total, lost, len(r.Problems()))
	}
}
