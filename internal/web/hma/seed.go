package hma

import (
	"crypto/sha512"
	"encoding/binary"
)

// Constants of MT19937 (Matsumoto and Nishimura, ACM TOMACS 8(1), 1998) and of
// its seeding by an array.
const (
	mtLen    = 624
	mtShift  = 397
	mtMatrix = 0x9908b0df
	mtUpper  = 0x80000000
)

// draw is the first number that CPython's random.Random(seed).random() gives
// for a text: HMA's clients send a seed so that every server makes the same
// choice of banks. The result is in [0,1).
func draw(seed string) float64 {
	raw := []byte(string([]rune(seed))) // as Flask reads it: valid UTF-8
	sum := sha512.Sum512(raw)
	m := newTwister(words(append(raw, sum[:]...)))
	a, b := m.next()>>5, m.next()>>6
	return (float64(a)*(1<<26) + float64(b)) / (1 << 53)
}

// words are the digits to base 2³² of a big-endian number, the lowest first.
func words(number []byte) []uint32 {
	for len(number) > 1 && number[0] == 0 {
		number = number[1:]
	}
	var out []uint32
	for len(number) > 0 {
		var word [4]byte
		n := min(4, len(number))
		copy(word[4-n:], number[len(number)-n:])
		out = append(out, binary.BigEndian.Uint32(word[:]))
		number = number[:len(number)-n]
	}
	return out
}

// twister is a freshly seeded MT19937. It gives the first 227 numbers only,
// which need no state but the seeded one.
type twister struct {
	state [mtLen]uint32
	at    int
}

// newTwister seeds as init_by_array does. key is not empty.
func newTwister(key []uint32) *twister {
	var t twister
	s := &t.state
	s[0] = 19650218
	for i := 1; i < mtLen; i++ {
		s[i] = 1812433253*(s[i-1]^s[i-1]>>30) + uint32(i)
	}
	i := 1
	step := func() {
		if i++; i == mtLen {
			s[0], i = s[mtLen-1], 1
		}
	}
	for k := range max(mtLen, len(key)) {
		j := k % len(key)
		s[i] = (s[i] ^ (s[i-1]^s[i-1]>>30)*1664525) + key[j] + uint32(j)
		step()
	}
	for range mtLen - 1 {
		s[i] = (s[i] ^ (s[i-1]^s[i-1]>>30)*1566083941) - uint32(i)
		step()
	}
	s[0] = mtUpper
	return &t
}

func (t *twister) next() uint32 {
	y := t.state[t.at]&mtUpper | t.state[t.at+1]&^mtUpper
	v := t.state[t.at+mtShift] ^ y>>1
	if y&1 == 1 {
		v ^= mtMatrix
	}
	t.at++
	v ^= v >> 11
	v ^= v << 7 & 0x9d2c5680
	v ^= v << 15 & 0xefc60000
	return v ^ v>>18
}
