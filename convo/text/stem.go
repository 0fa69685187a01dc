package text

import "slices"

// minStem is the length in bytes of the shortest stem that is tried. What is left
// shorter belongs to words that had no affix: ini, beli.
const minStem = 3

// maxAffixed is the length in bytes of the longest word that StemID takes apart;
// the longest words that affixes make in Indonesian have about half of it.
const maxAffixed = 64

// StemID calls try with what is left of an Indonesian word when affixes are taken
// off it, longest first, until try says true, and returns whether it did. The
// word is folded; it is not tried itself. Affixes of chats are known beside those
// of books: ngirimin → kirim. Where a prefix swallowed the first letter of a stem,
// the letter is restored: memukul → pukul, menyapu → sapu. There is no dictionary
// here, so most candidates are no words; try must know which are.
//
// Nothing is allocated; words longer than 64 bytes have no stems here. The bytes
// that try gets are valid during its call only. word is working memory for
// restored letters while StemID runs, and as before when it returns: other
// goroutines must not read it meanwhile.
func StemID(word []byte, try func(stem []byte) bool) bool {
	if len(word) > maxAffixed || len(word) <= minStem {
		return false
	}
	var ends [maxAffixed + 1]bool
	stemEnds(word, &ends)
	var s starts
	s.add(0, 0)
	for i := 0; i < s.n; i++ {
		if s.at[i].letter == 0 {
			s.strip(word, int(s.at[i].skip))
		}
	}
	for size := len(word); size >= minStem; size-- {
		for i, at := range s.at[:s.n] {
			lo := int(at.skip)
			if at.letter != 0 {
				lo--
			}
			hi := lo + size
			if hi > len(word) || !ends[hi] || i == 0 && hi == len(word) {
				continue
			}
			if at.letter == 0 {
				if try(word[lo:hi:hi]) {
					return true
				}
				continue
			}
			kept := word[lo]
			word[lo] = at.letter
			found := try(word[lo:hi:hi])
			word[lo] = kept
			if found {
				return true
			}
		}
	}
	return false
}

// stemEnds notes where a stem may end: before a particle, a possessive in front of
// it and a derivational suffix in front of that, each optional.
func stemEnds(word []byte, ends *[maxAffixed + 1]bool) {
	ends[len(word)] = true
	for _, suffixes := range [...][5]string{
		{"lah", "kah", "tah", "pun"},
		{"nya", "ku", "mu"},
		{"kan", "an", "in", "i"},
	} {
		for end := len(word); end > minStem; end-- {
			if !ends[end] {
				continue
			}
			for _, suffix := range suffixes {
				if n := end - len(suffix); suffix != "" && n >= minStem && string(word[n:end]) == suffix {
					ends[n] = true
				}
			}
		}
	}
}

// start is where a stem may start: behind skip bytes, with letter restored in
// front if that is not 0.
type start struct{ skip, letter uint8 }

// starts are the possible starts of a stem.
type starts struct {
	n  int
	at [32]start
}

// add notes a start unless it is known or there is no room.
func (s *starts) add(skip int, letter byte) {
	at := start{uint8(skip), letter}
	if slices.Contains(s.at[:s.n], at) {
		return
	}
	if s.n < len(s.at) {
		s.at[s.n] = at
		s.n++
	}
}

// strip notes the starts behind each prefix that word may have at p.
func (s *starts) strip(word []byte, p int) {
	has := func(prefix string) bool {
		e := p + len(prefix)
		return len(word)-e >= minStem-1 && string(word[p:e]) == prefix
	}
	for _, prefix := range [...]string{"di", "ke", "se", "ku", "kau", "ber", "bel", "be", "ter", "te", "per", "pel", "me", "pe"} {
		if has(prefix) {
			s.add(p+len(prefix), 0)
		}
	}
	if has("me") || has("pe") {
		s.nasal(word, p+2)
	} else if p == 0 {
		s.nasal(word, p) // chats drop the me-
	}
}

// nasal notes the starts behind the nasal at p that meN- and peN- end with. It
// takes the place of k, s, c, p and t; in front of other letters it is put.
func (s *starts) nasal(word []byte, p int) {
	at := func(i int) byte {
		if p+i < len(word) {
			return word[p+i]
		}
		return 0
	}
	switch {
	case at(0) == 'n' && at(1) == 'g':
		s.add(p+2, 0)
		s.add(p+2, 'k')
		if at(2) == 'e' {
			s.add(p+3, 0)
		}
	case at(0) == 'n' && at(1) == 'y':
		s.add(p+2, 's')
		s.add(p+2, 'c')
	case at(0) == 'n':
		s.add(p+1, 0)
		s.add(p+1, 't')
	case at(0) == 'm':
		s.add(p+1, 0)
		s.add(p+1, 'p')
	}
}
