package chatfile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/internal/chatfile"
)

// said lists what is in a conversation: sender, act, media and text.
func said(c *chatfile.Conversation) string {
	var b strings.Builder
	for _, m := range c.Messages {
		fmt.Fprintf(&b, "%s|%s|%s|%s\n", m.From, m.Act, m.Media, m.Text)
	}
	return b.String()
}

// Odd messages of the exports, one at a time, after an ordinary one.
func TestExportMessages(t *testing.T) {
	t.Parallel()
	telegram := func(m string) string {
		return `{"name":"n","type":"private_group","id":1,"messages":[{"id":1,"type":"message","date_unixtime":"1704456000","from":"A","from_id":"user1","text":"hi"},` + m + `]}`
	}
	discord := func(m string) string {
		return `{"guild":{},"channel":{"id":"1"},"messages":[{"id":"1","timestamp":"2024-01-01T00:00:00Z","author":{"id":"9","name":"A"},"content":"hi"},` + m + `]}`
	}
	instagram := func(m string) string {
		return `{"participants":[{"name":"A"}],"messages":[` + m + `,{"sender_name":"A","timestamp_ms":1704456000000,"content":"hi"}]}`
	}
	tests := []struct {
		name, text string
		format     chatfile.Format
		want, told string
		lost       bool
	}{
		{"from nobody", telegram(`{"id":2,"type":"message","date_unixtime":"1704456001","text":"x"}`), chatfile.Telegram, "", "from nobody", true},
		{"without an id of the sender", telegram(`{"id":2,"type":"message","date_unixtime":"1704456001","from":"B","text":"x"}`), chatfile.Telegram, "B|||x\n", "", false},
		{"no time", telegram(`{"id":2,"type":"message","from":"B","text":"x"}`), chatfile.Telegram, "B|||x\n", "no time", false},
		{"absurd time", telegram(`{"id":2,"type":"message","date":"1969-01-01T00:00:00","date_unixtime":"99999999999999","from":"B","text":"x"}`), chatfile.Telegram, "B|||x\n", "no time", false},
		{"text of another kind", telegram(`{"id":2,"type":"message","date_unixtime":"1704456001","from":"B","text":["x",false,{"text":"y"}]}`), chatfile.Telegram, "B|||xy\n", "no text", true},
		{"no object", telegram(`7`), chatfile.Telegram, "", "a number stands", true},
		{"document", telegram(`{"id":2,"type":"message","date_unixtime":"1704456001","from":"B","file":"x","mime_type":"image/png","text":""}`), chatfile.Telegram, "B||image|\n", "", false},
		{"gift", telegram(`{"id":2,"type":"service","date_unixtime":"1704456001","actor":"B","actor_id":"user2","action":"send_star_gift","text":""}`), chatfile.Telegram, "user2|gift||\n", "", false},
		{"unsorted", telegram(`{"id":2,"type":"message","date_unixtime":"1704450000","from":"B","text":"earlier"}`), chatfile.Telegram, "", "", false},
		{"the same id", telegram(`{"id":1,"type":"message","date_unixtime":"1704456001","from":"B","text":"x"}`), chatfile.Telegram, "B|||x\n", `"1-2"`, false},

		{"from nobody", discord(`{"id":"2","timestamp":"2024-01-01T00:00:01Z","content":"x"}`), chatfile.Discord, "", "from nobody", true},
		{"somebody is added", discord(`{"id":"2","type":"RecipientAdd","timestamp":"2024-01-01T00:00:01Z","content":"Added B.","author":{"id":"9"},"mentions":[{"id":"8","name":"B"}]}`), chatfile.Discord, "8|join||\n", "", false},
		{"somebody leaves", discord(`{"id":"2","type":"RecipientRemove","timestamp":"2024-01-01T00:00:01Z","content":"Left.","author":{"id":"9"},"mentions":[]}`), chatfile.Discord, "9|leave||\n", "", false},
		{"two files", discord(`{"id":"2","timestamp":"2024-01-01T00:00:01Z","content":"","author":{"id":"9"},"attachments":[{"fileName":"a.pdf"},{"url":"https://example.org/b.mp4?x=1.png"}]}`), chatfile.Discord, "9||video|\n", "", false},
		{"a sticker", discord(`{"id":"2","timestamp":"2024-01-01T00:00:01Z","content":"","author":{"id":"9"},"stickers":[{"id":"1"}]}`), chatfile.Discord, "9||image|\n", "", false},
		{"no time", discord(`{"id":"2","timestamp":"soon","content":"x","author":{"id":"9"}}`), chatfile.Discord, "9|||x\n", "no RFC 3339", false},

		{"from nobody", instagram(`{"timestamp_ms":1704456001000,"content":"x"}`), chatfile.Instagram, "", "from nobody", true},
		{"no time", instagram(`{"sender_name":"A","content":"x"}`), chatfile.Instagram, "A|||x\n", "no time", false},
		{"one who left", instagram(`{"sender_name":"B","timestamp_ms":1704456001000,"content":"x"}`), chatfile.Instagram, "B|||x\n", "", false},
		{"nothing", instagram(`{"sender_name":"A","timestamp_ms":1704456001000}`), chatfile.Instagram, "A||file|\n", "", false},
		{"bytes as Latin-1", instagram(`{"sender_name":"A","timestamp_ms":1704456001000,"content":"caf\u00c3\u00a9"}`), chatfile.Instagram, "A|||café\n", "", false},
		{"real Latin-1", instagram(`{"sender_name":"A","timestamp_ms":1704456001000,"content":"caf\u00e9"}`), chatfile.Instagram, "A|||café\n", "", false},
		{"repaired already", instagram(`{"sender_name":"A","timestamp_ms":1704456001000,"content":"\u2019\u00c3\u00a9"}`), chatfile.Instagram, "A|||’Ã©\n", "", false},
		{"voice", instagram(`{"sender_name":"A","timestamp_ms":1704456001000,"photos":[ ],"audio_files":[{"uri":"x"}]}`), chatfile.Instagram, "A||audio|\n", "", false},
		{"share with words", instagram(`{"sender_name":"A","timestamp_ms":1704456001000,"content":"look","share":{"link":"https://example.org"}}`), chatfile.Instagram, "A|||look\nhttps://example.org\n", "", false},
		{"share", instagram(`{"sender_name":"A","timestamp_ms":1704456001000,"content":"Anda mengirim lampiran.","share":{"link":"https://example.org"}}`), chatfile.Instagram, "A|||https://example.org\n", "", false},
		{"a name twice", strings.Replace(instagram(`{"sender_name":"A","timestamp_ms":1704456001000,"content":"x"}`), `{"name":"A"}`, `{"name":"A"},{"name":"A"}`, 1), chatfile.Instagram, "A|||x\n", "cannot be told apart", false},
	}
	first := map[chatfile.Format]string{chatfile.Telegram: "user1|||hi\n", chatfile.Discord: "9|||hi\n", chatfile.Instagram: "A|||hi\n"}
	for _, test := range tests {
		t.Run(string(test.format)+"/"+test.name, func(t *testing.T) {
			t.Parallel()
			c, r := one(t, test.text, "x.json", chatfile.Options{})
			want := first[test.format] + test.want
			if test.name == "unsorted" {
				want = "B|||earlier\n" + want
			}
			if got := said(c); got != want {
				t.Errorf("%q, want %q; %v", got, want, r.Problems())
			}
			if r.Format() != test.format {
				t.Errorf("format %q", r.Format())
			}
			if p := r.Problems(); test.told == "" && len(p) > 0 || test.told != "" && !told(r, test.told, test.lost) {
				t.Errorf("problems %v, want %q", p, test.told)
			}
		})
	}
}

