package main

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/eval"
	"github.com/jaga-project/jaga/convo/pack"
)

// TestPage holds the committed page to the committed results.
func TestPage(t *testing.T) {
	t.Parallel()
	if err := checkPages("../.."); err != nil {
		t.Error(err)
	}
	data, err := os.ReadFile("../../" + pageFile)
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(data), "\n\n")
	if !strings.HasPrefix(text, "**Recall on real offending is unmeasured") {
		t.Errorf("the page does not begin with what is unmeasured: %.80q", text)
	}
}

// An empty run has a page too, which says that nothing was measured.
func TestPageOfNothing(t *testing.T) {
	t.Parallel()
	r := &results{}
	for path, data := range pages(r) {
		if strings.Contains(string(data), "NaN") || strings.Contains(string(data), "%!") {
			t.Errorf("%s: %s", path, data)
		}
	}
	if got := page(r); !strings.Contains(got, "0 of 8 targets are met, 0 are missed, 8 were not") {
		t.Errorf("what was not measured counts as something:\n%s", got)
	}
}

func TestReaders(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		data          string
		talks, people int // of the first
		texts         []string
	}{
		"dataset.json":     {`{"x":{"messages":[[{"text":"hello","timestamp":"2020-01-02T03:04:05Z","sender":"p"},{"text":"there","timestamp":"2020-01-02T03:04:06Z","sender":"p"}],[{"text":"hi","timestamp":"2020-01-02T03:04:07Z","sender":"q"}]]}}`, 1, 2, []string{"hello", "there", "hi"}},
		"a.ascii.txt":      {"=== x joined\n[23:59] <a> hello\n[00:01] <b> hi\n[bad] <b> no\n", 1, 2, []string{"hello", "hi"}},
		"a.dialogues.json": {`[{"utterances":[{"speaker":"A","text":"hello"},{"speaker":"B","text":"hi"}]},{"turns":[{"speaker":"A","utterance":"again"}]}]`, 2, 2, []string{"hello", "hi"}},
		"a.yml":            {"categories:\n- x\nconversations:\n- - hello\n  - hi\n  - bye\n- - again\n  - yes\n", 2, 2, []string{"hello", "hi", "bye"}},
		"a.tsv":            {"1\t0.5\thello\n\n2\thi\n", 2, 2, []string{"hello"}},
		"other.jsonl":      {`{"conversation":"c","participants":[],"messages":[{"from":"a","to":"b","at":"2020-01-02T03:04:05Z","text":"hello"},{"from":"a","to":"b","at":"2020-01-02T03:04:05Z","act":"G-05"}]}`, 1, 1, []string{"hello"}},
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(c.data), 0o600); err != nil {
			t.Fatal(err)
		}
		var all []talk
		if err := readFile(path, func(x talk) error {
			all = append(all, x)
			return nil
		}); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if len(all) != c.talks || len(all[0].people) != c.people || len(all[0].messages) != len(c.texts) {
			t.Errorf("%s: %+v", name, all)
			continue
		}
		last := all[0].messages[0].At
		for i, m := range all[0].messages {
			if m.Text != c.texts[i] || m.At.Before(last) {
				t.Errorf("%s: message %d is %q at %v, after %v", name, i, m.Text, m.At, last)
			}
			last = m.At
		}
	}
}

// What fired is told by rule and place, never by what was written.
func TestFiredHoldsNoText(t *testing.T) {
	t.Parallel()
	d, err := detector()
	if err != nil {
		t.Fatal(err)
	}
	m, err := pack.Compile(d.Packs()...)
	if err != nil {
		t.Fatal(err)
	}
	x := talk{channel: convo.ChannelPrivate}
	x.next("somebody", "please don't tell your parents about xylophones")
	x.next("another", "ok")
	log := newFiredLog(m)
	log.collection("c", []talk{x})
	set, err := observeAll(d, []talk{x}, settings[1].age, log)
	if err != nil {
		t.Fatal(err)
	}
	log.setting(set)
	if got := log.String(); !strings.Contains(got, "G-13 en") || strings.Contains(got, "parents") || strings.Contains(got, "xylophone") || strings.Contains(got, "somebody") {
		t.Errorf("%s", got)
	}
	if set.Messages != 2 || set.Persons != 2 || set.Conversations != 1 || set.Pairs != 2 {
		t.Errorf("%+v", set)
	}
}

