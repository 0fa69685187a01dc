package guide

import "testing"

func TestSyllables(t *testing.T) {
	t.Parallel()
	for lang, list := range map[string]map[string]int{
		"en": {"stop": 1, "picture": 2, "asked": 1, "wanted": 2, "people": 2, "someone": 2, "private": 2, "safe": 1, "messages": 3, "see": 1, "table": 2, "the": 1, "police": 2, "129": 1, "names": 1},
		"id": {"anak": 2, "bercerita": 4, "foto": 2, "pulau": 2, "pantai": 2, "keluarga": 4, "dewasa": 3, "uang": 2, "hp": 1, "bukan": 2},
	} {
		for word, want := range list {
			if got := syllables(lang, word); got != want {
				t.Errorf("%s %q: %d, want %d", lang, word, got, want)
			}
		}
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	r := read("en", "The cat sat on the mat. The dog ran.\nStop now")
	if r.Sentences != 3 || r.Words != 11 || r.Syllables != 11 || r.Longest != 6 {
		t.Errorf("%+v", r)
	}
	// 0.39*11/3 + 11.8*1 - 15.59
	if want := -2.36; r.Grade < want-0.01 || r.Grade > want+0.01 {
		t.Errorf("grade %.2f, want %.2f", r.Grade, want)
	}
	if e, i := read("en", "banana"), read("id", "banana"); i.Grade >= e.Grade {
		t.Errorf("Indonesian syllables count as much as English ones: %.1f and %.1f", i.Grade, e.Grade)
	}
	if r := read("en", "  \n"); r.Words != 0 || r.Grade != 0 {
		t.Errorf("%+v", r)
	}
}

func TestFinds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text, phrase string
		want         bool
	}{
		{"It was your OWN  fault.", "your own fault", true},
		{"Why didn’t you?", "why didn't you", true},
		{"Why did, you", "why did you", true},
		{"Ini aibku", "aib", false},
		{"aib.", "aib", true},
	} {
		if got := len(finds(c.text, []string{c.phrase})) > 0; got != c.want {
			t.Errorf("%q in %q: %v", c.phrase, c.text, got)
		}
	}
}
