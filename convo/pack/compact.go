package pack

import (
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/convo/text"
)

// The compact form is a pack as it was parsed, without what only people read:
// comments, reasons, look-alikes and the pack's own tests. It is for programs
// that are sent to somebody's phone, where every byte and every millisecond
// counts: it is about a third of the files, and is read without parsing. It is
// no exchange format; the program that reads it is built with what wrote it.

// compactVersion is the first byte; it changes with the form.
const compactVersion = 1

// atomForms stands, in the compact form alone, for an atomAlt of a word and
// its inflections.
const atomForms atomKind = 100

// AppendCompact appends the pack in its compact form.
func (p *Pack) AppendCompact(b []byte) []byte {
	w := compactWriter{at: map[string]int{}}
	w.int(p.Version)
	for _, s := range []string{p.Name, p.Language, p.Digest} {
		w.str(s)
	}
	w.int(len(p.common))
	for _, s := range sortedKeys(p.common) {
		w.str(s)
	}
	w.int(len(p.slang))
	for _, from := range sortedKeys(p.slang) {
		w.str(from)
		w.str(p.slang[from])
	}
	w.int(len(p.classes))
	for _, name := range sortedKeys(p.classes) {
		w.str(name)
		w.alts(p.classes[name].alts)
	}
	w.int(len(p.Rules))
	for i := range p.Rules {
		r := &p.Rules[i]
		w.b = append(w.b, byte(r.Kind), byte(r.Speakers), byte(r.Targets), bit(r.Evaded)|bit(r.KeepNegated)<<1)
		w.str(r.Name)
		w.str(string(r.Indicator))
		w.float(r.Weight)
		w.str(r.Explain.EN)
		w.str(r.Explain.ID)
		for _, list := range [][]*pattern{r.say, r.unless, r.with} {
			w.int(len(list))
			for _, q := range list {
				w.seq(q.seq)
				w.int(len(q.except))
				for _, x := range q.except {
					w.seq(x.seq)
				}
			}
		}
	}
	// Words, references to them and the rest apart compress best.
	b = append(b, compactVersion)
	b = binary.AppendUvarint(b, uint64(len(w.words)))
	for _, s := range w.words {
		b = append(b, s...)
		b = append(b, 0)
	}
	b = binary.AppendUvarint(b, uint64(len(w.b)))
	b = append(b, w.b...)
	return append(b, w.refs...)
}

