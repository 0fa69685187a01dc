package text

import (
	"bytes"
	"sync"
	"unicode"
	"unicode/utf8"
)

// What a word has besides small letters of ASCII.
const (
	hasRepeat uint8 = 1 << iota
	hasDigit
	hasSign
	hasApostrophe
	hasHyphen
	hasUnderscore
	hasWide
)

// word handles the word, or the entity that begins with a word, at p.
func (t *Text) word(p int) int {
	b := t.buf[:t.n]
	e, run, repeat := p+1, 1, false
	for ; e < len(b) && lower(b[e]); e++ {
		if b[e] == b[e-1] {
			run++
			repeat = repeat || run > 2
		} else {
			run = 1
		}
	}
	if q := t.phrase(p, e); q > 0 {
		return q
	}
	next, plain := t.at(e), false
	switch next {
	case '.', '!':
		plain = !t.inWord(e + 1)
	case ' ', ',', '\n', '?', '"', ')', 0:
		plain = true
	}
	if plain {
		if e == p+1 && next == ' ' {
			if q := t.spaced(p); q > 0 {
				return q
			}
		}
		t.emit(Word, p, e)
		if repeat {
			t.finish(hasRepeat)
		}
		return e
	}
	if digit(next) {
		if q := t.wallet(p, t.run(e)); q > 0 {
			return q
		}
	}
	if q := t.address(p, e); q > 0 {
		return q
	}
	if e == p+1 {
		if q := t.spaced(p); q > 0 {
			return q
		}
	}
	return t.mixed(p)
}

// mixed handles the word at p, of letters of any script, digits and the signs
// that may stand inside words.
func (t *Text) mixed(p int) int {
	e, has := t.extent(p)
	tok := t.emit(Word, p, e)
	if has != 0 {
		tok.Evaded = t.finish(has) || tok.Evaded
	}
	return e
}

// extent returns the end of the word at p and what is in it.
func (t *Text) extent(p int) (e int, has uint8) {
	b := t.buf[:t.n]
	run := 1
	for e = p; e < len(b); {
		c := b[e]
		switch {
		case lower(c):
			if e > p && c == b[e-1] {
				if run++; run > 2 {
					has |= hasRepeat
				}
			} else {
				run = 1
			}
			e++
			continue
		case digit(c):
			has |= hasDigit
			e++
			continue
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRune(b[e:])
			switch {
			case t.is(e, atInvalid):
				return e, has
			case wordRune(r):
				has |= hasWide
			case r == '’' && e > p && t.inWord(e+size):
				has |= hasApostrophe
			default:
				return e, has
			}
			e += size
			continue
		case c == '\'' && e > p && t.inWord(e+1) && !digit(t.at(e+1)):
			has |= hasApostrophe
		case c == '-' && e > p && t.inWord(e+1):
			has |= hasHyphen
		case c == '_' && e > p && t.inWord(e+1):
			has |= hasUnderscore
		case c == '@' || c == '$':
			n := t.signs(e)
			if n == 0 {
				return e, has
			}
			has |= hasSign
			e += n
			continue
		case (c == '!' || c == '|') && e > p && alnum(t.at(e+1)) && (has&(hasDigit|hasSign) != 0 || e == p+1 || !alnum(t.at(e+2))):
			// A mark between whole words ends a sentence that lacks its space.
			has |= hasSign
		default:
			return e, has
		}
		e++
	}
	return e, has
}

// signs returns the length of the run of @ and $ at p that stands for letters of
// a word, 0 when it is punctuation: one or two inside a word or at either end.
func (t *Text) signs(p int) int {
	const most = 2 // me$$age
	n := 0
	for c := t.at(p); n <= most && (c == '@' || c == '$'); c = t.at(p + n) {
		n++
	}
	if n <= most && (alnum(t.at(p+n)) || alnum(t.at(p-1)) && !t.inWord(p+n)) {
		return n
	}
	return 0
}

