package text

import (
	"unicode"
	"unicode/utf8"
)

// state is where the tokeniser stands in a message.
type state struct {
	sentence int32
	first    int    // the first token of the sentence
	ended    bool   // the sentence has ended; the next token opens another
	asked    bool   // the sentence is known to be a question
	mark     span   // the first run of question marks
	cited    bool   // the line begins with >
	open     [4]int // per kind of quotation mark: the first token inside, plus 1
}

// The kinds of quotation marks.
const (
	straight = iota
	double66
	angled
	single6
)

// tokenise cuts the folded view into tokens.
func (t *Text) tokenise() {
	t.scan = state{}
	t.line(0)
	for p := 0; p < t.n; {
		c := t.buf[p]
		switch {
		case lower(c):
			p = t.word(p)
		case c == ' ':
			p++
		case digit(c):
			p = t.number(p)
		case c < utf8.RuneSelf:
			p = t.sign(p)
		default:
			p = t.other(p)
		}
	}
	t.prune()
	if m := t.scan.mark; len(t.Tokens) == 0 && m.hi > m.lo {
		t.emit(Mark, int(m.lo), int(m.hi)).Question = true
		t.prune()
	}
}

// lower reports whether c is a small letter of ASCII.
func lower(c byte) bool { return 'a' <= c && c <= 'z' }

// digit reports whether c is a digit of ASCII.
func digit(c byte) bool { return '0' <= c && c <= '9' }

// alnum reports whether c is a small letter or a digit of ASCII.
func alnum(c byte) bool { return lower(c) || digit(c) }

// at returns the byte of the view at p, 0 outside it.
func (t *Text) at(p int) byte {
	if p < 0 || p >= t.n {
		return 0
	}
	return t.buf[p]
}

// inWord reports whether a letter or digit of any script stands at p.
func (t *Text) inWord(p int) bool {
	c := t.at(p)
	if c < utf8.RuneSelf {
		return alnum(c)
	}
	r, _ := utf8.DecodeRune(t.buf[p:t.n])
	return wordRune(r)
}

// emit appends a token for lo..hi of the view, whose main form is that text.
func (t *Text) emit(k Kind, lo, hi int) *Token {
	tok := t.emitBare(k, lo, hi)
	f := &t.forms[len(t.forms)-1]
	f.n, f.span[0] = 1, span{int32(lo), int32(hi)}
	return tok
}

// emitBare appends a token without forms.
func (t *Text) emitBare(k Kind, lo, hi int) *Token {
	t.prune()
	if t.scan.ended && len(t.Tokens) > t.scan.first {
		t.scan.sentence++
		t.scan.first = len(t.Tokens)
		t.scan.asked = false
	}
	t.scan.ended = false
	from, to := t.raw(lo, hi)
	if n := len(t.Tokens); n > 0 {
		from = max(from, t.Tokens[n-1].End)
	}
	t.Tokens = append(t.Tokens, Token{Start: from, End: to, Kind: k, Sentence: t.scan.sentence, Quoted: t.scan.cited})
	t.forms = append(t.forms, forms{})
	tok := &t.Tokens[len(t.Tokens)-1]
	if len(t.places) > 0 {
		t.judge(tok, lo, hi)
	}
	return tok
}

// prune removes the last token if nothing of the message is left for it: one
// character was folded to several, and the token before has it.
func (t *Text) prune() {
	if n := len(t.Tokens); n > 0 && t.Tokens[n-1].Start >= t.Tokens[n-1].End {
		t.Tokens = t.Tokens[:n-1]
		t.forms = t.forms[:n-1]
	}
}

// judge sets Evaded of a token at lo..hi that invisible characters part or that
// is written in styled letters, and counts the latter.
func (t *Text) judge(tok *Token, lo, hi int) {
	if tok.Kind == Emoji || tok.Kind == Mark {
		return
	}
	for p := lo; p < hi; p++ {
		if t.is(p, atStyled) && !t.wide && utf8.RuneStart(t.buf[p]) {
			t.Marks.Confusable++
			tok.Evaded = true
		}
		if p > lo && t.is(p, atHidden) {
			tok.Evaded = true
		}
	}
}

// line notes whether the line that starts at p is a citation: > and then text.
func (t *Text) line(p int) {
	for t.at(p) == ' ' {
		p++
	}
	next := t.at(p + 1)
	t.scan.cited = t.at(p) == '>' && (next == ' ' || next == '>' || alnum(next))
}

