package pack

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/jaga-project/jaga/convo/text"
)

// A pattern is a sequence of atoms over the tokens of one message.
type pattern struct {
	src  string
	line int
	seq  seq
	// except are patterns with which this one does not count.
	except []*pattern
}

type seq []atom

type atomKind uint8

const (
	atomWord   atomKind = iota // a word
	atomAny                    // any one token
	atomGap                    // up to n tokens inside the sentence
	atomEntity                 // a number, an amount, a link …
	atomClass                  // any alternative of a class
	atomAlt                    // ( a | b )
	atomOpt                    // [ a ]
	atomStart                  // the start of a sentence
	atomEnd                    // the end of a sentence
	atomAsk                    // the sentence is a question
)

type atom struct {
	kind   atomKind
	entity text.Kind
	age    bool   // the entity's value is an age to hand on
	n      int32  // tokens of a gap; of a compact pack, what stands for a word or class
	word   string // folded; class name for atomClass
	alts   []seq
	bounds *bounds // of an entity, nil for none
}

// bounds are what the value of an entity must be: of a unit, or from lo to hi,
// where hi is not below 0.
type bounds struct {
	unit   string
	lo, hi float64
}

// maxGap bounds a gap: words further apart than this belong to different
// thoughts.
const maxGap = 8

// maxDepth bounds nesting, so that a hostile pack cannot exhaust the stack.
const maxDepth = 16

// entities are the names of token kinds in patterns.
func entityKind(name string) (text.Kind, bool) {
	switch name {
	case "n":
		return text.Number, true
	case "age":
		return text.Age, true
	case "amount":
		return text.Amount, true
	case "duration":
		return text.Duration, true
	case "clock":
		return text.Clock, true
	case "link":
		return text.Link, true
	case "handle":
		return text.Handle, true
	case "email":
		return text.Email, true
	case "phone":
		return text.Phone, true
	case "wallet":
		return text.Wallet, true
	}
	return 0, false
}

type patternParser struct {
	toks  []string
	at    int
	depth int
	lang  string
}

// lexPattern splits a pattern into words and signs.
func lexPattern(src string) []string {
	var toks []string
	for field := range strings.FieldsSeq(src) {
		for field != "" {
			switch field[0] {
			case '(', ')', '[', ']', '|':
				toks = append(toks, field[:1])
				field = field[1:]
				continue
			}
			end := strings.IndexAny(field, ")[]|")
			// The parenthesis of #n(4..17) belongs to the entity.
			if open := strings.IndexByte(field, '('); open >= 0 && (end < 0 || open < end) {
				if field[0] == '#' {
					if shut := strings.IndexByte(field, ')'); shut > 0 {
						end = shut + 1
						for end < len(field) && (field[end] == ':' || isWordByte(field[end])) {
							end++
						}
					}
				} else {
					end = open
				}
			}
			if end < 0 || end > len(field) {
				end = len(field)
			}
			toks = append(toks, field[:end])
			field = field[end:]
		}
	}
	return toks
}

func isWordByte(b byte) bool { return b >= 'a' && b <= 'z' }

func parsePattern(src, lang string, line int) ([]*pattern, error) {
	for _, sign := range [...]string{")?", "]?", ">?"} {
		if strings.Contains(src, sign) {
			return nil, fmt.Errorf("%q: write [x] for what may be missing, and a blank before the ? of a question", sign)
		}
	}
	p := &patternParser{toks: lexPattern(src), lang: lang}
	if len(p.toks) == 0 {
		return nil, fmt.Errorf("an empty pattern: write words after it")
	}
	alts, err := p.alternatives()
	if err != nil {
		return nil, err
	}
	out := make([]*pattern, 0, len(alts))
	for _, s := range alts {
		out = append(out, &pattern{src: src, line: line, seq: s})
	}
	return out, nil
}

// alternatives reads sequences separated by | to the end.
func (p *patternParser) alternatives() ([]seq, error) {
	p.depth++
	defer func() { p.depth-- }()
	if p.depth > maxDepth {
		return nil, fmt.Errorf("the pattern is nested deeper than %d", maxDepth)
	}
	var alts []seq
	var cur seq
	flush := func() error {
		if len(cur) == 0 {
			return fmt.Errorf("an alternative beside | is empty")
		}
		alts = append(alts, cur)
		cur = nil
		return nil
	}
	for p.at < len(p.toks) {
		tok := p.toks[p.at]
		p.at++
		switch tok {
		case "|":
			if err := flush(); err != nil {
				return nil, err
			}
		case ")", "]":
			return nil, fmt.Errorf("%q closes nothing", tok)
		case "(", "[":
			shut, kind := ")", atomAlt
			if tok == "[" {
				shut, kind = "]", atomOpt
			}
			inner, err := p.closed(shut)
			if err != nil {
				return nil, err
			}
			cur = append(cur, atom{kind: kind, alts: inner})
		default:
			a, err := p.atom(tok)
			if err != nil {
				return nil, err
			}
			cur = append(cur, a)
		}
	}
	if err := flush(); err != nil {
		return nil, err
	}
	return alts, nil
}