func bit(v bool) byte {
	if v {
		return 1
	}
	return 0
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

type compactWriter struct {
	b     []byte
	refs  []byte   // to words: 0 is one that was not named before, else its place from 1
	words []string // in the order in which they are first named
	at    map[string]int
}

func (w *compactWriter) int(n int) { w.b = binary.AppendUvarint(w.b, uint64(n)) }

func (w *compactWriter) float(v float64) {
	w.b = binary.LittleEndian.AppendUint64(w.b, math.Float64bits(v))
}

func (w *compactWriter) str(s string) {
	i, known := w.at[s]
	if !known {
		w.at[s], w.words = len(w.words)+1, append(w.words, s)
	}
	w.refs = binary.AppendUvarint(w.refs, uint64(i))
}

func (w *compactWriter) alts(alts []seq) {
	w.int(len(alts))
	for _, s := range alts {
		w.seq(s)
	}
}

func (w *compactWriter) seq(s seq) {
	w.int(len(s))
	for i := range s {
		w.atom(&s[i])
	}
}

func (w *compactWriter) atom(a *atom) {
	if base, ok := inflected(a); ok {
		w.b = append(w.b, byte(atomForms))
		w.str(base)
		return
	}
	w.b = append(w.b, byte(a.kind))
	switch a.kind {
	case atomWord, atomClass:
		w.str(a.word)
	case atomGap:
		w.int(int(a.n))
	case atomEntity:
		w.b = append(w.b, byte(a.entity), bit(a.age)|bit(a.bounds != nil)<<1)
		if b := a.bounds; b != nil {
			w.str(b.unit)
			w.float(b.lo)
			w.float(b.hi)
		}
	case atomAlt, atomOpt:
		w.alts(a.alts)
	}
}

// inflected returns the word whose inflections are the alternatives.
func inflected(a *atom) (string, bool) {
	if a.kind != atomAlt || len(a.alts[0]) != 1 || a.alts[0][0].kind != atomWord {
		return "", false
	}
	base := a.alts[0][0].word
	forms := inflections(base)
	same := len(forms) == len(a.alts)
	for i := 0; same && i < len(forms); i++ {
		s := a.alts[i]
		same = len(s) == 1 && s[0].kind == atomWord && s[0].word == forms[i]
	}
	return base, same
}

var errCompact = errors.New("read compact pack: it is damaged, or of another version of the program")

// ReadCompact reads what [Pack.AppendCompact] wrote. The patterns of the pack
// are compiled when a message first has a word of theirs, so that a program
// that reads a few messages starts at once.
func ReadCompact(data []byte) (*Pack, error) {
	r := compactReader{b: data, vocab: map[string]int32{}}
	if r.byte() != compactVersion {
		return nil, errCompact
	}
	r.words = make([]string, r.count())
	if len(r.words) == 0 {
		return nil, errCompact
	}
	all := string(r.b) // one string, of which the words are parts
	for i := range r.words {
		before, after, ok := strings.Cut(all, "\x00")
		if !ok {
			return nil, errCompact
		}
		r.words[i], all = before, after
	}
	r.b = r.b[len(r.b)-len(all):]
	n := r.count()
	r.b, r.refs = r.b[:n], r.b[n:]
	r.symbols, r.forms = make([]int32, len(r.words)), make([][]seq, len(r.words))
	p := &Pack{classes: map[string]*class{}, slang: map[string]string{}, common: map[string]bool{}}
	p.Version = r.int()
	p.Name, p.Language, p.Digest = r.str(), r.str(), r.str()
	for range r.count() {
		p.common[r.str()] = true
	}
	for range r.count() {
		from, to := r.word(), r.word()
		r.symbol(from)
		r.symbol(to)
		p.slang[r.words[from]] = r.words[to]
	}
	for range r.count() {
		name := r.str()
		p.classes[name] = &class{name: name, alts: r.alts(0)}
	}
	p.Rules = make([]Rule, r.count())
	for i := range p.Rules {
		rule := &p.Rules[i]
		rule.Kind, rule.Speakers, rule.Targets = RuleKind(r.byte()), Who(r.byte()), Who(r.byte())
		flags := r.byte()
		rule.Evaded, rule.KeepNegated = flags&1 != 0, flags&2 != 0
		rule.Name, rule.Indicator, rule.Weight = r.str(), indicator.ID(r.str()), r.float()
		rule.Explain = indicator.L{EN: r.str(), ID: r.str()}
		rule.say, rule.unless, rule.with = r.patterns(), r.patterns(), r.patterns()
		if rule.Kind == RuleIndicator && indicator.Index(rule.Indicator) < 0 {
			r.bad = true
		}
	}
	if r.bad || len(r.b) > 0 || len(r.refs) > 0 || r.named != len(r.words) {
		return nil, errCompact
	}
	for _, name := range sortedKeys(p.classes) {
		for _, s := range p.classes[name].alts {
			if p.resolve(s, 0) != nil {
				return nil, errCompact
			}
		}
	}
	p.compiled = sync.OnceValues(func() (*part, error) { return lazyPart(p, r.vocab, r.said, len(r.words)) })
	return p, nil
}

type compactReader struct {
	b, refs []byte
	words   []string
	named   int // of them, so far
	bad     bool

	// The words of patterns and spellings get symbols, as [compiler.symbol]
	// gives them.
	vocab   map[string]int32
	said    []string // by symbol
	symbols []int32  // by the place in words: the symbol from 1, or 0
	forms   [][]seq  // by the same: the inflections, where they are used

	// What is read lies together, so that it takes few allocations.
	atoms []atom
	seqs  []seq
}

func (r *compactReader) byte() byte {
	if len(r.b) == 0 {
		r.bad = true
		return 0
	}
	v := r.b[0]
	r.b = r.b[1:]
	return v
}

func (r *compactReader) int() int {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > math.MaxInt32 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return int(v)
}

// count reads the number of things that take at least a byte each.
func (r *compactReader) count() int {
	n := r.int()
	if n > len(r.b) {
		r.bad, r.b = true, nil
		return 0
	}
	return n
}

func (r *compactReader) float() float64 {
	if len(r.b) < 8 {
		r.bad, r.b = true, nil
		return 0
	}
	v := math.Float64frombits(binary.LittleEndian.Uint64(r.b))
	r.b = r.b[8:]
	return v
}

// word reads the place of a word in words.
func (r *compactReader) word() int {
	i, n := binary.Uvarint(r.refs)
	if n <= 0 || i > uint64(r.named) || i == 0 && r.named == len(r.words) {
		r.bad, r.b = true, nil
		return 0
	}
	r.refs = r.refs[n:]
	if i == 0 {
		r.named++
		return r.named - 1
	}
	return int(i - 1)
}

func (r *compactReader) str() string { return r.words[r.word()] }

// symbol returns the symbol of the word at a place.
func (r *compactReader) symbol(i int) int32 {
	if r.symbols[i] == 0 {
		r.symbols[i] = r.say(r.words[i]) + 1
	}
	return r.symbols[i] - 1
}

func (r *compactReader) say(w string) int32 {
	s, known := r.vocab[w]
	if !known {
		s = int32(len(r.said))
		r.vocab[w] = s
		r.said = append(r.said, w)
	}
	return s
}

// inflections returns the alternatives of the word at a place.
func (r *compactReader) inflections(i int) []seq {
	if r.forms[i] == nil {
		for _, w := range inflections(r.words[i]) {
			r.forms[i] = append(r.forms[i], seq{{kind: atomWord, word: w, n: r.say(w)}})
		}
	}
	return r.forms[i]
}

// chunk is how many atoms or sequences are allocated together.
const chunk = 4096

// take cuts n elements off a stock.
func take[T any](stock *[]T, n int) []T {
	if n > len(*stock) {
		*stock = make([]T, max(n, chunk))
	}
	out := (*stock)[:n:n]
	*stock = (*stock)[n:]
	return out
}

func (r *compactReader) patterns() []*pattern {
	out := make([]*pattern, r.count())
	for i := range out {
		q := &pattern{seq: r.seq(0)}
		for range r.count() {
			q.except = append(q.except, &pattern{seq: r.seq(0)})
		}
		out[i] = q
	}
	return out
}

func (r *compactReader) alts(depth int) []seq {
	out := take(&r.seqs, r.count())
	for i := range out {
		out[i] = r.seq(depth)
	}
	return out
}

func (r *compactReader) seq(depth int) seq {
	if depth > maxDepth {
		r.bad, r.b = true, nil
		return nil
	}
	out := seq(take(&r.atoms, r.count()))
	for i := range out {
		r.atom(&out[i], depth)
	}
	return out
}

func (r *compactReader) atom(a *atom, depth int) {
	a.kind = atomKind(r.byte())
	switch a.kind {
	case atomForms:
		a.kind, a.alts = atomAlt, r.inflections(r.word())
	case atomClass:
		i := r.word()
		a.word, a.n = r.words[i], int32(i)
	case atomWord:
		i := r.word()
		a.word, a.n = r.words[i], r.symbol(i)
	case atomGap:
		a.n = int32(r.int())
	case atomEntity:
		a.entity = text.Kind(r.byte() & 15)
		flags := r.byte()
		a.age = flags&1 != 0
		if flags&2 != 0 {
			a.bounds = &bounds{r.str(), r.float(), r.float()}
		}
	case atomAlt, atomOpt:
		a.alts = r.alts(depth + 1)
	case atomAny, atomStart, atomEnd, atomAsk:
	default:
		r.bad = true
	}
}
