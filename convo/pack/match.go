package pack

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/convo/text"
)

// View names the reading of a message in which a pattern was found.
type View string

// The views, from the text as written to the one furthest from it.
const (
	ViewRaw    View = "raw"    // as written, apart from capital letters
	ViewStem   View = "stem"   // with Indonesian affixes taken off
	ViewSlang  View = "slang"  // with everyday spellings replaced by the usual ones
	ViewFolded View = "folded" // with a spelling undone that evades filters
)

// The bits of a view while a match is under way.
const (
	viewStem = 1 << iota
	viewSlang
	viewFolded
)

func viewOf(bits uint8) View {
	switch {
	case bits&viewFolded != 0:
		return ViewFolded
	case bits&viewSlang != 0:
		return ViewSlang
	case bits&viewStem != 0:
		return ViewStem
	}
	return ViewRaw
}

// Matcher finds what its packs describe. It is immutable and safe for
// concurrent use; each goroutine brings its own [Scan].
type Matcher struct {
	parts []*part
	packs []*Pack
}

// part is one pack, compiled.
type part struct {
	pack   *Pack
	vocab  map[string]int32
	words  []string // by symbol
	canon  []int32  // the usual spelling's symbol, or -1
	stem   bool
	pats   []compiled
	quick  []quick // by pattern
	rules  []compiledRule
	bySym  [][]int32 // patterns to try when a symbol is there
	byKind [16][]int32
	neg    bitset // words that negate what follows
	rhet   bitset // words before a negation that take it back: why don't you
	later  *later // what compiles patterns when they are needed, or nil
}

type compiledRule struct {
	*Rule
	index  int16 // of the indicator in the catalogue
	unless []int32
	with   []int32
}

// maxSteps bounds the work on one message and pack. Ordinary messages take a
// few hundred steps; only one made to be slow comes near.
const maxSteps = 2_000_000

// Compile makes a matcher of packs. Two packs of one name are refused.
func Compile(packs ...*Pack) (*Matcher, error) {
	m := &Matcher{packs: packs}
	names := map[string]bool{}
	for _, p := range packs {
		if names[p.Name] {
			return nil, fmt.Errorf("compile packs: there are two packs called %s", p.Name)
		}
		names[p.Name] = true
		pt, err := p.compiled()
		if err != nil {
			return nil, err
		}
		m.parts = append(m.parts, pt)
	}
	return m, nil
}

func compilePart(p *Pack) (*part, error) {
	pt := &part{pack: p, vocab: map[string]int32{}, stem: p.Language == "id"}
	c := &compiler{pack: p, part: pt, anchors: map[string]anchor{}, firsts: map[string]firstOf{}}
	add := func(rule int, list []*pattern, ro role) ([]int32, error) {
		var ids []int32
		for _, q := range list {
			cp, err := c.compile(q)
			if err != nil {
				return nil, p.fail(q.line, "%v", err)
			}
			cp.rule, cp.role = int32(rule), ro
			for _, x := range q.except {
				xp, err := c.compile(x)
				if err != nil {
					return nil, p.fail(x.line, "%v", err)
				}
				xp.rule, xp.role = int32(rule), roleUnless
				cp.except = append(cp.except, int32(len(pt.pats)))
				pt.pats = append(pt.pats, xp)
			}
			ids = append(ids, int32(len(pt.pats)))
			pt.pats = append(pt.pats, cp)
		}
		return ids, nil
	}
	for i := range p.Rules {
		r := &p.Rules[i]
		cr := compiledRule{Rule: r, index: -1}
		if r.Kind == RuleIndicator {
			cr.index = int16(indicator.Index(r.Indicator))
		}
		var err error
		if _, err = add(i, r.say, roleSay); err == nil {
			if cr.unless, err = add(i, r.unless, roleUnless); err == nil {
				cr.with, err = add(i, r.with, roleWith)
			}
		}
		if err != nil {
			return nil, err
		}
		pt.rules = append(pt.rules, cr)
	}
	pt.neg = c.singles("negation")
	pt.rhet = c.singles("rhetorical")
	for from, to := range p.slang {
		c.symbol(from)
		c.symbol(to)
	}
	pt.spellings()
	pt.bySym = make([][]int32, len(pt.words))
	pt.quick = make([]quick, len(pt.pats))
	for i := range pt.pats {
		pt.quick[i] = quickOf(&pt.pats[i])
	}
	for i, q := range pt.pats {
		if q.role != roleSay {
			continue
		}
		q.anchor.syms.each(func(s int32) { pt.bySym[s] = append(pt.bySym[s], int32(i)) })
		for k := range pt.byKind {
			if q.anchor.kinds>>uint(k)&1 != 0 {
				pt.byKind[k] = append(pt.byKind[k], int32(i))
			}
		}
	}
	return pt, nil
}

