package weblist

import (
	"crypto/sha256"
	"strings"

	"github.com/jaga-project/jaga/convo/text"
)

// MaxPhrase is the number of words of the longest phrase.
const MaxPhrase = 6

// readings is how many ways of reading a phrase of several words are tried: a
// word may have up to six forms.
const readings = 64

// phraseWords folds the words of an entry as messages are folded.
func phraseWords(s string) (words []string) {
	var t text.Text
	t.Normalise(s)
	for i := range t.Tokens {
		words = append(words, string(t.Form(i, 0)))
	}
	return words
}

// Spotted is a phrase in a text, as a look-up sees it.
type Spotted struct {
	Start, End int // byte offsets in the text
	Words      int
	Digest     [32]byte // of the phrase's [Key]
	// Evaded is true when the spelling hides the words.
	Evaded bool
}

// Words calls f with every phrase of one to most words in the text, most being
// at most [MaxPhrase], in every reading that undoes look-alike letters, digits
// for letters, spaced letters and invisible characters. Words are whole words.
// The digest is that of the phrase's key.
func Words(s string, most int, f func(Spotted)) {
	most = min(most, MaxPhrase)
	var t text.Text
	seen := 0 // what ends before it was told
	tell := func(s Spotted) {
		if s.End > seen {
			f(s)
		}
	}
	for at := 0; at < len(s); {
		part := s[at:]
		end := len(part)
		if end > text.MaxBytes {
			end = text.MaxBytes
			if space := strings.LastIndexAny(part[:end], " \n"); space > 0 {
				end = space
			}
		}
		t.Normalise(part[:end])
		w := walk{t: &t, most: most, at: at, f: tell}
		for i := range t.Tokens {
			w.first, w.left = i, readings
			w.step(append(w.buf[:0], "words "...), i, false)
		}
		if seen = at + end; seen == len(s) {
			return
		}
		// A phrase may stand across the border: its first words are read again.
		if k := max(1, len(t.Tokens)-most+1); k < len(t.Tokens) && int(t.Tokens[k].Start) > end/2 {
			end = int(t.Tokens[k].Start)
		}
		at += end
	}
}

// walk goes through the readings of the phrases that begin at one token.
type walk struct {
	t     *text.Text
	most  int
	at    int // where the part of the text begins
	f     func(Spotted)
	buf   [256]byte
	first int
	left  int // readings
}

func (w *walk) step(prefix []byte, i int, evaded bool) {
	if i == len(w.t.Tokens) || i-w.first == w.most {
		return
	}
	n := len(prefix)
	for k := range w.t.Forms(i) {
		if w.left--; w.left < 0 && k > 0 {
			return
		}
		evaded := evaded || w.t.FormEvaded(i, k)
		phrase := append(prefix[:n:cap(prefix)], w.t.Form(i, k)...)
		w.f(Spotted{
			Start:  w.at + int(w.t.Tokens[w.first].Start),
			End:    w.at + int(w.t.Tokens[i].End),
			Words:  i - w.first + 1,
			Digest: sha256.Sum256(phrase),
			Evaded: evaded,
		})
		w.step(append(phrase, ' '), i+1, evaded)
	}
}
