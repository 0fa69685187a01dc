package text

import (
	"strings"
	"testing"
)

// worst are pieces that made a tokeniser look far ahead or back for every byte,
// were they repeated and were it careless.
var worst = []string{"a", "a.", "a@", "a-", "1", "1.", "1,", "1 ", "12 ", "+1", "(1", "a?", "\"a", "? ", "x x", "a ", "www.", "http://", "@a", "_a", "a1", "1a", "$a", "four ", "lima-", "a\u0301", "\u0301", "\u200b", "👩‍", "🇮", "ж", "aж", "‘a", "> a\n", "ﷺ", "a'", "!a", "|a", "$", "$$$ab", "@$", "@1a", "a$$", "@4 ", "a1b2"}

// BenchmarkWorst takes the longest message that is looked at.
func BenchmarkWorst(b *testing.B) {
	for _, piece := range worst {
		raw := strings.Repeat(piece, MaxBytes/len(piece))
		b.Run(piece, func(b *testing.B) {
			var x Text
			b.SetBytes(int64(len(raw)))
			for b.Loop() {
				x.Normalise(raw)
			}
		})
	}
}
