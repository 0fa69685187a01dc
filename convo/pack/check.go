package pack

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Problem is something that lint or a pack's own tests found.
type Problem struct {
	File string `json:"file"`
	Line int    `json:"line"`
	// Fatal problems keep a pack from being used; the others are advice.
	Fatal bool   `json:"fatal"`
	What  string `json:"what"`
}

// String returns the problem with its place.
func (p Problem) String() string { return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.What) }

func (p *Pack) problem(line int, fatal bool, format string, args ...any) Problem {
	file, n := p.Where(line)
	return Problem{file, n, fatal, fmt.Sprintf(format, args...)}
}

// Check compiles the pack and runs the tests in it: every yes must be hit by
// its rule and every no must not. A problem here means that the pack must not
// be used.
func Check(p *Pack) []Problem {
	m, err := Compile(p)
	if err != nil {
		if se, ok := err.(*SyntaxError); ok {
			return []Problem{{se.File, se.Line, true, se.What}}
		}
		return []Problem{p.problem(1, true, "%v", err)}
	}
	var out []Problem
	var s Scan
	for i := range p.Rules {
		r := &p.Rules[i]
		hit := func(text string) bool {
			// The speaker is one that the rule allows: the tests are about words.
			m.Scan(&s, text, r.Speakers, r.Targets)
			return slices.ContainsFunc(s.Hits, func(h Hit) bool { return h.Rule == r })
		}
		for _, e := range r.Yes {
			if !hit(e.Text) {
				out = append(out, p.problem(e.Line, true, "%s must be found in this message and is not", r.label()))
			}
		}
		for _, e := range r.No {
			if hit(e.Text) {
				out = append(out, p.problem(e.Line, true, "%s must not be found in this message and is", r.label()))
			}
		}
	}
	return out
}

func (r *Rule) label() string {
	if r.Kind == RuleIndicator {
		return string(r.Indicator)
	}
	return r.Name
}

// sexualStems are beginnings of words that a pack must not hold: what is
// sexual reaches the detector as a score of a classifier, never as words.
var sexualStems = [...]string{"porn", "nude", "naked", "sexy", "bugil", "telanjang", "bokep", "ngentot", "mesum"}

// Lint returns advice about a pack, and what is against the rules of packs.
func Lint(p *Pack) []Problem {
	out := Check(p)
	add := func(line int, fatal bool, format string, args ...any) {
		out = append(out, p.problem(line, fatal, format, args...))
	}
	for _, name := range slices.Sorted(maps.Keys(p.classes)) {
		c := p.classes[name]
		if !c.used && name != "negation" && name != "rhetorical" {
			add(c.line, false, "class <%s> is used nowhere", name)
		}
		for _, w := range words(c.alts) {
			if stem := sexual(w); stem != "" {
				add(c.line, true, "%q is a sexual word: packs hold none, sexual content comes as a category score", w)
			}
		}
	}
	seen := map[string]int{}
	for i := range p.Rules {
		r := &p.Rules[i]
		if r.Kind == RuleIndicator && len(r.Lookalikes) == 0 {
			add(r.line, false, "%s names no look-alike: add a line such as: lookalike family-logistics", r.label())
		}
		if len(r.Yes) == 0 || (r.Kind == RuleIndicator && len(r.No) == 0) {
			add(r.line, false, "%s has no test of its own: add yes and no lines", r.label())
		}
		for _, q := range r.say {
			key := fmt.Sprintf("%d %s", i, q.src)
			if at, has := seen[key]; has && at != q.line {
				add(q.line, false, "the same pattern stands on line %d", at)
			}
			seen[key] = q.line
			if len(q.seq) == 1 && q.seq[0].kind == atomWord && r.Kind == RuleIndicator && len(r.with) == 0 {
				add(q.line, false, "a single word is rarely a sign: %q", q.src)
			}
			for _, w := range words([]seq{q.seq}) {
				if stem := sexual(w); stem != "" {
					add(q.line, true, "%q is a sexual word: packs hold none, sexual content comes as a category score", w)
				}
			}
		}
	}
	return out
}

func sexual(w string) string {
	for _, s := range sexualStems {
		if strings.HasPrefix(w, s) {
			return s
		}
	}
	return ""
}

// words lists all words of sequences, without those of classes.
func words(alts []seq) []string {
	var out []string
	for _, s := range alts {
		for _, a := range s {
			if a.kind == atomWord {
				out = append(out, a.word)
			}
			out = append(out, words(a.alts)...)
		}
	}
	return out
}
