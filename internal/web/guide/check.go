package guide

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
)

// Check returns what the texts do against the rules that hold for every page,
// in no order; nothing if they keep them all. Each fault names the file. now
// is the day on which the ages of facts are reckoned.
func (g *Guide) Check(now time.Time) []error {
	var faults []error
	report := func(file, format string, args ...any) {
		faults = append(faults, fmt.Errorf("%s: %s", file, fmt.Sprintf(format, args...)))
	}
	for _, lang := range languages() {
		t, r := g.trees[lang], g.rules[lang]
		articles := t.all()
		for name, a := range articles {
			g.checkWords(r, name, a, report)
			checkReading(lang, name, a, report)
			if !slices.Equal(a.kinds(), g.trees[languages()[0]].all()[name].kinds()) {
				report(a.File, "its sections are not those of the other language")
			}
		}
		g.checkShort(lang, takeKind, report)
		g.checkShort(lang, tellKind, report)
		for key, text := range t.texts {
			for _, p := range finds(text, slices.Concat(r.Blame, r.Shown, r.Guilt, r.Scare)) {
				report(lang+"/texts.toml", "%s: %q may not be said", key, p)
			}
		}
		checkPaste(lang, t, report)
		for _, other := range g.trees {
			for key := range other.texts {
				if t.texts[key] == "" {
					report(lang+"/texts.toml", "no text %q", key)
				}
			}
		}
		for key, text := range r.Say {
			if t.texts[key] != text {
				report(lang+"/texts.toml", "%s: does not say %q", key, text)
			}
		}
		for name := range t.routes {
			checkRoute(r, name, t.routes[name], report)
		}
		for _, s := range sheets() {
			g.checkSheet(lang, s, t.sheets[s.Name], report)
		}
		for _, q := range r.Require {
			for _, name := range q.Pages {
				a, ok := articles[name]
				if !ok {
					report(lang+"/rules.toml", "there is no page %q", name)
					continue
				}
				if !slices.ContainsFunc(strings.Split(q.Text, "|"), func(s string) bool { return strings.Contains(flow(a), s) }) {
					report(a.File, "does not say %q", q.Text)
				}
			}
		}
	}
	g.checkTaps(report)
	for _, c := range g.laws {
		if c.stale(now) {
			report("law.toml", "the card of %s has facts of %s, more than twelve months old", c.Country, c.Dated)
		}
	}
	g.checkHelp(report)
	g.checkCalls(report)
	g.checkPages(report)
	return faults
}

type reporter func(file, format string, args ...any)

// all lists the articles of a language by the name that rules call them by.
func (t *tree) all() map[string]article {
	out := maps.Clone(t.routes)
	maps.Copy(out, t.single)
	for c, a := range t.law {
		out["law/"+c] = a
	}
	for name, a := range t.sheets {
		out[sheetFolder+name] = a
	}
	return out
}

// kinds lists the kinds of an article's sections, in their order.
func (a article) kinds() []string {
	var out []string
	for _, s := range a.Sections {
		out = append(out, s.Kind)
	}
	return out
}

// flow is the text of an article without line ends.
func flow(a article) string { return strings.Join(strings.Fields(a.words()), " ") }

// forYoung reports whether children or young people are led to a page.
func forYoung(name string) bool {
	if s, ok := strings.CutPrefix(name, sheetFolder); ok {
		return s != "procedure"
	}
	group, _, route := strings.Cut(name, "/")
	return group == "child" || group == "teen" || group == "friend" || !route && name != "say" && name != "words" && name != "terms" && name != "sources"
}

func (g *Guide) checkWords(r rules, name string, a article, report reporter) {
	no := slices.Concat(r.Blame, r.Scare)
	if name != "words" {
		no = slices.Concat(no, r.Shown)
	}
	if forYoung(name) {
		no = slices.Concat(no, r.Guilt)
	}
	for _, p := range finds(a.words(), no) {
		report(a.File, "%q may not be said", p)
	}
	g.checkSuperseded(a.File, a.words(), report)
	if strings.HasPrefix(name, "law/") || name == "sources" || name == "words" {
		return // numbers of laws and of studies
	}
	g.checkNumbers(a.File, a.words(), report)
}

func (g *Guide) checkSuperseded(file, words string, report reporter) {
	for _, s := range g.help.Superseded {
		if strings.Contains(squeeze(words), squeeze(s.Value)) {
			report(file, "%s leads nowhere any more: %s", s.Value, s.Why)
		}
	}
}

// checkNumbers looks whether numbers that one might call lead to help.
func (g *Guide) checkNumbers(file, words string, report reporter) {
	for _, n := range number.FindAllString(words, -1) {
		if !slices.ContainsFunc(g.help.Row, func(w row) bool { return strings.Contains(squeeze(w.Value), n) }) {
			report(file, "the number %s is not in the help directory", n)
		}
	}
}

