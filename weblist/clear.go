package weblist

import (
	"strings"
	"unicode/utf8"
)

// view is a text in which what hides an address is undone: example[.]org,
// hxxp://, invisible characters, letters as wide as Chinese ones.
type view struct {
	text []byte
	from []int32 // where in the original each byte begins
	odd  []bool  // the byte was written in another way
}

// dots are what stands for a dot between brackets or spaces.
var dots = []string{".", "dot", "d0t", "titik"}

// clear undoes what hides addresses.
func clearText(s string) *view {
	v := &view{text: make([]byte, 0, len(s)), from: make([]int32, 0, len(s)+1), odd: make([]bool, 0, len(s))}
	for i := 0; i < len(s); {
		switch n, put := hidden(s, i); {
		case put != "":
			if put == "." {
				v.trim()
			}
			for k := range len(put) {
				v.put(put[k], i, true)
			}
			i += n
			if put == "." {
				i += spaces(s[i:])
			}
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case n == 1:
			v.put(s[i], i, false)
		case invisible(r):
		case r == '。' || r == '．' || r == '｡' || r == '․':
			v.put('.', i, true)
		case r >= 0xFF01 && r <= 0xFF5E:
			v.put(byte(r-0xFF01+'!'), i, true)
		default:
			for k := range n {
				v.put(s[i+k], i, false)
			}
		}
		i += n
	}
	v.from = append(v.from, int32(len(s)))
	return v
}

func (v *view) put(c byte, at int, odd bool) {
	v.text = append(v.text, c)
	v.from = append(v.from, int32(at))
	v.odd = append(v.odd, odd)
}

// trim takes back the spaces at the end.
func (v *view) trim() {
	n := len(v.text)
	for n > 0 && v.text[n-1] == ' ' {
		n--
	}
	v.text, v.from, v.odd = v.text[:n], v.from[:n], v.odd[:n]
}

func spaces(s string) int { return len(s) - len(strings.TrimLeft(s, " ")) }

// hidden says what the text at i stands for and how long it is; "" is nothing
// hidden.
func hidden(s string, i int) (n int, put string) {
	switch c := s[i] | 0x20; {
	case c == 'h':
		if i > 0 && alnum(s[i-1]) {
			return 0, ""
		}
		for _, x := range []string{"hxxp", "h**p", "htxp", "hxtp"} {
			if n := len(x); len(s)-i > n && strings.EqualFold(s[i:i+n], x) && (s[i+n] == ':' || s[i+n]|0x20 == 's' || s[i+n] == '[') {
				return n, "http"
			}
		}
	case strings.IndexByte("[({<", s[i]) >= 0:
		end := i + 1 + spaces(s[i+1:])
		for _, x := range []struct{ is, put string }{{"://", "://"}, {":", ":"}, {"/", "/"}, {"@", "@"}} {
			if strings.HasPrefix(s[end:], x.is) {
				if n := closing(s, i, end+len(x.is)); n > 0 {
					return n, x.put
				}
			}
		}
		for _, d := range dots {
			if len(s)-end >= len(d) && strings.EqualFold(s[end:end+len(d)], d) {
				if n := closing(s, i, end+len(d)); n > 0 {
					return n, "."
				}
			}
		}
	case s[i] == ' ':
		// " dot " between two words. What comes of the sentence "the dot com
		// era" is an address that is on no list.
		end := i + spaces(s[i:])
		for _, d := range dots[1:] {
			if n := end + len(d); i > 0 && n < len(s) && strings.EqualFold(s[end:n], d) && s[n] == ' ' && wordy(s[i-1]) {
				return n - i, "."
			}
		}
	}
	return 0, ""
}

func wordy(c byte) bool { return alnum(c) || c >= 0x80 }

// closing returns the length of what opened at i when its bracket is closed
// behind end.
func closing(s string, i, end int) int {
	end += spaces(s[end:])
	shut := map[byte]byte{'[': ']', '(': ')', '{': '}', '<': '>'}[s[i]]
	if end < len(s) && s[end] == shut {
		return end + 1 - i
	}
	return 0
}

// invisible reports whether a reader does not see the character.
func invisible(r rune) bool {
	return r == 0xAD || r >= 0x200B && r <= 0x200F || r >= 0x202A && r <= 0x202E || r >= 0x2060 && r <= 0x2069 || r == 0xFEFF
}
