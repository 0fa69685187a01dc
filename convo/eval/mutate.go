package eval

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"
)

// Mutation writes a text in a way that people read without effort and simple
// filters do not. Apply is a function of its arguments alone: equal texts and
// seeds give equal texts.
type Mutation struct {
	Name  string
	About string // what is done, for people
	Apply func(text string, seed uint64) string
}

// Mutations returns the evasions that detectors are measured under. Words of
// fewer than three letters stay as they are.
func Mutations() []Mutation {
	return []Mutation{
		{"leet", "in each word a digit or sign for one letter", words(look(leetLetters, 0))},
		{"heavy_leet", "in each word digits and signs for half the letters that have one, at least one", words(look(leetLetters, .5))},
		{"confusable", "in each word Cyrillic letters for half those that look alike, at least one", words(look(likeLetters, .5))},
		{"zero_width", "a character without width inside each word", words(zeroWidth)},
		{"spacing", "the longest word with a blank after each letter", spaceOut},
		{"emoji", "an emoji between any two words", emojiBetween},
		{"repeats", "in each word one vowel three times", words(repeatVowel)},
		{"casing", "small and capital letters by turns", alternate},
		{"particles", "a particle of the other language before and after", particles},
	}
}

var leetLetters = map[rune][]rune{'a': {'4', '@'}, 'e': {'3'}, 'i': {'1'}, 'o': {'0'}, 's': {'5', '$'}, 't': {'7'}}

var likeLetters = map[rune][]rune{'a': {'а'}, 'c': {'с'}, 'e': {'е'}, 'i': {'і'}, 'o': {'о'}, 'p': {'р'}, 's': {'ѕ'}, 'x': {'х'}, 'y': {'у'}}

// generator is seeded by the text too, so that the order of texts does not
// matter.
func generator(text string, seed uint64) *rand.Rand {
	h := fnv.New64a()
	_, _ = h.Write([]byte(text)) // a hash takes every write
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// words applies a change to every run of at least three letters that is not
// part of a longer run of letters and digits.
func words(change func(word []rune, r *rand.Rand) []rune) func(string, uint64) string {
	return func(text string, seed uint64) string {
		r := generator(text, seed)
		in := []rune(text)
		var out []rune
		for i := 0; i < len(in); {
			j := i
			for j < len(in) && unicode.IsLetter(in[j]) {
				j++
			}
			switch {
			case j == i:
				out = append(out, in[i])
				j++
			case j-i < 3 || i > 0 && unicode.IsDigit(in[i-1]) || j < len(in) && unicode.IsDigit(in[j]):
				out = append(out, in[i:j]...)
			default:
				out = append(out, change(slices.Clone(in[i:j]), r)...)
			}
			i = j
		}
		return string(out)
	}
}

// look replaces one of the letters that have a double, and each other one with
// the probability more. One letter stays: nobody reads 700 or $33 for a word.
func look(like map[rune][]rune, more float64) func([]rune, *rand.Rand) []rune {
	return func(word []rune, r *rand.Rand) []rune {
		var at []int
		for i, c := range word {
			if like[unicode.ToLower(c)] != nil {
				at = append(at, i)
			}
		}
		if len(at) == 0 {
			return word
		}
		sure := r.IntN(len(at))
		kept := slices.Clone(word)
		for n, i := range at {
			if n == sure || r.Float64() < more {
				to := like[unicode.ToLower(word[i])]
				word[i] = to[r.IntN(len(to))]
			}
		}
		if !slices.ContainsFunc(word, unicode.IsLetter) {
			i := at[(sure+1)%len(at)]
			word[i] = kept[i]
		}
		return word
	}
}

func zeroWidth(word []rune, r *rand.Rand) []rune {
	return slices.Insert(word, 1+r.IntN(len(word)-1), []rune{'\u200b', '\u200c', '\u2060'}[r.IntN(3)])
}

func repeatVowel(word []rune, r *rand.Rand) []rune {
	var at []int
	for i, c := range word {
		if strings.ContainsRune("aeiou", unicode.ToLower(c)) {
			at = append(at, i)
		}
	}
	if len(at) == 0 {
		return word
	}
	i := at[r.IntN(len(at))]
	return slices.Insert(word, i, word[i], word[i])
}

func spaceOut(text string, _ uint64) string {
	fields := strings.Fields(text)
	best, most := -1, 3
	for i, f := range fields {
		plain := strings.TrimFunc(f, func(c rune) bool { return !unicode.IsLetter(c) })
		if n := len([]rune(plain)); n > most && strings.IndexFunc(plain, func(c rune) bool { return !unicode.IsLetter(c) }) < 0 {
			best, most = i, n
		}
	}
	if best >= 0 {
		fields[best] = strings.Join(strings.Split(fields[best], ""), " ")
	}
	return strings.Join(fields, " ")
}

func emojiBetween(text string, seed uint64) string {
	r := generator(text, seed)
	fields := strings.Fields(text)
	var b strings.Builder
	for i, f := range fields {
		if i > 0 {
			b.WriteString([]string{" 🙂 ", " ✨ ", " 🌸 ", " 😅 "}[r.IntN(4)])
		}
		b.WriteString(f)
	}
	return b.String()
}

func alternate(text string, _ uint64) string {
	n := 0
	return strings.Map(func(c rune) rune {
		if !unicode.IsLetter(c) {
			return c
		}
		n++
		if n%2 == 0 {
			return unicode.ToUpper(c)
		}
		return unicode.ToLower(c)
	}, text)
}

// particles surrounds the text with what speakers of two languages mix in;
// which language the text is in does not matter.
func particles(text string, seed uint64) string {
	r := generator(text, seed)
	before := []string{"eh ", "btw ", "nah ", "so "}[r.IntN(4)]
	after := []string{" sih", " dong", " lah", " bro", " tho"}[r.IntN(5)]
	end := strings.TrimRightFunc(text, func(c rune) bool { return unicode.IsPunct(c) || unicode.IsSpace(c) })
	return before + end + after + text[len(end):]
}
