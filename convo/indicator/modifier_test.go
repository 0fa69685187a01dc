package indicator

import (
	"fmt"
	"regexp"
	"slices"
	"testing"
)

func TestModifiers(t *testing.T) {
	t.Parallel()
	mods := Modifiers()
	if len(mods) != 8 {
		t.Fatalf("%d modifiers, want 8", len(mods))
	}
	for i, m := range mods {
		if want := ID(fmt.Sprintf("CTX-%02d", i+1)); m.ID != want {
			t.Errorf("modifier %d is %s, want %s", i, m.ID, want)
		}
		if m.Raises != (m.ID == "CTX-07") || m.Welfare != (m.ID == "CTX-02") {
			t.Errorf("%s: raises %v, welfare %v", m.ID, m.Raises, m.Welfare)
		}
		for _, id := range m.Lowers {
			e, ok := Get(id)
			if !ok {
				t.Errorf("%s lowers %q, which does not exist", m.ID, id)
			}
			if e.Side == Target {
				t.Errorf("%s lowers %s: a call for help is never lowered", m.ID, id)
			}
		}
		if !slices.IsSortedFunc(m.Lowers, func(a, b ID) int { return Index(a) - Index(b) }) {
			t.Errorf("%s: %q is not in catalogue order", m.ID, m.Lowers)
		}
	}
	if family := mods[0].Lowers; slices.Contains(family, "L-09") || slices.Contains(family, "L-10") {
		t.Error("a family tie lowers signs of facilitation")
	}
	if quoted := mods[5].Lowers; !slices.Contains(quoted, "G-13") || slices.Contains(quoted, "S-02") {
		t.Errorf("quotation lowers %q: want what reads text and nothing else", quoted)
	}
}

var mention = regexp.MustCompile(`\b(?:[GWSLC]|CTX)-\d\d\b`)

// TestMentions follows every ID that a text names, and holds that both
// languages name the same ones.
func TestMentions(t *testing.T) {
	t.Parallel()
	for where, l := range texts() {
		en, id := mention.FindAllString(l.EN, -1), mention.FindAllString(l.ID, -1)
		if !slices.Equal(en, id) {
			t.Errorf("%s: %q in English, %q in Indonesian", where, en, id)
		}
		for _, m := range en {
			if Index(ID(m)) < 0 {
				t.Errorf("%s: names %s, which does not exist", where, m)
			}
		}
	}
}

func TestCombinations(t *testing.T) {
	t.Parallel()
	all := Combinations()
	if len(all) != 9 {
		t.Fatalf("%d combinations, want 9", len(all))
	}
	for i, c := range all {
		if c.No != i+1 {
			t.Errorf("combination %d has number %d", i, c.No)
		}
		if parts := mention.FindAllString(c.Note.EN, -1); len(parts) < 2 && c.No != 9 {
			t.Errorf("combination %d names %q", c.No, parts)
		}
	}
}

func TestSources(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range Sources() {
		if seen[r.Key] || r.Key == "" || r.Text == "" {
			t.Errorf("source %q is empty or comes twice", r.Key)
		}
		seen[r.Key] = true
		if text, ok := Source(r.Key); !ok || text != r.Text {
			t.Errorf("Source(%q) = %q, %v", r.Key, text, ok)
		}
	}
	if _, ok := Source("NOSUCH"); ok {
		t.Error("an unknown key has a source")
	}
}
