package text

import "math"

// maxAddress is how far the end of an address without a scheme is looked for:
// no longer than a domain name can be, RFC 1035.
const maxAddress = 253

// address handles the link, e-mail address or name#1234 at p; the letters end at
// e. It returns 0 when there is none.
func (t *Text) address(p, e int) int {
	switch c := t.at(e); {
	case c == ':':
		scheme := string(t.buf[p:e])
		if (scheme == "http" || scheme == "https") && t.at(e+1) == '/' && t.at(e+2) == '/' && t.inWord(e+3) {
			return t.link(p, e+3)
		}
		return 0
	case c == '.', c == '@', c == '#', c == '-', c == '_', c == '+', c == '%', digit(c):
	default:
		return 0
	}
	if local(t.at(p-1)) && alnum(t.at(p-2)) {
		return 0 // the middle of what was no address
	}
	stop := t.joinedBy(p, local)
	switch t.at(stop) {
	case '@':
		if end := t.host(stop + 1); end > 0 && stop > p {
			t.emit(Email, p, end)
			return end
		}
	case '#':
		q := stop + 1
		for digit(t.at(q)) {
			q++
		}
		if q == stop+5 && !t.inWord(q) && stop-p >= 2 && !t.is(p, atHidden) {
			t.emit(Handle, p, q)
			return q
		}
	}
	if end := t.host(p); end > 0 {
		return t.link(p, end)
	}
	return 0
}

// joinedBy returns the end of the letters and digits at p that single signs of a
// set join. It looks no further than an address may reach.
func (t *Text) joinedBy(p int, set func(byte) bool) int {
	e := p
	for limit := min(t.n, p+maxAddress); e < limit && set(t.buf[e]); e++ {
		if e > p && !alnum(t.buf[e]) && !alnum(t.buf[e-1]) {
			break
		}
	}
	return e
}

// domain reports whether c stands in a domain name.
func domain(c byte) bool { return alnum(c) || c == '.' || c == '-' }

// local reports whether c stands in the local part of an e-mail address.
func local(c byte) bool {
	return alnum(c) || c == '.' || c == '-' || c == '_' || c == '+' || c == '%'
}

// host returns the end of the domain name at p, 0 when there is none or nobody
// would take it for one.
func (t *Text) host(p int) int {
	e := t.joinedBy(p, domain)
	if e == p || !alnum(t.buf[p]) {
		return 0
	}
	if !alnum(t.buf[e-1]) {
		e--
	}
	if t.inWord(e) || t.at(e) == '@' {
		return 0
	}
	dot, labels := -1, 1
	for i := p; i < e; i++ {
		if t.buf[i] == '.' {
			dot = i
			labels++
		}
	}
	if dot < 0 {
		return 0
	}
	name, top := t.buf[p:dot], string(t.buf[dot+1:e])
	if labels > 2 && string(name[:min(4, len(name))]) == "www." && len(top) > 1 {
		return e
	}
	switch top {
	case "com", "net", "org", "id", "io", "xyz", "co", "tv", "cc", "ru", "uk", "de", "nl", "fr", "ph", "sg", "vn", "th", "jp", "kr", "cn", "eu", "biz", "dev", "gl", "ly", "gg", "edu", "gov", "onion", "br", "mx", "ca", "au", "nz":
		// One letter in front of a short top-level domain is rather an
		// abbreviation, u.th, than an address.
		if len(name) > 1 || t.at(e) == '/' {
			return e
		}
	case "me", "to", "in", "is", "it", "my", "us", "be", "so", "app", "link", "live", "chat", "online", "site", "club", "shop", "info", "page", "bio", "ee", "fm", "ai", "im", "am", "id.me", "store", "world", "fun", "top", "vip", "cam", "video", "pics":
		// Words of their own: a space is missing more often than a path.
		if t.at(e) == '/' && alnum(t.at(e+1)) {
			return e
		}
	}
	switch string(t.buf[p:e]) {
	case "t.me", "wa.me", "linktr.ee", "youtu.be", "m.me", "line.me", "bit.ly":
		return e
	}
	return 0
}

// link emits the web address at p whose host ends at or behind e, with all that
// follows up to a space, without the punctuation of the sentence.
func (t *Text) link(p, e int) int {
	switch t.at(e - 1) {
	case '/': // behind the scheme
	default:
		switch t.at(e) {
		case '/', '?', '#', ':':
		default:
			t.emit(Link, p, e)
			return e
		}
	}
	end := e
	for end < t.n && !t.is(end, atEmoji) {
		c := t.buf[end]
		if c <= ' ' || c >= 0x7F || c == '"' || c == '<' || c == '>' || c == '`' {
			break
		}
		end++
	}
	for end > e && !alnum(t.buf[end-1]) && t.buf[end-1] != '/' && t.buf[end-1] != '=' && t.buf[end-1] != '_' && t.buf[end-1] != '-' {
		end--
	}
	t.emit(Link, p, end)
	return end
}

