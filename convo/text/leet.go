package text

import "bytes"

// How a word with digits or signs is read.
const (
	leetNone  = iota // the digits are digits
	leetOther        // they may stand for letters: another form
	leetMain         // they stand for letters: the main form
)

// maxLeet is the length in bytes of the longest word whose digits are read as
// letters; longer ones are identifiers.
const maxLeet = 24

// leetReading decides how the digits and signs of word are to be read. Digits
// stand for letters where a word has them inside; at its ends they more often
// count: room1, 3kali. There, and in very short words, both readings are kept.
// The sounds of digits (gr8, l8r) and names with digits are words of their own.
func leetReading(word []byte) int {
	letters, digits, signs, inner, eights, vowels, longest := 0, 0, 0, 0, 0, 0, 0
	for i := 0; i < len(word); {
		c := word[i]
		switch {
		case lower(c) || c >= 0x80:
			letters++
		case digit(c):
			j := i
			for j < len(word) && digit(word[j]) {
				if !leetDigit(word[j]) {
					return leetNone
				}
				if word[j] == '8' {
					eights++
				}
				if word[j] == '0' || word[j] == '3' {
					vowels++
				}
				j++
			}
			if i > 0 && word[i-1] == '-' && !(j+1 < len(word) && lower(word[j]) && lower(word[j+1])) {
				return leetNone // under-18s
			}
			digits += j - i
			longest = max(longest, j-i)
			if i > 0 && j < len(word) {
				inner++
			}
			i = j
			continue
		case c == '@' || c == '$' || c == '!' || c == '|':
			signs++
		}
		i++
	}
	first, last := word[0], word[len(word)-1]
	switch {
	case len(word) > maxLeet, len(word) < 3, letters == 0, namesSomething(word),
		signs == 0 && eights == digits && (inner == 0 || letters < 3): // gr8, l8r
		return leetNone
	case letters == 2 && signs == 0 && digits > 1 && vowels != digits, longest > 4,
		longest > 2 && (inner == 0 || letters < digits), letters+signs < 2, len(word) == 3 && word[1] == '4':
		return leetOther
	case signs == 1 && (last == '@' || last == '$'): // call me@ home
		return leetOther
	case signs > 0:
		return leetMain
	case inner > 0 && eights == digits:
		return leetOther
	case inner > 0:
		return leetMain
	case digit(first) && digit(last) && letters > 2 && longest == 1:
		return leetMain
	case digit(first) && !digit(last) && letters > 3 && longest == 1 && !countable(word[1:]):
		return leetMain
	}
	return leetOther
}

// leetDigit reports whether c is used for a letter.
func leetDigit(c byte) bool {
	switch c {
	case '0', '1', '3', '4', '5', '7', '8':
		return true
	}
	return false
}

// unleet returns a copy of s with letters for its digits and signs, and their
// number. The 1 and the signs of its shape are read as one.
func (t *Text) unleet(s span, one byte) (span, int) {
	lo, n := len(t.buf), 0
	for p := s.lo; p < s.hi; p++ {
		c := t.buf[p]
		l := c
		switch c {
		case '0':
			l = 'o'
		case '1', '!', '|':
			l = one
		case '3':
			l = 'e'
		case '4', '@':
			l = 'a'
		case '5', '$':
			l = 's'
		case '7':
			l = 't'
		case '8':
			l = 'b'
		}
		if l != c {
			n++
		}
		t.buf = append(t.buf, l)
	}
	return span{int32(lo), int32(len(t.buf))}, n
}

// namesSomething reports whether word has a name or a sound of its own, whose
// digits are no letters.
func namesSomething(word []byte) bool {
	switch string(word) {
	case "4ever", "4real", "4sure", "4give", "b4hand", "7eleven", "mp3", "mp4", "mp3s", "mp4s", "ps3", "ps4", "ps5", "ps4s", "ps5s":
		return true
	}
	return false
}

// countable reports whether word is what numbers are written in front of without
// a space: 3kali, 5people. Units of time and money are entities before.
func countable(word []byte) bool {
	switch string(word) {
	case "kali", "orang", "anak", "kelas", "buah", "biji", "ekor", "lembar", "baris", "level", "lantai", "kamar", "malam",
		"ratus", "ribu", "rebu", "juta", "puluh", "belas", "bersaudara", "serangkai", "foto", "video",
		"people", "persons", "times", "player", "players", "star", "stars", "sided", "piece", "pieces", "steps",
		"robux", "coins", "gems", "points", "point", "photos", "pics", "videos", "meter", "meters", "metres", "gram", "grams", "inch", "inches":
		return true
	}
	return false
}

// doubled returns where the 2 of an Indonesian reduplication stands in word, 0 for
// other words: f0t02, t3man2nya.
func doubled(word []byte) int {
	i := bytes.IndexByte(word, '2')
	if i > 2 && (i+1 == len(word) || clitic(word[i+1:])) {
		return i
	}
	return 0
}

// addSingular adds the single word of an Indonesian reduplication to the forms:
// teman2 and teman-teman → teman, teman2nya → temannya.
func (t *Text) addSingular(s span) {
	word := t.buf[s.lo:s.hi]
	for i, c := range word {
		switch {
		case lower(c):
			continue
		case i < 2:
			return
		case c == '2':
			if rest := word[i+1:]; len(rest) == 0 || clitic(rest) {
				lo := len(t.buf)
				t.buf = append(append(t.buf, word[:i]...), rest...)
				t.addForm(lo, len(t.buf))
			}
		case c == '-':
			rest := word[i+1:]
			if len(rest) >= i && string(rest[:i]) == string(word[:i]) {
				t.addForm(int(s.lo)+i+1, int(s.hi))
			}
		}
		return
	}
}

// clitic reports whether b is what Indonesian hangs on the end of a word.
func clitic(b []byte) bool {
	switch string(b) {
	case "nya", "ku", "mu", "an", "lah", "kah", "pun", "in", "kan", "i":
		return true
	}
	return false
}
