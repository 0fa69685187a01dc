package indicator

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the generated page instead of comparing it")

// TestPage keeps docs/indicators.md equal to the catalogue.
func TestPage(t *testing.T) {
	t.Parallel()
	const path = "../../docs/indicators.md"
	want := page()
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(got, want) {
		return
	}
	gotLines, wantLines := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i, w := range wantLines {
		if i >= len(gotLines) || gotLines[i] != w {
			t.Fatalf("%s is not what the catalogue says from line %d on; run go test ./convo/indicator -update", path, i+1)
		}
	}
	t.Fatalf("%s goes on after line %d; run go test ./convo/indicator -update", path, len(wantLines))
}

const pageHead = `# Indicators

Written from the catalogue in convo/indicator; a test compares them.

This is what Jaga looks for in conversations: %d indicators, %d context
modifiers and %d combinations. An entry names a behaviour and holds no example
wording. **No indicator is a verdict on a person.** Every one has harmless
situations that look the same; they are listed with it. An account with
indicators is an account under review.

## How to read the tables

* **Shows in**: text, metadata of messages or accounts, relation between
  accounts, timing and order, payments and gifts. Not all of them are needed.
* **Needs**: what a deployment has to supply beyond text and times. Where it is
  missing the indicator is *unknown*, which is not the same as absent.
* **Alone**: what an indicator is worth with nothing beside it. *Weak* is
  common in ordinary life and counts only in combination. *Moderate* is worth
  remembering. *Strong* may reach review by itself. *Urgent* means that
  somebody may be in danger now: no minimum of evidence is asked for. Where
  two are given, the second one holds under the condition stated.
* **Side**: most entries describe what one account does towards another
  (*speaker*), some an account in a room (*room*). Those marked *target*
  describe a person who may need help and are never evidence against them.
* **Rests on**: keys of the [sources](#sources). %s means that no published
  figure says how well the entry can be detected.

`

// page renders the catalogue for readers.
func page() []byte {
	var b bytes.Buffer
	all, mods, combos := All(), Modifiers(), Combinations()
	fmt.Fprintf(&b, pageHead, len(all), len(mods), len(combos), unmeasured)
	for _, f := range Families() {
		if f == Context {
			continue
		}
		fmt.Fprintf(&b, "## %s. %s\n\n", f, f.Name().EN)
		if f == Grooming {
			b.WriteString("Stages describe what an act tends to serve. They come in any order, and\nnothing requires one before another.\n\n")
		}
		b.WriteString("| id | behaviour | side | shows in | needs | alone | looks the same | rests on |\n|---|---|---|---|---|---|---|---|\n")
		for _, e := range all {
			if e.Family == f {
				writeRow(&b, e)
			}
		}
		b.WriteString("\nWith care:\n\n")
		for _, e := range all {
			if e.Family == f && e.Fairness != (L{}) {
				fmt.Fprintf(&b, "* **%s** %s\n", e.ID, e.Fairness.EN)
			}
		}
		b.WriteString("\n")
	}

	b.WriteString("## Context modifiers\n\nA modifier lowers, raises or redirects. It never hides an indicator.\n\n| id | context | effect | lowers |\n|---|---|---|---|\n")
	for _, m := range mods {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", m.ID, m.Name.EN, m.Effect.EN, idList(m.Lowers))
	}
	b.WriteString("\n## Combinations\n\nTogether these are worth more than their parts.\n\n| no. | combination | what belongs to it |\n|---|---|---|\n")
	for _, c := range combos {
		fmt.Fprintf(&b, "| %d | %s | %s |\n", c.No, c.Name.EN, c.Note.EN)
	}
	b.WriteString("\n## Sources\n\nSources marked † are known through later papers that summarise them and were\nnot read again in full.\n\n| key | source |\n|---|---|\n")
	for _, r := range Sources() {
		mark := ""
		if r.Summarised {
			mark = " †"
		}
		fmt.Fprintf(&b, "| %s%s | %s |\n", r.Key, mark, r.Text)
	}
	return b.Bytes()
}

func writeRow(b *bytes.Buffer, e Indicator) {
	var stages []string
	for _, s := range e.Stage {
		stages = append(stages, s.Name().EN)
	}
	name := "**" + e.Name.EN + "**"
	if len(stages) > 0 {
		name += " (" + strings.Join(stages, ", ") + ")"
	}
	alone := e.Alone.String()
	if e.Ranged() {
		when := e.UpWhen.EN
		alone += "; " + e.AloneUp.String() + " when " + strings.ToLower(when[:1]) + when[1:]
	}
	fmt.Fprintf(b, "| %s | %s<br>%s | %s | %s | %s | %s | %s | %s |\n",
		e.ID, name, e.Meaning.EN, e.Side,
		strings.Join(e.Channels.Words(), ", "), strings.ReplaceAll(list(e.Needs.Words()), "_", " "),
		alone, strings.ReplaceAll(list(e.Lookalikes), "-", " "), strings.Join(e.Evidence, ", "))
}

// list joins words, and says "–" for none.
func list(words []string) string {
	if len(words) == 0 {
		return "–"
	}
	return strings.Join(words, ", ")
}

// idList joins IDs; what every entry that reads text would fill is said in
// words.
func idList(ids []ID) string {
	if slices.Equal(ids, textual()) {
		return "all that read text, except the target's side"
	}
	var s []string
	for _, id := range ids {
		s = append(s, string(id))
	}
	return list(s)
}