// handle handles the account name at p, which starts with @.
func (t *Text) handle(p int) int {
	e := p + 1
	if !lower(t.at(e)) && t.at(e) != '_' {
		return 0
	}
	for c := t.at(e); alnum(c) || c == '_' || c == '.' && t.inWord(e+1); c = t.at(e) {
		e++
	}
	if e-p < 3 || t.inWord(e) {
		return 0
	}
	if c := t.at(e); (c == '@' || c == '$') && t.signs(e) > 0 && t.host(e+1) == 0 {
		return 0 // @p@ is a word
	}
	t.emit(Handle, p, e)
	// @ku may be a word too, whose first letter hides.
	if e-p <= maxLeet && all(t.buf[p+1:e], func(c byte) bool { return lower(c) || leetDigit(c) }) {
		t.addUnleeted(span{int32(p), int32(e)}, 0)
	}
	return e
}

// wallet handles the address of a cryptocurrency wallet at p: Bitcoin in base 58
// and bech32, Ethereum, Tron. It returns 0 when there is none.
func (t *Text) wallet(p, e int) int {
	n := e - p
	from, to := t.raw(p, e)
	if n < 26 || n > 90 || int(to-from) != n {
		return 0
	}
	raw := t.Raw[from:to]
	b := t.buf[p:e]
	ok := false
	switch {
	case n == 42 && raw[0] == '0' && b[1] == 'x':
		ok = all(b[2:], func(c byte) bool { return digit(c) || 'a' <= c && c <= 'f' })
	case string(b[:3]) == "bc1":
		ok = all(b[3:], func(c byte) bool { return c != '1' && c != 'b' && c != 'i' && c != 'o' })
	case raw[0] == '1' || raw[0] == '3' || raw[0] == 'T' && n == 34:
		var small, capital bool
		ok = n <= 35
		for i := range n {
			c := raw[i]
			small = small || lower(c)
			capital = capital || 'A' <= c && c <= 'Z'
			ok = ok && c != '0' && c != 'O' && c != 'I' && c != 'l'
		}
		ok = ok && small && capital
	}
	if !ok {
		return 0
	}
	t.emit(Wallet, p, e)
	return e
}

// all reports whether every byte of b is one of a set.
func all(b []byte, set func(byte) bool) bool {
	for _, c := range b {
		if !set(c) {
			return false
		}
	}
	return true
}

// run returns the end of the letters and digits at p.
func (t *Text) run(p int) int {
	for p < t.n && alnum(t.buf[p]) {
		p++
	}
	return p
}

// The digits of a telephone number, country code included: ITU-T E.164 allows 15;
// fewer than 8 could be anything.
const (
	minPhone = 8
	maxPhone = 15
)

// phone handles the telephone number at p: with a country code or a leading 0, or
// written in groups as people write one. It returns 0 when there is none.
func (t *Text) phone(p int) int {
	q, digits, groups, shortest, dotted := p, 0, 0, math.MaxInt, false
	plus := t.at(q) == '+'
	if plus {
		q++
	}
	bracket := t.at(q) == '('
	if bracket {
		q++
	}
	if !digit(t.at(q)) {
		return 0
	}
	enough := 10 // digits, after which a space ends the number
	if plus {
		enough = 11
	}
	zero := t.at(q) == '0'
	var size [8]int
	end := q
	for {
		start := q
		for digit(t.at(q)) && q-start <= maxPhone {
			q++
		}
		n := q - start
		if groups == len(size) || digits+n > maxPhone || groups > 0 && n == 1 ||
			digits >= enough && t.at(start-1) == ' ' {
			break
		}
		size[groups] = n
		groups++
		digits += n
		shortest = min(shortest, n)
		end = q
		if bracket && groups == 1 {
			if t.at(q) != ')' {
				return 0
			}
			q++
		}
		switch c := t.at(q); {
		case (c == ' ' || c == '-') && digit(t.at(q+1)):
			q++
		case c == '.' && digit(t.at(q+1)):
			dotted = true
			q++
		default:
			q = -1
		}
		if q < 0 {
			break
		}
	}
	if digits < minPhone || digits > maxPhone || t.inWord(end) || t.at(end) == ':' && digit(t.at(end+1)) {
		return 0
	}
	switch {
	case groups == 1:
		if !plus && !zero && counts(t.buf[end-digits:end]) {
			return 0
		}
	case dotted && (shortest < 3 || !plus && !zero):
		return 0
	case groups == 3 && size[2] == 4 && size[0] <= 2 && size[1] <= 2 && !plus:
		return 0 // a date
	case plus, zero, bracket:
	case shortest < 3 || digits < 9:
		return 0
	}
	t.emit(Phone, p, end)
	return end
}

// counts reports whether the digits of a long number without separators are
// rather a sum, which ends in zeros, or a date, 20101231.
func counts(digits []byte) bool {
	n := len(digits)
	century := string(digits[:2])
	return string(digits[n-5:]) == "00000" || n == 8 && (century == "19" || century == "20")
}
