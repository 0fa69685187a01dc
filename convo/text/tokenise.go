package text

import (
	"unicode"
	"unicode/utf8"
)

// state is where the tokeniser stands in a message.
type state struct {
	sentence int32
	first    int  // the first token of the sentence
	ended    bool // the sentence has ended; the next token opens another
}

// tokenise cuts the folded view into tokens.
func (t *Text) tokenise() {
	t.scan = state{}
	b := t.buf[:t.n]
	for p := 0; p < len(b); {
		r, size := utf8.DecodeRune(b[p:])
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			e := p + size
			num := unicode.IsDigit(r)
			for e < len(b) {
				r, size := utf8.DecodeRune(b[e:])
				if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) {
					break
				}
				num = num && unicode.IsDigit(r)
				e += size
			}
			if num {
				tok := t.emit(Number, p, e)
				for _, c := range b[p:e] {
					tok.Value = min(tok.Value*10+float64(c-'0'), 1e18)
				}
			} else {
				t.emit(Word, p, e)
			}
			p = e
			continue
		case r == '.' || r == '!' || r == '?' || r == '\n' || r == ';':
			t.scan.ended = true
			if r == '?' {
				for i := t.scan.first; i < len(t.Tokens); i++ {
					t.Tokens[i].Question = true
				}
			}
		}
		p += size
	}
}

// emit appends a token for lo..hi of the view, whose main form is that text.
func (t *Text) emit(k Kind, lo, hi int) *Token {
	if t.scan.ended && len(t.Tokens) > t.scan.first {
		t.scan.sentence++
		t.scan.first = len(t.Tokens)
	}
	t.scan.ended = false
	from, to := t.raw(lo, hi)
	t.Tokens = append(t.Tokens, Token{Start: from, End: to, Kind: k, Sentence: t.scan.sentence})
	t.forms = append(t.forms, forms{n: 1, span: [MaxForms]span{{int32(lo), int32(hi)}}})
	return &t.Tokens[len(t.Tokens)-1]
}
