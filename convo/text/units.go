package text

// maxUnit is the length of the longest word that is looked up as a unit.
const maxUnit = 10

// The lengths of units of time in seconds; a month is 30 days, a year 365.
const (
	secondsMinute = 60
	secondsHour   = 60 * secondsMinute
	secondsDay    = 24 * secondsHour
	secondsWeek   = 7 * secondsDay
	secondsMonth  = 30 * secondsDay
	secondsYear   = 365 * secondsDay
)

// seconds returns the length of a unit of time that word names, 0 for others.
func seconds(word string) float64 {
	switch word {
	case "sec", "secs", "second", "seconds", "detik", "dtk":
		return 1
	case "min", "mins", "minute", "minutes", "menit", "mnt", "mnit":
		return secondsMinute
	case "hour", "hours", "hr", "hrs", "jam", "jm":
		return secondsHour
	case "day", "days", "hari":
		return secondsDay
	case "week", "weeks", "wk", "wks", "minggu", "mgg":
		return secondsWeek
	case "month", "months", "bulan", "bln":
		return secondsMonth
	case "year", "years", "yr", "yrs", "tahun", "thn", "taun":
		return secondsYear
	}
	return 0
}

// multiplier returns what an Indonesian number word multiplies an amount by, 0
// for other words.
func multiplier(word string) float64 {
	switch word {
	case "rb", "rbu", "ribu", "rebu", "ribuan":
		return 1e3
	case "jt", "juta", "jutaan":
		return 1e6
	case "miliar", "milyar":
		return 1e9
	}
	return 0
}

// currencySign returns the code of the currency with the sign r, "" for others.
func currencySign(r rune) string {
	switch r {
	case '$':
		return "usd"
	case '€':
		return "eur"
	case '£':
		return "gbp"
	case '₱':
		return "php"
	case '¥':
		return "jpy"
	case '₹':
		return "inr"
	case '฿':
		return "thb"
	case '₫':
		return "vnd"
	case '₩':
		return "krw"
	case '₦':
		return "ngn"
	case '₿':
		return "btc"
	}
	return ""
}

// currencyWord returns the code of the currency that word names behind a sum.
// Where several countries use a word, it is read as most chats mean it: dollars
// as usd, pesos as php.
func currencyWord(word string) (unit string, ok bool) {
	switch word {
	case "usd", "dollar", "dollars", "buck", "bucks", "dolar":
		return "usd", true
	case "eur", "euro", "euros":
		return "eur", true
	case "gbp", "pound", "pounds", "quid":
		return "gbp", true
	case "php", "peso", "pesos":
		return "php", true
	case "idr", "rp", "rupiah", "perak":
		return "idr", true
	case "myr", "ringgit":
		return "myr", true
	case "sgd":
		return "sgd", true
	case "aud":
		return "aud", true
	case "cad":
		return "cad", true
	case "baht", "thb":
		return "thb", true
	case "inr", "rupees", "rupee":
		return "inr", true
	case "yen", "jpy":
		return "jpy", true
	case "naira", "ngn":
		return "ngn", true
	case "btc", "bitcoin", "bitcoins":
		return "btc", true
	case "eth", "ethereum":
		return "eth", true
	case "usdt":
		return "usdt", true
	}
	return "", false
}

// currencyPrefix returns the code of the currency that word names in front of a
// sum.
func currencyPrefix(word string) (unit string, ok bool) {
	switch word {
	case "rp", "idr":
		return "idr", true
	case "rm", "myr":
		return "myr", true
	case "usd", "eur", "gbp", "php", "sgd", "aud", "cad", "btc", "eth", "usdt":
		return currencyWord(word)
	}
	return "", false
}

// dollars returns the code of the currency whose sign is word and $.
func dollars(word string) (unit string, ok bool) {
	switch word {
	case "us":
		return "usd", true
	case "a", "au":
		return "aud", true
	case "c", "ca":
		return "cad", true
	case "s", "sg":
		return "sgd", true
	case "hk":
		return "hkd", true
	case "nz":
		return "nzd", true
	}
	return "", false
}

// money handles the amount at p that starts with a currency sign of size bytes.
func (t *Text) money(p, size int, unit string) int {
	q := p + size
	if t.at(q) == ' ' {
		q++
	}
	if !digit(t.at(q)) {
		return 0
	}
	return t.sum(p, q, unit)
}

// sum handles the amount at p whose currency is known and whose number is at q.
func (t *Text) sum(p, q int, unit string) int {
	n := t.numeral(q)
	end, value := n.end, n.value
	lo := end
	if t.at(lo) == ' ' {
		lo++
	}
	hi := t.letters(lo)
	if hi > lo && hi-lo <= maxUnit && !t.inWord(hi) {
		word := string(t.buf[lo:hi])
		by := multiplier(word)
		if by == 0 && lo == end {
			switch word {
			case "k":
				by = 1e3
			case "m":
				by = 1e6
			}
		}
		if by > 0 {
			end, value = hi, value*by
		}
	}
	if t.inWord(end) || t.at(p) == '$' && t.signs(end) > 0 {
		return 0 // $3k@r is no sum
	}
	return t.amountIn(p, end, value, unit)
}

// amountIn emits an amount of a unit, or of the currency named behind it.
func (t *Text) amountIn(p, e int, value float64, unit string) int {
	if t.at(e) == ' ' {
		if hi := t.letters(e + 1); hi-e-1 <= maxUnit && !t.inWord(hi) {
			// Behind the next sum's sign, $20 usd 30, it belongs to that one.
			named, ok := currencyWord(string(t.buf[e+1 : hi]))
			if ok && !digit(t.at(hi)) && !digit(t.at(hi+1)) {
				return t.amount(p, hi, value, named)
			}
		}
	}
	return t.amount(p, e, value, unit)
}

// amount emits an amount of money.
func (t *Text) amount(p, e int, value float64, unit string) int {
	tok := t.emit(Amount, p, e)
	tok.Value, tok.Unit = min(value, maxValue), unit
	return e
}
