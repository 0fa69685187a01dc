package text

// spaced handles the word at p that is written as single letters with one kind of
// separator: s n a p, s.n.a.p, s-n-a-p. It returns 0 when there is none.
func (t *Text) spaced(p int) int {
	sep := t.at(p + 1)
	switch sep {
	case ' ', '.', '-', '_', '*', '~', '/', '|':
	default:
		return 0
	}
	last, letters := p, 1
	for t.at(last+1) == sep && lower(t.at(last+2)) && !t.joined(last+3) {
		last += 2
		letters++
	}
	if letters < 3 || sep == ' ' && t.wordsOfOneLetter(p, letters) {
		return 0
	}
	lo := len(t.buf)
	for q := p; q <= last; q += 2 {
		t.buf = append(t.buf, t.buf[q])
	}
	word := span{int32(lo), int32(len(t.buf))}
	tok := t.emitBare(Word, p, last+1)
	t.addSqueezed(word, true)
	if sep == ' ' && letters > 3 {
		switch t.buf[lo] {
		case 'a', 'i', 'u':
			t.addForm(lo+1, lo+letters) // i s n a p: the first is a word of its own
		}
	}
	if sep != '.' && sep != '/' || !abbreviation(t.buf[word.lo:word.hi]) {
		tok.Evaded = true
		t.Marks.Spaced++
	}
	return last + 1
}

// joined reports whether the character at p continues a word.
func (t *Text) joined(p int) bool {
	return t.inWord(p) || t.at(p) == '\'' && t.inWord(p+1)
}

// wordsOfOneLetter reports whether single letters with spaces between are words:
// in chats r u a, y r u, w g k stand for words.
func (t *Text) wordsOfOneLetter(p, letters int) bool {
	first, second := t.at(p), t.at(p+2)
	if first == 'r' && second == 'u' || first == 'u' && second == 'r' {
		return true
	}
	if letters > 4 {
		return false
	}
	for q := p; q < p+2*letters; q += 2 {
		switch t.buf[q] {
		case 'a', 'i', 'u', 'r', 'n', 'y', 'c', 'g', 'q', 'w', 'd', 'm':
		default:
			return false
		}
	}
	return true
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
