package guide

import (
	"fmt"
	"hash/fnv"
)

// TapMarks follows every way through the check, in the order of questions and
// answers, and returns a mark of each screen that two programs which follow
// the same plan have in common.
func (g *Guide) TapMarks(lang string) (letters []string, marks []uint32) {
	g.taps.plan.walk(g.taps.has(lang), true, func(s tapScreen) {
		h := fnv.New32a()
		fmt.Fprintf(h, "%s|%s|%d", s.Letters, s.Piece, s.About)
		for _, p := range s.Show {
			fmt.Fprintf(h, "|%s:%s", p.Slot, p.ID)
		}
		letters, marks = append(letters, s.Letters), append(marks, h.Sum32())
	})
	return letters, marks
}

// TapLetters are the letters of answers, by their names; "" where they lead to
// no end of the check.
func (g *Guide) TapLetters(answers map[string]string) string {
	letters := ""
	for {
		s, ok := g.taps.plan.screen(g.taps.has("en"), letters)
		if !ok {
			return ""
		}
		if s.Ask == "" {
			return letters
		}
		for _, q := range g.taps.plan.Question {
			if q.ID == s.Ask {
				want := answers[q.ID]
				if want == "" {
					want = q.Answers[len(q.Answers)-1]
				}
				n := len(letters)
				for i, a := range q.Answers {
					if a == want {
						letters += string(rune('a' + i))
					}
				}
				if len(letters) == n {
					return ""
				}
			}
		}
	}
}
