package slip

import (
	"encoding/binary"
	"strings"
)

// Checked numbers are for conversations: their last character follows from the
// others, so that a typing error is told apart from a number that is nobody's
// without anything being looked up.

// longPINLen is the length of the PIN that goes with a checked number.
const longPINLen = 10

// Checked returns the number and the PIN that follow from a secret seed, as
// people write them: "7K2M-9PQR-4STV" and "48291 17053". The number has 55
// bits of the seed and one check character, the PIN 33 other bits.
func Checked(seed [16]byte) (number, pin string) {
	n := binary.BigEndian.Uint64(seed[:8])
	var s [numberLen]byte
	for i := range numberLen - 1 {
		s[i] = letters[n&31]
		n >>= 5
	}
	s[numberLen-1] = check(string(s[:numberLen-1]))
	// 2^64 is so much larger than 10^10 that no PIN is noticeably likelier.
	p := binary.BigEndian.Uint64(seed[8:]) % 10_000_000_000
	digits := make([]byte, longPINLen)
	for i := range digits {
		digits[longPINLen-1-i] = byte('0' + p%10)
		p /= 10
	}
	return string(s[:4]) + "-" + string(s[4:8]) + "-" + string(s[8:]), string(digits[:5]) + " " + string(digits[5:])
}

// CheckedNumber returns a checked number as it is looked up; ok is false where
// the letters cannot be right, whoever's the number is.
func CheckedNumber(typed string) (number string, ok bool) {
	s, ok := Number(typed)
	return s, ok && check(s[:numberLen-1]) == s[numberLen-1]
}

// LongPIN returns the digits of what somebody typed; ok is false for what
// cannot be such a PIN.
func LongPIN(typed string) (pin string, ok bool) {
	s := keep(typed, "0123456789")
	return s, len(s) == longPINLen
}

// check is the character that belongs to others. It is a sum over the field of
// 32 elements in which every place has a weight of its own, so that one wrong
// character, and any two that changed places, are always noticed.
func check(s string) byte {
	var sum byte
	weight := byte(1)
	for i := range len(s) {
		weight = times(weight, 2)
		sum ^= times(weight, byte(strings.IndexByte(letters, s[i])))
	}
	return letters[sum]
}

// times multiplies in GF(32) modulo x^5 + x^2 + 1, in which the powers of x are
// all elements but 0.
func times(a, b byte) (p byte) {
	for ; b > 0; b >>= 1 {
		if b&1 == 1 {
			p ^= a
		}
		if a <<= 1; a&32 != 0 {
			a ^= 0b100101
		}
	}
	return p
}
