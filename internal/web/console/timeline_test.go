package console

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/indicator"
)

// drawn writes parts as a text, with [ids|words] for what is marked.
func drawn(list []chatPart) string {
	var b strings.Builder
	for _, p := range list {
		if len(p.Marks) > 0 {
			fmt.Fprintf(&b, "[%v|%s]", p.Marks, p.Text)
		} else {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

func TestParts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text  string
		spans []span
		want  string
	}{
		{"plain", nil, "plain"},
		{"", []span{{0, 4, "G-13"}}, ""},
		{"a secret b", []span{{2, 8, "G-13"}}, "a [[G-13]|secret] b"},
		{"日本 secret", []span{{7, 13, "G-13"}}, "日本 [[G-13]|secret]"},
		{"🙂x", []span{{0, 4, "G-13"}}, "[[G-13]|🙂]x"},
		// Offsets inside a character are moved to its edges, outward.
		{"a日b", []span{{2, 3, "G-13"}}, "a[[G-13]|日]b"},
		// Spans that overlap share what they share.
		{"abcdef", []span{{0, 4, "G-13"}, {2, 6, "G-25"}}, "[[G-13]|ab][[G-13 G-25]|cd][[G-25]|ef]"},
		{"abc", []span{{1, 2, "G-13"}, {1, 2, "G-13"}}, "a[[G-13]|b]c"},
		// Offsets that are none.
		{"abc", []span{{-5, 99, "G-13"}}, "[[G-13]|abc]"},
		{"abc", []span{{2, 1, "G-13"}, {9, 12, "G-13"}, {3, 3, "G-13"}}, "abc"},
	} {
		if got := drawn(parts(c.text, c.spans)); got != c.want {
			t.Errorf("parts(%q, %v) = %q, want %q", c.text, c.spans, got, c.want)
		}
	}
}

func FuzzParts(f *testing.F) {
	f.Add("Große 日本 🙂", 2, 9, 4, 40)
	f.Add("é", 1, 1, -1, 2)
	f.Add("\xff\x80a", 0, 1, 1, 3)
	f.Fuzz(func(t *testing.T, text string, a, b, c, d int) {
		var whole strings.Builder
		for _, p := range parts(text, []span{{a, b, "G-13"}, {c, d, "G-25"}}) {
			if utf8.ValidString(text) && !utf8.ValidString(p.Text) {
				t.Fatalf("%q is cut inside a character: %q", text, p.Text)
			}
			whole.WriteString(p.Text)
		}
		if whole.String() != text {
			t.Fatalf("the parts of %q make %q", text, whole.String())
		}
	})
}

func TestClip(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"日本": "日本", "日本語": "日本…", "abcdef": "abcdef", "abcdefg": "abcdef…", "日abcd": "日abc…"} {
		if got := clip(text, 6); got != want {
			t.Errorf("clip(%q) = %q, want %q", text, got, want)
		}
	}
}

// A message with a long identifier is found under the digest by which findings
// name it.
func TestTimelineFindsLongIdentifiers(t *testing.T) {
	t.Parallel()
	d, err := coreDetector()
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("m", convo.MaxID+9)
	s := d.Open(convo.Head{ID: "c", People: []convo.Person{{ID: "a", Age: convo.AgeBand{Lo: 30, Hi: 40, Known: true}}, {ID: "b", Age: convo.AgeBand{Lo: 13, Hi: 15, Known: true}}}}, nil)
	s.Observe(convo.Message{ID: long, From: "a", To: []string{"b"}, Act: "G-13"})
	found := s.Findings()
	if len(found) == 0 || !note(found).counts(long) || note(found).counts("m") {
		t.Errorf("the notes of %+v do not name the message", found)
	}
}

func TestTimeline(t *testing.T) {
	t.Parallel()
	l, err := loadLanguages()
	if err != nil {
		t.Fatal(err)
	}
	c := &console{now: time.Now, zone: time.FixedZone("WIB", 7*3600)}
	start := time.Date(2026, 5, 1, 16, 30, 0, 0, time.UTC) // 23:30 in Jakarta
	var all []chatMessage
	for i, after := range []time.Duration{0, time.Minute, 3 * time.Hour, 4 * time.Hour, 5*time.Hour + time.Minute} {
		all = append(all, chatMessage{ID: fmt.Sprint("m", i+1), From: []string{"a", "b"}[i%2], At: start.Add(after), Text: "words"})
	}
	all = append(all, chatMessage{ID: "m6", From: "b", Act: "block"}, chatMessage{ID: "m7", From: "b", Text: "more"})
	n := notes{whole: map[string][]indicator.ID{"m2": {"G-15"}}, left: "a"}
	tl := c.timelineOf(l.speaker("en"), all, n, "x", func(i int) bool { return i != 3 }, 5)
	var got []string
	for _, x := range tl.Lines {
		got = append(got, strings.Join([]string{x.Anchor, x.Side, x.Day, x.Gap, x.Clock, x.Act, fmt.Sprint(x.Marks)}, "|"))
	}
	want := []string{
		"x1|left|1 May 2026||23:30||[]", "x2|right|||23:31||[G-15]", "x3|left|2 May 2026||02:30||[]",
		"x5|left||1 message not shown|04:31||[]", "x6|middle||||Blocks the other side|[]",
	}
	if !slices.Equal(got, want) || tl.More != 1 || tl.Zone != "WIB" || tl.Anchors["m5"] != "x5" || tl.Anchors["m4"] != "" {
		t.Errorf("got %q, %d more, zone %q, anchors %v; want %q", got, tl.More, tl.Zone, tl.Anchors, want)
	}
}
