package text

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// sane fails if the tokens of x break what every caller relies on.
func sane(t interface{ Fatalf(string, ...any) }, x *Text) {
	if len(x.Tokens) > len(x.Raw) {
		t.Fatalf("%q: %d tokens of %d bytes", x.Raw, len(x.Tokens), len(x.Raw))
	}
	var end, sentence int32
	for i, tok := range x.Tokens {
		if tok.Start < end || tok.End <= tok.Start || int(tok.End) > len(x.Raw) {
			t.Fatalf("%q: token %d at %d..%d behind one that ends at %d", x.Raw, i, tok.Start, tok.End, end)
		}
		for _, at := range []int32{tok.Start, tok.End} {
			if rest := x.Raw[at:]; rest != "" && !utf8.RuneStart(rest[0]) && utf8.ValidString(x.Raw) {
				t.Fatalf("%q: token %d has a border inside a character, at %d", x.Raw, i, at)
			}
		}
		if tok.Sentence < sentence || tok.Sentence > sentence+1 {
			t.Fatalf("%q: sentence %d behind %d", x.Raw, tok.Sentence, sentence)
		}
		if !(tok.Value >= 0 && tok.Value <= maxValue) {
			t.Fatalf("%q: value %v", x.Raw, tok.Value)
		}
		if tok.Kind == Age && (tok.Value < minAge || tok.Value > maxAge) {
			t.Fatalf("%q: age %v", x.Raw, tok.Value)
		}
		if tok.Kind == Clock && tok.Value >= 24*60 {
			t.Fatalf("%q: clock %v", x.Raw, tok.Value)
		}
		if n := x.Forms(i); n < 1 || n > MaxForms {
			t.Fatalf("%q: %d forms", x.Raw, n)
		}
		for k := range x.Forms(i) {
			if f := x.Form(i, k); len(f) == 0 || !utf8.Valid(f) {
				t.Fatalf("%q: token %d has the form %q", x.Raw, i, f)
			}
			for j := range k {
				if string(x.Form(i, j)) == string(x.Form(i, k)) {
					t.Fatalf("%q: forms %d and %d are both %q", x.Raw, j, k, x.Form(i, k))
				}
			}
		}
		end, sentence = tok.End, tok.Sentence
	}
}

// pieces are what random messages are made of: all that has a rule of its own.
var pieces = []string{"a", "snap", "KIK", "teman2", "teman-teman", "sn4p", "th3", "@ku", "ad@", "$3", "$$$ab", "@5k", "t3man2", "s n a p", "s.n.a.p", "soooo", "13", "13yo", "13 tahun", "$", "50k", "50.000", "1,5 juta",
	"Rp", "10 min", "jam 8", "8pm", "20:30", "1x24 jam", "half an hour", "http://", "t.me/", "a.com", "@", "@name", "#1234", "+62812345678", "0x", ".", "?", "!", "…", ";", "\n",
	"\"", "“", "”", "‘", "’", "«", "»", "> ", "\u200b", "\u202e", "\u200d", "\ufe0f", "\u0301", "\u0456", "\u0430", "ж", "Ж", "α", "ｓ", "𝓼", "ⓢ", "⒮", "½", "㎏", "ﷺ", "ﬁ", "İ", "ß",
	"👨‍👩‍👧", "🇮🇩", "🇮", "1️⃣", "👍🏿", "❤️", "ก", "ក", "م", "漢", "\xff", "\xe2\x80", "'", "-", "_", " ", "  ", "\t", "lima", "puluh", "ribu", "<3", ":", "|", "km", "old", "/"}

func message() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(pieces), rapid.String()), 0, 12).Draw(t, "pieces"), "")
	})
}

func TestTokensAreSane(t *testing.T) {
	var x Text
	rapid.Check(t, func(t *rapid.T) {
		x.Normalise(message().Draw(t, "message"))
		sane(t, &x)
	})
}

// TestMemoryCarriesNothingOver compares a Text that was used before to a new one.
func TestMemoryCarriesNothingOver(t *testing.T) {
	var used Text
	rapid.Check(t, func(t *rapid.T) {
		raw := message().Draw(t, "message")
		var fresh Text
		used.Normalise(raw)
		fresh.Normalise(raw)
		if show(&used) != show(&fresh) || used.Marks != fresh.Marks {
			t.Fatalf("%q: %s %+v, a new one has %s %+v", raw, show(&used), used.Marks, show(&fresh), fresh.Marks)
		}
	})
}

func TestFoldWordIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		once := FoldWord(message().Draw(t, "word"))
		if twice := FoldWord(once); twice != once {
			t.Fatalf("%q folds to %q", once, twice)
		}
	})
}

// TestBothSidesAgree checks that a word of a pack and the word in a message fold
// to the same.
func TestBothSidesAgree(t *testing.T) {
	var x Text
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-zA-ZéÜñşđЖбไทยกα]{2,12}(['’-][a-zA-Zéб]{1,6})?`).Draw(t, "word")
		x.Normalise(word)
		if len(x.Tokens) != 1 || x.Tokens[0].Kind != Word {
			t.Skip("an entity: ", word)
		}
		if got := string(x.Form(0, 0)); got != FoldWord(word) && !x.Tokens[0].Evaded {
			t.Fatalf("%q: %q in a message, %q in a pack", word, got, FoldWord(word))
		}
	})
}

// mutations hide a word of small letters in one way each; they return it as it is
// when they have no hold in it.
var mutations = map[string]func(word string, at int) string{
	"zero width": func(w string, at int) string { return w[:at] + "\u200b" + w[at:] },
	"bidi":       func(w string, at int) string { return w[:at] + "\u202e" + w[at:] },
	"cyrillic": func(w string, at int) string {
		return strings.NewReplacer("a", "\u0430", "o", "\u043e", "e", "\u0435", "i", "\u0456").Replace(w[:at]) + w[at:]
	},
	"fullwidth": func(w string, at int) string { return w[:at] + string(rune(w[at])-'a'+0xFF41) + w[at+1:] },
	"mathematical": func(w string, at int) string {
		return w[:at] + string(rune(w[at])-'a'+0x1D41A) + w[at+1:]
	},
	"circled": func(w string, at int) string { return w[:at] + string(rune(w[at])-'a'+0x24D0) + w[at+1:] },
	"leet": func(w string, at int) string {
		return w[:1] + strings.NewReplacer("a", "4", "o", "0", "e", "3", "s", "5", "t", "7").Replace(w[1:len(w)-1]) + w[len(w)-1:]
	},
	"one": func(w string, at int) string {
		return w[:1] + strings.ReplaceAll(w[1:len(w)-1], "i", "1") + w[len(w)-1:]
	},
	"spaced": func(w string, at int) string { return strings.Join(strings.Split(w, ""), " ") },
	"dotted": func(w string, at int) string { return strings.Join(strings.Split(w, ""), ".") },
	"dashed": func(w string, at int) string { return strings.Join(strings.Split(w, ""), "-") },
}

func TestHiddenWordsAreFound(t *testing.T) {
	var x Text
	for name, mutate := range mutations {
		t.Run(name, func(t *testing.T) {
			hidden := 0
			rapid.Check(t, func(t *rapid.T) {
				word := rapid.SampledFrom([]string{"snapchat", "whatsapp", "telegram", "discord", "instagram", "secret", "rahasia", "hapus", "kirim", "kamera", "sekolah", "parents"}).Draw(t, "word")
				evaded := mutate(word, rapid.IntRange(1, len(word)-1).Draw(t, "at"))
				if evaded == word {
					return
				}
				hidden++
				x.Normalise("please " + evaded + ", okay")
				if len(x.Tokens) != 3 || !x.Tokens[1].Evaded || x.Marks.Evasion() == 0 {
					t.Fatalf("%q: %s", evaded, show(&x))
				}
				if tok := x.Tokens[1]; x.Raw[tok.Start:tok.End] != evaded {
					t.Fatalf("%q: marked is %q", evaded, x.Raw[tok.Start:tok.End])
				}
				for k := range x.Forms(1) {
					if string(x.Form(1, k)) == word {
						return
					}
				}
				t.Fatalf("%q: %s lacks %s", evaded, show(&x), word)
			})
			if hidden == 0 {
				t.Error("the mutation changes no word")
			}
		})
	}
}

func FuzzNormalise(f *testing.F) {
	for _, m := range messages {
		f.Add(m.raw)
	}
	for _, p := range pieces {
		f.Add(p + p + " " + p)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		var x Text
		x.Normalise(raw)
		sane(t, &x)
		for i := range x.Tokens {
			StemID(append([]byte(nil), x.Form(i, 0)...), func(s []byte) bool { return len(s) == 0 })
		}
		if once := FoldWord(raw); FoldWord(once) != once {
			t.Fatalf("%q folds to %q and that to %q", raw, once, FoldWord(once))
		}
	})
}
