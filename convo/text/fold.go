package text

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// What is known of a byte of the folded view.
const (
	atUpper   uint8 = 1 << iota // it was a capital letter
	atStyled                    // it was a styled letter: fullwidth, mathematical, enclosed, small capital
	atHidden                    // an invisible character stood right before it
	atEmoji                     // it is part of the name of an emoji class
	atInvalid                   // it is part of the replacement of a byte that is not UTF-8
)

// folded is the folded view of a message: lower case, compatibility composed,
// Latin letters without accents, invisible characters removed, emoji named by
// their class.
//
// The first n bytes of buf are the message; tokens put their other forms behind.
// For a message of ASCII from, to and about are empty: a byte of the view is the
// byte of the message at the same place.
type folded struct {
	buf      []byte
	n        int
	from, to []int32 // the bytes of the message that a byte of the view stands for
	about    []uint8
	iter     norm.Iter

	latin    bool // the message has Latin letters
	foreign  bool // it has Cyrillic or Greek letters that look like no Latin one
	wide     bool // it has Chinese, Japanese or Korean letters, beside which fullwidth Latin is ordinary
	bothWays bool // it has right-to-left letters, beside which controls of direction are ordinary
}

// fold builds the view of s and counts what it removed.
func (f *folded) fold(s string, m *Marks) {
	f.from, f.to, f.about = f.from[:0], f.to[:0], f.about[:0]
	f.latin, f.foreign, f.wide, f.bothWays = false, false, false, false
	buf := f.buf[:0]
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf {
			f.buf = buf[:0]
			f.foldUnicode(s, m)
			f.n = len(f.buf)
			return
		}
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		buf = append(buf, c)
	}
	f.buf, f.n = buf, len(buf)
}

// foldUnicode is fold for messages that are not all ASCII.
func (f *folded) foldUnicode(s string, m *Marks) {
	var hidden uint8 // atHidden when invisible characters were just removed
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			m.Invalid++
			f.put(r, i, i+1, atInvalid)
			i++
			continue
		}
		if k := invisible(r); k != visible {
			switch {
			case r == zeroWidthSpace && f.lastIs(spacedByZeroWidth):
				f.put(' ', i, i+size, 0)
			case k == bidi:
				m.Bidi++
				hidden = atHidden
			case len(f.buf) > 0 && f.about[len(f.about)-1]&atEmoji == 0 && !f.lastIs(needsJoiners) &&
				(!selector(r) || f.lastIs(wordRune)):
				m.ZeroWidth++
				hidden = atHidden
			}
			i += size
			continue
		}
		if n := keycapped(s[i:]); n > 0 {
			f.put(r, i, i+n, atStyled)
			i += n
			hidden = 0
			continue
		}
		if class, n := emoji(s[i:]); n > 0 {
			for j := range len(class) {
				f.put(rune(class[j]), i, i+n, atEmoji)
			}
			i += n
			hidden = 0
			continue
		}
		i += f.putCharacter(s[i:], i, hidden)
		hidden = 0
	}
	if f.bothWays {
		m.Bidi = 0
	}
}

// putCharacter appends what the first character of s, with the accents behind it,
// folds to, and returns its length in s. It stands at from in the message.
func (f *folded) putCharacter(s string, from int, about uint8) int {
	r, size := utf8.DecodeRuneInString(s)
	if r < utf8.RuneSelf && (size == len(s) || s[size] < utf8.RuneSelf) {
		f.putFolded(r, from, from+size, about)
		return size
	}
	if p := plain(r); p != 0 {
		f.putFolded(p, from, from+size, about)
		return size
	}
	if l := styledLetter(r); l != 0 {
		f.putFolded(l, from, from+size, about|atStyled)
		return size
	}
	single := size
	size = max(size, norm.NFKC.NextBoundaryInString(s, true))
	if styled(r) {
		about |= atStyled
	}
	had := len(f.buf)
	f.iter.InitString(norm.NFKC, s[:size])
	for !f.iter.Done() {
		for part := f.iter.Next(); len(part) > 0; {
			c, n := utf8.DecodeRune(part)
			f.putFolded(c, from, from+size, about)
			part = part[n:]
		}
	}
	if size == single {
		f.keepLetters(had)
	}
	return size
}