// Drawn conversations are the same on every machine, in order of time, and
// quiet kinds hold no sign.
func TestDrawnConversations(t *testing.T) {
	t.Parallel()
	acts := convo.Acts()
	for k, kind := range kinds {
		for i := range 200 {
			draw := func() skeleton {
				d := &drawer{r: rand.New(rand.NewPCG(seed, uint64(k*drawn+i))), at: evening}
				kind.draw(d)
				return d.s
			}
			a, b := draw(), draw()
			if len(a.messages) != len(b.messages) || len(a.messages) == 0 {
				t.Fatalf("%s: drawn twice it differs, or it is empty", kind.name)
			}
			signs := 0
			for n, m := range a.messages {
				if m.At != b.messages[n].At || m.Act != b.messages[n].Act || n > 0 && m.At.Before(a.messages[n-1].At) {
					t.Fatalf("%s: message %d", kind.name, n)
				}
				if m.Text != "" && m.Text != "ok" {
					t.Errorf("%s holds words: %q", kind.name, m.Text)
				}
				if _, known := acts[m.Act]; m.Act != "" && !known && !strings.Contains(m.Act, "-") {
					t.Errorf("%s: no act %q", kind.name, m.Act)
				}
				if a.signs[n] {
					signs++
				}
			}
			if (signs > 0) == kind.quiet {
				t.Errorf("%s has %d signs", kind.name, signs)
			}
		}
	}
}

// The tempo that the project promises, on few drawn conversations. Where
// nothing is known of ages, evidence counts about a third, so that ordinary
// talk of strangers stays quiet; the median is then still within the goal.
func TestTempo(t *testing.T) {
	t.Parallel()
	d, err := detector()
	if err != nil {
		t.Fatal(err)
	}
	for k, c := range []struct{ band, least int }{{2, 85}, {2, 80}, {1, 95}, {1, 65}} {
		in := 0
		for i := range 100 {
			draw := &drawer{r: rand.New(rand.NewPCG(seed, uint64(k*drawn+i))), at: evening}
			kinds[k].draw(draw)
			at := draw.s.observe(d)[c.band]
			if at.ok && (c.band == 1 && at.acts <= goalActs || c.band == 2 && (at.messages <= quickMessages || at.seconds <= quickSeconds)) {
				in++
			}
		}
		if in < c.least {
			t.Errorf("%s: %d of 100 in time, want at least %d", kinds[k].name, in, c.least)
		}
	}
}

// What evasion may cost, in percentage points of the recall on the packs' own
// messages: the goal, whichever evasion it is.
func TestEvasionCosts(t *testing.T) {
	t.Parallel()
	d, err := detector()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"dev-en.jsonl", "dev-id.jsonl"} {
		s, err := scoreFile("../../"+itemsDir+"/"+name, d)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range s.Mutations {
			if m.Loss > goalLoss {
				t.Errorf("%s: %s costs %.1f points, at most %g", name, m.Name, m.Loss, goalLoss)
			}
		}
	}
}

func TestGroupsDrawBothLabels(t *testing.T) {
	t.Parallel()
	for _, g := range regimes {
		r := rand.New(rand.NewPCG(1, 1))
		for range 50 {
			for _, positive := range []bool{false, true} {
				if x := g.draw(r, positive); len(x) < 4 || len(eval.Threshold(x, 0)) != len(x) {
					t.Errorf("%s: %v", g.name, x)
				}
			}
		}
	}
}
