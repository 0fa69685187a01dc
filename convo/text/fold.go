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

// place is what a byte of the folded view stands for: the bytes from..to of the
// message.
type place struct {
	from, to int32
	about    uint8
}

// folded is the folded view of a message: lower case, compatibility composed,
// Latin letters without accents, invisible characters removed, emoji named by
// their class.
//
// The first n bytes of buf are the message; tokens put their other forms behind.
// For a message of ASCII there are no places: a byte of the view is the byte of
// the message at the same offset.
type folded struct {
	buf    []byte
	n      int
	places []place
	iter   norm.Iter

	latin    bool // the message has Latin letters
	foreign  bool // it has Cyrillic or Greek letters that look like no Latin one
	wide     bool // it has Chinese, Japanese or Korean letters, beside which fullwidth Latin is ordinary
	bothWays bool // it has right-to-left letters, beside which controls of direction are ordinary
}

// fold builds the view of s and counts what it removed.
func (f *folded) fold(s string, m *Marks) {
	f.places = f.places[:0]
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
	normal := 0      // up to here s is in NFKC
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
			case len(f.buf) > 0 && !f.is(len(f.buf)-1, atEmoji) && !f.lastIs(needsJoiners) &&
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
		if i >= normal {
			normal = i + norm.NFKC.QuickSpanString(s[i:])
		}
		i += f.putCharacter(s[i:], i, hidden, i < normal)
		hidden = 0
	}
	if f.bothWays {
		m.Bidi = 0
	}
}

// putCharacter appends what the first character of s, with the accents behind it,
// folds to, and returns its length in s. It stands at from in the message; normal
// tells that it is in NFKC.
func (f *folded) putCharacter(s string, from int, about uint8, normal bool) int {
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
	if normal {
		f.putFolded(r, from, from+size, about)
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
			copy(f.places[to:], f.places[p:p+n])
			to += n
		}
		p += n
	}
	f.buf, f.places = f.buf[:to], f.places[:to]
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
	if cased(r) {
		if l := unicode.ToLower(r); l != r {
			about |= atUpper
			r = l
		}
	}
	f.note(r, about)
	if !latinLetter(r) {
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
	case r < 0x530 || 0x1F00 <= r && r < 0x2000: // Greek, Cyrillic
		if unicode.IsLetter(r) && !lookalike(r, about&atUpper != 0).exact {
			f.foreign = true
		}
	case 0x590 <= r && r < 0x900 || 0xFB1D <= r && r < 0xFE00 || 0xFE70 <= r && r < 0xFF00: // Hebrew to Arabic
		f.bothWays = true
	case 0x1100 <= r && r < 0x1200 || 0x3040 <= r && r < 0xA4D0 || 0xAC00 <= r && r < 0xD800 || 0xF900 <= r && r < 0xFB00 || 0x20000 <= r && r < 0x40000:
		f.wide = true
	}
}

// put appends r, which stands for the bytes from..to of the message.
func (f *folded) put(r rune, from, to int, about uint8) {
	f.buf = utf8.AppendRune(f.buf, r)
	for len(f.places) < len(f.buf) {
		f.places = append(f.places, place{int32(from), int32(to), about})
	}
}

// lastIs reports whether the last character of the view is one of a set.
func (f *folded) lastIs(set func(rune) bool) bool {
	r, size := utf8.DecodeLastRune(f.buf)
	return size > 0 && !f.is(len(f.buf)-1, atEmoji|atInvalid) && set(r)
}

// raw returns the bytes of the message that lo..hi of the view stand for.
func (f *folded) raw(lo, hi int) (from, to int32) {
	if len(f.places) == 0 {
		return int32(lo), int32(hi)
	}
	return f.places[lo].from, f.places[hi-1].to
}

// is reports whether the byte of the view at p has one of the properties.
func (f *folded) is(p int, property uint8) bool {
	return p < len(f.places) && f.places[p].about&property != 0
}
