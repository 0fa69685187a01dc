package eval

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

const pan12XML = `<?xml version="1.0" encoding="UTF-8"?>
<conversations>
  <conversation id="c1">
    <message line="1"><author> a1 </author><time>03:20</time><text>rock &amp;amp; roll &amp;amp;amp; tea</text></message>
    <message line="2"><author>b1</author><time></time><text>  fine weather
 </text></message>
    <message line=" 3 "><author>a1</author><text/></message>
    <message line="4"><time>23:59</time><text>see you</text></message>
  </conversation>
  <conversation id="c2"/>
</conversations>
`

func readPAN12(in string, o ReadOptions) ([]PAN12Conversation, Skipped, error) {
	r := NewPAN12Reader("corpus.xml", strings.NewReader(in), o)
	var all []PAN12Conversation
	for {
		c, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all, r.Skipped(), nil
		}
		if err != nil {
			return all, r.Skipped(), err
		}
		all = append(all, c)
	}
}

func TestPAN12Reader(t *testing.T) {
	all, skipped, err := readPAN12(pan12XML, ReadOptions{Strict: true})
	if err != nil || skipped.Count != 0 || len(all) != 2 {
		t.Fatalf("%d conversations, %+v, %v", len(all), skipped, err)
	}
	want := []struct {
		line, minute int
		author, text string
	}{
		{1, 200, "a1", "rock & roll &amp; tea"}, // one level more is taken off, no further
		{2, -1, "b1", "fine weather"},
		{3, -1, "a1", ""},
		{4, 1439, "", "see you"},
	}
	c := all[0]
	if c.ID != "c1" || len(c.Messages) != len(want) || all[1].ID != "c2" || len(all[1].Messages) != 0 {
		t.Fatalf("%+v", all)
	}
	for i, w := range want {
		m := c.Messages[i]
		if m.Line != w.line || m.Minute != w.minute || m.Author != w.author || m.Text.ForClassifier() != w.text {
			t.Errorf("message %d: %+v with text %q, wanted %+v", i, m, m.Text.ForClassifier(), w)
		}
	}
	if p := c.Participants(); !slices.Equal(p.Persons, []string{"a1", "b1"}) || p.Conversation != "c1" {
		t.Errorf("%+v", p)
	}
	if !c.TwoParty(3) || c.TwoParty(4) || all[1].TwoParty(0) {
		t.Error("the two-party subset is wrong")
	}
}

func TestPAN12ReaderCountsMalformed(t *testing.T) {
	in := `<conversations>
<conversation><message line="1"><text>lost</text></message></conversation>
<conversation id="c">
<message line="x"><text>lost</text></message>
<message><text>lost</text></message>
<message line="0"><text>lost</text></message>
<message line="7"><time>25:00</time><text>kept</text></message>
</conversation></conversations>`
	all, skipped, err := readPAN12(in, ReadOptions{})
	if err != nil || len(all) != 1 || len(all[0].Messages) != 1 || all[0].Messages[0].Minute != -1 || skipped.Count != 5 {
		t.Fatalf("%+v, %+v, %v", all, skipped, err)
	}
	for i, want := range []string{
		`corpus.xml:2 (byte 30): field "conversation@id": missing`,
		`corpus.xml:4 (byte`, `corpus.xml:5 (byte`, `corpus.xml:6 (byte`,
		`corpus.xml:7 (byte`,
	} {
		if got := skipped.First[i].Error(); !strings.HasPrefix(got, want) {
			t.Errorf("fault %d: %s, wanted %s", i, got, want)
		}
	}
	if f := skipped.First[4].Field; f != "time" {
		t.Errorf("field %s", f)
	}
	var fault *LineError
	if _, _, err := readPAN12(in, ReadOptions{Strict: true}); !errors.As(err, &fault) || fault.Line != 2 {
		t.Errorf("strict: %v", err)
	}
}

func TestPAN12ReaderNamesWhereTheXMLBreaks(t *testing.T) {
	secret := "words-of-a-person"
	for name, in := range map[string]string{
		"empty":          "",
		"blank":          "  \n",
		"another root":   "<html><conversation/></html>",
		"cut off":        pan12XML[:len(pan12XML)/2],
		"bad nesting":    "<conversations>\n<conversation id='c'></" + secret + "></conversations>",
		"bad entity":     "<conversations>\n<conversation id='c'><message line='1'><text>&" + secret + ";</text>",
		"bad character":  "<conversations>\n\x01" + secret,
		"bad UTF-8":      "<conversations>\n\xff" + secret,
		"another corpus": `{"chats":{}}`,
		"too deep":       "<conversations>" + strings.Repeat("<"+secret+">", 100),
	} {
		_, _, err := readPAN12(in, ReadOptions{})
		var fault *LineError
		if !errors.As(err, &fault) || fault.File != "corpus.xml" || fault.Line < 1 {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%s: the error quotes the text: %v", name, err)
		}
	}
	r := NewPAN12Reader("corpus.xml", strings.NewReader("<conversations><"), ReadOptions{})
	_, first := r.Next()
	if _, again := r.Next(); first == nil || !errors.Is(again, first) {
		t.Errorf("after the error %v comes %v", first, again)
	}
	broken := errors.New("disk gone")
	r = NewPAN12Reader("corpus.xml", iotest.ErrReader(broken), ReadOptions{})
	if _, err := r.Next(); !errors.Is(err, broken) {
		t.Errorf("a failing disk: %v", err)
	}
}

