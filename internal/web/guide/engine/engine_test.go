package engine_test

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo/packs"
	"github.com/jaga-project/jaga/internal/web/guide/engine"
)

var shared = sync.OnceValues(func() (*engine.Engine, error) {
	core, err := packs.Core()
	if err != nil {
		return nil, err
	}
	var compact [][]byte
	for _, p := range core {
		compact = append(compact, p.AppendCompact(nil))
	}
	return engine.New(compact...)
})

func open(t testing.TB) *engine.Engine {
	t.Helper()
	e, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func keys(a engine.Answer) []string {
	var out []string
	for _, s := range a.Signs {
		out = append(out, s.Key)
	}
	return out
}

// words is what is quoted for a sign.
func words(a engine.Answer, key string) string {
	for _, s := range a.Signs {
		if s.Key == key {
			return s.Quotes[0].Words
		}
	}
	return ""
}

func TestLook(t *testing.T) {
	t.Parallel()
	e := open(t)
	const chat = "13/11/2025, 20:01 - Rio: Good match today!\n13/11/2025, 20:02 - Kim: thanks! I'm 13 and new here\n13/11/2025, 20:03 - Rio: Don't tell your mum that we talk.\n13/11/2025, 20:06 - Rio: Are you home alone?\n"
	for _, c := range []struct {
		name, text string
		who        engine.Who
		forms      []jaga.Form
		signs      []string // that must be among those found
		crisis     bool
	}{
		{name: "an export", text: chat, who: engine.Who{Asked: true, Child: "Kim"}, forms: []jaga.Form{jaga.FormGrooming}, signs: []string{"secret", "alone"}},
		{name: "from somebody who is not in it", text: chat, who: engine.Who{Asked: true}, forms: []jaga.Form{jaga.FormGrooming}, signs: []string{"secret"}},
		{name: "Telegram's window", text: "Rio, [13.11.2025 20:01]\nDon't tell your mum that we talk.\n\nKim, [13.11.2025 20:02]\nok im 13\n\nRio, [13.11.2025 20:03]\nAre you home alone?", who: engine.Who{Asked: true, Child: "Kim"}, forms: []jaga.Form{jaga.FormGrooming}, signs: []string{"secret", "alone"}},
		{name: "Discord's window", text: "Rio — 11/13/2025 8:01 PM\nDon't tell your mum that we talk.\nKim — 11/13/2025 8:02 PM\nok im 13\nRio — 11/13/2025 8:03 PM\nAre you home alone?", who: engine.Who{Asked: true, Child: "Kim"}, forms: []jaga.Form{jaga.FormGrooming}, signs: []string{"secret", "alone"}},
		{name: "one line", text: "Don't tell your mum that we talk.", signs: []string{"secret"}},
		{name: "satu baris", text: "Jangan bilang mama ya, ini rahasia kita.", signs: []string{"secret"}},
		{name: "a threat", text: "I have your picture. Pay me or I send it to all your friends.", forms: []jaga.Form{jaga.FormSextortion}, signs: []string{"threat"}},
		{name: "ancaman", text: "Aku punya fotomu. Kirim uang atau aku sebar ke semua temanmu.", forms: []jaga.Form{jaga.FormSextortion}, signs: []string{"threat"}},
		{name: "somebody in crisis", text: "Rio: hi\nKim: i want to kill myself tonight\nRio: hey", who: engine.Who{Asked: true, Child: "Kim"}, crisis: true},
		{name: "somebody in crisis, alone", text: "i want to kill myself tonight", crisis: true},
		{name: "nothing", text: "See you at practice on Sunday, bring a blue shirt."},
	} {
		a := e.Look(c.text, c.who)
		if c.crisis != a.Crisis {
			t.Errorf("%s: crisis is %v", c.name, a.Crisis)
		}
		if c.forms != nil && !slices.Equal(a.Forms[:min(len(a.Forms), len(c.forms))], c.forms) {
			t.Errorf("%s: %v, want %v", c.name, a.Forms, c.forms)
		}
		for _, s := range c.signs {
			if !slices.Contains(keys(a), s) {
				t.Errorf("%s: no sign %q among %v", c.name, s, keys(a))
			}
		}
		if c.forms == nil && c.signs == nil && !c.crisis && (a.Forms != nil || a.Signs != nil) {
			t.Errorf("%s: found %v, %v", c.name, a.Forms, a.Signs)
		}
	}
	if got := words(e.Look(chat, engine.Who{Asked: true, Child: "Kim"}), "secret"); !strings.Contains("Don't tell your mum that we talk.", got) || got == "" {
		t.Errorf("the sign quotes %q", got)
	}
}

// TestLookNeverAccusesTheChild: what the child wrote is no sign.
func TestLookNeverAccusesTheChild(t *testing.T) {
	t.Parallel()
	a := open(t).Look("Kim: don't tell your mum\nKim: send me a picture or I tell everyone\nRio: stop\nRio: no", engine.Who{Asked: true, Child: "Kim"})
	if len(a.Forms) > 0 || len(a.Signs) > 0 {
		t.Errorf("%v, %v", a.Forms, keys(a))
	}
}

func TestLookAsksWho(t *testing.T) {
	t.Parallel()
	e := open(t)
	if a := e.Look("Rio: hello you\nKim: hi\nRio: how was school", engine.Who{}); !slices.Equal(a.Names, []string{"Rio", "Kim"}) {
		t.Errorf("%q", a.Names)
	}
	for _, text := range []string{"Rio: hello\nRio: hello?", "Remember: don't tell\nthis is a letter\nand goes on", "hello", "https://example.org/a: b\nx: y", "12:30\n13:40"} {
		if a := e.Look(text, engine.Who{}); a.Names != nil {
			t.Errorf("%q: %q", text, a.Names)
		}
	}
}

func TestLookSaysWhatItDidNotLookAt(t *testing.T) {
	t.Parallel()
	e := open(t)
	long := strings.Repeat("a", engine.MaxText+10)
	for _, c := range []struct {
		text string
		want engine.Answer
	}{
		{"", engine.Answer{Empty: true, Short: true}},
		{" \n\t\x00\u2028", engine.Answer{Empty: true, Short: true}},
		{"hi", engine.Answer{Short: true}},
		{"Привет, как твои дела сегодня", engine.Answer{Foreign: true}},
		{"สวัสดี วันนี้ เป็น อย่างไร บ้าง", engine.Answer{Foreign: true}},
		{long, engine.Answer{Cut: true, Short: true, Hard: true}},
	} {
		if a := e.Look(c.text, engine.Who{}); !reflect.DeepEqual(a, c.want) {
			t.Errorf("%.20q: %+v, want %+v", c.text, a, c.want)
		}
	}
}

// TestLookIsBounded looks at texts of a megabyte that were made to be slow.
func TestLookIsBounded(t *testing.T) {
	t.Parallel()
	e := open(t)
	for name, piece := range map[string]string{
		"a chat":   "13/11/2025, 20:01 - Rio: Don't tell your mum that we talk, are you home alone?\n13/11/2025, 20:02 - Kim: I am 13\n",
		"one line": "dont tell your mum ", "lines": "a\n", "names": "a: b\nc: d\n", "marks": "\u200b\u0301", "nul": "\x00", "surrogates": "\xed\xa0\x80",
	} {
		began := time.Now()
		e.Look(strings.Repeat(piece, engine.MaxText/len(piece)), engine.Who{Asked: true})
		if took := time.Since(began); took > 2*time.Minute {
			t.Errorf("%s: %v", name, took)
		} else {
			t.Logf("%s: %v", name, took)
		}
	}
}

func FuzzLook(f *testing.F) {
	for _, s := range []string{"", "Rio: hi\nKim: ho", "[1/2/25, 3:04] A: b", "A, [1.2.2025 3:04]\nb", "A — 1/2/2025\nb", "\xed\xa0\x80", "\x00", "don't tell your mum", "Jangan bilang mama", ": :\n::", "\u202e[]\u200f-"} {
		f.Add(s, "Rio")
	}
	e := open(f)
	f.Fuzz(func(t *testing.T, text, child string) {
		for _, who := range []engine.Who{{}, {Asked: true}, {Asked: true, Child: child}} {
			a := e.Look(text, who)
			if who.Asked && a.Names != nil {
				t.Error("it asks again")
			}
			for _, s := range a.Signs {
				if !slices.Contains(engine.Signs(), s.Key) || len(s.Quotes) == 0 {
					t.Errorf("sign %q with %d quotes", s.Key, len(s.Quotes))
				}
				for _, q := range s.Quotes {
					if !utf8.ValidString(q.Before + q.Words + q.Behind) {
						t.Errorf("%q is cut inside a character", q)
					}
					if utf8.ValidString(text) && !strings.Contains(text, q.Words) {
						t.Errorf("%q is not in the text", q.Words)
					}
				}
			}
		}
	})
}

// TestItems measures, with -v, what the page would say of the test items of the
// packs, single messages: how often a message of a form shows any sign, and how
// often a harmless one does.
func TestItems(t *testing.T) {
	t.Parallel()
	e := open(t)
	type tally struct{ n, said, form int }
	sum := map[string]*tally{}
	for _, name := range []string{"heldout-en", "heldout-id"} {
		data, err := os.ReadFile("../../../../convo/packs/testdata/" + name + ".jsonl")
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(data)) {
			var it struct {
				Text   string   `json:"text"`
				Expect []string `json:"expect"`
			}
			if err := json.Unmarshal([]byte(line), &it); err != nil {
				t.Fatal(err)
			}
			kind := "harmless"
			if all := it.Expect; len(all) > 0 {
				kind = map[byte]string{'G': "grooming", 'W': "grooming", 'S': "sextortion", 'L': "live_stream", 'C': "csam"}[all[0][0]]
			}
			key := name + " " + kind
			if sum[key] == nil {
				sum[key] = &tally{}
			}
			a := e.Look(it.Text, engine.Who{Asked: true})
			sum[key].n++
			if len(a.Signs) > 0 || len(a.Forms) > 0 || a.Crisis {
				sum[key].said++
			}
			if len(a.Forms) > 0 {
				sum[key].form++
			}
		}
	}
	for key, s := range sum {
		t.Logf("%s: of %d, something is said about %.3f, a form is named for %.3f", key, s.n, float64(s.said)/float64(s.n), float64(s.form)/float64(s.n))
	}
	if len(sum) < 2 {
		t.Error("nothing was measured")
	}
}
