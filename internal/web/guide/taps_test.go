package guide

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
)

// followed is a result with what led to it.
type followed struct {
	tapScreen
	in map[string][]string // pieces by slot
}

// text is what a result says in one language.
func (f followed) text(g *Guide, lang string, slots ...string) string {
	var b strings.Builder
	for _, slot := range slots {
		for _, id := range f.in[slot] {
			b.WriteString(g.taps.pieces[lang][id].Text + "\n")
		}
	}
	return b.String()
}

func newGuide(t *testing.T) *Guide {
	t.Helper()
	g, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestEveryWayThroughTheTaps looks at the result of every path. R and a number
// are the requirements of the founding article.
func TestEveryWayThroughTheTaps(t *testing.T) {
	t.Parallel()
	g := newGuide(t)
	var taps []int
	forms, knownIn := map[jaga.Form]int{}, map[string]bool{}
	twoForms := 0
	said := map[string]map[string]string{} // texts that many results share
	for _, lang := range languages() {
		said[lang] = map[string]string{}
	}
	text := func(r followed, lang string, slot string) string {
		key := slot + strings.Join(r.in[slot], " ")
		if _, ok := said[lang][key]; !ok {
			said[lang][key] = oneLine(r.text(g, lang, slot))
		}
		return said[lang][key]
	}
	used := map[string]bool{}
	g.taps.plan.walk(g.taps.has("en"), !testing.Short(), func(s tapScreen) {
		used[s.Piece] = true
		if s.Ask != "" || t.Failed() {
			return
		}
		r, v := followed{s, map[string][]string{}}, s.values
		for _, p := range s.Show {
			used[p.ID] = true
			r.in[p.Slot] = append(r.in[p.Slot], p.ID)
		}
		fail := func(format string, args ...any) { t.Helper(); t.Errorf(r.Letters+": "+format, args...) }
		taps = append(taps, len(r.Letters))
		if len(r.Letters) > mostTaps {
			fail("%d taps", len(r.Letters))
		}
		forms[jaga.Form(v["form"])]++
		streamed := v["form"] == "live_stream" || v["also"] == "live_stream"
		if v["also"] != "" {
			twoForms++
		}
		// R9: in every route; the first words of adults are for the child.
		for lang, first := range map[string]string{"en": "It is not your fault. You can stop. We can help you decide what next.", "id": "Ini bukan salahmu. Kamu boleh berhenti. Kita pikirkan langkah berikutnya."} {
			if !strings.Contains(text(r, lang, "first"), first) {
				fail("does not say %q", first)
			}
		}
		for _, slot := range []string{"looks", "lead", "do", "trust", "tell", "why", "care", "more"} {
			if len(r.in[slot]) == 0 {
				fail("nothing in %s", slot)
			}
		}
		if n := len(r.in["why"]); n > 3 {
			fail("%d lines of why", n)
		}
		// R4: power is in every result, by who it is.
		if !slices.Contains(r.in["power"], "power/"+v["know"]) {
			fail("no line on the power of %s: %v", v["know"], r.in["power"])
		}
		// R3: fame on a live stream is a signal without a threat.
		if v["what"] == "camera" && v["know"] == "famous" && (!streamed || !slices.Contains(r.in["power"], "power/famous")) {
			fail("a famous person on camera gives %s, %v", v["form"], r.in["power"])
		}
		// R7: the crisis card comes before all else; a crisis line is always there.
		if (v["feel"] == "hurt") != (r.Show[0].Slot == "crisis") {
			fail("feels %s, and the result begins with %s", v["feel"], r.Show[0].Slot)
		}
		if !slices.Contains(r.in["care"], "crisisline/"+v["reader"]) {
			fail("no crisis line")
		}
		if (v["safe"] == "no") != slices.Contains(r.in["danger"], "danger/no") {
			fail("safe: %s, and %v", v["safe"], r.in["danger"])
		}
		// R11: known people and peers lead to grooming too, peers with a word on help for both.
		if v["form"] == "grooming" || v["also"] == "grooming" {
			knownIn[v["know"]] = true
		}
		if v["know"] == "peer" && (!strings.Contains(text(r, "en", "power"), "Both sides need help") || !strings.Contains(text(r, "id", "power"), "Dua-duanya perlu dibantu")) {
			fail("a peer gets no help: %s", text(r, "en", "power"))
		}
		// R12: where home may be the danger, nobody at home is named until a tick.
		if streamed || v["know"] == "family" || v["what"] == "near" || v["safe"] == "no" {
			if v["tell"] != "away" {
				fail("home may be the danger, and the list is %s", v["tell"])
			}
			if parent := v["reader"] == "parent"; parent != (len(r.in["home"]) == 0) {
				fail("parents who are safe: %v", r.in["home"])
			}
		} else if len(r.in["home"]) > 0 {
			fail("home is hidden without need")
		}
		// R13, R14: the threat is the crime; giving does not make them stop.
		if v["form"] == "sextortion" {
			lead := map[string]string{"en": text(r, "en", "lead"), "id": text(r, "id", "lead")}
			if young := v["reader"] == "child" || v["reader"] == "teen"; young {
				if !strings.Contains(lead["en"], "They want something. Giving it does not make them stop.") || !strings.Contains(lead["id"], "Dia mau sesuatu. Kalau diberi, dia tidak akan berhenti.") {
					fail("%s", lead)
				}
			}
			if v["reader"] == "teen" && (!strings.Contains(lead["en"], "Even if you sent it yourself, the threat is the crime.") || !strings.Contains(lead["id"], "Walau kamu sendiri yang mengirim, yang jahat adalah ancamannya.")) {
				fail("%s", lead)
			}
		}
		if v["also"] == "sextortion" {
			fail("the second form is the one whose words come first")
		}
		if f := v["form"]; f == "sextortion" || f == "csam" {
			// R13: a fake has a sentence of its own.
			if v["picture"] == "fake" && !slices.Contains(r.in["lead"], "fake/fake") || !strings.Contains(text(r, "en", "lead"), "fake") || !strings.Contains(text(r, "id", "lead"), "palsu") {
				fail("nothing on fakes: %v", r.in["lead"])
			}
		}
		if w := v["want"]; w != "" && w != "unsure" && !slices.Contains(r.in["do"], "want/"+w) {
			fail("nothing on what they want, %s", w)
		}
		// R25
		if young := slices.Contains([]string{"child", "teen", "unsure"}, v["who"]); young != slices.Contains(r.in["care"], "account/yes") {
			fail("%s: %v", v["who"], r.in["care"])
		}
	})
	for _, f := range jaga.Forms() { // R1
		if forms[f] == 0 {
			t.Errorf("no way leads to %s", f)
		}
	}
	for _, k := range []string{"family", "adult", "peer", "online", "famous", "unsure"} {
		if !knownIn[k] {
			t.Errorf("no way from %s to grooming", k)
		}
	}
	slices.Sort(taps)
	n := len(taps)
	t.Logf("%d ways; taps: least %d, median %d, most %d; two forms in %d; forms %v", n, taps[0], taps[n/2], taps[n-1], twoForms, forms)
	// Words that no way leads to are a fault of the plan.
	for id := range g.taps.pieces["en"] {
		kind, _, _ := strings.Cut(id, "/")
		if !testing.Short() && !used[id] && (g.taps.words["en"][id] != "" || !slices.Contains([]string{"lead", "do", "route"}, kind)) {
			t.Errorf("no way leads to %s", id)
		}
	}
	if n < 10_000 || twoForms == 0 || forms[""] == 0 {
		t.Errorf("%d ways, two forms in %d, none in %d", n, twoForms, forms[""])
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// TestQuestions: what is asked, and what never is. A new question has to be
// thought about here.
func TestQuestions(t *testing.T) {
	t.Parallel()
	g := newGuide(t)
	got := map[string][]string{}
	for _, q := range g.taps.plan.Question {
		got[q.ID] = q.Answers
	}
	// R10: no degree is asked for, no act, no picture.
	if want := []string{"danger", "feel", "know", "picture", "safe", "saw", "trust", "want", "what", "who"}; !slices.Equal(slices.Sorted(maps.Keys(got)), want) {
		t.Errorf("%v", got)
	}
	// R13: all demands can be chosen.
	for _, demand := range []string{"pictures", "money", "meet", "things", "stay", "secret", "camera"} {
		if !slices.Contains(got["want"], demand) {
			t.Errorf("one cannot say that they want %s", demand)
		}
	}
	// R11: known people.
	for _, who := range []string{"family", "adult", "peer", "online", "famous"} {
		if !slices.Contains(got["know"], who) {
			t.Errorf("one cannot say that it is %s", who)
		}
	}
	for lang, begin := range map[string]string{"en": "It looks like ", "id": "Sepertinya "} {
		for id, p := range g.taps.pieces[lang] {
			if strings.HasPrefix(id, "looks/") && !strings.HasPrefix(p.Text, begin) {
				t.Errorf("%s %s: %q does not begin with %q", lang, id, p.Text, begin)
			}
			if !strings.HasPrefix(id, "ask/") {
				if bad := finds(p.Text, []string{"you are a victim", "victim of", "you are safe", "score", "percent", "kamu korban", "korban dari", "kamu aman", "skor", "persen"}); bad != nil {
					t.Errorf("%s %s says %q", lang, id, bad)
				}
			}
		}
	}
}

// TestNotSure answers "not sure" throughout, and gets help.
func TestNotSure(t *testing.T) {
	t.Parallel()
	g := newGuide(t)
	has := g.taps.has("id")
	s, _ := g.taps.plan.screen(has, "")
	for s.Ask != "" {
		i := slices.IndexFunc(g.taps.plan.Question, func(q tapQuestion) bool { return q.ID == s.Ask })
		n := slices.Index(g.taps.plan.Question[i].Answers, "unsure")
		s, _ = g.taps.plan.screen(has, s.Letters+string(rune('a'+n)))
	}
	var ids []string
	for _, p := range s.Show {
		ids = append(ids, p.ID)
	}
	for _, want := range []string{"looks/unsure", "first/teen", "do/teen", "tell/open/teen", "unsafe/unsure", "why/what/unsure", "power/unsure", "route/teen"} {
		if !slices.Contains(ids, want) {
			t.Errorf("no %s in %v", want, ids)
		}
	}
}

func TestPlanRefuses(t *testing.T) {
	t.Parallel()
	q := func(id string, answers ...string) tapQuestion { return tapQuestion{ID: id, Answers: answers} }
	two := []tapQuestion{q("a", "x", "unsure"), q("b", "y", "unsure")}
	for want, p := range map[string]tapPlan{
		"no questions":            {},
		`second question "a"`:     {Question: []tapQuestion{two[0], two[0]}},
		"has 0 answers":           {Question: []tapQuestion{q("a")}},
		"has 9 answers":           {Question: []tapQuestion{q("a", "1", "2", "3", "4", "5", "6", "7", "8", "unsure")}},
		`no answer "unsure"`:      {Question: []tapQuestion{q("a", "x", "y")}},
		`a is never "z"`:          {Question: two, Rule: []tapRule{{When: tapWhen{"a": {"z"}}}}},
		`c is never "y"`:          {Question: []tapQuestion{{ID: "a", Answers: []string{"x"}, When: tapWhen{"c": {"y"}}}}},
		"rule 1: b is a question": {Question: two, Rule: []tapRule{{Set: map[string]string{"b": "y"}}}},
		`no slot "attic"`:         {Question: two, Show: []tapShow{{"attic", "a"}}},
		"names nothing":           {Question: two, Show: []tapShow{{"do", "do/{c}"}}},
	} {
		if err := p.wrong(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