// endless gives a start and then the same over and over.
type endless struct{ start, more string }

func (e *endless) Read(p []byte) (int, error) {
	if e.start == "" {
		e.start = e.more
	}
	n := copy(p, e.start)
	e.start = e.start[n:]
	return n, nil
}

func TestPAN12ReaderIsBounded(t *testing.T) {
	blank := strings.Repeat("x", 4096)
	for name, in := range map[string]*endless{
		"text":     {"<conversations><conversation id='c'><message line='1'><text>", blank},
		"messages": {"<conversations><conversation id='c'>", strings.Repeat("<message line='1'/>", 100)},
		"both":     {"<conversations><conversation id='c'>", "<message line='1'><text>" + blank[:500] + "</text></message>"},
		"comment":  {"<conversations><!--", blank},
	} {
		r := NewPAN12Reader("f", in, ReadOptions{})
		if _, err := r.Next(); err == nil || r.Offset() > 2*maxPAN12Bytes {
			t.Errorf("%s without an end: %v after %d bytes", name, err, r.Offset())
		}
	}
}

// TestPAN12ReaderHoldsOneConversation reads a stream far larger than what it
// may hold.
func TestPAN12ReaderHoldsOneConversation(t *testing.T) {
	one := "<conversation id='c'><message line='1'><author>a</author><text>" + strings.Repeat("hello ", 200) + "</text></message></conversation>"
	r := NewPAN12Reader("f", &endless{"<conversations>", one}, ReadOptions{})
	for r.Offset() < 2*maxPAN12Token {
		if c, err := r.Next(); err != nil || len(c.Messages) != 1 {
			t.Fatalf("%+v, %v", c, err)
		}
	}
}

func TestMinuteOfDay(t *testing.T) {
	for s, want := range map[string]int{"00:00": 0, " 9:05\n": 545, "23:59": 1439, "": -1, " ": -1} {
		if got, ok := minuteOfDay(s); got != want || !ok {
			t.Errorf("%q: %d, %v", s, got, ok)
		}
	}
	for _, s := range []string{"24:00", "12:60", "12", ":", "-1:00", "+1:00", "12:00:00", "1e1:00"} {
		if got, ok := minuteOfDay(s); got != -1 || ok {
			t.Errorf("%q: %d, %v", s, got, ok)
		}
	}
}

func TestTextIsNotPrinted(t *testing.T) {
	secret := "words-of-a-person"
	c := PAN12Conversation{ID: "c", Messages: []PAN12Message{{Line: 1, Text: NewText(secret)}}}
	data, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	hidden := struct{ t Text }{c.Messages[0].Text} // where fmt calls no methods
	var b strings.Builder
	b.Write(data)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, v := range []any{c, &c.Messages[0], c.Messages[0].Text, hidden, &hidden} {
			fmt.Fprintf(&b, verb, v)
		}
	}
	out := b.String()
	if strings.Contains(out, secret) || strings.Contains(out, fmt.Sprintf("%x", secret)) {
		t.Errorf("the text came out: %s", out)
	}
	if c.Messages[0].Text.ForClassifier() != secret || (Text{}).ForClassifier() != "" {
		t.Error("the classifier does not get the text")
	}
}

func TestReadTruth(t *testing.T) {
	authors, skipped, err := ReadAuthors("p1", strings.NewReader("\ufeffa1\r\n\n  b2 \na1"), ReadOptions{Strict: true})
	if err != nil || skipped.Count != 0 || len(authors) != 2 || !authors.Has("a1") || !authors.Has("b2") {
		t.Errorf("%v %+v %v", authors, skipped, err)
	}
	lines, skipped, err := ReadLineRefs("p2", strings.NewReader("c1\t5\r\nc1 \t 6\nc2\t5\n"), ReadOptions{Strict: true})
	if err != nil || skipped.Count != 0 || len(lines) != 3 || !lines.Has(LineRef{"c1", 6}) {
		t.Errorf("%v %+v %v", lines, skipped, err)
	}
	// Each file given for the other is a fault on every line.
	if _, skipped, _ := ReadAuthors("p2", strings.NewReader("c1\t5\nc1\t6\n"), ReadOptions{}); skipped.Count != 2 {
		t.Errorf("%+v", skipped)
	}
	for in, want := range map[string]string{
		"a1":      `p2:1: field "conversation": an id, a tab and a line number are expected`,
		"\nc1\tx": `p2:2: field "line": not a whole number from 1`,
		"c1\t0":   `p2:1: field "line": not a whole number from 1`,
		"c1\t\t5": ``,
	} {
		lines, skipped, err := ReadLineRefs("p2", strings.NewReader(in), ReadOptions{})
		switch {
		case err != nil:
			t.Error(err)
		case want == "" && skipped.Count == 0 && len(lines) == 1:
		case want == "" || skipped.Count != 1 || skipped.First[0].Error() != want:
			t.Errorf("%q: %+v", in, skipped.First)
		}
	}
}

