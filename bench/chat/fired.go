package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/convo"
	"github.com/jaga-project/jaga/convo/pack"
)

// firedLog collects which rules fired on ordinary chat, for the people who
// write packs. It holds no text of a message.
type firedLog struct {
	m        *pack.Matcher
	b        strings.Builder
	messages map[string]int // of the collection, by indicator
	reasons  map[string]int // of findings at review or above, in the setting
	first    map[string]int // the weightiest reason of each of them
}

func newFiredLog(m *pack.Matcher) *firedLog {
	return &firedLog{m: m, reasons: map[string]int{}, first: map[string]int{}}
}

func (l *firedLog) String() string { return l.b.String() }

// collection counts the rules that fire on messages read alone, with ages
// unknown.
func (l *firedLog) collection(name string, all []talk) {
	type fired struct {
		rule   string
		view   pack.View
		quoted bool
	}
	rules := map[fired]int{}
	l.messages = map[string]int{}
	messages := 0
	var s pack.Scan
	for _, t := range all {
		for _, m := range t.messages {
			messages++
			l.m.Scan(&s, m.Text, pack.Unknown, pack.Unknown)
			once := map[string]bool{}
			for i := range s.Hits {
				h := &s.Hits[i]
				quiet := h.Quoted || s.Frames != 0
				rules[fired{ruleName(h), h.View, quiet}]++
				if id := string(h.Rule.Indicator); h.Rule.Kind == pack.RuleIndicator && !quiet && !once[id] {
					once[id] = true
					l.messages[id]++
				}
			}
		}
	}
	fmt.Fprintf(&l.b, "# %s: %d conversations, %d messages\n\nper 10,000  times  rule (pack, and the line of its first own test)  view\n", name, len(all), messages)
	order := slices.SortedFunc(maps.Keys(rules), func(a, b fired) int {
		return cmp.Or(cmp.Compare(rules[b], rules[a]), cmp.Compare(a.rule, b.rule), cmp.Compare(a.view, b.view))
	})
	for _, f := range order {
		note := ""
		if f.quoted {
			note = "  (quoted or framed: counts little)"
		}
		fmt.Fprintf(&l.b, "%10.2f %6d  %s  %v%s\n", per10k(rules[f], messages), rules[f], f.rule, f.view, note)
	}
	l.b.WriteString("\n")
}

// ruleName is the rule with its place.
func ruleName(h *pack.Hit) string {
	name := cmp.Or(string(h.Rule.Indicator), h.Rule.Name)
	line := 0
	if len(h.Rule.Yes) > 0 {
		line = h.Rule.Yes[0].Line
	}
	return fmt.Sprintf("%s %s:%d", name, h.Pack, line)
}

// finding notes the reasons of findings that a person would have to look at.
func (l *firedLog) finding(s *convo.State) {
	if s.Band() < jaga.BandReview {
		return
	}
	for _, f := range s.Findings() {
		if f.Band < jaga.BandReview {
			continue
		}
		var ids []string
		for _, r := range f.Because {
			ids = append(ids, fmt.Sprintf("%s×%d", r.Indicator, max(r.Count, 1)))
		}
		l.reasons[fmt.Sprintf("%s %s because %s", f.Form, f.Band, strings.Join(ids, " "))]++
		if len(f.Because) > 0 {
			l.first[fmt.Sprintf("%s %s %s", f.Because[0].Indicator, f.Form, f.Band)]++
		}
	}
}

// setting writes what became of the collection in one setting.
func (l *firedLog) setting(set chatSet) {
	fmt.Fprintf(&l.b, "## %s, %s\n\n", set.Name, set.Setting)
	for _, b := range set.Bands {
		fmt.Fprintf(&l.b, "%s: %s of conversations; %.2f alerts per 10,000 messages\n", b.Band, b.Conversations, b.Per10k)
	}
	l.b.WriteString("\nfindings at review or above, by the weightiest reason:\n")
	l.table(l.first, 100)
	l.b.WriteString("\nand by all reasons, the most frequent:\n")
	l.table(l.reasons, 40)
	l.b.WriteString("\n")
	clear(l.first)
	clear(l.reasons)
}

// table writes the highest counts.
func (l *firedLog) table(counts map[string]int, most int) {
	for i, k := range slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), strings.Compare(a, b))
	}) {
		if i == most {
			break
		}
		fmt.Fprintf(&l.b, "%6d  %s\n", counts[k], k)
	}
}
