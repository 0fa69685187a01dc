package text

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// What is known of a byte of the folded view.
const (
	atUpper   uint8 = 1 << iota // it was a capital letter
	atCompat                    // it was written with a styled letter: fullwidth, mathematical, enclosed
	atHidden                    // an invisible character stood right before it
	atEmoji                     // the name of an emoji class
	atInvalid                   // the replacement of a byte that is not UTF-8
)

// folded is the folded view of a message: lower case, compatibility composed,
// Latin letters without accents, invisible characters removed.
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

	latin bool // the message has Latin letters
	other bool // it has Cyrillic or Greek letters that look like no Latin one
	cjk   bool // it has Chinese, Japanese or Korean letters, where fullwidth Latin is ordinary
	rtl   bool // it has right-to-left letters, where controls of direction are ordinary
}

// fold builds the view of s and counts what it removed.
func (f *folded) fold(s string, m *Marks) {
	f.buf, f.from, f.to, f.about = f.buf[:0], f.from[:0], f.to[:0], f.about[:0]
	f.latin, f.other, f.cjk, f.rtl = false, false, false, false
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf {
			f.buf = f.buf[:0]
			f.foldUnicode(s, m)
			f.n = len(f.buf)
			return
		}
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		f.buf = append(f.buf, c)
	}
	f.n = len(f.buf)
}

// foldUnicode is fold for messages that are not all ASCII.
func (f *folded) foldUnicode(s string, m *Marks) {
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			m.Invalid++
			f.put(r, i, i+1, atInvalid)
			i++
			continue
		case r < utf8.RuneSelf && (i+1 == len(s) || s[i+1] < utf8.RuneSelf):
			f.putFolded(r, i, i+1, 0)
			i++
			continue
		}
		end := i + max(size, norm.NFKC.NextBoundaryInString(s[i:], true))
		f.iter.InitString(norm.NFKC, s[i:end])
		for !f.iter.Done() {
			for part := f.iter.Next(); len(part) > 0; {
				r, n := utf8.DecodeRune(part)
				f.putFolded(r, i, end, 0)
				part = part[n:]
			}
		}
		i = end
	}
}

// putFolded appends r in lower case and without accents if it is Latin.
func (f *folded) putFolded(r rune, from, to int, about uint8) {
	if unicode.IsUpper(r) {
		about |= atUpper
	}
	f.put(unicode.ToLower(r), from, to, about)
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

// raw returns the bytes of the message that lo..hi of the view stand for.
func (f *folded) raw(lo, hi int) (from, to int32) {
	if len(f.from) == 0 {
		return int32(lo), int32(hi)
	}
	return f.from[lo], f.to[hi-1]
}

// FoldWord folds a word of a pack the way Normalise folds the word in a message:
// lower case, NFKC, Latin letters without accents, apostrophes removed (don't →
// dont), hyphens kept, a letter at most twice in a row. Folding a folded word
// changes nothing.
func FoldWord(s string) string {
	var f folded
	f.fold(s, new(Marks))
	out := f.buf[:0]
	for _, c := range f.buf {
		if c != '\'' {
			out = append(out, c)
		}
	}
	return string(out)
}
