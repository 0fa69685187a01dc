package guide

import (
	"fmt"
	"slices"
	"strings"
)

// mostTaps is how many taps the check may ask of a reader.
const mostTaps = 9

// tapPlan is the check by taps without its words: questions, what follows from
// answers, and which pieces of text make the result. taps.js follows the same
// plan, so that with a script no answer leaves the device.
type tapPlan struct {
	Question []tapQuestion `toml:"question" json:"q"`
	Rule     []tapRule     `toml:"rule" json:"r"`
	Show     []tapShow     `toml:"show" json:"s"`
}

// tapQuestion is one screen with answers.
type tapQuestion struct {
	ID      string   `toml:"id" json:"i"`
	Answers []string `toml:"answers" json:"a"`
	When    tapWhen  `toml:"when" json:"w,omitempty"` // asked only if it holds
	Unless  tapWhen  `toml:"unless" json:"u,omitempty"`

	when, unless tapNeeds
}

// tapWhen names answers, or values set by rules, that must be there.
type tapWhen map[string][]string

// tapNeeds is a tapWhen that is quick to go through.
type tapNeeds []struct {
	name string
	of   []string
}

func (w tapWhen) needs() tapNeeds {
	var out tapNeeds
	for name, of := range w {
		out = append(out, struct {
			name string
			of   []string
		}{name, of})
	}
	return out
}

// tapRule sets values if it holds. The first rule to set a value counts.
type tapRule struct {
	When tapWhen           `toml:"when" json:"w"`
	Set  map[string]string `toml:"set" json:"s"`

	when tapNeeds
}

// tapShow puts into a slot of the result the first piece that there is of
// those that Pick lists with | between them.
type tapShow struct {
	Slot string `toml:"slot" json:"t"`
	Pick string `toml:"pick" json:"p"`
}

// tapScreen is what a reader sees after some answers: a question, or the
// pieces of the result.
type tapScreen struct {
	Letters string     // the answers, a letter each
	Ask     string     // the question to ask, or ""
	Piece   string     // of the question
	Show    []tapPiece // of the result
	About   int        // how many questions there are on this way, as far as known
	values  map[string]string
}

// tapPiece is a piece of text in its place.
type tapPiece struct{ Slot, ID string }

// tapAsk lists the pieces that may be the screen of a question.
func tapAsk(id string) string { return "ask/" + id + "/{voice}|ask/" + id }

func (n tapNeeds) hold(values map[string]string) bool {
	for _, need := range n {
		if !slices.Contains(need.of, values[need.name]) {
			return false
		}
	}
	return true
}

// compile makes a plan that was read ready to be followed.
func (p *tapPlan) compile() {
	for i := range p.Question {
		q := &p.Question[i]
		q.when, q.unless = q.When.needs(), q.Unless.needs()
	}
	for i := range p.Rule {
		p.Rule[i].when = p.Rule[i].When.needs()
	}
}

// screen follows the letters of answers. It reports false for letters that no
// way through the questions has.
func (p *tapPlan) screen(has func(id string) bool, letters string) (tapScreen, bool) {
	s, at := tapScreen{Letters: letters, values: make(map[string]string, 24)}, 0
	for _, q := range p.Question {
		if !q.when.hold(s.values) || len(q.unless) > 0 && q.unless.hold(s.values) {
			continue
		}
		s.About++
		switch {
		case s.Ask != "":
		case at == len(letters):
			s.Ask = q.ID
		default:
			i := int(letters[at]) - 'a'
			if i < 0 || i >= len(q.Answers) {
				return s, false
			}
			s.values[q.ID] = q.Answers[i]
			at++
		}
	}
	if at < len(letters) {
		return s, false
	}
	for _, r := range p.Rule {
		if r.when.hold(s.values) {
			for name, value := range r.Set {
				if s.values[name] == "" {
					s.values[name] = value
				}
			}
		}
	}
	if s.Ask != "" {
		s.Piece = pick(tapAsk(s.Ask), s.values, has)
		return s, true
	}
	for _, show := range p.Show {
		if id := pick(show.Pick, s.values, has); id != "" {
			s.Show = append(s.Show, tapPiece{show.Slot, id})
		}
	}
	return s, true
}