// spellings notes the usual spelling of every word; all words have symbols.
func (pt *part) spellings() {
	pt.canon = make([]int32, len(pt.words))
	for i := range pt.canon {
		pt.canon[i] = -1
	}
	for from, to := range pt.pack.slang {
		pt.canon[pt.vocab[from]] = pt.vocab[to]
	}
}

// singles returns the one-word alternatives of a class that the format gives
// a meaning to.
func (c *compiler) singles(name string) bitset {
	cl := c.pack.classes[name]
	if cl == nil {
		return nil
	}
	cl.used = true
	var set bitset
	var rest []seq
	c.flat(cl.alts, &set, &rest)
	return set
}

// Packs returns the packs, in the order given to [Compile].
func (m *Matcher) Packs() []*Pack { return slices.Clone(m.packs) }

// FrameBit returns the bit of a frame in [Scan.Frames].
func FrameBit(name string) uint8 {
	switch name {
	case "lesson":
		return 1
	case "quote":
		return 2
	case "roleplay":
		return 4
	case "news":
		return 8
	}
	return 0
}

// Scan reads a message that somebody of the kind speaker says to somebody of
// the kind target, and fills s.
func (m *Matcher) Scan(s *Scan, message string, speaker, target Who) {
	if s.of != m {
		s.of, s.cache = m, nil
	}
	s.Text.Normalise(message)
	s.Hits = s.Hits[:0]
	s.Frames = 0
	s.Cut = s.Text.Truncated
	if len(s.Text.Tokens) == 0 {
		return
	}
	for i, pt := range m.parts {
		pt.scan(s, i, speaker, target)
	}
}

func (pt *part) scan(s *Scan, at int, speaker, target Who) {
	pt.symbols(s, at)
	pt.candidates(s)
	if len(s.cand) == 0 {
		return
	}
	if pt.later != nil {
		pt.later.ready(s.cand)
	}
	r := &s.run
	r.toks, r.syms, r.steps = s.Text.Tokens, s.syms, 0
	var there mask
	for i := range s.syms {
		for _, sym := range s.syms[i].sym[:s.syms[i].n] {
			there.add(sym)
		}
	}
	kept := s.cand[:0]
	for _, id := range s.cand {
		if v := &pt.quick[id]; v.a.meets(&there) && v.b.meets(&there) {
			kept = append(kept, id)
		}
	}
	// By rule, so that the order of hits is the pack's, whatever the words'.
	slices.Sort(kept)
	for _, id := range kept {
		q := &pt.pats[id]
		rule := &pt.rules[q.rule]
		if !rule.Speakers.Has(speaker) || !rule.Targets.Has(target) {
			continue
		}
		pt.try(s, q, rule)
	}
	if r.steps > maxSteps {
		s.Cut = true
	}
}

// symbols looks up the words of the message; at is the part's place among
// those of the matcher.
func (pt *part) symbols(s *Scan, at int) {
	toks := s.Text.Tokens
	s.syms = slices.Grow(s.syms[:0], len(toks))[:len(toks)]
	for i := range toks {
		ts := &s.syms[i]
		ts.n = 0
		kind, forms := toks[i].Kind, s.Text.Forms(i)
		first := 0
		if kind != text.Word && kind != text.Emoji && kind != text.Number {
			first = 1 // an account name, @name, is a word only by its other forms
		}
		if form := s.Text.Form(i, 0); first == 0 && forms == 1 && !toks[i].Evaded && len(form) <= maxCached {
			c := s.slot(at, form)
			if int(c.n) != len(form) || string(c.word[:c.n]) != string(form) || len(form) == 0 {
				c.n = uint8(copy(c.word[:], form))
				c.syms.n = 0
				pt.lookUp(&c.syms, form, nil, kind == text.Word, 0)
			}
			*ts = c.syms
			continue
		}
		for k := first; k < forms; k++ {
			var base uint8
			var plain []byte
			if s.Text.FormEvaded(i, k) {
				base = viewFolded
				if !toks[i].Evaded {
					plain = s.Text.Form(i, 0)
				}
			}
			pt.lookUp(ts, s.Text.Form(i, k), plain, kind == text.Word || first > 0, base)
		}
	}
}

// lookUp adds what a folded word is: itself, its usual spelling, its stems. A stem
// that plain begins with stands there in clear: nomor1 hides no nomor.
func (pt *part) lookUp(ts *tokenSyms, form, plain []byte, word bool, base uint8) {
	pt.add(ts, form, base)
	if pt.stem && word && len(form) >= 4 {
		text.StemID(form, func(stem []byte) bool {
			view := base | viewStem
			if bytes.HasPrefix(plain, stem) {
				view &^= viewFolded
			}
			pt.add(ts, stem, view)
			return false // all stems: membelikan is of belikan and of beli
		})
	}
}

