package chatfile_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/jaga-project/jaga/internal/chatfile"
)

// encode writes text as UTF-16.
func encode(text string, order binary.AppendByteOrder, mark bool) string {
	var b []byte
	if mark {
		b = order.AppendUint16(b, 0xFEFF)
	}
	for _, u := range utf16.Encode([]rune(text)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

// The same conversation is read whatever the encoding and the line ends.
func TestEncodings(t *testing.T) {
	t.Parallel()
	for _, s := range samples {
		text := string(sample(t, s.file))
		opt := chatfile.Options{Location: wib}
		want, plain := read(t, text, s.file, opt)
		for name, form := range map[string]string{
			"byte order mark": "\uFEFF" + text,
			"CRLF":            strings.ReplaceAll(text, "\n", "\r\n"),
			"UTF-16LE":        encode(text, binary.LittleEndian, true),
			"UTF-16BE":        encode(text, binary.BigEndian, true),
			"UTF-16LE, bare":  encode(text, binary.LittleEndian, false),
			"UTF-16BE, bare":  encode(text, binary.BigEndian, false),
		} {
			if name == "CRLF" && s.file == "discord-package.csv" {
				continue // encoding/csv turns the line end within a field into one sign
			}
			got, r := read(t, form, s.file, opt)
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%s, %s: %s", s.file, name, d)
			}
			if d := cmp.Diff(plain.Problems(), r.Problems()); d != "" {
				t.Errorf("%s, %s: %s", s.file, name, d)
			}
		}
	}
	c, _ := one(t, encode("a: \U0001F382\n", binary.LittleEndian, true)+"\x3c\xd8", "x", chatfile.Options{Format: chatfile.Plain})
	if got := c.Messages[0].Text; got != "\U0001F382\n\uFFFD" {
		t.Errorf("pairs of surrogates: %q", got)
	}
}

func TestSmallReads(t *testing.T) {
	t.Parallel()
	for _, s := range samples {
		text := string(sample(t, s.file))
		want, _ := read(t, text, s.file, chatfile.Options{})
		var got []*chatfile.Conversation
		for c, err := range chatfile.New(iotest.OneByteReader(strings.NewReader(text)), s.file, chatfile.Options{}).All() {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, c)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", s.file, d)
		}
	}
}

// A file that cannot be read to its end is an error, and what was read before
// it is not lost.
func TestInputFails(t *testing.T) {
	t.Parallel()
	broken := errors.New("the disk is gone")
	for _, s := range samples {
		text := sample(t, s.file)
		text = text[:len(text)*3/4]
		var last error
		n := 0
		for c, err := range chatfile.New(io.MultiReader(bytes.NewReader(text), iotest.ErrReader(broken)), s.file, chatfile.Options{}).All() {
			if last = err; c != nil {
				n += len(c.Messages)
			}
		}
		if !errors.Is(last, broken) {
			t.Errorf("%s: %v, want %v", s.file, last, broken)
		}
		if n == 0 && s.file != "own-spread.json" {
			t.Errorf("%s: no message of those before the failure", s.file)
		}
	}
}

// An export that breaks off is told of.
func TestBrokenOff(t *testing.T) {
	t.Parallel()
	for _, s := range samples {
		switch s.format {
		case chatfile.Plain, chatfile.WhatsApp:
			continue // text has no end of its own
		}
		text := string(sample(t, s.file))
		if strings.HasSuffix(s.file, ".csv") {
			text += `1,2024-01-01 00:00:00,"a`
			s.file = "x.csv"
			if _, r := read(t, text, s.file, chatfile.Options{}); len(r.Problems()) < 1 {
				t.Errorf("%s: %v", s.file, r.Problems())
			}
			continue
		}
		_, r := read(t, text[:len(text)-12], s.file, chatfile.Options{Format: s.format})
		if _, lost := r.Counts(); lost == 0 {
			t.Errorf("%s: %v", s.file, r.Problems())
		}
	}
}

