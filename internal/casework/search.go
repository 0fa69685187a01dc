package casework

import (
	"slices"
	"strings"
	"unicode"

	"github.com/jaga-project/jaga/convo/text"
	"github.com/jaga-project/jaga/internal/store"
)

// What people write is sealed, so the search has an index of its own: for each
// case, a keyed digest of every word of its reports and notes, and of its
// references, accounts and conversations. Whoever has the database alone cannot
// read a word from it, and can tell only that two cases share one. It finds
// whole words, written as they are or with other capitals or accents; it does
// not find parts of words, other endings, or an
// order of words.

// mostWords is how many different words of one text are indexed.
const mostWords = 5000

// words splits text into the words that are indexed: runs of letters and
// digits, and every piece without white space as a whole, so that a reference
// with dashes is found, too. Words of one character are left out.
func words(s string) []string {
	seen := map[string]bool{}
	var out []string
	add := func(w string) {
		if len([]rune(w)) < 2 || len(w) > 512 {
			return
		}
		if w = text.FoldWord(strings.ToLower(w)); w != "" && !seen[w] && len(out) < mostWords {
			seen[w] = true
			out = append(out, w)
		}
	}
	for piece := range strings.FieldsSeq(s) {
		whole := strings.TrimFunc(piece, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		add(whole)
		parts := strings.FieldsFunc(whole, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
		for _, part := range parts {
			add(part)
		}
	}
	return out
}

// index makes a case found by the words of texts.
func (s *Service) index(tx *store.Tx, id int64, texts ...string) error {
	for _, t := range texts {
		for _, w := range words(t) {
			if _, err := tx.Exec(`INSERT INTO case_words (word, case_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, s.keys.digest("word", w), id); err != nil {
				return err
			}
		}
	}
	return nil
}

// asked returns the digests of the words of a search. A piece that is a whole
// is looked for as a whole.
func (s *Service) asked(q string) (out []int64) {
	for piece := range strings.FieldsSeq(q) {
		if w := words(piece); len(w) > 0 {
			out = append(out, s.keys.digest("word", w[0]))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