// Values may stand in a list with anything between them.
func TestJSONList(t *testing.T) {
	t.Parallel()
	all, r := read(t, "[\n{\"conversation\":\"a\\\"]\\\\\",\"messages\":[]},3,\n\"x\\\\\",\n[[1]], {\"conversation\":\"b\",\n\"messages\":[{}]}\n]\n\n{\"conversation\":\"c\",\"messages\":[]}", "x.json", chatfile.Options{})
	var got []string
	for _, c := range all {
		got = append(got, c.ID)
	}
	for _, p := range r.Problems() {
		got = append(got, fmt.Sprint(p.Line))
	}
	if s := strings.Join(got, " "); r.Format() != chatfile.JSON || s != `a"]\ b c 2 3 4 4` {
		t.Errorf("%s: %s; %v", r.Format(), s, r.Problems())
	}
}

func TestPlain(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want, told string }{
		{"Ana: hi\nBen: hello", "Ana|||hi\nBen|||hello\n", "without a time: 2"},
		{"Ana: hi\n\nsecond paragraph\n\nBen: hello", "Ana|||hi\n\nsecond paragraph\nBen|||hello\n", ""},
		{"Ana: hi\nhttps://example.org: here\nat 10:30", "Ana|||hi\nhttps://example.org: here\nat 10:30\n", ""},
		{"Ana: hi\nThis is a longer sentence here: right", "Ana|||hi\nThis is a longer sentence here: right\n", ""},
		{"[10:30] Ana: hi", "Ana|||hi\n", "without a time: 1"},
		{"[note] Ana: hi\nBen: x", "Ben|||x\n", "left out"},
		{"Ana:\nhi", "Ana|||hi\n", ""},
		{"Ana:", "", "empty"},
	}
	for _, test := range tests {
		all, r := read(t, test.text, "x.txt", chatfile.Options{Format: chatfile.Plain})
		var got strings.Builder
		for _, c := range all {
			got.WriteString(said(c))
		}
		if got.String() != test.want {
			t.Errorf("%q: %q, want %q", test.text, got.String(), test.want)
		}
		found := false
		for _, p := range r.Problems() {
			found = found || strings.Contains(p.What, test.told)
		}
		if !found {
			t.Errorf("%q: %v, want %q", test.text, r.Problems(), test.told)
		}
	}
}
