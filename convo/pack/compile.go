package pack

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"github.com/jaga-project/jaga/convo/text"
)

// A pattern becomes a small program for a backtracking matcher. Programs are
// short and gaps are bounded, so that this is faster than building an
// automaton, and it hands on where each word stood.

type opcode uint8

const (
	opSet    opcode = iota // one token with a symbol of the set
	opAny                  // any one token
	opGap                  // 0 to n tokens
	opEntity               // a token of the kind
	opSplit                // try x, if a token of the set is here, then y
	opJump                 // go on at x
	opStart
	opEnd
	opAsk
	opDone
)

type instr struct {
	op     opcode
	kind   text.Kind
	age    bool
	n      int32 // gap
	x, y   int32
	set    bitset
	unit   string
	lo, hi float64
}

// maxProgram bounds a pattern's program: classes are written out in it.
const maxProgram = 4096

type bitset []uint64

func (b bitset) has(i int32) bool {
	w := int(i >> 6)
	return w < len(b) && b[w]>>(uint(i)&63)&1 != 0
}

func (b bitset) with(i int32) bitset {
	if need := int(i>>6) + 1; need > len(b) {
		b = append(b, make(bitset, need-len(b))...)
	}
	b[i>>6] |= 1 << (uint(i) & 63)
	return b
}

func (b bitset) or(c bitset) bitset {
	if len(b) < len(c) {
		b = append(b, make(bitset, len(c)-len(b))...)
	}
	for i, w := range c {
		b[i] |= w
	}
	return b
}

func (b bitset) each(f func(int32)) {
	for w, word := range b {
		for ; word != 0; word &= word - 1 {
			f(int32(w*64 + bits.TrailingZeros64(word)))
		}
	}
}

// compiled is a pattern ready to run.
type compiled struct {
	rule int32
	role role
	code []instr
	// first holds the symbols that a match can start with; nil means that
	// it can start with anything.
	first  bitset
	except []int32 // patterns that take this one back
	// needs are further sets of symbols of which every match has one each,
	// beside the anchor.
	needs []bitset
	// anchor holds symbols and kinds of which every match has at least one;
	// messages without them are not looked at.
	anchor anchor
	src    string
	line   int
}

type role uint8

const (
	roleSay role = iota
	roleUnless
	roleWith
)

// mask is a rough set of symbols: a symbol's bit may be set by another one.
// That two masks have no bit in common tells that the sets have none, in four
// operations.
type mask [4]uint64

func (m *mask) add(s int32) {
	h := uint32(s) * 2654435769 >> 24 // Knuth's multiplicative hash, 8 bits
	m[h>>6] |= 1 << (h & 63)
}

func (m *mask) meets(o *mask) bool {
	return m[0]&o[0]|m[1]&o[1]|m[2]&o[2]|m[3]&o[3] != 0
}

func (m *mask) ones() int {
	return bits.OnesCount64(m[0]) + bits.OnesCount64(m[1]) + bits.OnesCount64(m[2]) + bits.OnesCount64(m[3])
}

// quick is what most candidates are refused by: two of the rarer sets that a
// match has symbols of. It lies apart from the pattern, so that what is
// refused is not fetched.
type quick struct{ a, b mask }

func quickOf(q *compiled) quick {
	all := mask{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}
	out := quick{all, all}
	for _, set := range q.needs {
		var m mask
		set.each(m.add)
		switch {
		case m.ones() < out.a.ones():
			out.a, out.b = m, out.a
		case m.ones() < out.b.ones():
			out.b = m
		}
	}
	return out
}

// anchor is a set of symbols and entity kinds.
type anchor struct {
	syms  bitset
	kinds uint32
	cost  float64 // how often messages have one of them, roughly
	ok    bool
}

var errNoAnchor = errors.New("the pattern would match almost everything: it needs at least one word or entity that is always there")

type compiler struct {
	pack *Pack
	part *part
	code []instr
	// what was found out about classes
	anchors map[string]anchor
	firsts  map[string]firstOf
}

type firstOf struct {
	set bitset
	ok  bool
}