// pick returns the first piece that there is, with values in place of {names};
// a piece that names a value nobody has set is none.
func pick(pattern string, values map[string]string, has func(string) bool) string {
	for one := range strings.SplitSeq(pattern, "|") {
		if id, ok := fill(one, values); ok && has(id) {
			return id
		}
	}
	return ""
}

func fill(pattern string, values map[string]string) (string, bool) {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(pattern, "{")
		b.WriteString(before)
		if !ok {
			return b.String(), true
		}
		var name string
		name, pattern, _ = strings.Cut(rest, "}")
		if values[name] == "" {
			return "", false
		}
		b.WriteString(values[name])
	}
}

// wrong says what is wrong with the form of a plan.
func (p *tapPlan) wrong() error {
	known := map[string][]string{} // what a name may stand for
	fits := func(where string, w tapWhen) error {
		for name, of := range w {
			for _, x := range of {
				if !slices.Contains(known[name], x) {
					return fmt.Errorf("%s: %s is never %q", where, name, x)
				}
			}
		}
		return nil
	}
	for _, q := range p.Question {
		switch {
		case known[q.ID] != nil:
			return fmt.Errorf("a second question %q", q.ID)
		case len(q.Answers) == 0 || len(q.Answers) > 8:
			return fmt.Errorf("question %q has %d answers, want 1 to 8", q.ID, len(q.Answers))
		case len(q.Answers) > 1 && !slices.Contains(q.Answers, "unsure"):
			return fmt.Errorf(`question %q has no answer "unsure"`, q.ID)
		}
		for _, w := range []tapWhen{q.When, q.Unless} {
			if err := fits("question "+q.ID, w); err != nil {
				return err
			}
		}
		known[q.ID] = q.Answers
	}
	if len(known) == 0 {
		return fmt.Errorf("no questions")
	}
	asked := len(p.Question)
	for i, r := range p.Rule {
		if err := fits(fmt.Sprintf("rule %d", i+1), r.When); err != nil {
			return err
		}
		for name, value := range r.Set {
			if slices.ContainsFunc(p.Question[:asked], func(q tapQuestion) bool { return q.ID == name }) {
				return fmt.Errorf("rule %d: %s is a question", i+1, name)
			}
			known[name] = append(known[name], value)
		}
	}
	for _, s := range p.Show {
		if !slices.Contains(tapSlots(), s.Slot) {
			return fmt.Errorf("no slot %q; there are %s", s.Slot, strings.Join(tapSlots(), ", "))
		}
		for _, piece := range strings.Split(s.Pick, "{")[1:] {
			name, _, closed := strings.Cut(piece, "}")
			if !closed || known[name] == nil {
				return fmt.Errorf("slot %s: %q names nothing", s.Slot, s.Pick)
			}
		}
	}
	return nil
}

// tapSlots lists the places of a result, in their order.
func tapSlots() []string {
	return []string{"crisis", "danger", "looks", "first", "lead", "feel", "do", "trust", "tell", "home", "why", "power", "care", "more"}
}

// walk calls f with every screen, in the order of questions and answers. Where
// not all ways are asked for, of questions on which nothing depends but words
// of their own it takes the first answer alone.
func (p *tapPlan) walk(has func(string) bool, all bool, f func(tapScreen)) {
	decides := map[string]bool{}
	for _, r := range p.Rule {
		for name := range r.When {
			decides[name] = true
		}
	}
	for _, q := range p.Question {
		for _, w := range []tapWhen{q.When, q.Unless} {
			for name := range w {
				decides[name] = true
			}
		}
	}
	var from func(string)
	from = func(letters string) {
		s, ok := p.screen(has, letters)
		if !ok {
			return
		}
		f(s)
		if s.Ask == "" {
			return
		}
		i := slices.IndexFunc(p.Question, func(q tapQuestion) bool { return q.ID == s.Ask })
		for n := range p.Question[i].Answers {
			if n > 0 && !all && !decides[s.Ask] {
				break
			}
			from(letters + string(rune('a'+n)))
		}
	}
	from("")
}
