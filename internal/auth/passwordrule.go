package auth

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/jaga-project/jaga"
)

// The length of a password in characters. NIST SP 800-63B-4 (section 3.1.1.2)
// asks for 15 where the password is the only proof, for at least 64 to be
// allowed, for no rules about kinds of characters, and for common passwords to
// be refused.
const (
	MinPassword = 15
	maxPassword = 256
)

// cleanPassword gives one form to characters that can be written in several,
// so that a password typed on another keyboard is the same.
func cleanPassword(p string) string {
	if len(p) > 8*maxPassword { // not a password; it is refused for its length
		return p[:8*maxPassword]
	}
	return norm.NFC.String(p)
}

// common are words that guessing begins with, in the two languages of the
// console, and what people put around them.
var common = []string{
	"password", "passw0rd", "passphrase", "letmein", "welcome", "administrator", "admin", "operator", "secret", "login", "iloveyou", "monkey", "dragon", "football", "sunshine", "princess",
	"qwertyuiop", "qwerty", "asdfghjkl", "asdfgh", "zxcvbnm", "1q2w3e4r5t", "1q2w3e4r", "correcthorsebatterystaple",
	"katasandi", "sandi", "rahasia", "selamatdatang", "sayang", "indonesia", "merdeka", "bismillah", "aku", "cinta", "kamu", "jakarta",
	"jaga", "console", "konsol",
}

// rows are runs that fingers find by themselves.
var rows = []string{"01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm"}

// checkPassword refuses what is too short, and what guessing finds early.
func checkPassword(p, name, login string) error {
	bad := func(msg, hint string) error {
		return &jaga.Error{Code: jaga.CodeInvalid, Field: "new_password", Msg: msg, Hint: hint}
	}
	switch n := utf8.RuneCountInString(p); {
	case n < MinPassword:
		return bad("it has fewer than 15 characters", "four or five words that have nothing to do with each other are easy to remember")
	case n > maxPassword || !utf8.ValidString(p):
		return bad("it has more than 256 characters, or some that cannot be read", "")
	}
	if remains(p, name, login) < 6 {
		return bad("it is among the first that somebody would guess", "leave out the own name, well-known words, and runs such as 12345 or abcde")
	}
	return nil
}

// remains counts the different characters left when everything is taken out
// that costs a guesser little: common words, the own name, runs and
// repetitions.
func remains(p, name, login string) int {
	s := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsPunct(r) || unicode.IsSymbol(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, p)
	words := append([]string{}, common...)
	for _, own := range []string{name, login} {
		words = append(words, strings.FieldsFunc(strings.ToLower(own), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })...)
	}
	for _, w := range words {
		if len(w) >= 3 {
			s = strings.ReplaceAll(s, w, "")
		}
	}
	for _, row := range rows {
		s = withoutRuns(s, row)
	}
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}

// withoutRuns takes four or more neighbours of a row out, forwards and
// backwards.
func withoutRuns(s, row string) string {
	back := []rune(row)
	for i, j := 0, len(back)-1; i < j; i, j = i+1, j-1 {
		back[i], back[j] = back[j], back[i]
	}
	for _, line := range []string{row, string(back)} {
		for n := len(line); n >= 4; n-- {
			for at := 0; at+n <= len(line); at++ {
				s = strings.ReplaceAll(s, line[at:at+n], "")
			}
		}
	}
	return s
}