// symbol returns the number of a word, giving it one when it is new.
func (c *compiler) symbol(word string) int32 {
	p := c.part
	if s, ok := p.vocab[word]; ok {
		return s
	}
	s := int32(len(p.words))
	p.vocab[word] = s
	p.words = append(p.words, word)
	return s
}

func (c *compiler) compile(q *pattern) (compiled, error) {
	c.code = c.code[:0]
	if err := c.seq(q.seq); err != nil {
		return compiled{}, err
	}
	if err := c.emit(instr{op: opDone}); err != nil {
		return compiled{}, err
	}
	out := compiled{code: slices.Clone(c.code), src: q.src, line: q.line}
	out.anchor = c.anchorSeq(q.seq, 0)
	if !out.anchor.ok {
		return compiled{}, errNoAnchor
	}
	if first, ok := c.first(q.seq); ok {
		out.first = first
	}
	for _, a := range q.seq {
		if got := c.anchorAtom(a, 0); got.ok && got.kinds == 0 && len(q.seq) > 1 && !slices.Equal(got.syms, out.anchor.syms) {
			out.needs = append(out.needs, got.syms)
		}
	}
	return out, nil
}

func (c *compiler) emit(in instr) error {
	if len(c.code) >= maxProgram {
		return fmt.Errorf("the pattern is too large: with its classes it has more than %d steps; use smaller classes", maxProgram)
	}
	c.code = append(c.code, in)
	return nil
}

func (c *compiler) seq(s seq) error {
	for _, a := range s {
		if err := c.atom(a); err != nil {
			return err
		}
	}
	return nil
}

func (c *compiler) atom(a atom) error {
	switch a.kind {
	case atomWord:
		return c.emit(instr{op: opSet, set: bitset(nil).with(c.symbol(a.word))})
	case atomAny:
		return c.emit(instr{op: opAny})
	case atomGap:
		return c.emit(instr{op: opGap, n: a.n})
	case atomEntity:
		b := bounds{hi: -1}
		if a.bounds != nil {
			b = *a.bounds
		}
		return c.emit(instr{op: opEntity, kind: a.entity, lo: b.lo, hi: b.hi, unit: b.unit, age: a.age})
	case atomStart:
		return c.emit(instr{op: opStart})
	case atomEnd:
		return c.emit(instr{op: opEnd})
	case atomAsk:
		return c.emit(instr{op: opAsk})
	case atomClass:
		return c.alts(c.pack.classes[a.word].alts, false)
	case atomAlt:
		return c.alts(a.alts, false)
	case atomOpt:
		return c.alts(a.alts, true)
	}
	return fmt.Errorf("unknown part of a pattern")
}

// flat returns the sequences of alternatives with nested choices of one word
// drawn up, so that most classes become a single set.
func (c *compiler) flat(alts []seq, set *bitset, rest *[]seq) {
	for _, s := range alts {
		if len(s) == 1 {
			switch s[0].kind {
			case atomWord:
				*set = set.with(c.symbol(s[0].word))
				continue
			case atomAlt:
				c.flat(s[0].alts, set, rest)
				continue
			case atomClass:
				c.flat(c.pack.classes[s[0].word].alts, set, rest)
				continue
			}
		}
		*rest = append(*rest, s)
	}
}

func (c *compiler) alts(alts []seq, optional bool) error {
	var set bitset
	var rest []seq
	c.flat(alts, &set, &rest)
	// Longer alternatives first: "let them know" before "let".
	slices.SortStableFunc(rest, func(a, b seq) int { return len(b) - len(a) })
	var jumps []int
	// first, when it is known, spares trying a branch that cannot begin here.
	branch := func(body func() error, first bitset, last bool) error {
		at := len(c.code)
		if !last {
			if err := c.emit(instr{op: opSplit}); err != nil {
				return err
			}
			c.code[at].x = int32(len(c.code))
			c.code[at].set = first
		}
		if err := body(); err != nil {
			return err
		}
		if !last {
			jumps = append(jumps, len(c.code))
			if err := c.emit(instr{op: opJump}); err != nil {
				return err
			}
			c.code[at].y = int32(len(c.code))
		}
		return nil
	}
	for i, s := range rest {
		last := i == len(rest)-1 && set == nil && !optional
		first, ok := c.first(s)
		if !ok {
			first = nil
		}
		if err := branch(func() error { return c.seq(s) }, first, last); err != nil {
			return err
		}
	}
	if set != nil {
		if err := branch(func() error { return c.emit(instr{op: opSet, set: set}) }, set, !optional); err != nil {
			return err
		}
	}
	for _, j := range jumps {
		c.code[j].x = int32(len(c.code))
	}
	return nil
}

