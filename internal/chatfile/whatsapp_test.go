package chatfile_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/chatfile"
)

var whatsApp = chatfile.Options{Format: chatfile.WhatsApp}

// one reads a chat that must be one conversation.
func one(t *testing.T, text, name string, opt chatfile.Options) (*chatfile.Conversation, *chatfile.Reader) {
	t.Helper()
	all, r := read(t, text, name, opt)
	if len(all) != 1 {
		t.Fatalf("%d conversations, want 1; problems: %v", len(all), r.Problems())
	}
	return all[0], r
}

func told(r *chatfile.Reader, what string, lost bool) bool {
	return slices.ContainsFunc(r.Problems(), func(p chatfile.Problem) bool {
		return strings.Contains(p.What, what) && p.Lost == lost
	})
}

func TestWhatsAppTimes(t *testing.T) {
	t.Parallel()
	want := time.Date(2023, 12, 31, 21, 15, 0, 0, time.UTC)
	for _, when := range []string{
		"12/31/23, 9:15 PM - ", "12/31/23, 9:15\u202fPM - ", "31/12/23, 9:15 pm - ", "31/12/23, 9:15 p.m. - ", "31/12/23, 9:15 p.\u00a0m. - ",
		"31/12/2023, 21:15 - ", "31/12/2023 21.15 - ", "31/12/23 21.15 - ", "31.12.23, 21:15 - ", "31-12-2023 21:15 - ", "2023-12-31, 21:15 - ",
		"31/12/2023 pukul 21.15 - ", "\u200e31/12/2023, 21:15 - ", "31/12/2023, 21:15 – ",
		"[31/12/23, 21:15:00] ", "[31/12/23 21.15.00] ", "[12/31/23, 9:15:00\u202fPM] ", "\u200e[31/12/2023, 21:15:00] ", "[2023-12-31, 21:15:00] ",
		"[21.15, 31/12/2023] ", "[9:15 PM, 12/31/2023] ",
	} {
		c, r := one(t, when+"Rina: halo", "x.txt", whatsApp)
		if m := c.Messages[0]; !m.At.Equal(want) || m.Text != "halo" || m.From != "Rina" {
			t.Errorf("%q: %v %q from %q", when, m.At, m.Text, m.From)
		}
		if p := r.Problems(); len(p) > 0 {
			t.Errorf("%q: %v", when, p)
		}
	}
	if c, _ := one(t, "12/31/23, 12:05 AM - A: x\n12/31/23, 12:05 PM - A: y", "x.txt", whatsApp); c.Messages[0].At.Hour() != 0 || c.Messages[1].At.Hour() != 12 {
		t.Errorf("noon and midnight: %v", c.Messages)
	}
	// What only looks like a time belongs to the text before it.
	for _, line := range []string{"32/13/23, 9:15 PM - B: x", "1/2/23, 25:00 - B: x", "1/2/23, 13:61 - B: x", "1/2/23, 21:15 PM - B: x", "1/2-23, 9:15 - B: x", "12 - B: x", "[] B: x", "31/2/24, 1:00 - B: x"} {
		if c, _ := one(t, "12/31/23, 9:15 PM - A: a\n"+line, "x.txt", whatsApp); len(c.Messages) != 1 || c.Messages[0].Text != "a\n"+line {
			t.Errorf("%q: %+v", line, c.Messages)
		}
	}
}

func TestWhatsAppDayOrMonth(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		lines []string
		want  []string // year-month-day
		doubt string
	}{
		{"a day beyond 12 later on", []string{"1/2/24, 10:00 - A: x", "13/2/24, 10:00 - A: x"}, []string{"2024-02-01", "2024-02-13"}, ""},
		{"a month cannot be 13", []string{"1/2/24, 10:00 - A: x", "1/13/24, 10:00 - A: x"}, []string{"2024-01-02", "2024-01-13"}, ""},
		{"time runs forward by day", []string{"3/1/24, 10:00 - A: x", "1/2/24, 10:00 - A: x"}, []string{"2024-01-03", "2024-02-01"}, ""},
		{"time runs forward by month", []string{"1/3/24, 10:00 - A: x", "2/1/24, 10:00 - A: x"}, []string{"2024-01-03", "2024-02-01"}, ""},
		{"Indonesian", []string{"1/2/24, 10:00 AM - A: <Media tidak disertakan>"}, []string{"2024-02-01"}, "as in Indonesian"},
		{"American", []string{"1/2/24, 10:00 AM - A: x"}, []string{"2024-01-02"}, "American"},
		{"neither", []string{"1/2/24, 10:00 - A: x"}, []string{"2024-02-01"}, "day/month"},
		{"points", []string{"1.2.24, 10:00 AM - A: x"}, []string{"2024-02-01"}, "signs"},
		{"mixed", []string{"13/1/24, 10:00 - A: x", "14/1/24, 10:00 - A: x", "1/15/24, 10:00 - A: x"}, []string{"2024-01-13", "2024-01-14", "0001-01-01"}, "some dates"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, r := one(t, strings.Join(test.lines, "\n"), "x.txt", whatsApp)
			var got []string
			for _, m := range c.Messages {
				got = append(got, m.At.Format(time.DateOnly))
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("%v, want %v", got, test.want)
			}
			if p := r.Problems(); test.doubt == "" && len(p) > 0 || test.doubt != "" && !told(r, test.doubt, false) {
				t.Errorf("problems %v, want %q", p, test.doubt)
			}
		})
	}
}

