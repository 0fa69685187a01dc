package weblist

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Found is an address in a text.
type Found struct {
	Start, End int // byte offsets in the text
	URL        URL
	// Hidden is true when it was written so that machines do not see it.
	Hidden bool
}

// nested is how many addresses within one address are looked for, as they stand
// in the queries of redirects.
const nested = 8

// Find calls f with every address in the text: with a scheme, bare ones such as
// example.org/a, those within the query of others, and hidden ones. Whatever
// could be a domain is one, whether or not it exists: the list decides. The
// offsets are in order of the beginnings. It takes time in proportion to the
// text.
func Find(text string, f func(Found)) {
	if !strings.ContainsAny(text, ".。．｡․:") && !mayHide(text) {
		return
	}
	v := clearText(text)
	for lo := 0; lo < len(v.text); {
		if separates(v.text, lo) {
			lo++
			continue
		}
		hi := lo + 1
		for hi < len(v.text) && !separates(v.text, hi) {
			hi++
		}
		v.token(lo, hi, f)
		lo = hi
	}
}

// mayHide reports whether a dot could be written as a word.
func mayHide(text string) bool {
	for _, d := range dots[1:] {
		for at := 0; at < len(text); {
			k := strings.IndexByte(text[at:], d[0]&^0x20)
			if j := strings.IndexByte(text[at:], d[0]); k < 0 || j >= 0 && j < k {
				k = j
			}
			if k < 0 {
				break
			}
			if at += k; len(text)-at >= len(d) && strings.EqualFold(text[at:at+len(d)], d) {
				return true
			}
			at++
		}
	}
	return false
}

// separates reports whether the byte ends what could be an address.
func separates(s []byte, i int) bool {
	c := s[i]
	return c <= ' ' || c == '<' || c == '>' || c == '"' || c == '`' || c == '|' || c == 0x7F
}

// token finds the addresses within a stretch without spaces.
func (v *view) token(lo, hi int, f func(Found)) {
	at := lo
	for n := range nested {
		begin, rest := scheme(v.text[:hi], at)
		if begin < 0 {
			break
		}
		if n == 0 {
			v.bare(lo, begin, f)
		}
		v.emit(begin, v.end(begin, hi), f)
		at = rest
	}
	if at == lo {
		v.bare(lo, hi, f)
	}
}

// scheme finds the next scheme with its colon and slashes, also in percent
// signs, and returns where it and where what follows begins.
func scheme(s []byte, at int) (begin, rest int) {
	for at < len(s) {
		k := bytes.IndexAny(s[at:], ":%")
		if k < 0 {
			return -1, 0
		}
		k += at
		n := 0
		switch {
		case bytes.HasPrefix(s[k:], []byte("://")), bytes.HasPrefix(s[k:], []byte(`:\\`)), bytes.HasPrefix(s[k:], []byte(`:/`)):
			n = 2
		case len(s)-k >= 9 && bytes.EqualFold(s[k:k+9], []byte("%3a%2f%2f")):
			n = 9
		}
		if n > 0 {
			b := k
			for b > 0 && b > k-5 && s[b-1]|0x20 >= 'a' && s[b-1]|0x20 <= 'z' {
				b--
			}
			for ; b < k; b++ { // letters glued to the scheme do not belong to it
				if _, ok := ports[strings.ToLower(string(s[b:k]))]; ok {
					return b, k + n
				}
			}
		}
		at = k + 1
	}
	return -1, 0
}

// end takes back the punctuation that ends a sentence and closes what was
// opened before the address.
func (v *view) end(lo, hi int) int {
	hi = min(hi, lo+maxURL)
	for hi > lo {
		r, n := utf8.DecodeLastRune(v.text[lo:hi])
		switch {
		case strings.ContainsRune(`.,;:!?'*_~…”’»`, r):
		case r == ')' && bytes.Count(v.text[lo:hi], []byte("(")) < bytes.Count(v.text[lo:hi], []byte(")")):
		case r == ']' && bytes.Count(v.text[lo:hi], []byte("[")) < bytes.Count(v.text[lo:hi], []byte("]")):
		case r == '}':
		default:
			return hi
		}
		hi -= n
	}
	return hi
}

// bare finds addresses without a scheme: a name with a dot in it and what
// follows.
func (v *view) bare(lo, hi int, f func(Found)) {
	for lo < hi {
		for lo < hi && !inHost(v.text[lo]) {
			lo++
		}
		e, dot := lo, false
		for e < hi && inHost(v.text[e]) {
			dot = dot || v.text[e] == '.' && e > lo && e+1 < hi && v.text[e-1] != '.'
			e++
		}
		if !dot || e-lo > maxHost+2 {
			lo = max(e, lo+1)
			continue
		}
		end := e
		if e < hi && strings.IndexByte(`:/\?#`, v.text[e]) >= 0 {
			end = hi
		}
		end = v.end(lo, end)
		if v.named(lo, e) {
			v.emit(lo, end, f)
		}
		lo = max(end, e)
	}
}

// named reports whether a bare name ends like a domain: in two letters or more.
// Addresses of numbers need a scheme.
func (v *view) named(lo, hi int) bool {
	name := bytes.TrimRight(v.text[lo:hi], ".")
	last := name[bytes.LastIndexByte(name, '.')+1:]
	if len(last) < 2 || len(last) == len(name) {
		return false
	}
	for _, c := range last {
		if c >= '0' && c <= '9' && !bytes.HasPrefix(bytes.ToLower(last), []byte("xn--")) || c == '_' {
			return false
		}
	}
	return true
}

func inHost(c byte) bool { return alnum(c) || c == '.' || c == '-' || c == '_' || c >= 0x80 }

func (v *view) emit(lo, hi int, f func(Found)) {
	if hi <= lo {
		return
	}
	s := string(v.text[lo:hi])
	if k := strings.IndexAny(s, ":%"); k > 0 && s[k] == '%' {
		s = unpercent(s) // an address within the query of another
	}
	u, err := ParseURL(s)
	if err != nil {
		return
	}
	out := Found{Start: int(v.from[lo]), End: int(v.from[hi]), URL: u}
	for _, odd := range v.odd[lo:hi] {
		out.Hidden = out.Hidden || odd
	}
	f(out)
}
