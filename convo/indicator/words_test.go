package indicator

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// texts is every text that must be filled, and every optional one that is.
func texts() map[string]L {
	all := map[string]L{}
	for _, e := range All() {
		all[string(e.ID)+" name"] = e.Name
		all[string(e.ID)+" meaning"] = e.Meaning
		all[string(e.ID)+" explain"] = e.Explain
		if e.UpWhen != (L{}) {
			all[string(e.ID)+" up when"] = e.UpWhen
		}
		if e.Fairness != (L{}) {
			all[string(e.ID)+" fairness"] = e.Fairness
		}
	}
	for _, m := range Modifiers() {
		all[string(m.ID)+" name"] = m.Name
		all[string(m.ID)+" effect"] = m.Effect
		all[string(m.ID)+" explain"] = m.Explain
	}
	for _, c := range Combinations() {
		all[fmt.Sprintf("combination %d name", c.No)] = c.Name
		all[fmt.Sprintf("combination %d note", c.No)] = c.Note
	}
	for _, f := range Families() {
		all["family "+string(f)] = f.Name()
	}
	for _, s := range Stages() {
		all["stage "+string(s)] = s.Name()
	}
	return all
}

// banned are words that call a person something nobody has decided, blame a
// child, or address the reader.
var banned = regexp.MustCompile(`(?i)\b(offenders?|perpetrators?|predators?|p(a)?edophil\w*|suspects?|guilty|criminals?|groomers?|abusers?|victims?|you|your|` +
	`pelaku(nya)?|tersangka|pedofil\w*|penjahat|terduga|pemangsa|korban|bersalah|kamu|anda|kau)\b`)

// English and Indonesian each have common words that the other has not, so a
// text in the wrong place is found.
var (
	onlyEN = regexp.MustCompile(`(?i)\b(the|and|of|with|that|from)\b`)
	onlyID = regexp.MustCompile(`(?i)\b(yang|dan|dari|atau|untuk|dengan|pihak)\b`)
)

func TestWords(t *testing.T) {
	t.Parallel()
	for where, l := range texts() {
		if l.EN == l.ID {
			t.Errorf("%s: both languages say %q", where, l.EN)
		}
		for _, s := range []string{l.EN, l.ID} {
			if s == "" || s != strings.TrimSpace(s) || strings.Contains(s, "  ") || !utf8.ValidString(s) {
				t.Errorf("%s: %q is empty or badly spaced", where, s)
			}
			if w := banned.FindString(s); w != "" {
				t.Errorf("%s: %q has no place in %q", where, w, s)
			}
		}
		if w := onlyID.FindString(l.EN); w != "" {
			t.Errorf("%s: English text has %q: %q", where, w, l.EN)
		}
		if w := onlyEN.FindString(l.ID); w != "" {
			t.Errorf("%s: Indonesian text has %q: %q", where, w, l.ID)
		}
		isName := !strings.HasSuffix(where, "meaning") && !strings.HasSuffix(where, "explain") &&
			!strings.HasSuffix(where, "when") && !strings.HasSuffix(where, "fairness") &&
			!strings.HasSuffix(where, "effect") && !strings.HasSuffix(where, "note")
		for _, s := range []string{l.EN, l.ID} {
			if strings.HasSuffix(s, ".") == isName {
				t.Errorf("%s: a name has no full stop and a sentence has one: %q", where, s)
			}
		}
		if strings.HasSuffix(where, "explain") {
			for _, s := range []string{l.EN, l.ID} {
				if n := utf8.RuneCountInString(s); strings.Count(s, ".") != 1 || n > 130 {
					t.Errorf("%s: want one sentence of at most 130 characters, not %d: %q", where, n, s)
				}
			}
		}
	}
}

// TestBanned holds that the test above can fail.
func TestBanned(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"an offender", "para pelaku", "Predator", "your child", "korban salah"} {
		if !banned.MatchString(s) {
			t.Errorf("%q is not noticed", s)
		}
	}
}

func TestIn(t *testing.T) {
	t.Parallel()
	l := L{EN: "one", ID: "satu"}
	for lang, want := range map[string]string{"id": "satu", "en": "one", "": "one", "fr": "one"} {
		if got := l.In(lang); got != want {
			t.Errorf("In(%q) = %q, want %q", lang, got, want)
		}
	}
}

var slug = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func TestLookalikeSlugs(t *testing.T) {
	t.Parallel()
	for _, e := range All() {
		for _, s := range e.Lookalikes {
			if !slug.MatchString(s) {
				t.Errorf("%s: look-alike %q is not in kebab case", e.ID, s)
			}
			if (s == "none-known") != (e.ID == "S-15") {
				t.Errorf("%s: look-alike %q", e.ID, s)
			}
		}
	}
}
