package guide

import (
	"fmt"
	"slices"
	"strings"
)

// pieceSlack is how many grades harder than a whole screen one piece of it may
// be: with few words, one long one makes a grade or two.
const pieceSlack = 4

// checkTaps looks at the words of the check by taps, and whether every way
// through it ends as it must.
func (g *Guide) checkTaps(report reporter) {
	const file = "taps.toml"
	t := g.taps
	counts := map[string]map[string]Reading{}
	for _, lang := range languages() {
		r, words := g.rules[lang], t.words[lang]
		for key, text := range words {
			for _, p := range finds(text, slices.Concat(r.Blame, r.Shown, r.Guilt, r.Scare)) {
				report(lang+"/"+file, "%s: %q may not be said", key, p)
			}
			g.checkSuperseded(lang+"/"+file, text, report)
			g.checkNumbers(lang+"/"+file, text, report)
		}
		for _, other := range languages() {
			for key := range t.words[other] {
				if words[key] == "" {
					report(lang+"/"+file, "no text %q", key)
				}
			}
		}
		counts[lang] = map[string]Reading{}
		for id, p := range t.pieces[lang] {
			counts[lang][id] = read(lang, p.Text)
			limit := easeOf(pieceReader(id)+"/").grade(lang) + pieceSlack
			if got := counts[lang][id].Grade; got > limit {
				report(lang+"/"+file, "%s reads like grade %.1f, want at most %.0f", id, got, limit)
			}
		}
	}
	seen := map[string]bool{} // what was looked at or reported already: many ways lead to one fault
	once := func(file, format string, args ...any) {
		if s := file + fmt.Sprintf(format, args...); !seen[s] {
			seen[s] = true
			report(file, format, args...)
		}
	}
	asked := map[string]bool{}
	t.plan.walk(t.has(languages()[0]), false, func(s tapScreen) {
		switch {
		case s.Ask != "" && s.Piece == "":
			once(file, "the question %q has no words", s.Ask)
		case s.Ask != "" && len(s.Letters) >= mostTaps:
			once(file, "more than %d taps to a result", mostTaps)
		case s.Ask != "":
			asked[s.Piece] = true
		default:
			g.checkResult(s, counts, seen, once)
		}
	})
	for lang, of := range counts {
		var young, other Reading
		for id := range asked {
			if strings.HasSuffix(id, "/other") {
				other = other.and(of[id])
			} else {
				young = young.and(of[id])
			}
		}
		checkEase(lang, lang+"/"+file, "its questions", easeOf("child/"), young, once)
		checkEase(lang, lang+"/"+file, "its questions about others", easeOf("friend/"), other, once)
	}
}

// checkResult looks at one result.
func (g *Guide) checkResult(s tapScreen, counts map[string]map[string]Reading, seen map[string]bool, once reporter) {
	const file = "taps.toml"
	in := map[string][]string{}
	for _, p := range s.Show {
		in[p.Slot] = append(in[p.Slot], p.ID)
	}
	for _, slot := range []string{"looks", "first", "lead", "do", "trust", "tell", "why", "power", "care", "more"} {
		if len(in[slot]) == 0 {
			once(file, "nothing in slot %q of the result for %s, %s", slot, s.values["reader"], s.values["card"])
		}
	}
	for _, lang := range languages() {
		var sum Reading
		for _, p := range s.Show {
			sum = sum.and(counts[lang][p.ID])
		}
		checkEase(lang, lang+"/"+file, "the result for "+s.values["reader"]+", "+s.values["card"], easeOf(s.values["reader"]+"/"), sum, once)
		for _, id := range in["tell"] {
			key := lang + " " + id + " " + s.values["tell"]
			if seen[key] {
				continue
			}
			seen[key] = true
			list, _, _ := strings.Cut(string(g.taps.pieces[lang][id].HTML), "</ul>")
			for i, item := range strings.Split(list, "<li>")[1:] {
				home := finds(tag.ReplaceAllString(item, " "), g.rules[lang].Family)
				if len(home) > 0 && (i == 0 || s.values["tell"] == "away") {
					once(lang+"/"+file, "%s: number %d to tell may be at home (%s)", id, i+1, strings.Join(home, ", "))
				}
			}
		}
		for _, id := range in["do"][:min(1, len(in["do"]))] {
			if n := strings.Count(string(g.taps.pieces[lang][id].HTML), "<li>"); n != 3 {
				once(lang+"/"+file, "%s: %d steps, want 3", id, n)
			}
		}
	}
}

// pieceReader is the youngest reader whom a piece is shown to.
func pieceReader(id string) string {
	for part := range strings.SplitSeq(id, "/") {
		if part == "other" {
			return "friend"
		}
		if slices.ContainsFunc(audiences(), func(a audience) bool { return a.Name == part }) {
			return part
		}
	}
	return "child"
}