func TestStops(t *testing.T) {
	t.Parallel()
	r := chatfile.New(bytes.NewReader(sample(t, "telegram-all-en.json")), "x", chatfile.Options{})
	n := 0
	for range r.All() {
		n++
		break
	}
	if n != 1 {
		t.Errorf("%d conversations before the break", n)
	}
	for _, err := range r.All() {
		if err == nil {
			t.Error("a file was read twice")
		}
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	text := strings.Repeat(talk("", "")+"\n", 1000)
	var last int64
	calls := 0
	read(t, text, "x.jsonl", chatfile.Options{Progress: func(n int64) {
		if n < last {
			t.Errorf("%d bytes after %d", n, last)
		}
		last = n
		calls++
	}})
	if last != int64(len(text)) || calls < 2 {
		t.Errorf("%d bytes in %d calls, want %d", last, calls, len(text))
	}
}

func TestDetect(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		head, name string
		want       chatfile.Format
	}{
		{`{"conversation":"c"}`, "-", chatfile.JSONLines},
		{"{\"conversation\":\n\"c\"", "x.json", chatfile.JSON},
		{"{\"conversation\":\n\"c\"", "x.JSONL", chatfile.JSONLines},
		{`{"messages":[],"conversation":"c"}`, "-", chatfile.JSONLines},
		{`{"name":"a","type":"personal_chat","id":1,"messages":[{"text":"\"guild\" \"conversation\""`, "-", chatfile.Telegram},
		{`{"guild":{"id":"1"},"channel":{`, "-", chatfile.Discord},
		{`{"participants":[{"name":"a"}],"messages":[{"sender_name":"a"`, "-", chatfile.Instagram},
		{`[{"ID":1,"Timestamp":`, "-", chatfile.DiscordPackage},
		{`[{"conversation":`, "-", chatfile.JSON},
		{"ID,Timestamp,Contents,Attachments\n", "messages.csv", chatfile.DiscordPackage},
		{"31/12/23, 21:15 - A: b", "-", chatfile.WhatsApp},
		{"[31/12/23, 21:15:00] A: b", "-", chatfile.WhatsApp},
		{"[31/12/23, 21:15] A: b", "-", chatfile.Plain},
		{"A: 31/12/23, 21:15 - B: c", "-", chatfile.Plain},
		{"a: b", "-", chatfile.Plain},
		{"", "-", chatfile.Plain},
		{"PK\x03\x04abc", "chat.zip", ""},
		{"<!DOCTYPE html>", "messages.html", ""},
		{"a\x00b", "-", ""},
	} {
		if got := chatfile.Detect([]byte(test.head), test.name); got != test.want {
			t.Errorf("%q: %q, want %q", test.head, got, test.want)
		}
	}
}

