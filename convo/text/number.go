package text

import (
	"math"
	"unicode/utf8"
)

// maxValue bounds the value of a token: beyond it a number means nothing here.
const maxValue = 1e18

// The ages that are recognised as ages, in years; an age given by a letter alone,
// 13f, is taken for one in a narrower range, because 5m and f1 are other things.
const (
	minAge       = 3
	maxAge       = 99
	minLetterAge = 8
)

// numeral is a number in the view.
type numeral struct {
	value float64
	end   int
	whole bool // it has neither a decimal nor a thousands separator
	size  int  // its digits in front of the first separator
}

// numeral reads the number at p, where a digit stands. A separator followed by
// groups of three digits parts thousands, as 50.000 does in Indonesian and 50,000
// in English; else it is the decimal separator: 1,5 and 0.01.
func (t *Text) numeral(p int) numeral {
	var size [8]int
	var sep [8]byte
	groups, q := 0, p
	row := p > 1 && (t.buf[p-1] == '.' || t.buf[p-1] == ',') && digit(t.buf[p-2])
	for {
		start := q
		for q < t.n && digit(t.buf[q]) {
			q++
		}
		size[groups] = q - start
		groups++
		c := t.at(q)
		if row || groups == len(size) || c != '.' && c != ',' || !digit(t.at(q+1)) {
			break
		}
		sep[groups] = c
		q++
	}
	n := numeral{end: p + size[0], whole: true, size: size[0]}
	grouped := groups // the groups in front of the decimal separator
	for i := 1; i < groups; i++ {
		if size[i] != 3 || size[0] > 3 || t.buf[p] == '0' || sep[i] != sep[1] {
			grouped = i
			break
		}
	}
	if grouped < groups-1 || grouped == groups-1 && grouped > 1 && sep[grouped] == sep[1] {
		// 1.2.3 or 12.05.2010: numbers in a row.
		n.value = t.digits(p, n.end)
		return n
	}
	scale, whole := 1.0, 0
	q = p
	for i := range groups {
		if i == grouped {
			whole = 1
		}
		v := t.digits(q, q+size[i])
		if whole == 0 {
			n.value = n.value*math.Pow10(min(size[i], 18)*min(i, 1)) + v
		} else {
			scale = math.Pow10(min(size[i], 300))
			n.value += v / scale
		}
		q += size[i] + 1
	}
	n.value = min(n.value, maxValue)
	n.end = q - 1
	n.whole = groups == 1
	return n
}

// digits returns the value of the digits lo..hi, at most maxValue.
func (t *Text) digits(lo, hi int) float64 {
	v := 0.0
	for _, c := range t.buf[lo:hi] {
		if v = v*10 + float64(c-'0'); v > maxValue {
			return maxValue
		}
	}
	return v
}

// number handles the number, or the entity or word that begins with one, at p.
func (t *Text) number(p int) int {
	e := t.run(p)
	if q := t.wallet(p, e); q > 0 {
		return q
	}
	if q := t.phone(p); q > 0 {
		return q
	}
	n := t.numeral(p)
	if q := t.hoursOfDays(p, n); q > 0 {
		return q
	}
	if q := t.clock(p, p); q > 0 {
		return q
	}
	if q := t.measured(p, n.end, n.value, n.whole); q > 0 {
		return q
	}
	if c := t.at(n.end); n.whole {
		if q := t.address(p, n.end); q > 0 {
			return q
		}
		switch {
		case alnum(c), c == '_' && t.inWord(n.end+1),
			(c == '@' || c == '!' || c == '|' || c == '$') && lower(t.at(n.end+1)),
			c >= utf8.RuneSelf && t.inWord(n.end):
			if end, has := t.extent(p); has&^(hasDigit|hasHyphen) != 0 || end > n.end {
				return t.mixed(t.backSign(p, n.end))
			}
		}
		if e > n.end && lower(c) {
			return t.mixed(t.backSign(p, n.end))
		}
	}
	t.emit(Number, p, n.end).Value = n.value
	return n.end
}

