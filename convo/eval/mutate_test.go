package eval

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// Every mutation changes ordinary text, the same way each time, and leaves
// short words and identifiers alone.
func TestMutations(t *testing.T) {
	t.Parallel()
	const text = "Who picks you up after practice? I am at b2b4 now"
	seen := map[string]string{}
	for _, m := range Mutations() {
		got := m.Apply(text, 1)
		if got == text || got != m.Apply(text, 1) || !utf8.ValidString(got) {
			t.Errorf("%s: %q", m.Name, got)
		}
		if other, ok := seen[got]; ok {
			t.Errorf("%s and %s do the same", m.Name, other)
		}
		seen[got] = m.Name
		if m.Name != "casing" && !strings.Contains(got, "b2b4") {
			t.Errorf("%s breaks what is no word: %q", m.Name, got)
		}
		if m.About == "" {
			t.Errorf("%s is not explained", m.Name)
		}
	}
	if leet := Mutations()[0].Apply("see seat test", 1); leet == Mutations()[0].Apply("see seat test", 2) && leet == Mutations()[0].Apply("see seat test", 3) {
		t.Errorf("seeds do not matter: %q", leet)
	}
}

// Words of nothing but letters that have a double stay words.
func TestLeetLeavesALetter(t *testing.T) {
	t.Parallel()
	for _, m := range Mutations() {
		if !strings.HasSuffix(m.Name, "leet") {
			continue
		}
		for seed := range uint64(200) {
			for _, w := range []string{"see", "too", "Sea", "satu"} {
				if got := m.Apply(w, seed); got == w || strings.IndexFunc(got, unicode.IsLetter) < 0 {
					t.Fatalf("%s makes %q of %q", m.Name, got, w)
				}
			}
		}
	}
}

func TestMutationsKeepTheWords(t *testing.T) {
	t.Parallel()
	plain := func(s string) string {
		return strings.Map(func(c rune) rune {
			if c > unicode.MaxASCII || c == ' ' {
				return -1
			}
			return unicode.ToLower(c)
		}, s)
	}
	for _, m := range Mutations() {
		switch m.Name {
		case "zero_width", "spacing", "emoji", "casing":
			for _, text := range []string{"bring your calculator tomorrow", "besok bawa kalkulator ya", ""} {
				if got := m.Apply(text, 7); plain(got) != plain(text) {
					t.Errorf("%s of %q is %q", m.Name, text, got)
				}
			}
		}
	}
}

func FuzzMutations(f *testing.F) {
	f.Add("Are you alone? 🙂 b2b", uint64(1))
	f.Add("\xff\u200b é", uint64(2))
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		for _, m := range Mutations() {
			if got := m.Apply(text, seed); utf8.ValidString(text) && !utf8.ValidString(got) {
				t.Errorf("%s makes %q of %q", m.Name, got, text)
			}
		}
	})
}