func TestWhatsAppWords(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{ // want is media, act and text
		{"<Media omitted>", "file||"},
		{"<Media tidak disertakan>", "file||"},
		{"image omitted", "image||"},
		{"\u200eGIF omitted", "image||"},
		{"\u200evideo omitted", "video||"},
		{"\u200eaudio omitted", "audio||"},
		{"\u200egambar tidak disertakan", "image||"},
		{"\u200evideo tidak disertakan", "video||"},
		{"\u200edokumen tidak disertakan", "file||"},
		{"IMG-1.jpg (file attached)", "image||"},
		{"\u200eVID-1.mp4 (file terlampir)\nIni golnya", "video||Ini golnya"},
		{"\u200e<terlampir: 00000001-AUDIO.opus>", "audio||"},
		{"This message was deleted", "deleted||"},
		{"You deleted this message.", "deleted||"},
		{"Pesan ini telah dihapus", "deleted||"},
		{"Anda menghapus pesan ini", "deleted||"},
		{"Missed voice call", "|call|"},
		{"Panggilan video tak terjawab", "|call|"},
		{"", "file||"},
		{"null", "file||"},
		{"ok <This message was edited>", "||ok"},
		{"ya \u200e<Pesan ini diedit>", "||ya"},
		{"the image omitted the date", "||the image omitted the date"},
		{"score 3:2 at 10:30", "||score 3:2 at 10:30"},
	}
	for _, test := range tests {
		c, _ := one(t, "[31/12/23, 21:15:00] Rina: "+test.text, "x.txt", whatsApp)
		m := c.Messages[0]
		if got := fmt.Sprintf("%s|%s|%s", m.Media, m.Act, m.Text); got != test.want || m.From != "Rina" {
			t.Errorf("%q: %q, want %q", test.text, got, test.want)
		}
	}
}

func TestWhatsAppNotices(t *testing.T) {
	t.Parallel()
	tests := []struct{ notice, want string }{ // want lists who did what
		{"Rina left", "Rina leave"},
		{"Rina keluar", "Rina leave"},
		{"Rina added Budi", "Budi join"},
		{"Rina menambahkan Budi dan Sari", "Budi join, Sari join"},
		{"You added Budi", "Budi join"},
		{"Budi added you", ""},
		{"Anda ditambahkan", ""},
		{"Budi joined using this group's invite link", "Budi join"},
		{"Budi bergabung menggunakan tautan undangan grup ini", "Budi join"},
		{"Rina removed Budi", "Budi leave"},
		{"Rina mengeluarkan Budi", "Budi leave"},
		{"Rina changed the subject from \"A: b\" to \"C: d\"", ""},
		{"Rina mengubah nama grup dari “A: b” menjadi “C: d”", ""},
		{"Your security code with Budi changed. Tap to learn more.", ""},
		{"Anda mengaktifkan pesan sementara.", ""},
	}
	for _, test := range tests {
		c, r := one(t, "31/12/23, 21:14 - Tono: halo\n31/12/23, 21:15 - "+test.notice, "x.txt", whatsApp)
		var got []string
		for _, m := range c.Messages[1:] {
			got = append(got, m.From+" "+m.Act)
		}
		if s := strings.Join(got, ", "); s != test.want {
			t.Errorf("%q: %q, want %q", test.notice, s, test.want)
		}
		if p := r.Problems(); len(p) > 0 {
			t.Errorf("%q: %v", test.notice, p)
		}
	}
}

// Whoever writes a message that looks like a notice, or has a name that looks
// like one, must still be read, or at least be told of.
func TestWhatsAppDisguise(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"Budi: \u200eMessages and calls are end-to-end encrypted. Hello",
		"Budi: \u200eRina left",
		"Budi: Rina left",
		"Budi changed to x: hello",
		"Budi left: hello",
		"\"Budi\": hello",
	} {
		c, r := one(t, "31/12/23, 21:14 - Tono: halo\n31/12/23, 21:15 - "+line, "x.txt", whatsApp)
		if len(c.Messages) != 2 || c.Messages[1].Act != "" || c.Messages[1].Text == "" {
			t.Errorf("%q: %+v; %v", line, c.Messages, r.Problems())
		}
	}
	// Under the name of the other side the app does write.
	_, r := one(t, "31/12/23, 21:14 - Budi: halo\n31/12/23, 21:15 - Budi: \u200eRina changed to x", "WhatsApp Chat with Budi.txt", whatsApp)
	if !told(r, "Rina changed to x", false) {
		t.Errorf("not told: %v", r.Problems())
	}
	_, r = one(t, "31/12/23, 21:14 - Budi: halo\n31/12/23, 21:15 - Rina left\nhello", "x.txt", whatsApp)
	if !told(r, "belongs to no message", true) {
		t.Errorf("not told: %v", r.Problems())
	}
	_, r = one(t, "31/12/23, 21:14 - Budi: halo\n31/12/23, 21:15 - "+strings.Repeat("b", 101)+": hello", "x.txt", whatsApp)
	if !told(r, "is no name", true) {
		t.Errorf("not told: %v", r.Problems())
	}
}

// A block is the act of the phone's owner, whom only the file's name gives away.
func TestWhatsAppBlock(t *testing.T) {
	t.Parallel()
	for _, notice := range []string{"You blocked this contact. Tap to unblock.", "Anda memblokir kontak ini"} {
		text := "31/12/23, 21:14 - Budi: halo\n31/12/23, 21:15 - Rina: siapa ya?\n31/12/23, 21:16 - " + notice
		c, r := one(t, text, "Chat WhatsApp dengan Budi.txt", whatsApp)
		if m := c.Messages[len(c.Messages)-1]; m.Act != "block" || m.From != "Rina" || m.At.Minute() != 16 {
			t.Errorf("%+v, problems %v", m, r.Problems())
		}
		c, r = one(t, text, "renamed.txt", whatsApp)
		if len(c.Messages) != 2 || !told(r, "blocked", true) {
			t.Errorf("%+v, problems %v", c.Messages, r.Problems())
		}
	}
}