// backSign returns where the word of letters and digits begins whose first digits
// are p..e: at the sign before it, as in @5ked, which opened nothing else. The @ of
// @3rd is a word of its own.
func (t *Text) backSign(p, e int) int {
	if t.at(p-1) != '@' || t.inWord(p-2) {
		return p
	}
	switch string(t.buf[e:t.letters(e)]) {
	case "st", "nd", "rd", "th":
		return p
	}
	return p - 1
}

// measured handles the entity of a number, value, at p..e and the unit behind it.
// It returns 0 when there is none.
func (t *Text) measured(p, e int, value float64, whole bool) int {
	if r, size := utf8.DecodeRune(t.buf[e:t.n]); r == '$' || r > utf8.RuneSelf {
		if unit := currencySign(r); unit != "" && !t.inWord(e+size) {
			return t.amount(p, e+size, value, unit)
		}
	}
	if sex := t.at(e + 1); t.at(e) == '/' && (sex == 'f' || sex == 'm') && whole && minLetterAge <= value && value <= maxAge && !t.inWord(e+2) {
		t.emit(Age, p, e+2).Value = value
		return e + 2
	}
	lo, glued := e, true
	if c := t.at(e); c == ' ' || c == '-' {
		lo, glued = e+1, false
	}
	hi := t.letters(lo)
	if hi == lo || t.inWord(hi) && !digit(t.at(hi)) || hi-lo > maxUnit {
		return 0
	}
	if digit(t.at(hi)) {
		return 0
	}
	word := string(t.buf[lo:hi])
	if whole && value <= maxAge {
		if q := t.age(p, lo, hi, value, glued); q > 0 {
			return q
		}
	}
	if s := seconds(word); s > 0 {
		if s == secondsYear && t.old(hi) > 0 || glued && word == "day" && value == 2 {
			return 0 // nobody's age; 2day is today
		}
		return t.duration(p, hi, value*s)
	}
	if glued && word == "h" {
		return t.duration(p, hi, value*3600)
	}
	if t.at(e) == '-' {
		return 0
	}
	if unit, ok := currencyWord(word); ok {
		return t.amount(p, hi, value, unit)
	}
	if glued && word == "k" {
		return t.amountIn(p, hi, value*1000, "")
	}
	if by := multiplier(word); by > 0 {
		return t.amountIn(p, hi, value*by, "idr")
	}
	return 0
}

// letters returns the end of the small letters at p.
func (t *Text) letters(p int) int {
	for p < t.n && lower(t.buf[p]) {
		p++
	}
	return p
}

// follows returns the end of word if it stands at p and ends there, else 0.
func (t *Text) follows(p int, word string) int {
	e := p + len(word)
	if e > t.n || string(t.buf[p:e]) != word || t.inWord(e) {
		return 0
	}
	return e
}

// age handles the age at p whose unit is lo..hi.
func (t *Text) age(p, lo, hi int, value float64, glued bool) int {
	end := 0
	switch string(t.buf[lo:hi]) {
	case "yo", "yold", "yrold", "yearold", "yearsold", "yrsold":
		end = hi
	case "y":
		switch {
		case t.at(hi) == '/' || t.at(hi) == '.':
			if end = t.follows(hi+1, "o"); end == 0 {
				return 0
			}
		default:
			if end = t.old(hi); end == 0 {
				end = hi
			}
		}
	case "year", "years", "yr", "yrs":
		end = t.old(hi)
	case "tahun", "thn", "taun":
		if !t.lasting(p, hi, value) {
			end = hi
		}
	case "th":
		if !glued && t.at(lo-1) == ' ' {
			end = hi
		}
	case "f", "m":
		if glued && value >= minLetterAge {
			end = hi
		}
	}
	if end == 0 || value < minAge {
		return 0
	}
	t.emit(Age, p, end).Value = value
	return end
}

// old returns the end of "old" or "of age" behind the unit that ends at p, 0 when
// there is none.
func (t *Text) old(p int) int {
	if c := t.at(p); c != ' ' && c != '-' {
		return 0
	}
	return max(t.follows(p+1, "old"), t.follows(p+1, "of age"))
}

