package text

// maxPhraseWord is the length of the longest word that begins an entity.
const maxPhraseWord = 9

// phrase handles the entity that begins with the word p..e: Rp 50.000, jam 8,
// half an hour, thirteen years old. It returns 0 when there is none.
func (t *Text) phrase(p, e int) int {
	next := t.at(e)
	if e-p > maxPhraseWord || next == '\'' || next == '_' || t.inWord(e) && !digit(next) {
		return 0
	}
	word := string(t.buf[p:e])
	switch word {
	case "f", "m":
		return t.letterAge(p, e)
	case "jam", "pukul", "pkl", "jm":
		return t.announced(p, e)
	case "sedetik", "semenit", "sejam", "sehari", "seminggu", "sebulan", "setahun":
		if next == '-' {
			return 0 // sehari-hari
		}
		return t.duration(p, e, seconds(word[len("se"):]))
	case "a", "an":
		if next != '$' {
			return t.article(p, e, 1)
		}
	case "half":
		if q := max(t.follows(e, " an"), t.follows(e, " a")); q > 0 {
			return t.article(p, q, 0.5)
		}
		return t.article(p, e, 0.5)
	case "setengah":
		return t.article(p, e, 0.5)
	}
	if next == '$' {
		if unit, ok := dollars(word); ok {
			return t.money(p, e+1-p, unit)
		}
		return 0
	}
	if unit, ok := currencyPrefix(word); ok {
		if next == '.' && unit == "idr" {
			e++
		}
		return t.money(p, e-p, unit)
	}
	value := numberWord(word)
	if value == 0 {
		return 0
	}
	value, e = t.numberWords(value, e)
	return t.measured(p, e, value, true)
}

// announced handles the time of day that the word p..e announces: jam 8, pukul
// 20.00, jam setengah 8.
func (t *Text) announced(p, e int) int {
	if t.at(e) == ' ' {
		e++
	}
	if half := t.follows(e, "setengah"); half > 0 && t.at(half) == ' ' {
		return t.halfPast(p, half+1)
	}
	return t.clock(p, e)
}

// halfPast handles jam setengah 8, which is 7:30; the hour is at q.
func (t *Text) halfPast(p, q int) int {
	e := q
	for digit(t.at(e)) {
		e++
	}
	if e == q || e-q > 2 || t.inWord(e) {
		return 0
	}
	hour := t.digits(q, e)
	if hour < 1 || hour > 12 {
		return 0
	}
	t.emit(Clock, p, e).Value = hour*60 - 30
	return e
}

// letterAge handles f13, m14, f/13.
func (t *Text) letterAge(p, e int) int {
	if t.at(e) == '/' {
		e++
	}
	if !digit(t.at(e)) || !digit(t.at(e+1)) || t.joined(e+2) {
		return 0
	}
	if v := t.digits(e, e+2); v >= 10 {
		t.emit(Age, p, e+2).Value = v
		return e + 2
	}
	return 0
}

// article handles the unit of time behind p..e, which says how many.
func (t *Text) article(p, e int, value float64) int {
	if t.at(e) != ' ' {
		return 0
	}
	hi := t.letters(e + 1)
	if hi-e-1 > maxUnit || t.inWord(hi) {
		return 0
	}
	unit := string(t.buf[e+1 : hi])
	if unit == "second" && t.at(hi) == ' ' && lower(t.at(hi+1)) {
		return 0 // a second account
	}
	if s := seconds(unit); s > 0 {
		return t.duration(p, hi, value*s)
	}
	return 0
}

// numberWords reads the words behind a first number word that ends at e, and
// returns the value of all and their end.
func (t *Text) numberWords(value float64, e int) (float64, int) {
	last := value // what puluh and ratus multiply
	for range 6 {
		if c := t.at(e); c != ' ' && c != '-' {
			break
		}
		hi := t.letters(e + 1)
		if hi-e-1 > maxUnit {
			break
		}
		word := string(t.buf[e+1 : hi])
		n := numberWord(word)
		switch {
		case word == "belas" && last < 10:
			value, last = value+10, 10
		case word == "puluh" && last < 10:
			value, last = value+9*last, 10*last
		case (word == "ratus" || word == "hundred") && last < 10:
			value, last = value+99*last, 100*last
		case word == "thousand" && value < 1000:
			value *= 1000
			last = value
		case n > 0 && n < last && (last >= 100 || n < 10 && last >= 20):
			value, last = value+n, n
		default:
			return value, e
		}
		e = hi
	}
	return value, e
}

// numberWord returns the number that word names in English or Indonesian, 0 for
// others.
func numberWord(word string) float64 {
	switch word {
	case "one", "satu":
		return 1
	case "two", "dua":
		return 2
	case "three", "tiga":
		return 3
	case "four", "empat":
		return 4
	case "five", "lima":
		return 5
	case "six", "enam":
		return 6
	case "seven", "tujuh":
		return 7
	case "eight", "delapan":
		return 8
	case "nine", "sembilan":
		return 9
	case "ten", "sepuluh":
		return 10
	case "eleven", "sebelas":
		return 11
	case "twelve":
		return 12
	case "thirteen":
		return 13
	case "fourteen":
		return 14
	case "fifteen":
		return 15
	case "sixteen":
		return 16
	case "seventeen":
		return 17
	case "eighteen":
		return 18
	case "nineteen":
		return 19
	case "twenty":
		return 20
	case "thirty":
		return 30
	case "forty":
		return 40
	case "fifty":
		return 50
	case "sixty":
		return 60
	case "seventy":
		return 70
	case "eighty":
		return 80
	case "ninety":
		return 90
	case "hundred", "seratus":
		return 100
	}
	return 0
}
