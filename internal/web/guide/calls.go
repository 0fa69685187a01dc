package guide

import (
	"slices"
	"strings"
)

// checkCalls looks at the texts on what happens when one calls: children read
// them, so they are held to what is held of pages for young people.
func (g *Guide) checkCalls(report reporter) {
	for _, lang := range languages() {
		file, r, limit := lang+"/calls.toml", g.rules[lang], easeOf("friend/")
		grade := limit.english
		if lang == "id" {
			grade = limit.indonesian
		}
		for id, text := range g.trees[lang].calls {
			for _, other := range languages() {
				if g.trees[other].calls[id] == "" {
					report(other+"/calls.toml", "no text %q", id)
				}
			}
			if _, ok := g.help.row(id); !ok {
				report(file, "%s: the help directory has no such row", id)
			}
			for _, p := range finds(text, slices.Concat(r.Blame, r.Shown, r.Guilt, r.Scare)) {
				report(file, "%s: %q may not be said", id, p)
			}
			for word := range strings.FieldsSeq(text) {
				if s, ok := g.help.superseded(strings.Trim(word, ".,;:()")); ok {
					report(file, "%s: %s leads nowhere any more: %s", id, s.Value, s.Why)
				}
			}
			got := read(lang, text)
			if got.Grade > grade {
				report(file, "%s: reads like grade %.1f, want at most %.0f", id, got.Grade, grade)
			}
			if most := int(2 * limit.words); got.Longest > most {
				report(file, "%s: a sentence of %d words, want at most %d", id, got.Longest, most)
			}
		}
	}
}
