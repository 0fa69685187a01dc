package pack

import (
	"sync"

	"github.com/jaga-project/jaga/convo/indicator"
)

// later compiles the patterns of a part when a message first has a word that
// they need: of the thousands of a pack, a chat meets a few hundred.
type later struct {
	mu    sync.Mutex
	c     *compiler
	from  []*pattern // by the place in part.pats
	done  []bool     // by the same
	rules []bool     // whose unless and with are compiled
	words []float64  // how often messages have a word, by symbol
	// classes are what was found out about classes, by atom.n.
	classes []*rarity
}

// rarity is how often messages have one of the words of a part of a pattern,
// as anchor.cost; ok is false for what has no word.
type rarity struct {
	cost float64
	ok   bool
}

// lazyPart lists the patterns of a compact pack by the words that they need,
// which is all that has to be known before the first message. It takes the
// symbols of all words of the pack, which stand in the atoms, and how many
// different numbers the atoms of classes hold.
func lazyPart(p *Pack, vocab map[string]int32, words []string, classes int) (*part, error) {
	pt := &part{pack: p, vocab: vocab, words: words, stem: p.Language == "id"}
	l := &later{
		c:       &compiler{pack: p, part: pt, anchors: map[string]anchor{}, firsts: map[string]firstOf{}},
		words:   make([]float64, len(words)),
		classes: make([]*rarity, classes),
	}
	pt.later = l
	for i, w := range words {
		l.words[i] = l.c.wordCost(w)
	}
	pt.spellings()
	for i := range p.Rules {
		r := &p.Rules[i]
		cr := compiledRule{Rule: r, index: -1}
		if r.Kind == RuleIndicator {
			cr.index = int16(indicator.Index(r.Indicator))
		}
		l.list(i, r.say, roleSay)
		cr.unless, cr.with = l.list(i, r.unless, roleUnless), l.list(i, r.with, roleWith)
		pt.rules = append(pt.rules, cr)
	}
	l.done, l.rules = make([]bool, len(pt.pats)), make([]bool, len(pt.rules))
	pt.quick = make([]quick, len(pt.pats))
	pt.neg, pt.rhet = l.c.singles("negation"), l.c.singles("rhetorical")
	pt.bySym = make([][]int32, len(pt.words))
	for i := range pt.pats {
		if pt.pats[i].role != roleSay {
			continue
		}
		a, ok := l.rarest(l.from[i].seq)
		if !ok {
			return nil, errNoAnchor
		}
		l.each(a, func(s int32) {
			if n := len(pt.bySym[s]); n == 0 || pt.bySym[s][n-1] != int32(i) {
				pt.bySym[s] = append(pt.bySym[s], int32(i))
			}
		}, func(kind int) {
			if n := len(pt.byKind[kind]); n == 0 || pt.byKind[kind][n-1] != int32(i) {
				pt.byKind[kind] = append(pt.byKind[kind], int32(i))
			}
		})
	}
	return pt, nil
}

// list gives patterns their places, each behind those that take it back.
func (l *later) list(rule int, patterns []*pattern, ro role) []int32 {
	var ids []int32
	pt := l.c.part
	for _, q := range patterns {
		cp := compiled{rule: int32(rule), role: ro}
		for _, x := range q.except {
			cp.except = append(cp.except, int32(len(pt.pats)))
			pt.pats, l.from = append(pt.pats, compiled{rule: int32(rule), role: roleUnless}), append(l.from, x)
		}
		ids = append(ids, int32(len(pt.pats)))
		pt.pats, l.from = append(pt.pats, cp), append(l.from, q)
	}
	return ids
}

// rarest returns the part of a sequence that compiler.anchorSeq chooses.
func (l *later) rarest(s seq) (*atom, bool) {
	var best *atom
	var cost float64
	for i := range s {
		if r := l.rarity(&s[i]); r.ok && (best == nil || r.cost < cost) {
			best, cost = &s[i], r.cost
		}
	}
	return best, best != nil
}

func (l *later) rarity(a *atom) rarity {
	switch a.kind {
	case atomWord:
		return rarity{l.words[a.n], true}
	case atomEntity:
		return rarity{2, true}
	case atomClass:
		if l.classes[a.n] == nil {
			r := l.sum(l.c.pack.classes[a.word].alts)
			l.classes[a.n] = &r
		}
		return *l.classes[a.n]
	case atomAlt:
		return l.sum(a.alts)
	}
	return rarity{}
}

// sum is the rarity of alternatives.
func (l *later) sum(alts []seq) rarity {
	out := rarity{ok: true}
	for _, s := range alts {
		a, ok := l.rarest(s)
		if !ok {
			return rarity{}
		}
		out.cost += l.rarity(a).cost
	}
	return out
}

// each names the words and the kinds of tokens of a part that rarest returned.
func (l *later) each(a *atom, word func(int32), kind func(int)) {
	switch a.kind {
	case atomWord:
		word(a.n)
	case atomEntity:
		kind(int(a.entity))
	case atomClass:
		l.alts(l.c.pack.classes[a.word].alts, word, kind)
	case atomAlt:
		l.alts(a.alts, word, kind)
	}
}

func (l *later) alts(alts []seq, word func(int32), kind func(int)) {
	for _, s := range alts {
		if a, ok := l.rarest(s); ok {
			l.each(a, word, kind)
		}
	}
}

// ready compiles the patterns, and what they are looked at with.
func (l *later) ready(ids []int32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	pt := l.c.part
	for _, id := range ids {
		l.compile(id)
		if at := pt.pats[id].rule; !l.rules[at] {
			l.rules[at] = true
			for _, list := range [][]int32{pt.rules[at].unless, pt.rules[at].with} {
				for _, id := range list {
					l.compile(id)
				}
			}
		}
	}
}

func (l *later) compile(id int32) {
	if l.done[id] {
		return
	}
	l.done[id] = true
	q := &l.c.part.pats[id]
	cp, err := l.c.compile(l.from[id])
	if err != nil { // what wrote the compact form compiled it
		cp = compiled{code: []instr{{op: opSet}}} // matches nothing
	}
	cp.rule, cp.role, cp.except = q.rule, q.role, q.except
	*q = cp
	l.c.part.quick[id] = quickOf(q)
	for _, x := range cp.except {
		l.compile(x)
	}
}