// commonCost is how much more often a word of the pack's common line is met.
const commonCost = 60

func (c *compiler) wordCost(w string) float64 {
	switch {
	case c.pack.common[w]:
		return commonCost
	case len(w) <= 3:
		return 4
	case len(w) <= 5:
		return 2
	}
	return 1
}

// alone returns the word of a sequence that is one word, as most of a class are:
// sets of one word each would take most of the time of reading a pack.
func alone(s seq) (word string, ok bool) {
	if len(s) == 1 && s[0].kind == atomWord {
		return s[0].word, true
	}
	return "", false
}

// anchorSeq returns the rarest part that every match of the sequence has.
func (c *compiler) anchorSeq(s seq, depth int) anchor {
	best := anchor{}
	for _, a := range s {
		got := c.anchorAtom(a, depth)
		if got.ok && (!best.ok || got.cost < best.cost) {
			best = got
		}
	}
	return best
}

func (c *compiler) anchorAtom(a atom, depth int) anchor {
	switch a.kind {
	case atomWord:
		return anchor{syms: bitset(nil).with(c.symbol(a.word)), cost: c.wordCost(a.word), ok: true}
	case atomEntity:
		return anchor{kinds: 1 << a.entity, cost: 2, ok: true}
	case atomClass:
		got, known := c.anchors[a.word]
		if !known {
			got = c.anchorAlts(c.pack.classes[a.word].alts, depth+1)
			c.anchors[a.word] = got
		}
		return got
	case atomAlt:
		return c.anchorAlts(a.alts, depth+1)
	}
	return anchor{}
}

func (c *compiler) anchorAlts(alts []seq, depth int) anchor {
	out := anchor{ok: true}
	for _, s := range alts {
		if w, one := alone(s); one {
			out.syms, out.cost = out.syms.with(c.symbol(w)), out.cost+c.wordCost(w)
			continue
		}
		got := c.anchorSeq(s, depth)
		if !got.ok {
			return anchor{}
		}
		out.syms = out.syms.or(got.syms)
		out.kinds |= got.kinds
		out.cost += got.cost
	}
	return out
}

// first returns the symbols a match of the sequence can start with; ok is
// false when it can start with something that has no symbol.
func (c *compiler) first(s seq) (bitset, bool) {
	var out bitset
	for _, a := range s {
		switch a.kind {
		case atomWord:
			return out.with(c.symbol(a.word)), true
		case atomClass, atomAlt, atomOpt:
			f, ok := c.firstAlts(a)
			if !ok {
				return nil, false
			}
			out = out.or(f)
			if a.kind != atomOpt {
				return out, true
			}
		case atomStart, atomAsk:
			// These take no token.
		default:
			return nil, false
		}
	}
	return nil, false
}

// firstAlts is first of any of the alternatives.
func (c *compiler) firstAlts(a atom) (bitset, bool) {
	alts := a.alts
	if a.kind == atomClass {
		if got, known := c.firsts[a.word]; known {
			return got.set, got.ok
		}
		alts = c.pack.classes[a.word].alts
	}
	var out bitset
	ok := true
	for _, alt := range alts {
		if w, one := alone(alt); one {
			out = out.with(c.symbol(w))
			continue
		}
		f, fine := c.first(alt)
		if !fine {
			out, ok = nil, false
			break
		}
		out = out.or(f)
	}
	if a.kind == atomClass {
		c.firsts[a.word] = firstOf{out, ok}
	}
	return out, ok
}
