package text

// spaced handles the word at p that is written as single letters with the same
// separator between all: s n a p, s.n.a.p, s--n--a--p. It returns 0 when there is
// none.
func (t *Text) spaced(p int) int {
	sep, step := t.at(p+1), 2
	switch sep {
	case ' ', '.', '-', '_', '*', '~', '/', '|':
	default:
		return 0
	}
	for step <= maxGap && t.at(p+step) == sep {
		step++
	}
	last, letters := p, 1
	for t.gap(last+1, sep, step-1) && lower(t.at(last+step)) && !t.joined(last+step+1) {
		last += step
		letters++
	}
	if letters < 3 || sep == ' ' && t.wordsOfOneLetter(p, step, letters) {
		return 0
	}
	lo := len(t.buf)
	for q := p; q <= last; q += step {
		t.buf = append(t.buf, t.buf[q])
	}
	word := span{int32(lo), int32(len(t.buf))}
	split, end := sep == ' ' && letters > 4 && startsWithI(t.buf[lo:]), last
	if split {
		t.emit(Word, p, p+1)
		p += step
		word.lo++
		for word.hi-word.lo > 3 && (t.buf[word.hi-1] == 'u' || t.buf[word.hi-1] == 'a') {
			end -= step // i s e n t u a pic
			word.hi--
		}
	}
	t.emitBare(Word, p, end+1)
	own := len(t.Tokens) - 1
	t.addSqueezed(word, true)
	if sep == ' ' && letters > 3 {
		// i s n a p, s n a p u: the letter at the end may be a word of its own.
		if split {
			t.addForm(lo, lo+letters)
		} else if oneLetterWord(t.buf[lo]) {
			t.addForm(lo+1, lo+letters)
		}
		if !split && oneLetterWord(t.buf[lo+letters-1]) {
			t.addForm(lo, lo+letters-1)
		}
	}
	if sep != '/' && (sep != '.' || !abbreviation(t.buf[word.lo:word.hi])) {
		// A stroke parts alternatives and the letters of asl; it hides nothing.
		t.Tokens[own].Evaded = true
		t.Marks.Spaced++
	}
	for end < last {
		end += step
		t.emit(Word, end, end+1)
	}
	return last + 1
}

// maxGap is the length of the longest separator that still makes one word.
const maxGap = 3

// gap reports whether n separators stand at p.
func (t *Text) gap(p int, sep byte, n int) bool {
	for i := range n {
		if t.at(p+i) != sep {
			return false
		}
	}
	return true
}

// joined reports whether the character at p continues a word.
func (t *Text) joined(p int) bool {
	return t.inWord(p) || t.at(p) == '\'' && t.inWord(p+1)
}

// wordsOfOneLetter reports whether single letters with spaces between are words:
// in chats r u a, y r u, w g k stand for words.
func (t *Text) wordsOfOneLetter(p, step, letters int) bool {
	first, second := t.at(p), t.at(p+step)
	if first == 'r' && second == 'u' || first == 'u' && second == 'r' {
		return true
	}
	if letters > 3 {
		return false
	}
	for q := p; q < p+step*letters; q += step {
		switch t.buf[q] {
		case 'a', 'i', 'u', 'r', 'n', 'y', 'c', 'g', 'q', 'w', 'd', 'm':
		default:
			return false
		}
	}
	return true
}

// startsWithI reports whether the letters of a word spaced out begin with the
// word I: i p o s t. It says no where English or Indonesian words begin so:
// i n s t a, i b u k u, i s t r i.
func startsWithI(word []byte) bool {
	if word[0] != 'i' {
		return false
	}
	switch word[1] {
	case 'b':
		return word[2] != 'u' && word[2] != 'l'
	case 's':
		switch word[2] {
		case 'a', 'c', 'e', 'k', 'p', 'w':
			return true
		}
		return false
	case 'c', 'e', 'f', 'g', 'h', 'p', 'q', 'v', 'w', 'x', 'y':
		return true
	}
	return false
}

// oneLetterWord reports whether c is a word in chats.
func oneLetterWord(c byte) bool {
	switch c {
	case 'a', 'i', 'u', 'r', 'y':
		return true
	}
	return false
}

// abbreviation reports whether word is commonly written with full stops or
// strokes between its letters.
func abbreviation(word []byte) bool {
	switch string(word) {
	case "usa", "uae", "aka", "dob", "rip", "btw", "fyi", "eta", "asap", "nyc", "diy", "tba", "tbc", "wip", "pdf", "spd", "spdi", "skom", "mpd", "bsc", "phd", "asl", "sos", "ufo", "vip", "bbc", "cnn", "fbi", "cia", "nba", "dki", "tni", "mtv", "ngo", "idk", "omg", "lol":
		return true
	}
	return false
}
