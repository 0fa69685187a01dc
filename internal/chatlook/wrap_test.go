package chatlook

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/packs"
)

func testDetector(t testing.TB) *convo.Detector {
	t.Helper()
	core, err := packs.Core()
	if err != nil {
		t.Fatal(err)
	}
	d, err := convo.New(convo.Options{}, core...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSafe(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"plain text":             "plain text",
		"a\x1b[31mb\a\x7f":       `a\u001b[31mb\u0007\u007f`,
		"a\u202eb\u2066c":        `a\u202eb\u2066c`,
		"m\u200bu\ufeffm\u200e":  "mum",
		"a\tb\u2028c\r":          "a b c ",
		"👩\u200d👧 family":        "👩\u200d👧 family",
		"\ue000not a mark\ue001": `\ue000not a mark\ue001`,
		"\u009b2J":               `\u009b2J`,
	} {
		if got := safe(in); got != want {
			t.Errorf("safe(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestWide(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int{
		"abc": 3, "é": 1, "e\u0301": 1, "日本": 4, "😀": 2, "\x1b[1mab\x1b[0m": 2, string(markOpen) + "a" + string(markClose): 1, "": 0,
	} {
		if got := wide(in); got != want {
			t.Errorf("wide(%q) = %d, want %d", in, got, want)
		}
	}
}

func TestShorten(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{
		{"Kim", 5, "Kim"}, {"a long name", 6, "a lon…"}, {" two\n lines ", 20, "two lines"}, {"日本語", 4, "日…"}, {"", 3, ""},
	} {
		if got := shorten(c.in, c.n); got != c.want {
			t.Errorf("shorten(%q, %d) = %q, want %q", c.in, c.n, got, c.want)
		}
	}
	if got := shorten(strings.Repeat("x", 1<<20), 10); wide(got) != 10 {
		t.Errorf("a long one has %d columns", wide(got))
	}
}

func TestMarked(t *testing.T) {
	t.Parallel()
	p := New(nil, Options{})
	for _, c := range []struct {
		text  string
		spans [][2]int
		want  string
	}{
		{"one two three", [][2]int{{4, 7}}, "one «two» three"},
		{"one two three", [][2]int{{8, 13}, {0, 3}}, "«one» two «three»"},
		{"one two three", [][2]int{{0, 7}, {4, 13}}, "«one two»« three»"},
		{"one", [][2]int{{-1, 2}, {2, 1}, {0, 99}}, "one"},
		{"one", nil, "one"},
	} {
		if got := p.marked(c.text, c.spans); got != c.want {
			t.Errorf("%q %v: %q, want %q", c.text, c.spans, got, c.want)
		}
	}
	long := strings.Repeat("é ", 5000)
	got := p.marked(long, [][2]int{{7500, 7502}})
	if len(got) > excerptBefore+excerptAfter+40 || !strings.Contains(got, "«é»") || !utf8.ValidString(got) || !strings.HasPrefix(got, "… ") || !strings.HasSuffix(got, " …") {
		t.Errorf("excerpt of %d bytes: %q", len(got), got)
	}
}

// FuzzConversation shows any text with any marks: no line is wider than asked
// for, no control character of the text gets out, and every style is closed
// before its line ends.
func FuzzConversation(f *testing.F) {
	f.Add("Don't tell your mum.", "Rio", 6, 10, 80, false)
	f.Add("Don't tell your mum, or anybody in the whole school at all.", "R\x1b[31m", 0, 40, 30, true)
	f.Add(strings.Repeat("x", 900)+"\n\n\n日本\u202e", "\xff\xfe", 850, 903, 21, true)
	f.Add("", "", 0, 0, 0, true)
	f.Fuzz(func(t *testing.T, text, name string, from, to, width int, colour bool) {
		text, name = strings.ToValidUTF8(text, "\ufffd"), strings.ToValidUTF8(name, "\ufffd")
		v := sample("id")
		v.Chat.ID, v.File = name, name
		v.Chat.Participants[0].Name = name
		v.Chat.Messages[1].Text = text
		v.Result.Findings[1].Because[0].Span = &[2]int{from, to}
		o := Options{Lang: "id", Width: width, Colour: colour, Around: 1}
		out := render(t, o, v)
		width = min(max(width, minWidth), maxWidth)
		for line := range strings.SplitSeq(out, "\n") {
			open := false
			for rest := line; rest != ""; {
				i := strings.IndexByte(rest, '\x1b')
				if i < 0 {
					break
				}
				k := sgr(rest[i:])
				if !colour || k == 0 {
					t.Fatalf("a control character gets out in %q", line)
				}
				open = rest[i:i+k] != "\x1b[0m"
				rest = rest[i+k:]
			}
			if open {
				t.Errorf("a style is open at the end of %q", line)
			}
			if n := wide(line); n > width {
				t.Errorf("%d columns, want at most %d: %q", n, width, line)
			}
			if strings.ContainsFunc(line, func(r rune) bool { return r != '\x1b' && odd(r) }) {
				t.Errorf("a control character gets out in %q", line)
			}
		}
	})
}