func TestScoreAuthorRanking(t *testing.T) {
	truth := NewSet("a", "b", "gone")
	s, err := ScoreAuthorRanking(map[string]float64{"a": .9, "c": .8, "b": .6, "d": .1, "e": 0}, truth, .5)
	if err != nil {
		t.Fatal(err)
	}
	if s.Counts != (Counts{TP: 2, FP: 1, FN: 1, TN: 2}) || s.TruthUnseen != 1 || *s.Threshold != .5 || math.Abs(*s.FPR-1./3) > 1e-12 {
		t.Errorf("%+v", s)
	}
	if want := (1 + 2./3) / 3; math.Abs(*s.AP-want) > 1e-12 {
		t.Errorf("average precision %v, wanted %v", *s.AP, want)
	}
	if s, err := ScoreAuthorRanking(map[string]float64{"x": 1}, NewSet("gone"), .5); err != nil || *s.AP != 0 {
		t.Errorf("%+v, %v", s, err)
	}
	if s, err := ScoreAuthors(NewSet("a"), truth, 0); err != nil || s.FPR != nil || s.AP != nil {
		t.Errorf("what nobody counted is there: %+v, %v", s, err)
	}
	if _, err := ScoreAuthors(NewSet("x", "y"), truth, 4); err == nil {
		t.Error("fewer authors than are named: no error")
	}
}

func TestScoreLines(t *testing.T) {
	s := ScoreLines(NewSet(LineRef{"c", 1}, LineRef{"c", 2}), NewSet(LineRef{"c", 2}, LineRef{"d", 2}, LineRef{"d", 1}))
	if s.Counts != (Counts{TP: 1, FP: 1, FN: 2}) || math.Abs(s.F3-10./(10+18+1)) > 1e-12 || math.Abs(s.F1-.4) > 1e-12 {
		t.Errorf("%+v", s)
	}
}

func TestPAN12Parts(t *testing.T) {
	for _, p := range PAN12Parts() {
		for _, name := range []string{p.Corpus, p.Authors, p.Lines} {
			if strings.Contains(name, "diff") {
				t.Errorf("%s: %s marks edited text and is no truth", p.Name, name)
			}
		}
		if (p.Lines == "") != (p.Name == "training") {
			t.Errorf("%s: task 2 truth %q", p.Name, p.Lines)
		}
	}
}

func FuzzPAN12Reader(f *testing.F) {
	f.Add([]byte(pan12XML))
	f.Add([]byte("<conversations><conversation id='c'><message line='1'><text>&#x1F600;<b>x</b><![CDATA[y]]></text></message></conversation></conversations>"))
	f.Add([]byte("<conversations><message/><conversation><conversation id='x'/>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := NewPAN12Reader("f", bytes.NewReader(data), ReadOptions{})
		for {
			c, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				if _, ok := errors.AsType[*LineError](err); !ok && !strings.HasPrefix(err.Error(), "reading f, byte ") {
					t.Fatalf("an error without a place: %v", err)
				}
				return
			}
			if c.ID == "" {
				t.Fatal("a conversation without an id")
			}
			for _, m := range c.Messages {
				if m.Line < 1 || m.Minute < -1 || m.Minute > 1439 || m.Author != strings.TrimSpace(m.Author) {
					t.Fatalf("%+v", m)
				}
			}
		}
	})
}

func FuzzReadTruth(f *testing.F) {
	f.Add([]byte("a1\nb2\n"))
	f.Add([]byte("c1\t5\nc2\t-1\n\tx"))
	f.Fuzz(func(t *testing.T, data []byte) {
		lines := bytes.Count(data, []byte("\n")) + 1
		authors, skipped, err := ReadAuthors("f", bytes.NewReader(data), ReadOptions{})
		if err != nil || len(authors)+skipped.Count > lines {
			t.Fatalf("%d authors, %+v, %v", len(authors), skipped, err)
		}
		refs, skipped, err := ReadLineRefs("f", bytes.NewReader(data), ReadOptions{})
		if err != nil || len(refs)+skipped.Count > lines {
			t.Fatalf("%d lines, %+v, %v", len(refs), skipped, err)
		}
		for ref := range refs {
			if ref.Conversation == "" || ref.Line < 1 {
				t.Fatalf("%+v", ref)
			}
		}
	})
}