// leetStart reports whether the sign at p begins a word: @ku, $3nd, @$k. A digit
// behind @ or a lone sum behind $ is what it seems.
func (t *Text) leetStart(p int) bool {
	if t.inWord(p-1) || t.signs(p) == 0 {
		return false
	}
	e, letters := p, 0
	for c := t.at(e); e-p <= maxLeet && (alnum(c) || c == '@' || c == '$'); c = t.at(e) {
		if lower(c) {
			letters++
		}
		e++
	}
	return letters > 0 && e-p > 2
}

// addForm gives the last token another form unless it has it or has no room.
func (t *Text) addForm(lo, hi int) {
	f := &t.forms[len(t.forms)-1]
	if f.n == MaxForms || lo == hi {
		return
	}
	for _, s := range f.span[:f.n] {
		if bytes.Equal(t.buf[s.lo:s.hi], t.buf[lo:hi]) {
			return
		}
	}
	f.span[f.n] = span{int32(lo), int32(hi)}
	f.n++
}

// finish replaces the last token's only form by its folded forms and reports
// whether the spelling hid something.
func (t *Text) finish(has uint8) (evaded bool) {
	f := &t.forms[len(t.forms)-1]
	base := f.span[0]
	f.n = 0
	if has&hasWide != 0 {
		if s, n := t.latinised(base); n > 0 {
			t.Marks.Confusable += n
			evaded = true
			base = s
		}
	}
	if has&hasApostrophe != 0 {
		base = t.without(base, '\'', '’')
	}
	reading := leetNone
	if has&(hasDigit|hasSign) != 0 && has&hasUnderscore == 0 {
		reading = leetReading(t.buf[base.lo:base.hi])
	}
	if reading == leetMain {
		i, n := t.unleet(base, 'i')
		t.Marks.Leet += n
		t.addSqueezed(i, true)
		t.addParts(i, has)
		l, _ := t.unleet(base, 'l')
		t.addSqueezed(l, false)
		t.addForm(int(base.lo), int(base.hi))
		return true
	}
	t.addSqueezed(base, true)
	t.addParts(base, has)
	if n := doubled(t.buf[base.lo:base.hi]); n > 0 && has&hasUnderscore == 0 &&
		leetReading(t.buf[base.lo:int(base.lo)+n]) == leetMain {
		reading = leetOther
	}
	if reading == leetOther {
		t.addUnleeted(base, has)
	}
	return evaded
}

// addParts adds the single word of a reduplication and the word without its
// hyphens or underscores.
func (t *Text) addParts(s span, has uint8) {
	if has&(hasDigit|hasHyphen) != 0 {
		t.addSingular(s)
	}
	if has&(hasHyphen|hasUnderscore) != 0 {
		s := t.without(s, '-', '_')
		t.addForm(int(s.lo), int(s.hi))
	}
}

// addUnleeted adds s with letters for its digits and signs as forms that undo an
// evasion.
func (t *Text) addUnleeted(s span, has uint8) {
	n := len(t.forms) - 1
	had := t.forms[n].n
	for _, one := range [...]byte{'i', 'l'} {
		u, _ := t.unleet(s, one)
		t.addForm(int(u.lo), int(u.hi))
		t.addParts(u, has)
	}
	for k := had; k < t.forms[n].n; k++ {
		t.forms[n].evaded |= 1 << k
	}
}

// without returns a copy of s that lacks two characters.
func (t *Text) without(s span, a, b rune) span {
	lo := len(t.buf)
	for p := int(s.lo); p < int(s.hi); {
		r, size := utf8.DecodeRune(t.buf[p:s.hi])
		if r != a && r != b {
			t.buf = append(t.buf, t.buf[p:p+size]...)
		}
		p += size
	}
	return span{int32(lo), int32(len(t.buf))}
}