var number = regexp.MustCompile(`\d{3,}`)

// checkRoute looks at what every way to help must hold.
func checkRoute(r rules, name string, a article, report reporter) {
	for _, kind := range []string{"signs", "do", "tell", "avoid", "keep"} {
		if n := len(slices.DeleteFunc(a.kinds(), func(k string) bool { return k != kind })); n != 1 {
			report(a.File, "%d sections {%s}, want one", n, kind)
		}
	}
	do, _ := a.section("do")
	if after := at(do.Text, r.After); after >= 0 {
		if note := at(do.Text, r.Note); note < 0 || note > after {
			report(a.File, "its steps report, leave or block before anything is noted")
		}
	}
	tell, _ := a.section("tell")
	list, _, _ := strings.Cut(string(tell.Body), "</ul>")
	items := strings.Split(list, "<li>")[1:]
	if len(items) < 2 {
		report(a.File, "it names fewer than two people to tell")
		return
	}
	outside := 0
	for _, item := range items {
		if len(finds(tag.ReplaceAllString(item, " "), r.Family)) == 0 {
			outside++
		}
	}
	if outside == 0 {
		report(a.File, "everybody to tell is family")
	}
	if !strings.Contains(list, "/help\"") {
		report(a.File, "the people to tell do not include those of the help directory")
	}
	if strings.HasSuffix(name, "/"+string(jaga.FormLiveStream)) {
		if home := finds(tag.ReplaceAllString(items[0], " "), r.Family); len(home) > 0 {
			report(a.File, "the first to tell may be at home (%s), where somebody may take part", strings.Join(home, ", "))
		}
	}
}

var tag = regexp.MustCompile(`<[^>]*>`)

// ease is how hard the text for one group of readers may be.
type ease struct {
	english, indonesian float64 // grade
	words               float64 // a sentence, on average
}

func (e ease) grade(lang string) float64 {
	if lang == "id" {
		return e.indonesian
	}
	return e.english
}

// easeOf is the limit for a page.
func easeOf(name string) ease {
	if rest, ok := strings.CutPrefix(name, sheetFolder); ok {
		s, _ := sheetOf(rest)
		return s.All
	}
	switch {
	case strings.HasPrefix(name, "child/"):
		return ease{3, 3, 10}
	case forYoung(name):
		return ease{5, 6, 12}
	default:
		return ease{7, 8, 15}
	}
}

// Ease measures the texts of a language, by the name that rules call them by.
// Headings, which are much the same on all pages, are left out.
func (g *Guide) Ease(lang string) map[string]Reading {
	out := map[string]Reading{}
	for name, a := range g.trees[lang].all() {
		out[name] = read(lang, a.prose())
	}
	return out
}

func checkReading(lang, name string, a article, report reporter) {
	checkEase(lang, a.File, "it", easeOf(name), read(lang, a.prose()), report)
}

// checkEase looks whether a text is easy enough for its readers.
func checkEase(lang, file, what string, limit ease, got Reading, report reporter) {
	got = got.graded(lang)
	if grade := limit.grade(lang); got.Grade > grade {
		report(file, "%s reads like grade %.1f, want at most %.0f", what, got.Grade, grade)
	}
	if mean := float64(got.Words) / float64(got.Sentences); mean > limit.words {
		report(file, "%s: %.1f words a sentence, want at most %.0f", what, mean, limit.words)
	}
	if most := int(2 * limit.words); got.Longest > most {
		report(file, "%s: a sentence of %d words, want at most %d", what, got.Longest, most)
	}
}

// checkHelp looks whether every country has two ways out, one of them neither
// family nor police, and whether no text is missing.
func (g *Guide) checkHelp(report reporter) {
	for _, c := range append(g.help.countries(), everywhere) {
		names, free := map[string]bool{}, false
		for _, r := range slices.Concat(g.help.of(c), g.help.foreign(c)) {
			names[r.Name] = true
			free = free || r.Kind != "police" && r.Kind != "emergency"
		}
		if len(names) < 2 || !free {
			report("help.toml", "%s has %d services, want two and one that is not the police", c, len(names))
		}
	}
	for _, r := range g.help.Row {
		if r.Sure != "high" && r.Kind != "emergency" {
			report("help.toml", "%s: only an emergency number may be less than sure", r.ID)
		}
		for _, key := range []string{"country." + r.Country, "kind." + r.Kind, "channel." + r.Channel, "for." + r.For, r.Warning} {
			if key != "" && g.trees[languages()[0]].texts[key] == "" {
				report("help.toml", "%s: no text %q", r.ID, key)
			}
		}
	}
	for _, c := range g.laws {
		if g.trees[languages()[0]].texts["country."+c.Country] == "" {
			report("law.toml", "no text %q", "country."+c.Country)
		}
	}
}
