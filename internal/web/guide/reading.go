package guide

import (
	"regexp"
	"strings"
	"unicode"
)

// Reading is how hard a text is to read.
type Reading struct {
	Words, Sentences, Syllables int
	// Grade is the year of school in which most can read it.
	Grade float64
	// Longest is the number of words of the longest sentence.
	Longest int
}

// words splits a text into words in small letters.
func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(strings.ReplaceAll(s, "’", "'")), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '\''
	})
}

var sentenceEnd = regexp.MustCompile(`[.!?…]+["”’)]*(\s|$)|\n`)

// read measures a text with the formula of Flesch and Kincaid (1975):
// 0.39 words a sentence + 11.8 syllables a word - 15.59. A heading or an item
// of a list is a sentence.
//
// Indonesian has more syllables a word for the same difficulty; the usual
// correction multiplies their number by 0.6 before it is looked up in Fry's
// graph. The graph has no formula, so the same one stands in for it: for the
// worked example of the graph (15.9 words a sentence, 1.41 syllables a word,
// grade 7) it gives 7.2.
func read(lang, text string) Reading {
	var r Reading
	for _, s := range sentenceEnd.Split(text, -1) {
		w := words(s)
		if len(w) == 0 {
			continue
		}
		r.Sentences++
		r.Words += len(w)
		r.Longest = max(r.Longest, len(w))
		for _, x := range w {
			r.Syllables += syllables(lang, x)
		}
	}
	return r.graded(lang)
}

// graded reckons the grade from the counts.
func (r Reading) graded(lang string) Reading {
	if r.Words == 0 {
		return r
	}
	perWord := float64(r.Syllables) / float64(r.Words)
	if lang == "id" {
		perWord *= 0.6
	}
	r.Grade = 0.39*float64(r.Words)/float64(r.Sentences) + 11.8*perWord - 15.59
	return r
}

// and adds the counts of another text to those of this one.
func (r Reading) and(other Reading) Reading {
	return Reading{Words: r.Words + other.Words, Sentences: r.Sentences + other.Sentences, Syllables: r.Syllables + other.Syllables, Longest: max(r.Longest, other.Longest)}
}

// syllables counts the syllables of a word as one hears them: groups of
// vowels, without the silent e of English. In Indonesian two vowels side by
// side are two syllables, apart from ai, au and oi at the end of a word.
func syllables(lang, word string) int {
	const vowels = "aiueoy"
	n := 0
	if lang == "id" {
		for _, r := range word {
			if strings.ContainsRune("aiueo", r) {
				n++
			}
		}
		for _, end := range []string{"ai", "au", "oi"} {
			if strings.HasSuffix(word, end) {
				n--
			}
		}
		return max(n, 1)
	}
	before := false
	for _, r := range word {
		v := strings.ContainsRune(vowels, r)
		if v && !before {
			n++
		}
		before = v
	}
	switch {
	case strings.HasSuffix(word, "le") && len(word) > 2 && !strings.ContainsRune(vowels, rune(word[len(word)-3])):
	case strings.HasSuffix(word, "es") && len(word) > 3 && !strings.ContainsAny(word[len(word)-3:len(word)-2], "sxzhcg"),
		strings.HasSuffix(word, "ed") && len(word) > 3 && !strings.ContainsAny(word[len(word)-3:len(word)-2], "td"),
		strings.HasSuffix(word, "e") && !strings.HasSuffix(word, "ee"):
		n--
	}
	return max(n, 1)
}