func (pt *part) add(ts *tokenSyms, word []byte, view uint8) {
	sym, ok := pt.vocab[string(word)]
	if !ok {
		return
	}
	ts.add(sym, view)
	if c := pt.canon[sym]; c >= 0 {
		ts.add(c, view|viewSlang)
	}
}

// candidates collects the patterns whose anchor is in the message.
func (pt *part) candidates(s *Scan) {
	s.cand = s.cand[:0]
	if len(s.stamp) < len(pt.pats) {
		s.stamp = make([]uint32, len(pt.pats))
		s.epoch = 0
	}
	s.epoch++
	if s.epoch == 0 { // after four billion messages the stamps are stale
		clear(s.stamp)
		s.epoch = 1
	}
	add := func(ids []int32) {
		for _, id := range ids {
			if s.stamp[id] != s.epoch {
				s.stamp[id] = s.epoch
				s.cand = append(s.cand, id)
			}
		}
	}
	for i := range s.syms {
		ts := &s.syms[i]
		for k := range ts.n {
			if sym := ts.sym[k]; int(sym) < len(pt.bySym) {
				add(pt.bySym[sym])
			}
		}
		if ids := pt.byKind[s.Text.Tokens[i].Kind&15]; ids != nil {
			add(ids)
		}
	}
}

// try records the first place where the pattern stands and counts.
func (pt *part) try(s *Scan, q *compiled, rule *compiledRule) {
	r := &s.run
	for _, set := range q.needs {
		if !r.somewhere(set) {
			return
		}
	}
	for from := range r.toks {
		if q.first != nil && !r.any(from, q.first) {
			continue
		}
		r.age = 0
		end, view, ok := r.exec(q.code, 0, from, from, 0)
		if !ok || end == from {
			continue
		}
		if !rule.KeepNegated && pt.negated(s.Text.Raw, r, from) {
			continue
		}
		if rule.Evaded && view&viewFolded == 0 {
			continue
		}
		if len(q.except) > 0 && pt.anyOf(r, q.except) {
			return
		}
		if pt.anyOf(r, rule.unless) || (len(rule.with) > 0 && !pt.anyOf(r, rule.with)) {
			return
		}
		pt.hit(s, rule, from, end, view)
		return
	}
}

func (pt *part) hit(s *Scan, rule *compiledRule, from, end int, view uint8) {
	if rule.Kind == RuleFrame {
		s.Frames |= FrameBit(rule.Name)
	}
	toks := s.Text.Tokens
	quoted := true
	for _, t := range toks[from:end] {
		quoted = quoted && t.Quoted
	}
	h := Hit{
		Pack: pt.pack, Rule: rule.Rule, Index: int(rule.index),
		Start: int(toks[from].Start), End: int(toks[end-1].End),
		View: viewOf(view), Quoted: quoted, Age: s.run.age,
	}
	// One hit for a rule and message: that it is said twice in one breath
	// says no more. The longest words are the clearest to show, and words
	// outside quotation marks outweigh those inside.
	for i := range s.Hits {
		if old := &s.Hits[i]; old.Rule == h.Rule {
			if (old.Quoted && !h.Quoted) || (old.Quoted == h.Quoted && h.End-h.Start > old.End-old.Start) {
				if h.Age == 0 {
					h.Age = old.Age
				}
				*old = h
			}
			return
		}
	}
	s.Hits = append(s.Hits, h)
}

func (pt *part) anyOf(r *run, ids []int32) bool {
	age := r.age
	defer func() { r.age = age }()
	for _, id := range ids {
		q := &pt.pats[id]
		for from := range r.toks {
			if q.first != nil && !r.any(from, q.first) {
				continue
			}
			if end, _, ok := r.exec(q.code, 0, from, from, 0); ok && end > from {
				return true
			}
		}
	}
	return false
}

// negationReach is how many tokens before a pattern a negation reaches.
const negationReach = 3

func (pt *part) negated(raw string, r *run, from int) bool {
	if pt.neg == nil || r.any(from, pt.neg) {
		return false // a pattern that starts with its own negation means it
	}
	for i := from - 1; i >= 0 && i >= from-negationReach; i-- {
		if r.toks[i].Sentence != r.toks[from].Sentence || strings.Contains(raw[r.toks[i].End:r.toks[i+1].Start], ",") {
			return false // don't be shy, send it: the comma ends what is negated
		}
		if r.any(i, pt.neg) {
			return i == 0 || pt.rhet == nil || !r.any(i-1, pt.rhet)
		}
	}
	return false
}