// sign handles the ASCII character at p, which is no letter, digit or space, and
// returns where to go on.
func (t *Text) sign(p int) int {
	switch c := t.buf[p]; c {
	case '\n':
		t.scan.ended = true
		t.line(p + 1)
	case '.', '!', '?', ';':
		return t.stop(p)
	case '"':
		t.quote(p)
	case ':':
		if t.is(p, atEmoji) {
			return t.emojiAt(p)
		}
	case '<':
		if t.at(p+1) == '3' && !t.inWord(p+2) {
			lo := len(t.buf)
			t.emitBare(Emoji, p, p+2)
			t.buf = append(t.buf, ":heart:"...)
			t.addForm(lo, len(t.buf))
			return p + 2
		}
		if t.at(p+1) == '/' && t.at(p+2) == '3' && !t.inWord(p+3) {
			return p + 3 // a broken heart is no number
		}
	case '@':
		if e := t.handle(p); e > 0 {
			return e
		}
		if !digit(t.at(p+1)) && t.leetStart(p) {
			return t.mixed(p)
		}
	case '+', '(':
		if e := t.phone(p); e > 0 {
			return e
		}
	case '$':
		if e := t.money(p, 1, "usd"); e > 0 {
			return e
		}
		if lower(t.at(p+1)) || t.leetStart(p) {
			return t.mixed(p)
		}
	}
	return p + 1
}

// stop handles the run of full stops, question and exclamation marks and
// semicolons at p.
func (t *Text) stop(p int) int {
	e, asks := p, false
	for e < t.n && (t.buf[e] == '.' || t.buf[e] == '!' || t.buf[e] == '?' || t.buf[e] == ';') {
		asks = asks || t.buf[e] == '?'
		e++
	}
	if e == p+1 && t.buf[p] == '.' && digit(t.at(e)) {
		return e
	}
	t.scan.ended = true
	if !asks {
		return e
	}
	if t.scan.mark.hi == 0 {
		t.scan.mark = span{int32(p), int32(e)}
	}
	if !t.scan.asked {
		for i := t.scan.first; i < len(t.Tokens); i++ {
			t.Tokens[i].Question = true
		}
		t.scan.asked = len(t.Tokens) > t.scan.first
	}
	return e
}

// quote handles the straight quotation mark at p, which opens or closes. Behind a
// letter or digit it does not open: it stands for inches or was left over.
func (t *Text) quote(p int) {
	if t.scan.open[straight] > 0 {
		t.unquote(straight)
	} else if !t.inWord(p - 1) {
		t.scan.open[straight] = len(t.Tokens) + 1
	}
}

// unquote marks the tokens since the opening mark of a kind as quoted.
func (t *Text) unquote(kind int) {
	if t.scan.open[kind] == 0 {
		return
	}
	for i := t.scan.open[kind] - 1; i < len(t.Tokens); i++ {
		t.Tokens[i].Quoted = true
	}
	t.scan.open[kind] = 0
}

// emojiAt emits the emoji whose class stands at p.
func (t *Text) emojiAt(p int) int {
	e := p + 1
	for t.at(e) != ':' {
		e++
	}
	t.emit(Emoji, p, e+1)
	return e + 1
}

// other handles the character at p, which is not ASCII.
func (t *Text) other(p int) int {
	r, size := utf8.DecodeRune(t.buf[p:t.n])
	switch {
	case t.is(p, atInvalid):
		t.emit(Mark, p, p+size)
	case wordRune(r):
		return t.mixed(p)
	case r == '“':
		t.openQuote(double66)
	case r == '”':
		t.unquote(double66)
	case r == '«':
		t.openQuote(angled)
	case r == '»':
		t.unquote(angled)
	case r == '‘':
		t.openQuote(single6)
	case r == '’':
		t.unquote(single6)
	case unicode.Is(unicode.Sc, r):
		if e := t.money(p, size, currencySign(r)); e > 0 {
			return e
		}
	}
	return p + size
}

// openQuote notes an opening quotation mark; one inside another of its kind
// changes nothing.
func (t *Text) openQuote(kind int) {
	if t.scan.open[kind] == 0 {
		t.scan.open[kind] = len(t.Tokens) + 1
	}
}
