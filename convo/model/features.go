//go:build !small

package model

import (
	"math"
	"slices"
	"unicode/utf8"

	"github.com/jaga-project/jaga/convo/indicator"
	"github.com/jaga-project/jaga/convo/text"
)

// Buckets is the number of features that n-grams are hashed to. With 2^18 the
// weights fit a processor's second cache, and the n-grams of 1 to 5 letters of
// two languages collide rarely enough (Weinberger et al., ICML 2009).
const Buckets = 1 << 18

// MaxGram is the length of the longest n-gram, in letters. The border of a
// word counts as a letter.
const MaxGram = 5

// The features after the buckets: the indicators in catalogue order, and one
// that is always there.
const (
	firstIndicator = Buckets
	bias           = firstIndicator + indicator.Count
	dimensions     = bias + 1
)

// What the hash of a feature begins with, so that a word is never taken for
// the name of a kind.
const (
	gramSeed  uint32 = 2166136261 // the offset basis of FNV-1a
	kindSeed  uint32 = gramSeed ^ 1
	emojiSeed uint32 = gramSeed ^ 2
)

// vector is the sparse feature vector of one message. read overwrites it and
// keeps its memory. It is not safe for concurrent use.
type vector struct {
	index  []uint32
	value  []float64
	square float64 // squared length

	counts []uint32 // by bucket; all 0 between two messages
	letter []byte   // one token between its borders
	starts []int32  // where its letters start, and its end
}

// read fills v from a normalised message. Indicators are places in the
// catalogue; repeated ones count once, and what is none is left out. The part
// of the text has length 1 or, without tokens, 0. It reports whether there is
// anything but the constant feature.
//
// The value of an n-gram that occurs c times among n is √(c/n): the square
// root is a sublinear count whose vectors have length 1 by themselves, and it
// is the same on every processor, which a logarithm is not.
func (v *vector) read(t *text.Text, indicators []int) bool {
	if v.counts == nil {
		v.counts = make([]uint32, Buckets)
	}
	v.index, v.value, v.square = v.index[:0], v.value[:0], 0
	n := 0
	for i := range t.Tokens {
		n += v.token(t, i)
	}
	once := 1 / math.Sqrt(float64(max(n, 1)))
	for _, b := range v.index {
		value := once // most n-grams occur once, and roots take time
		if c := v.counts[b]; c > 1 {
			value *= math.Sqrt(float64(c))
		}
		v.value = append(v.value, value)
		v.counts[b] = 0
	}
	if n > 0 {
		v.square = 1
	}
	grams := len(v.index)
	for _, i := range indicators {
		if i >= 0 && i < indicator.Count && !v.has(grams, uint32(firstIndicator+i)) {
			v.one(uint32(firstIndicator + i))
		}
	}
	some := len(v.index) > 0
	v.one(bias)
	return some
}

// has reports whether an indicator stands after the n-grams.
func (v *vector) has(grams int, feature uint32) bool {
	return slices.Contains(v.index[grams:], feature)
}

func (v *vector) one(feature uint32) {
	v.index = append(v.index, feature)
	v.value = append(v.value, 1)
	v.square++
}

// token counts the features of one token and returns how many they are. Of
// numbers, sums, addresses and names of accounts only the kind counts: what
// they say belongs to one person or one day.
func (v *vector) token(t *text.Text, i int) int {
	switch kind := t.Tokens[i].Kind; kind {
	case text.Word:
		return v.grams(t.Form(i, 0))
	case text.Emoji:
		v.count(hash(emojiSeed, t.Form(i, 0)))
		return 1
	case text.Mark:
		return 0
	default:
		v.count((kindSeed ^ uint32(kind)) * fnvPrime)
		return 1
	}
}

// grams counts the n-grams of a word between its borders.
func (v *vector) grams(word []byte) int {
	v.letter = append(append(append(v.letter[:0], ' '), word...), ' ')
	v.starts = v.starts[:0]
	for at := 0; at < len(v.letter); {
		v.starts = append(v.starts, int32(at))
		_, size := utf8.DecodeRune(v.letter[at:])
		at += size
	}
	letters := len(v.starts)
	v.starts = append(v.starts, int32(len(v.letter)))
	n := 0
	for from := range letters {
		h := gramSeed
		at := v.starts[from]
		for to := from + 1; to <= min(from+MaxGram, letters); to++ {
			for end := v.starts[to]; at < end; at++ {
				h = (h ^ uint32(v.letter[at])) * fnvPrime
			}
			if to == from+1 && (from == 0 || to == letters) {
				continue // a border alone says nothing
			}
			v.count(h)
			n++
		}
	}
	return n
}

func (v *vector) count(h uint32) {
	b := spread(h) % Buckets
	if v.counts[b] == 0 {
		v.index = append(v.index, b)
	}
	v.counts[b]++
}

const fnvPrime = 16777619

// hash goes on with FNV-1a (Fowler, Noll, Vo) over more bytes.
func hash(h uint32, b []byte) uint32 {
	for _, c := range b {
		h = (h ^ uint32(c)) * fnvPrime
	}
	return h
}

// spread mixes the bits of a hash, as the end of MurmurHash3 does (Appleby),
// because the low bits of FNV-1a depend on few bits of short inputs.
func spread(h uint32) uint32 {
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	return h ^ h>>16
}

// dot multiplies weights with v. The products are rounded one by one, so that
// no processor joins a product and a sum and gives another last digit.
func dot[F float32 | float64](w []F, v *vector) float64 {
	var sum float64
	for i, f := range v.index {
		sum += float64(float64(w[f]) * v.value[i])
	}
	return sum
}