// addSqueezed adds s with every run of three or more equal letters cut to two
// and, as other forms, to one; count tells to count the runs.
func (t *Text) addSqueezed(s span, count bool) {
	runs := repeats(t.buf[s.lo:s.hi])
	if count {
		t.Marks.Repeats += runs
	}
	if runs == 0 {
		t.addForm(int(s.lo), int(s.hi))
		return
	}
	for _, keep := range [...]struct{ first, rest int }{{2, 2}, {1, 1}, {1, 2}, {2, 1}} {
		lo := len(t.buf)
		t.buf = appendSqueezed(t.buf, t.buf[s.lo:s.hi], keep.first, keep.rest)
		t.addForm(lo, len(t.buf))
	}
}

// repeats counts the runs of three or more equal small letters.
func repeats(b []byte) int {
	runs := 0
	for i := 2; i < len(b); i++ {
		if lower(b[i]) && b[i] == b[i-1] && b[i] == b[i-2] && (i == 2 || b[i] != b[i-3]) {
			runs++
		}
	}
	return runs
}

// appendSqueezed appends b with its first run of three or more equal small
// letters cut to first letters and the other runs to rest.
func appendSqueezed(dst, b []byte, first, rest int) []byte {
	keep := first
	for i := 0; i < len(b); {
		j := i + 1
		for j < len(b) && b[j] == b[i] {
			j++
		}
		n := j - i
		if n > 2 && lower(b[i]) {
			n, keep = keep, rest
		}
		dst = append(dst, b[i:i+n]...)
		i = j
	}
	return dst
}

// latinised returns s with the look-alikes of Latin letters replaced, and their
// number; 0 when the word is taken for one of its own script.
func (t *Text) latinised(s span) (span, int) {
	latin, exact, style := 0, 0, 0
	for p := int(s.lo); p < int(s.hi); {
		r, size := utf8.DecodeRune(t.buf[p:s.hi])
		switch {
		case r < utf8.RuneSelf:
			if lower(byte(r)) {
				latin++
			}
		case unicode.Is(unicode.Latin, r):
			latin++
		default:
			l := lookalike(r, t.is(p, atUpper))
			switch {
			case l.latin == 0:
				return s, 0
			case l.exact:
				exact++
			default:
				style++
			}
		}
		p += size
	}
	if exact+style == 0 || latin+exact < style || exact == 0 && latin+style < 3 ||
		latin == 0 && (style > 0 || !t.latin || t.foreign) {
		return s, 0
	}
	lo := len(t.buf)
	for p := int(s.lo); p < int(s.hi); {
		r, size := utf8.DecodeRune(t.buf[p:s.hi])
		if l := lookalike(r, t.is(p, atUpper)); r >= utf8.RuneSelf && l.latin != 0 {
			t.buf = append(t.buf, l.latin)
		} else {
			t.buf = append(t.buf, t.buf[p:p+size]...)
		}
		p += size
	}
	return span{int32(lo), int32(len(t.buf))}, exact + style
}

// FoldWord folds a word of a pack the way Normalise folds the word in a message:
// lower case, NFKC, Latin letters without accents, apostrophes removed (don't →
// dont), hyphens kept, a letter at most twice in a row. An emoji becomes the name
// of its class. Folding a folded word changes nothing. Look-alikes and digits are
// left as they are: in a pack they are meant.
func FoldWord(s string) string {
	// What is removed may have kept an accent from its letter; a few rounds
	// settle every spelling that people make up.
	for range 8 {
		once := foldOnce(s)
		if once == s {
			break
		}
		s = once
	}
	return s
}

// foldings are buffers for foldOnce: packs have many thousands of words.
var foldings = sync.Pool{New: func() any { return new(folded) }}

// foldOnce is one round of FoldWord.
func foldOnce(s string) string {
	f := foldings.Get().(*folded)
	defer foldings.Put(f)
	f.fold(s, new(Marks))
	out := f.buf[:0]
	for p := 0; p < len(f.buf); {
		r, size := utf8.DecodeRune(f.buf[p:])
		if r != '\'' && r != '’' {
			out = append(out, f.buf[p:p+size]...)
		}
		p += size
	}
	return string(appendSqueezed(nil, out, 2, 2))
}
