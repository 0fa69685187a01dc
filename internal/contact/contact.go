// Package contact compares the numbers and addresses by which services are
// reached, however they are written.
package contact

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Key leaves of a value what tells it from others: small letters and digits.
func Key(value string) string {
	value = strings.ToLower(norm.NFKC.String(value))
	if _, rest, ok := strings.Cut(value, "://"); ok {
		value = strings.TrimPrefix(rest, "www.")
	}
	return strings.Map(func(r rune) rune {
		if r == '@' || unicode.IsLetter(r) || unicode.IsNumber(r) {
			return r
		}
		return -1
	}, value)
}

// wholeNumber is how many digits a number has at least that is more than a
// short code or an extension.
const wholeNumber = 7

// Same reports whether two values lead to the same place. A number written
// with the code of its country is the one that is written without it.
func Same(a, b string) bool {
	a, b = Key(a), Key(b)
	if a == b {
		return a != ""
	}
	if !digits(a) || !digits(b) {
		return false
	}
	a, b = strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	if len(a) > len(b) {
		a, b = b, a
	}
	return len(a) >= wholeNumber && len(b)-len(a) <= 3 && strings.HasSuffix(b, a)
}

// Within reports whether a text holds a whole number or an address, however it
// is written there. A short code is in many a number, so it is in none.
func Within(value, text string) bool {
	k := strings.TrimLeft(Key(value), "0")
	return len(k) >= wholeNumber && strings.Contains(Key(text), k)
}

// Short reports whether a value is a short code, which works inside one
// country only.
func Short(value string) bool {
	k := Key(value)
	return digits(k) && len(k) < wholeNumber && !strings.HasPrefix(strings.TrimSpace(value), "+")
}

// Everywhere reports whether a value means the same in every country: an
// address, or a number that is long enough to be nobody else's.
func Everywhere(value string) bool {
	k := Key(value)
	return !digits(k) || strings.HasPrefix(strings.TrimSpace(value), "+") || len(k) >= 9
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