// lasting reports whether the number of years in Indonesian, p..e, tells how long
// something lasts or how long ago it was, rather than how old somebody is.
func (t *Text) lasting(p, e int, value float64) bool {
	if t.at(e) == ' ' {
		for _, w := range [...]string{"lalu", "yang lalu", "yg lalu", "lagi", "terakhir", "kemudian", "penjara"} {
			if t.follows(e+1, w) > 0 {
				return true
			}
		}
	}
	if t.at(p-1) != ' ' {
		return false
	}
	lo := p - 1
	for lo > 0 && lower(t.buf[lo-1]) && p-lo <= maxUnit {
		lo--
	}
	switch string(t.buf[lo : p-1]) {
	case "selama":
		return true
	case "sudah", "udah", "udh", "hampir", "setelah", "sejak":
		return value < 8 // above, rather an age: aku udah 13 tahun
	}
	return false
}

// duration emits a length of time.
func (t *Text) duration(p, e int, seconds float64) int {
	t.emit(Duration, p, e).Value = min(seconds, maxValue)
	return e
}

// hoursOfDays handles 1x24 jam and its like, the Indonesian deadline.
func (t *Text) hoursOfDays(p int, n numeral) int {
	q := n.end
	if t.at(q) == ' ' {
		q++
	}
	if !n.whole || t.at(q) != 'x' {
		return 0
	}
	q++
	if t.at(q) == ' ' {
		q++
	}
	if !digit(t.at(q)) {
		return 0
	}
	by := t.numeral(q)
	lo := by.end
	if t.at(lo) == ' ' {
		lo++
	}
	hi := t.letters(lo)
	if s := seconds(string(t.buf[lo:hi])); s > 0 && hi-lo <= maxUnit && !t.inWord(hi) {
		return t.duration(p, hi, n.value*by.value*s)
	}
	return 0
}

// clock handles the time of day whose digits are at p and whose token starts at
// start; when start is in front of p, a word has said that it is one.
func (t *Text) clock(start, p int) int {
	q := p
	for digit(t.at(q)) && q-p < 3 {
		q++
	}
	if q == p || q-p > 2 {
		return 0
	}
	hour, minute := t.digits(p, q), 0.0
	colon, exact := false, false // exact: minutes are given
	if c := t.at(q); (c == ':' || c == '.') && digit(t.at(q+1)) && digit(t.at(q+2)) && !digit(t.at(q+3)) {
		minute = t.digits(q+1, q+3)
		colon, exact = c == ':', true
		q += 3
	}
	if hour > 24 || minute > 59 || t.inWord(q) && !lower(t.at(q)) {
		return 0
	}
	lo := q
	if t.at(q) == ' ' {
		lo++
	}
	hi := t.letters(lo)
	said := start < p
	switch string(t.buf[lo:min(hi, lo+8)]) {
	case "am", "pm":
		if hour < 1 || hour > 12 || t.inWord(hi) || lo > q && t.follows(hi, " i") > 0 {
			break // 12 am i …
		}
		if hour == 12 {
			hour = 0
		}
		if t.buf[lo] == 'p' {
			hour += 12
		}
		q, said = hi, true
	case "o":
		if e := t.follows(hi, "'clock"); e > 0 && hour <= 12 {
			q, said = e, true
		}
	case "oclock":
		if hour <= 12 {
			q, said = hi, true
		}
	case "pagi", "siang", "sore", "malam", "mlm", "malem", "wib", "wita", "wit":
		if !said && !exact || t.inWord(hi) {
			break
		}
		said = true
		switch t.buf[lo] {
		case 's': // siang, sore
			if hour < 7 {
				hour += 12
			}
		case 'm':
			if hour >= 6 && hour < 12 {
				hour += 12
			} else if hour == 12 {
				hour = 0
			}
		}
		q = hi
	}
	if !said && !colon || t.inWord(q) {
		return 0
	}
	if hour == 24 {
		hour = 0
	}
	t.emit(Clock, start, q).Value = hour*60 + minute
	return q
}