// keepLetters drops what is neither letter nor digit from a character that was
// folded to several, such as the parentheses of an enclosed letter: a character
// belongs to one token.
func (f *folded) keepLetters(had int) {
	letters, others := false, false
	for p := had; p < len(f.buf); {
		r, n := utf8.DecodeRune(f.buf[p:])
		if wordRune(r) {
			letters = true
		} else {
			others = true
		}
		p += n
	}
	if !letters || !others {
		return
	}
	to := had
	for p := had; p < len(f.buf); {
		r, n := utf8.DecodeRune(f.buf[p:])
		if wordRune(r) {
			copy(f.buf[to:], f.buf[p:p+n])
			copy(f.about[to:], f.about[p:p+n])
			to += n
		}
		p += n
	}
	f.buf, f.from, f.to, f.about = f.buf[:to], f.from[:to], f.to[:to], f.about[:to]
}

// wordRune reports whether r is part of words and numbers.
func wordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)
}

// putFolded appends r in lower case and without accents if it is Latin.
func (f *folded) putFolded(r rune, from, to int, about uint8) {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r |= 0x20
			about |= atUpper
		}
		f.latin = f.latin || 'a' <= r && r <= 'z'
		f.put(r, from, to, about)
		return
	}
	if accent(r) && f.lastIs(latinLetter) {
		return
	}
	if unicode.IsUpper(r) {
		about |= atUpper
		r = unicode.ToLower(r)
	}
	f.note(r, about)
	if !unicode.Is(unicode.Latin, r) {
		f.put(r, from, to, about)
		return
	}
	f.latin = true
	if s := unaccented(r); s != "" {
		for i := range len(s) {
			f.put(rune(s[i]), from, to, about)
		}
		return
	}
	var b [utf8.UTFMax]byte
	n := utf8.EncodeRune(b[:], r)
	if d := norm.NFD.Properties(b[:n]).Decomposition(); len(d) > 0 {
		base, _ := utf8.DecodeRune(d)
		if s := unaccented(base); s != "" {
			for i := range len(s) {
				f.put(rune(s[i]), from, to, about)
			}
			return
		}
		r = base
	}
	f.put(r, from, to, about)
}

// note remembers what the message's letters say about its script.
func (f *folded) note(r rune, about uint8) {
	switch {
	case r < 0x370:
	case unicode.In(r, unicode.Cyrillic, unicode.Greek):
		if l := lookalike(r, about&atUpper != 0); !l.exact {
			f.foreign = true
		}
	case unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana):
		f.bothWays = true
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul):
		f.wide = true
	}
}

// put appends r, which stands for the bytes from..to of the message.
func (f *folded) put(r rune, from, to int, about uint8) {
	had := len(f.buf)
	f.buf = utf8.AppendRune(f.buf, r)
	for range len(f.buf) - had {
		f.from = append(f.from, int32(from))
		f.to = append(f.to, int32(to))
		f.about = append(f.about, about)
	}
}

// lastIs reports whether the last character of the view is one of a set.
func (f *folded) lastIs(set func(rune) bool) bool {
	r, size := utf8.DecodeLastRune(f.buf)
	return size > 0 && f.about[len(f.about)-1]&(atEmoji|atInvalid) == 0 && set(r)
}

// raw returns the bytes of the message that lo..hi of the view stand for.
func (f *folded) raw(lo, hi int) (from, to int32) {
	if len(f.from) == 0 {
		return int32(lo), int32(hi)
	}
	return f.from[lo], f.to[hi-1]
}

// is reports whether the byte of the view at p has one of the properties.
func (f *folded) is(p int, property uint8) bool {
	return len(f.about) > 0 && f.about[p]&property != 0
}
