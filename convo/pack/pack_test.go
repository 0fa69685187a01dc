package pack

import (
	"slices"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/convo/indicator"
)

// head and blocks are apart so that tests can put other blocks behind head.
const head = `
pack small-en 1
language en
title A small pack for tests
common the a to you your
slang ur = your
slang dnt = dont

class negation = not | dont | never
class rhetorical = why
class parent = mum | mom | dad |
	(your | ur) folks
class tell = tell | say ~1 to | let <parent> know
`

const blocks = `
# Secrecy.
indicator G-13
who adult unknown -> minor unknown
weight 1.6 because secrecy from carers is asked for
lookalike surprise-party
say <negation> (<tell> [your] <parent> | let [your] <parent> know)
unless surprise | birthday
yes Don't tell your mum.
yes dnt tell ur mom
no Don't tell your mum about the birthday surprise.
no Tell your mum.

fact age-self
say im #n(6..17):age
yes im 13

indicator G-20
say send ~2 (pic | photo)
except team
say show me _ photo
lookalike family-photos
yes show me team photo
yes send me a pic
no do not send me a pic

frame lesson
say warning sign
yes That is a warning sign.

indicator G-16
evaded
say discord
lookalike style
yes d1sc0rd
no discord
`

func parse(t testing.TB, src string) *Pack {
	t.Helper()
	p, err := Parse("test.pack", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestOwnTests(t *testing.T) {
	t.Parallel()
	p := parse(t, head+blocks)
	for _, pr := range Lint(p) {
		if pr.Fatal {
			t.Error(pr)
		}
	}
	bad := parse(t, head+"indicator G-20\nsay send\nyes fetch it\nno send it\n")
	if got := Check(bad); len(got) != 2 || got[0].Line != 16 || got[1].Line != 17 {
		t.Errorf("a yes that is not found and a no that is found: got %v, want both with their lines", got)
	}
}

// A pack may be spread over files; messages name the file and its own line.
func TestParseFiles(t *testing.T) {
	t.Parallel()
	p, err := ParseFiles(File{"a.pack", []byte(head)}, File{"b.pack", []byte(blocks)}, File{"c.pack", []byte("\nindicator G-20\nsay fetch\nno fetch it\n")})
	if err != nil {
		t.Fatal(err)
	}
	if got := Check(p); len(got) != 1 || got[0].File != "c.pack" || got[0].Line != 4 {
		t.Errorf("got %v, want the fault in line 4 of c.pack", got)
	}
	if _, err := ParseFiles(File{"a.pack", []byte(head)}, File{"b.pack", []byte("say x")}); err == nil || !strings.HasPrefix(err.Error(), "b.pack:1:") {
		t.Errorf("a block that goes on in another file: %v", err)
	}
}

func ids(s *Scan) []indicator.ID {
	var out []indicator.ID
	for _, h := range s.Hits {
		if h.Rule.Kind == RuleIndicator {
			out = append(out, h.Rule.Indicator)
		}
	}
	return out
}

func TestScan(t *testing.T) {
	t.Parallel()
	m, err := Compile(parse(t, head+blocks))
	if err != nil {
		t.Fatal(err)
	}
	var s Scan
	for _, c := range []struct {
		text string
		from Who
		want []indicator.ID
		view View
		span string
	}{
		{"ok. Don't tell your mum!", Adult, []indicator.ID{"G-13"}, ViewRaw, "Don't tell your mum"},
		{"ok. Don't tell your mum!", Minor, nil, "", ""},
		{"dnt let ur folks know", Unknown, []indicator.ID{"G-13"}, ViewSlang, "dnt let ur folks know"},
		{"do not. tell your mum", Adult, nil, "", ""},
		{"please d0nt tell mum", Adult, []indicator.ID{"G-13"}, ViewFolded, "d0nt tell mum"},
		{"don7 t3ll y0ur mu@m, d@d or m0m", Adult, nil, "", ""},
		{"dont 7ell y0ur d4d", Adult, []indicator.ID{"G-13"}, ViewFolded, "dont 7ell y0ur d4d"},
		{"send th3 pic", Adult, []indicator.ID{"G-20"}, ViewRaw, "send th3 pic"},
		{"sen@ m3 a pic on @iscord, room1", Adult, nil, "", ""},
		{"why dont you send me a pic", Adult, []indicator.ID{"G-20"}, ViewRaw, "send me a pic"},
		{"dont send me a pic", Adult, nil, "", ""},
		{"dont be shy, send me a pic", Adult, []indicator.ID{"G-20"}, ViewRaw, "send me a pic"},
		{"send the team photo", Adult, nil, "", ""},
		{"send 🙂 me 🙂 🙂 a 🙂 pic", Adult, []indicator.ID{"G-20"}, ViewRaw, "send 🙂 me 🙂 🙂 a 🙂 pic"},
		{"", Adult, nil, "", ""},
	} {
		m.Scan(&s, c.text, c.from, Unknown)
		if got := ids(&s); !slices.Equal(got, c.want) {
			t.Errorf("%q: got %v, want %v", c.text, got, c.want)
			continue
		}
		if len(c.want) > 0 {
			h := s.Hits[0]
			if h.View != c.view || c.text[h.Start:h.End] != c.span {
				t.Errorf("%q: got %s %q, want %s %q", c.text, h.View, c.text[h.Start:h.End], c.view, c.span)
			}
		}
	}
}

func TestScanFactsAndFrames(t *testing.T) {
	t.Parallel()
	m, err := Compile(parse(t, head+blocks))
	if err != nil {
		t.Fatal(err)
	}
	var s Scan
	m.Scan(&s, "im 13", Unknown, Unknown)
	if len(s.Hits) != 1 || s.Hits[0].Rule.Name != "age-self" || s.Hits[0].Age != 13 {
		t.Errorf("got %+v, want the fact age-self with 13", s.Hits)
	}
	m.Scan(&s, `A warning sign: "don't tell your mum"`, Unknown, Unknown)
	if s.Frames != FrameBit("lesson") {
		t.Errorf("frames %b, want the bit of lesson", s.Frames)
	}
	if i := slices.IndexFunc(s.Hits, func(h Hit) bool { return h.Rule.Indicator == "G-13" }); i < 0 || !s.Hits[i].Quoted {
		t.Errorf("got %+v, want a quoted G-13", s.Hits)
	}
}

// Stems reach what everyday Indonesian does with affixes.
func TestScanStems(t *testing.T) {
	t.Parallel()
	m, err := Compile(parse(t, `
pack small-id 1
language id
title Kecil
slang jgn = jangan
indicator G-20
lookalike foto-keluarga
say kirim ~2 foto
yes kirimin fotomu dong
no kirim salam
indicator G-13
lookalike kejutan
say jangan bilang
yes jgn bilang2
`))
	if err != nil {
		t.Fatal(err)
	}
	var s Scan
	m.Scan(&s, "tolong kirimkan aku fotonya", Unknown, Unknown)
	if got := ids(&s); !slices.Equal(got, []indicator.ID{"G-20"}) || s.Hits[0].View != ViewStem {
		t.Errorf("got %v %+v, want G-20 in the view stem", got, s.Hits)
	}
	for msg, want := range map[string]View{
		"kirim aku foto1":     ViewStem, // a number, no hidden letter
		"k1r1m aku f0t0":      ViewFolded,
		"kirim foto@":         "",
		"kirimkan @ku f0t02":  ViewFolded,
		"k1r1mk4n foto@ @lam": "",
	} {
		m.Scan(&s, msg, Unknown, Unknown)
		var got View
		if len(s.Hits) > 0 {
			got = s.Hits[0].View
		}
		if got != want {
			t.Errorf("%q: view %q, want %q", msg, got, want)
		}
	}
}

// An account name is looked up by the word that it may hide, never by itself.
func TestScanNamesThatMayBeWords(t *testing.T) {
	t.Parallel()
	m, err := Compile(parse(t, head+`
indicator G-16
lookalike style
say add me
yes add me
no remove me
`))
	if err != nil {
		t.Fatal(err)
	}
	var s Scan
	for msg, want := range map[string]View{"@dd me": ViewFolded, "4dd me": ViewFolded, "@add me": "", "@dd.x me": "", "add @me": ""} {
		m.Scan(&s, msg, Unknown, Unknown)
		var got View
		if len(s.Hits) > 0 {
			got = s.Hits[0].View
		}
		if got != want {
			t.Errorf("%q: view %q, want %q", msg, got, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ src, want string }{
		{"", "the file is empty"},
		{"language en", "a pack starts with"},
		{"pack x 0", "version from 1"},
		{"pack x 1\ntitle t", "language is missing"},
		{"pack x 1\nlanguage en", "title is missing"},
		{head + "indicator G-99\nsay x", "not an indicator"},
		{head + "indicator G-13\n", "says nothing"},
		{head + "indicator G-13\nsay <nobody> x", "<nobody> is not defined"},
		{head + "class a = <b>\nclass b = <a>\n", "contains itself"},
		{head + "indicator G-13\nsay ( a", "missing"},
		{head + "indicator G-13\nsay a )", "closes nothing"},
		{head + "indicator G-13\nsay a | | b", "empty"},
		{head + "indicator G-13\nsay a ~99 b", "gap"},
		{head + "indicator G-13\nsay a\nweight 2", "the reason"},
		{head + "indicator G-13\nsay a\nwho adult", "who says it to whom"},
		{head + "fact nonsense\nsay a", "not one of"},
		{head + "slang mum = mother\nslang mum = parent", "already stands for"},
		{head + "indicator G-13\nsay #n(9..3)", "the lower first"},
	} {
		_, err := Parse("bad.pack", []byte(c.src))
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "bad.pack:") {
			t.Errorf("%q: got %v, want an error with the file, the line and %q", c.src, err, c.want)
		}
	}
	if _, err := Compile(parse(t, head+"indicator G-13\nlookalike x\nsay ~ _")); err == nil {
		t.Error("a pattern that matches everything was compiled")
	}
}

// A scan that goes to another matcher forgets what words were to the first.
func TestScanOfTwoMatchers(t *testing.T) {
	t.Parallel()
	var s Scan
	for _, word := range []string{"first", "second", "first"} {
		m, err := Compile(parse(t, "pack two-en 1\nlanguage en\ntitle Two\nclass pad = apple | "+word+"\nindicator G-20\nlookalike x\nsay send "+word+"\nsay <pad> pie"))
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"send first", "send second"} {
			m.Scan(&s, text, Unknown, Unknown)
			if got, want := len(ids(&s)) == 1, text == "send "+word; got != want {
				t.Errorf("a pack of %q reads %q: %v", word, text, got)
			}
		}
	}
}

func TestScanAllocatesNothing(t *testing.T) {
	m, err := Compile(parse(t, head+blocks))
	if err != nil {
		t.Fatal(err)
	}
	var s Scan
	msgs := []string{"hey are you coming to practice today?", "ok see you there at 5pm", "mum says dinner is ready :)", "don't tell your mum", "d0n't 7ell y0ur d@d @nd m0m"}
	for _, msg := range msgs {
		m.Scan(&s, msg, Unknown, Unknown)
	}
	i := 0
	if n := testing.AllocsPerRun(1000, func() {
		m.Scan(&s, msgs[i%len(msgs)], Unknown, Unknown)
		i++
	}); n != 0 {
		t.Errorf("%v allocations a message, want 0", n)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(head + blocks)
	f.Add("pack a 1\nlanguage en\ntitle t\nindicator G-13\nsay (a | [b]) ~2 #n(1..2):age ? $")
	f.Fuzz(func(t *testing.T, src string) {
		p, err := Parse("fuzz.pack", []byte(src))
		if err != nil {
			return
		}
		Lint(p)
	})
}
