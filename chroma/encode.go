package chroma

import (
	"encoding/base64"
	"math/bits"
	"slices"

	"github.com/jaga-project/jaga"
)

// Algorithm is the number that the compressed form carries for these
// fingerprints.
const Algorithm = 1

// MaxWords is the largest number of words that the compressed form can count:
// 577 hours.
const MaxWords = 1<<24 - 1

// Encode returns the compressed text of a fingerprint, as fpcalc prints it and
// AcoustID takes it: a header of four bytes (algorithm, number of words), then
// for every word which of its bits differ from the word before, as gaps between
// set bits of three bits each, a gap of seven or more continued by five bits at
// the end; all that in base64 of the URL alphabet without padding. More than
// [MaxWords] words are an error.
func Encode(words []uint32) (string, error) {
	if len(words) > MaxWords {
		return "", jaga.Errorf(jaga.CodeInvalid, "encode fingerprint: %d words are more than the %d that the compressed form can count", len(words), MaxWords)
	}
	gaps := bitWriter{out: []byte{Algorithm, byte(len(words) >> 16), byte(len(words) >> 8), byte(len(words))}}
	var long bitWriter
	var before uint32
	for _, word := range words {
		last := -1
		for x := word ^ before; x != 0; x &= x - 1 {
			at := bits.TrailingZeros32(x)
			gap := at - last
			last = at
			gaps.write(uint32(min(gap, 7)), 3)
			if gap >= 7 {
				long.write(uint32(gap-7), 5)
			}
		}
		gaps.write(0, 3)
		before = word
	}
	return base64.RawURLEncoding.EncodeToString(append(gaps.flush(), long.flush()...)), nil
}

// Decode reads the text that [Encode] writes. Another algorithm, or text that
// ends too early, is too long or names bits that no word has, is refused.
func Decode(text string) ([]uint32, error) {
	bad := func(why string) ([]uint32, error) {
		err := jaga.Errorf(jaga.CodeInvalid, "decode fingerprint: %s", why)
		err.Hint = "give the compressed fingerprint as fpcalc prints it"
		return nil, err
	}
	data, err := base64.RawURLEncoding.DecodeString(text)
	switch {
	case err != nil:
		return bad("not base64 of the URL alphabet")
	case len(data) < 4:
		return bad("shorter than its header")
	case data[0] != Algorithm:
		return bad("not of algorithm 1")
	}
	n := int(data[1])<<16 | int(data[2])<<8 | int(data[3])
	if (len(data)-4)*8 < 3*n {
		return bad("shorter than its header says")
	}
	r := bitReader{data: data[4:]}
	gaps := make([]uint8, 0, 4*n)
	for ends := 0; ends < n; {
		v, ok := r.read(3)
		if !ok {
			return bad("it ends within a word")
		}
		if v == 0 {
			ends++
		}
		gaps = append(gaps, uint8(v))
	}
	r.align()
	words := make([]uint32, 0, n)
	var word, before uint32
	at := -1
	for _, gap := range gaps {
		switch gap {
		case 0:
			before ^= word
			words = append(words, before)
			word, at = 0, -1
			continue
		case 7:
			v, ok := r.read(5)
			if !ok {
				return bad("it ends within a long gap")
			}
			gap += uint8(v)
		}
		if at += int(gap); at > 31 {
			return bad("a word has more than 32 bits")
		}
		word |= 1 << at
	}
	r.align()
	if len(r.data) > 0 {
		return bad("something follows its last word")
	}
	return slices.Clip(words), nil
}

// bitWriter packs numbers into bytes, lowest bits first.
type bitWriter struct {
	out  []byte
	held uint32
	n    uint
}

func (w *bitWriter) write(v uint32, width uint) {
	w.held |= v << w.n
	for w.n += width; w.n >= 8; w.n -= 8 {
		w.out = append(w.out, byte(w.held))
		w.held >>= 8
	}
}

func (w *bitWriter) flush() []byte {
	if w.n > 0 {
		w.out = append(w.out, byte(w.held))
	}
	return w.out
}

// bitReader is the opposite of bitWriter.
type bitReader struct {
	data []byte
	held uint32
	n    uint
}

func (r *bitReader) read(width uint) (uint32, bool) {
	for r.n < width {
		if len(r.data) == 0 {
			return 0, false
		}
		r.held |= uint32(r.data[0]) << r.n
		r.data = r.data[1:]
		r.n += 8
	}
	v := r.held & (1<<width - 1)
	r.held >>= width
	r.n -= width
	return v, true
}

// align goes to the beginning of the next byte.
func (r *bitReader) align() { r.held, r.n = 0, 0 }
