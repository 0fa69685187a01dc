package pack

import "github.com/jaga-project/jaga/convo/text"

// run is one attempt to match.
type run struct {
	toks  []text.Token
	syms  []tokenSyms
	steps int
	age   float64
}

// somewhere reports whether any token of the message has a symbol of the set.
func (r *run) somewhere(set bitset) bool {
	for i := range r.syms {
		if r.any(i, set) {
			return true
		}
	}
	return false
}

// decoration reports whether token i is an emoji that the set does not ask
// for: emoji between words do not part them.
func (r *run) decoration(i int, set bitset) bool {
	return i < len(r.toks) && r.toks[i].Kind == text.Emoji && !r.any(i, set)
}

// decorated reports whether token i is an emoji inside a match.
func (r *run) decorated(i, from int) bool {
	return i > from && i < len(r.toks) && r.toks[i].Kind == text.Emoji
}

func (r *run) any(i int, set bitset) bool {
	ts := &r.syms[i]
	for k := range ts.n {
		if set.has(ts.sym[k]) {
			return true
		}
	}
	return false
}

// same reports whether token i goes on in the sentence that the match is in.
func (r *run) same(i, from int) bool {
	return i == from || r.toks[i].Sentence == r.toks[from].Sentence
}

// exec runs the program from pc at token i and returns the token behind the
// match and the views that it needed.
func (r *run) exec(code []instr, pc int32, i, from int, view uint8) (end int, views uint8, ok bool) {
	for {
		r.steps++
		if r.steps > maxSteps {
			return 0, 0, false
		}
		in := &code[pc]
		switch in.op {
		case opDone:
			return i, view, true
		case opSet:
			for i > from && r.decoration(i, in.set) {
				i++
			}
			if i >= len(r.toks) || !r.same(i, from) {
				return 0, 0, false
			}
			ts, found := &r.syms[i], false
			for k := range ts.n {
				if in.set.has(ts.sym[k]) {
					view |= ts.view[k]
					found = true
					break
				}
			}
			if !found {
				return 0, 0, false
			}
			i++
		case opAny:
			if i >= len(r.toks) || !r.same(i, from) {
				return 0, 0, false
			}
			i++
		case opEntity:
			for i > from && i < len(r.toks) && r.toks[i].Kind == text.Emoji {
				i++
			}
			if i >= len(r.toks) || !r.same(i, from) || !entityFits(&r.toks[i], in) {
				return 0, 0, false
			}
			if in.age {
				r.age = r.toks[i].Value
			}
			i++
		case opGap:
			next := &code[pc+1]
			for k, words := i, int32(0); ; k++ {
				if next.op != opSet || r.decorated(k, from) || k < len(r.toks) && r.any(k, next.set) {
					if end, views, ok := r.exec(code, pc+1, k, from, view); ok {
						return end, views, true
					}
				}
				if k >= len(r.toks) || !r.same(k, from) {
					break
				}
				if r.toks[k].Kind != text.Emoji {
					words++ // emoji do not count
				}
				if words > in.n {
					break
				}
			}
			return 0, 0, false
		case opSplit:
			if in.set != nil && !r.decorated(i, from) && (i >= len(r.toks) || !r.any(i, in.set)) {
				pc = in.y
				continue
			}
			if end, views, ok := r.exec(code, in.x, i, from, view); ok {
				return end, views, true
			}
			pc = in.y
			continue
		case opJump:
			pc = in.x
			continue
		case opStart:
			if i > 0 && i < len(r.toks) && r.toks[i-1].Sentence == r.toks[i].Sentence {
				return 0, 0, false
			}
		case opEnd:
			if i < len(r.toks) && i > 0 && r.toks[i-1].Sentence == r.toks[i].Sentence {
				return 0, 0, false
			}
		case opAsk:
			at := max(min(i, len(r.toks))-1, 0)
			if !r.toks[at].Question {
				return 0, 0, false
			}
		}
		pc++
	}
}

func entityFits(t *text.Token, in *instr) bool {
	if t.Kind != in.kind {
		return false
	}
	if in.unit != "" && t.Unit != in.unit {
		return false
	}
	return in.hi < 0 || (t.Value >= in.lo && t.Value <= in.hi)
}
