// Package slip is what passes between somebody who wants pictures of them found
// and an installation: the codes, the number and the PIN that they write on a
// slip of paper, and what they are told when they come back. It does nothing
// with them; package takedown does.
package slip

import (
	"crypto/rand"
	"math/big"
	"strings"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/engine"
)

// MaxCodes is how many codes one case holds: two for each of ten files. More
// than that is rarely one person's, and a person has to look at each case.
const MaxCodes = 20

// State is what became of a case.
type State string

// The states.
const (
	Waiting   State = "waiting"   // for a person
	Accepted  State = "accepted"  // the codes are looked for
	Refused   State = "refused"   // they are not
	Withdrawn State = "withdrawn" // whoever handed them in took them back
)

// Reason says why codes are not looked for. Nobody has seen the picture, so no
// reason is about what it shows or about whoever handed it in.
type Reason string

// The reasons.
const (
	Common   Reason = "common"   // the codes fit very many different files here
	Harmless Reason = "harmless" // they are those of a file that is known to harm nobody
	Unusable Reason = "unusable" // this installation cannot look for them
)

// Reasons lists all reasons.
func Reasons() []Reason { return []Reason{Common, Harmless, Unusable} }

// Case is what the one who handed codes in is told.
type Case struct {
	State  State
	Reason Reason    // of Refused
	At     time.Time // when the codes came in
	Codes  int       // how many there were
	// Looking is how many of them are looked for at this moment.
	Looking int
	// Seen is how many files that match came in.
	Seen int64
}

// ParseCodes reads codes, one a line: "pdq", "sha256" or "md5", a colon, and
// the hexadecimal digits. The same code twice is one.
func ParseCodes(text string) ([]engine.Value, error) {
	bad := func(msg string) error { return &jaga.Error{Code: jaga.CodeInvalid, Field: "codes", Msg: msg} }
	var out []engine.Value
	seen := map[engine.Value]bool{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		kind, hex, _ := strings.Cut(line, ":")
		typ := jaga.SignalType(kind)
		if typ != jaga.PDQ && typ != jaga.SHA256 && typ != jaga.MD5 {
			return nil, bad("a line is no code")
		}
		v, err := engine.ParseValue(typ, hex)
		if err != nil {
			return nil, bad("a line is no code")
		}
		if !seen[v] {
			seen[v] = true
			out = append(out, v)
		}
		if len(out) > MaxCodes {
			return nil, bad("there are too many codes for one case")
		}
	}
	if len(out) == 0 {
		return nil, bad("there is no code")
	}
	return out, nil
}

// letters are those of Crockford's base 32: none is easily taken for another.
const letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// The number has 60 random bits, so nobody finds one by trying; the PIN has 8
// digits, which people can copy without a fault.
const (
	numberLen = 12
	pinLen    = 8
)

// NewNumber returns a random case number as people write it: "7K2M-9PQR-4STV".
func NewNumber() string {
	s := random(letters, numberLen)
	return s[:4] + "-" + s[4:8] + "-" + s[8:]
}

// NewPIN returns a random PIN as people write it: "4829 1170".
func NewPIN() string {
	s := random("0123456789", pinLen)
	return s[:4] + " " + s[4:]
}

func random(from string, n int) string {
	out := make([]byte, n)
	for i := range out {
		x, _ := rand.Int(rand.Reader, big.NewInt(int64(len(from)))) // never fails (crypto/rand)
		out[i] = from[x.Int64()]
	}
	return string(out)
}

// Number returns a case number as it is looked up, whatever marks and letters
// somebody typed; ok is false for what cannot be one.
func Number(typed string) (number string, ok bool) {
	s := keep(strings.NewReplacer("O", "0", "I", "1", "L", "1").Replace(strings.ToUpper(typed)), letters)
	return s, len(s) == numberLen
}

// PIN returns the digits of what somebody typed; ok is false for what cannot be
// a PIN.
func PIN(typed string) (pin string, ok bool) {
	s := keep(typed, "0123456789")
	return s, len(s) == pinLen
}

// keep drops spaces and hyphens; a character that is not in set stays out too,
// and makes the length wrong.
func keep(s, set string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case strings.ContainsRune(set, r):
			b.WriteRune(r)
		case r == ' ' || r == '-' || r == '\t' || r == '\u00a0' || r == '–':
		default:
			return ""
		}
	}
	return b.String()
}