func TestUnknownFormat(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text   string
		format chatfile.Format
		want   string
	}{
		{"PK\x03\x04\x00", "", "ZIP"},
		{"<html>", "", "web page"},
		{"%PDF-1.7", "", "PDF"},
		{"a\x00\x01\x02", "", "no text"},
		{"a: b", "morse", `"morse"`},
	} {
		var last error
		for _, err := range chatfile.New(strings.NewReader(test.text), "x", chatfile.Options{Format: test.format}).All() {
			last = err
		}
		if last == nil || !strings.Contains(last.Error(), test.want) {
			t.Errorf("%q: %v, want %q", test.text, last, test.want)
		}
	}
	for _, f := range chatfile.Formats() {
		if _, r := read(t, "", "x", chatfile.Options{Format: f}); len(r.Problems()) == 0 {
			t.Errorf("%s: an empty file is no problem", f)
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	t.Run("text", func(t *testing.T) {
		t.Parallel()
		long := strings.Repeat("é", chatfile.MaxText/2) + "é"
		for _, text := range []string{talk("hello", long)} {
			c, r := one(t, text, "x.jsonl", lines)
			if n := len(c.Messages[0].Text); n != chatfile.MaxText || !told(r, "longer than", true) {
				t.Errorf("%d bytes of text; %v", n, r.Problems())
			}
		}
		c, r := one(t, "a: "+strings.Repeat(strings.Repeat("é", 50)+"\n", chatfile.MaxText/90), "x.txt", chatfile.Options{Format: chatfile.Plain})
		if n := len(c.Messages[0].Text); n > chatfile.MaxText || n < chatfile.MaxText-4 || !told(r, "longer than", true) {
			t.Errorf("%d bytes of text; %v", n, r.Problems())
		}
	})
	t.Run("line", func(t *testing.T) {
		t.Parallel()
		all, r := read(t, talk("hello", strings.Repeat("a", 2000))+"\n"+talk("", ""), "x.jsonl", chatfile.Options{MaxLine: 1000})
		if p := r.Problems(); len(all) != 1 || len(p) != 1 || p[0].Line != 1 || !p[0].Lost {
			t.Errorf("%d conversations; %v", len(all), p)
		}
		for _, s := range samples {
			if !strings.HasSuffix(s.file, ".json") {
				continue
			}
			// One value that is longer than the bound ends the file.
			text := strings.Replace(string(sample(t, s.file)), "halo", "", 1) + strings.Repeat(" ", 100) + `["` + strings.Repeat("a", 1<<20) + `"]`
			_, r := read(t, text, s.file, chatfile.Options{Format: s.format, MaxLine: 1 << 16})
			if _, lost := r.Counts(); lost == 0 {
				t.Errorf("%s: nothing is lost; %v", s.file, r.Problems())
			}
		}
	})
	t.Run("problems", func(t *testing.T) {
		t.Parallel()
		n := chatfile.MaxProblems + 5
		_, r := read(t, strings.Repeat("x\n", n), "x.jsonl", lines)
		if total, lost := r.Counts(); total != n || lost != n || len(r.Problems()) != chatfile.MaxProblems {
			t.Errorf("%d problems, %d lost, %d kept", total, lost, len(r.Problems()))
		}
	})
	t.Run("participants", func(t *testing.T) {
		t.Parallel()
		var b strings.Builder
		b.WriteString(`{"conversation":"c","participants":[{"id":"a"}`)
		for i := range chatfile.MaxParticipants {
			fmt.Fprintf(&b, `,{"id":%d}`, i)
		}
		b.WriteString(`],"messages":[{"from":"a","text":"x"},{"from":"z","text":"x"},{"from":"a","to":"z","text":"x"}]}`)
		c, r := one(t, b.String(), "x.jsonl", lines)
		if len(c.Participants) != chatfile.MaxParticipants || len(c.Messages) != 1 || !told(r, "more than 1000000", true) {
			t.Errorf("%d participants, %d messages; %v", len(c.Participants), len(c.Messages), r.Problems())
		}
	})
	t.Run("depth", func(t *testing.T) {
		t.Parallel()
		for _, f := range chatfile.Formats() {
			_, r := read(t, `{"x":`+strings.Repeat("[", 100_000), "x", chatfile.Options{Format: f})
			if n, _ := r.Counts(); n == 0 {
				t.Errorf("%s: a broken file is no problem", f)
			}
		}
	})
	t.Run("one id", func(t *testing.T) {
		t.Parallel()
		const n = 50_000
		var b strings.Builder
		b.WriteString(`{"conversation":"c","messages":[`)
		for i := range n {
			fmt.Fprintf(&b, `{"id":"m","from":"a","text":"%d"},`, i)
		}
		b.WriteString(`{"from":"a","text":"last"}]}`)
		c, _ := one(t, b.String(), "x.jsonl", lines)
		if len(c.Messages) != n+1 || c.Messages[n-1].ID != fmt.Sprintf("m-%d", n) {
			t.Errorf("%d messages, the last but one is %q", len(c.Messages), c.Messages[n-1].ID)
		}
	})
}

func BenchmarkJSONLines(b *testing.B) {
	text := []byte(strings.Repeat(talk("", "")+"\n", 1000))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		for range chatfile.New(bytes.NewReader(text), "x.jsonl", chatfile.Options{}).All() {
		}
	}
}

func BenchmarkWhatsApp(b *testing.B) {
	text := []byte(strings.Repeat("31/12/23, 21:15 - Rina: Latihan jam lima, ya.\n", 10_000))
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		for range chatfile.New(bytes.NewReader(text), "x.txt", chatfile.Options{}).All() {
		}
	}
}
