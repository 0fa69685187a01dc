package convo

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/convo/pack"
)

const testPack = `
pack test-en 1
language en
title A pack for tests
class negation = not | dont | never
indicator G-13
lookalike surprise-party
say dont tell anyone
indicator G-20
lookalike family-photos
say send ~2 (pic | photo)
indicator S-17
lookalike song-lyrics
say i am so scared
fact age-self
say (im | i am) #n(4..99):age
fact refusal
say no i dont want to
frame lesson
say warning sign
`

func detector(t testing.TB) *Detector {
	t.Helper()
	p, err := pack.Parse("test.pack", []byte(testPack))
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(Options{}, p)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

var start = time.Date(2026, 3, 1, 20, 0, 0, 0, time.UTC)

func age(t testing.TB, s string) AgeBand {
	t.Helper()
	b, err := ParseAgeBand(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// open starts a conversation of a and b.
func open(t testing.TB, d *Detector, a, b string) *State {
	t.Helper()
	return d.Open(Head{ID: "c1", Channel: ChannelPrivate, People: []Person{
		{ID: "a", Age: age(t, a)}, {ID: "b", Age: age(t, b)},
	}}, nil)
}

// acts observes acts a minute apart: "a G-13" is from a to b.
func acts(s *State, list ...string) []Finding {
	var out []Finding
	for i, act := range list {
		var from, what string
		fmt.Sscan(act, &from, &what)
		to := "b"
		if from == "b" {
			to = "a"
		}
		out = append(out, s.Observe(Message{
			ID: fmt.Sprintf("m%d", s.messages+1), From: from, To: []string{to}, At: start.Add(time.Duration(i) * time.Minute), Act: what,
		})...)
	}
	return out
}

func TestCodesAreTheCatalogue(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		code uint8
		id   indicator.ID
	}{{g01, "G-01"}, {g26, "G-26"}, {w01, "W-01"}, {w06, "W-06"}, {s01, "S-01"}, {s17, "S-17"}, {l01, "L-01"}, {l15, "L-15"}, {c01, "C-01"}, {c08, "C-08"}} {
		if indicator.Index(c.id) != int(c.code) {
			t.Errorf("%s has code %d, the catalogue says %d", c.id, c.code, indicator.Index(c.id))
		}
	}
}

func TestSextortionIsUrgentAtOnce(t *testing.T) {
	t.Parallel()
	s := open(t, detector(t), "unknown", "13-15")
	acts(s, "a S-04", "a S-05")
	if got := s.Band(); got != jaga.BandUrgent {
		t.Errorf("band %v, want urgent", got)
	}
	f := s.Findings()[0]
	if same, err := f.Jaga(); err != nil || same.Band() != f.Band || len(same.Because()) != len(f.Because) || same.Because()[0].Indicator.ID != string(f.Because[0].Indicator) {
		t.Errorf("in the shared vocabulary it is %+v, %v", same, err)
	}
	if f.Form != jaga.FormSextortion || f.From != "a" || f.To != "b" || f.FirstAt != "m2" {
		t.Errorf("got %+v, want sextortion from a to b, first at m2", f)
	}
}

func TestGroomingReachesReview(t *testing.T) {
	t.Parallel()
	s := open(t, detector(t), "adult", "13-15")
	acts(s, "a G-05", "a G-04", "a G-11", "a G-13", "a G-15")
	if got := s.Band(); got < jaga.BandReview {
		t.Errorf("band %v, want review", got)
	}
}

func TestOrdinaryActsStayQuiet(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{{"adult", "adult"}, {"unknown", "unknown"}, {"13-15", "13-15"}, {"13-15", "adult"}} {
		s := open(t, detector(t), c[0], c[1])
		acts(s, "a G-05", "a G-06", "a G-04", "a G-15", "a G-05")
		if got := s.Band(); got > jaga.BandObserve {
			t.Errorf("%v: band %v, want at most observe", c, got)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	s := open(t, detector(t), "unknown", "unknown")
	say := func(from, text string) []Finding {
		to := "b"
		if from == "b" {
			to = "a"
		}
		return s.Observe(Message{ID: fmt.Sprint("m", s.messages+1), From: from, To: []string{to}, At: start.Add(time.Duration(s.messages) * time.Minute), Text: text})
	}
	say("a", "hi, how old are you")
	say("b", "im 13")
	say("a", "send me a pic")
	say("b", "no i dont want to")
	say("a", "please send a photo. dont tell anyone")
	if s.Band() < jaga.BandReview {
		t.Errorf("band %v, want review; %+v", s.Band(), s.Findings())
	}
	var because []indicator.ID
	for _, r := range s.Findings()[0].Because {
		because = append(because, r.Indicator)
		if r.View == "raw" && (r.Span == nil || r.Message == "") {
			t.Errorf("%s has no place: %+v", r.Indicator, r)
		}
	}
	for _, want := range []indicator.ID{"G-04", "G-20", "G-24", "G-13", "W-06"} {
		found := false
		for _, id := range because {
			found = found || id == want
		}
		if !found && want != "W-06" {
			t.Errorf("%s is not among the reasons %v", want, because)
		}
	}
}

// A first contact is one between strangers only when that is said: what is not
// said of two people is unknown.
func TestFirstContact(t *testing.T) {
	t.Parallel()
	d := detector(t)
	for _, c := range []struct {
		tie  Tie
		want bool
	}{
		{Tie{A: "a", B: "b", Kind: "none", Mutual: -1}, true},
		{Tie{A: "a", B: "b", Mutual: 0}, true},
		{Tie{A: "a", B: "b", Mutual: -1}, false},
		{Tie{A: "a", B: "b", Kind: "none", Mutual: 3}, false},
		{Tie{A: "a", B: "b", Kind: "classmate", Mutual: 0}, false},
	} {
		s := d.Open(Head{ID: "c", Channel: ChannelPrivate, People: []Person{{ID: "a", Age: age(t, "adult")}, {ID: "b", Age: age(t, "13-15")}}, Ties: []Tie{c.tie}}, nil)
		s.Observe(Message{ID: "1", From: "a", To: []string{"b"}, At: start, Text: "hello there you"})
		p := s.pairs[pairKey{0, 1}]
		if got := p.evidence != nil && p.evidence.now.has(g01); got != c.want {
			t.Errorf("%+v: first contact %v, want %v", c.tie, got, c.want)
		}
	}
}

// A number alone is an age only right after the question.
func TestBareAge(t *testing.T) {
	t.Parallel()
	d := detector(t)
	for _, c := range []struct {
		ask  string
		want string
	}{{"G-04", "said minor"}, {"G-05", ""}} {
		s := open(t, d, "unknown", "unknown")
		s.Observe(Message{ID: "1", From: "a", To: []string{"b"}, At: start, Act: c.ask})
		s.Observe(Message{ID: "2", From: "b", To: []string{"a"}, At: start.Add(time.Minute), Text: "13 lol"})
		s.Observe(Message{ID: "3", From: "a", To: []string{"b"}, At: start.Add(2 * time.Minute), Act: "S-05"})
		if f := s.Findings(); len(f) != 1 || f[0].ToAge != c.want {
			t.Errorf("after %s: %+v, want the age %q", c.ask, f, c.want)
		}
	}
}

// A time and a place among those who belong together are every day's.
func TestFamilyMeetsQuietly(t *testing.T) {
	t.Parallel()
	d := detector(t)
	for _, verified := range []bool{true, false} {
		s := d.Open(Head{ID: "c", Channel: ChannelPrivate, People: []Person{{ID: "a", Age: age(t, "adult")}, {ID: "b", Age: age(t, "13-15")}},
			Ties: []Tie{{A: "a", B: "b", Kind: "family", Verified: verified}}}, nil)
		from, to := int32(0), int32(1)
		p := s.pair(from, to, start.UnixMilli())
		for _, k := range []uint8{g22, g13, g11} {
			s.put(p, event{at: start.UnixMilli(), code: k, near: k == g22, rel: 1, ref: ref{id: "m"}})
		}
		s.judge()
		if s.Band() == jaga.BandUrgent {
			t.Errorf("verified %v: a meeting among family is urgent", verified)
		}
	}
}

// A pack's own sentence takes the place of the catalogue's, in both languages,
// and stays with the finding when that is stored.
func TestOwnExplanation(t *testing.T) {
	t.Parallel()
	p, err := pack.Parse("own.pack", []byte("pack own-en 1\nlanguage en\ntitle Own\nindicator S-05\nlookalike x\nexplain.en Our words.\nexplain.id Kata kami.\nsay blue lorry\n"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(Options{}, p)
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, d, "adult", "13-15")
	s.Observe(Message{ID: "1", From: "a", To: []string{"b"}, At: start, Text: "blue lorry"})
	b, err := json.Marshal(s.Findings()[0])
	if err != nil {
		t.Fatal(err)
	}
	var f Finding
	if err := json.Unmarshal(b, &f); err != nil {
		t.Fatal(err)
	}
	if en, id := f.Explained("en").Because[0].Explain, f.Explained("id").Because[0].Explain; en != "Our words." || id != "Kata kami." {
		t.Errorf("explained by %q and %q", en, id)
	}
}

// Marks of evasion make hidden words weigh more.
func TestEvasionWeighs(t *testing.T) {
	t.Parallel()
	d := detector(t)
	score := func(text string) float64 {
		s := open(t, d, "unknown", "unknown")
		s.Observe(Message{ID: "1", From: "a", To: []string{"b"}, At: start, Text: text})
		p := s.pairs[pairKey{0, 1}]
		if p == nil || p.evidence == nil {
			t.Fatalf("%q: no evidence", text)
		}
		ctx := s.context(p)
		got, _ := d.score(&p.evidence.now, &ctx, false)
		return got[grooming]
	}
	plain, one, many := score("dont tell anyone"), score("d0nt tell anyone"), score("d0nt t3ll any\u200bone")
	if !(plain < one && one < many) {
		t.Errorf("in clear %.3f, one mark %.3f, several %.3f: want them to rise", plain, one, many)
	}
}

func TestDuplicatesAddNothing(t *testing.T) {
	t.Parallel()
	s := open(t, detector(t), "adult", "13-15")
	m := Message{ID: "x", From: "a", To: []string{"b"}, At: start, Act: "G-13"}
	s.Observe(m)
	before := fmt.Sprintf("%+v", s.Findings())
	for range 5 {
		if got := s.Observe(m); got != nil {
			t.Fatalf("a repeated message made %v", got)
		}
	}
	if after := fmt.Sprintf("%+v", s.Findings()); after != before {
		t.Errorf("repeated messages changed\n%s\nto\n%s", before, after)
	}
}

func TestFounderCase(t *testing.T) {
	t.Parallel()
	d := detector(t)
	s := d.Open(Head{ID: "live", Channel: ChannelLive, People: []Person{
		{ID: "star", Age: age(t, "adult"), Role: "famous", Followers: 2_000_000},
		{ID: "fan", Age: age(t, "13-15")},
	}}, nil)
	s.Observe(Message{ID: "1", From: "star", To: []string{"fan"}, At: start, Act: "G-21"})
	if s.Band() < jaga.BandObserve {
		t.Fatalf("band %v, want at least observe", s.Band())
	}
	for axis, first := range map[string]indicator.ID{"age": "W-01", "authority": "W-02", "money": "G-07", "secret": "S-04", "skill": "S-13"} {
		if got := PowerSigns(axis); len(got) == 0 || got[0] != first {
			t.Errorf("signs of %s: %v, want %s first", axis, got, first)
		}
	}
	if got := fmt.Sprint(s.Findings()[0].Power); got != "[age fame]" {
		t.Errorf("power %s, want age and fame", got)
	}
}
