package guide

import (
	"bytes"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
)

var update = flag.Bool("update", false, "write the generated page instead of comparing it")

// Between these lines of the page stands what people write.
const (
	byHand    = "<!-- From here on written by hand; make gen leaves it alone. -->\n"
	handEnded = "<!-- Up to here. -->\n"
)

// TestQualityPage keeps docs/guide-quality.md equal to what the guide weighs
// and how hard it reads, as of one day, so that no day changes it.
func TestQualityPage(t *testing.T) {
	t.Parallel()
	const path = "../../../docs/guide-quality.md"
	g, err := New(Options{Now: func() time.Time { return time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile(path)
	if err != nil && !*update {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(have), byHand)
	hand, _, _ := strings.Cut(rest, handEnded)
	want := qualityPage(t, g, hand)
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if bytes.Equal(have, want) {
		return
	}
	got, is := strings.Split(string(have), "\n"), strings.Split(string(want), "\n")
	for i, line := range is {
		if i >= len(got) || got[i] != line {
			t.Fatalf("%s is not what was measured, from line %d on (%q); run make gen", path, i+1, line)
		}
	}
	t.Fatalf("%s goes on after line %d; run make gen", path, len(is))
}

// quality is the page while it is written.
type quality struct {
	bytes.Buffer
	met, missed int
}

// target writes one line of the table of targets.
func (q *quality) target(what, want, got string, met bool) {
	verdict := "met"
	if met {
		q.met++
	} else {
		q.missed++
		verdict = "**missed**"
	}
	fmt.Fprintf(q, "| %s | %s | %s | %s |\n", what, want, got, verdict)
}

func kilo(n int) string { return fmt.Sprintf("%.1f KB", float64(n)/1024) }

func qualityPage(t *testing.T, g *Guide, hand string) []byte {
	weights, pack, err := g.Weigh()
	if err != nil {
		t.Fatal(err)
	}
	q := &quality{}
	q.WriteString(`# What the guide weighs, and how hard it reads

Written by a test of internal/web/guide; ` + "`make gen`" + ` writes it again. Sizes are
in KB of 1,024 bytes, packed with gzip as the server sends them. Pages are as on
25 November 2026, because they say how old a fact is.

| | target | measured | |
|---|---|---|---|
`)
	heaviest := slices.MaxFunc(weights, func(a, b Weight) int { return a.First - b.First })
	q.target("heaviest page with all its files, first visit", "≤ 30 KB", fmt.Sprintf("%s (`%s`)", kilo(heaviest.First), heaviest.Path), heaviest.First <= 30<<10)
	own := 0
	for _, s := range g.scripts() {
		own += s.Bytes
	}
	q.target("all JavaScript of our own", "≤ 10 KB", kilo(own), own <= 10<<10)
	q.target("what a phone keeps, loaded", "≤ 2 MB", kilo(pack.Loaded), pack.Loaded <= 2<<20)
	routes, easy := 0, 0
	for _, lang := range languages() {
		ease := g.Ease(lang)
		for _, a := range audiences() {
			for _, f := range jaga.Forms() {
				if ease[a.Name+"/"+string(f)].Words >= 80 {
					routes++
				}
			}
		}
		for name, r := range ease {
			if !tooHard(lang, name, r) {
				easy++
			}
		}
	}
	all := 2 * len(g.trees["en"].all())
	q.target("forms × readers × languages", "40 of 40", fmt.Sprintf("%d of 40", routes), routes == 40)
	q.target("texts no harder to read than their readers can", "all", fmt.Sprintf("%d of %d", easy, all), easy == all)
	faults := len(g.Check(g.now()))
	q.target("faults that `jaga guide check` finds", "none", fmt.Sprint(faults), faults == 0)
	source, dated, tried := 0, 0, 0
	for _, r := range g.help.Row {
		if r.Source != "" {
			source++
		}
		if r.Read != "" {
			dated++
		}
		if !r.stale(g.now()) {
			tried++
		}
	}
	rows := len(g.help.Row)
	q.target("rows of the help directory with a source, and the day it was read", "all", fmt.Sprintf("%d and %d of %d", source, dated, rows), source == rows && dated == rows)
	q.target("rows that a person has tried within 180 days", "all; others are marked", fmt.Sprintf("%d of %d", tried, rows), tried == rows)
	reviewed := 0
	for _, c := range g.laws {
		if c.Reviewer != "" {
			reviewed++
		}
	}
	q.target("law cards that a lawyer has read", "all; others are marked", fmt.Sprintf("%d of %d", reviewed, len(g.laws)), reviewed == len(g.laws))
	fmt.Fprintf(q, "\n%d of %d targets are met.\n", q.met, q.met+q.missed)

	q.WriteString(`
## Pages

The heaviest page of each kind, alone and with the styles, scripts, icon and
manifest that a first visit also fetches.

| kind | heaviest | page | first visit |
|---|---|--:|--:|
`)
	for _, w := range weights {
		fmt.Fprintf(q, "| %s | `%s` | %s | %s |\n", w.Kind, w.Path, kilo(w.Page), kilo(w.First))
	}
	q.WriteString(`
## Scripts of our own

| file | |
|---|--:|
`)
	for _, s := range g.scripts() {
		fmt.Fprintf(q, "| `%s` | %s |\n", s.Name, kilo(s.Bytes))
	}
	fmt.Fprintf(q, "| together | %s |\n", kilo(own))
	fmt.Fprintf(q, `
## On a phone

Somebody who keeps the guide on a phone loads %s in %d files: all pages of both
languages that need no server, and what they use. They take %s there. The list
of these files is part of the service worker, which weighs %s with it.
`, kilo(pack.Loaded), pack.Files, kilo(pack.Stored), kilo(workerBytes(t, g)))

	q.WriteString(`
## Reading

Grades are by Flesch and Kincaid, without headings; for Indonesian the number of
syllables is multiplied by 0.6. Short items of lists make them low, and the
formula knows nothing of how hard an idea is.

| texts | | English, grade | limit | Indonesian, grade | limit |
|---|--:|---|--:|---|--:|
`)
	groups := []struct{ title, prefix string }{{"6 to 11", "child/"}, {"12 to 17", "teen/"}, {"friends", "friend/"}, {"parents", "parent/"}, {"teachers", "teacher/"}, {"law cards", "law/"}, {"other pages, for all", "all"}, {"other pages, for adults", "adults"}}
	for _, group := range groups {
		n, line := 0, ""
		for _, lang := range languages() {
			least, most, limit := math.Inf(1), math.Inf(-1), 0.0
			n = 0
			for name, r := range g.Ease(lang) {
				in := strings.HasPrefix(name, group.prefix)
				if !strings.Contains(name, "/") {
					in = group.prefix == map[bool]string{true: "all", false: "adults"}[forYoung(name)]
				}
				if !in {
					continue
				}
				n++
				least, most = min(least, r.Grade), max(most, r.Grade)
				en, id := Grades(name)
				limit = map[string]float64{"en": en, "id": id}[lang]
			}
			line += fmt.Sprintf(" %.1f to %.1f | %.0f |", least, most, limit)
		}
		fmt.Fprintf(q, "| %s | %d |%s\n", group.title, n, strings.ReplaceAll(line, "-", "−"))
	}
	q.WriteString("\n" + byHand + hand + handEnded)
	return q.Bytes()
}

// tooHard reports whether a text breaks the rules on reading.
func tooHard(lang, name string, r Reading) bool {
	en, id := Grades(name)
	return r.Grade > map[string]float64{"en": en, "id": id}[lang]
}

func workerBytes(t *testing.T, g *Guide) int {
	a, _, err := g.workerOfToday()
	if err != nil {
		t.Fatal(err)
	}
	return transferred(a.data)
}