// closed reads alternatives whose last one ends at the closing sign.
func (p *patternParser) closed(shut string) ([]seq, error) {
	sub := &patternParser{lang: p.lang, depth: p.depth}
	// Find the matching sign, then parse what is between as a whole.
	level := 1
	start := p.at
	for p.at < len(p.toks) {
		switch p.toks[p.at] {
		case "(", "[":
			level++
		case ")", "]":
			level--
		}
		p.at++
		if level == 0 {
			if p.toks[p.at-1] != shut {
				return nil, fmt.Errorf("%q is missing", shut)
			}
			sub.toks = p.toks[start : p.at-1]
			if len(sub.toks) == 0 {
				return nil, fmt.Errorf("empty parentheses")
			}
			return sub.alternatives()
		}
	}
	return nil, fmt.Errorf("%q is missing", shut)
}

func (p *patternParser) atom(tok string) (atom, error) {
	switch {
	case tok == "^":
		return atom{kind: atomStart}, nil
	case tok == "$":
		return atom{kind: atomEnd}, nil
	case tok == "?":
		return atom{kind: atomAsk}, nil
	case tok == "_":
		return atom{kind: atomAny}, nil
	case tok[0] == '~':
		n := 3
		if len(tok) > 1 {
			v, err := strconv.Atoi(tok[1:])
			if err != nil || v < 1 || v > maxGap {
				return atom{}, fmt.Errorf("gap %q: write ~ or ~1 to ~%d", tok, maxGap)
			}
			n = v
		}
		return atom{kind: atomGap, n: int32(n)}, nil
	case tok[0] == '<':
		if len(tok) < 3 || tok[len(tok)-1] != '>' {
			return atom{}, fmt.Errorf("class %q: write <name>", tok)
		}
		return atom{kind: atomClass, word: tok[1 : len(tok)-1]}, nil
	case tok[0] == '#':
		return entityAtom(tok)
	case tok[0] == ':' && len(tok) > 2:
		return atom{kind: atomWord, word: tok}, nil // an emoji class such as :lock:
	}
	if stem, ok := strings.CutSuffix(tok, "%"); ok {
		if p.lang != "en" {
			return atom{}, fmt.Errorf("%q: %% makes English inflections; in other languages list the forms", tok)
		}
		var alts []seq
		for _, w := range inflections(text.FoldWord(stem)) {
			alts = append(alts, seq{{kind: atomWord, word: w}})
		}
		return atom{kind: atomAlt, alts: alts}, nil
	}
	w := text.FoldWord(tok)
	if w == "" {
		return atom{}, fmt.Errorf("%q holds no letters", tok)
	}
	return atom{kind: atomWord, word: w}, nil
}

// entityAtom reads #name, #name(lo..hi), #amount(usd), and :age behind it.
func entityAtom(tok string) (atom, error) {
	body, slot, _ := strings.Cut(tok[1:], ":")
	if slot != "" && slot != "age" {
		return atom{}, fmt.Errorf("%q: the only slot is :age", tok)
	}
	name, args, has := strings.Cut(body, "(")
	kind, ok := entityKind(name)
	if !ok {
		return atom{}, fmt.Errorf("%q: not one of #n #age #amount #duration #clock #link #handle #email #phone #wallet", tok)
	}
	a := atom{kind: atomEntity, entity: kind, age: slot == "age"}
	if !has {
		return a, nil
	}
	a.bounds = &bounds{hi: -1}
	args, ok = strings.CutSuffix(args, ")")
	if !ok {
		return atom{}, fmt.Errorf("%q: the parenthesis is not closed", tok)
	}
	lo, hi, isRange := strings.Cut(args, "..")
	if !isRange {
		if kind != text.Amount {
			return atom{}, fmt.Errorf("%q: write a range such as (4..17)", tok)
		}
		a.bounds.unit = args
		return a, nil
	}
	var err1, err2 error
	a.bounds.lo, err1 = strconv.ParseFloat(lo, 64)
	a.bounds.hi, err2 = strconv.ParseFloat(hi, 64)
	if err1 != nil || err2 != nil || !(a.bounds.lo <= a.bounds.hi) || a.bounds.lo < 0 {
		return atom{}, fmt.Errorf("%q: write a range of numbers such as (4..17), the lower first", tok)
	}
	return a, nil
}

// inflections lists a regular English verb or noun with its endings. Wrong
// forms among them do no harm: nobody writes them.
func inflections(w string) []string {
	out := []string{w, w + "s", w + "es", w + "ed", w + "ing", w + "in"}
	if n := len(w); n > 2 {
		last := w[n-1]
		switch {
		case last == 'e':
			out = append(out, w+"d", w[:n-1]+"ing", w[:n-1]+"in")
		case last == 'y':
			out = append(out, w[:n-1]+"ies", w[:n-1]+"ied")
		default:
			out = append(out, w+string(last)+"ing", w+string(last)+"ed", w+string(last)+"in")
		}
	}
	return out
}
