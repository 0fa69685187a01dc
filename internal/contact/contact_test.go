package contact_test

import (
	"testing"

	"github.com/jaga-project/jaga/internal/contact"
)

func TestSame(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"129", "129", true}, {"129", "1 2 9", true}, {"129", "119", false}, {"129", "1290", false}, {"", "", false},
		{"08111772273", "+62 811-177-2273", true}, {"08111772273", "0062 8111772273", true}, {"08111772273", "+62 (0) 811 1772273", true},
		{"08111772273", "８１１１７７２２７３", true}, {"08111772273", "08111772274", false},
		{"1-800-668-6868", "800 668 6868", true}, {"0800 1111", "+44 800 1111", true},
		{"116111", "+49 116111", false}, // a short code is its country's
		{"https://www.esafety.gov.au", "http://esafety.gov.au/", true}, {"https://stopncii.org", "https://stopncii.org/faq", false},
		{"aduankonten@mail.kominfo.go.id", "ADUANKONTEN@mail.kominfo.go.id ", true},
	} {
		if contact.Same(c.a, c.b) != c.want || contact.Same(c.b, c.a) != c.want {
			t.Errorf("Same(%q, %q) is not %v", c.a, c.b, c.want)
		}
	}
}

func TestWithin(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		value, text string
		want        bool
	}{
		{"08111772273", "https://example.org/0811-177-2273", true}, {"08111772273", "Call +62 811 177 2273 now", true},
		{"129", "SAPA 129", false}, {"a@b.example.id", "mailto:A@b.example.id", true}, {"08111772273", "0811 177 227", false},
	} {
		if contact.Within(c.value, c.text) != c.want {
			t.Errorf("Within(%q, %q) is not %v", c.value, c.text, c.want)
		}
	}
}

func TestShortAndEverywhere(t *testing.T) {
	t.Parallel()
	for v, want := range map[string][2]bool{
		"129": {true, false}, "116 111": {true, false}, "0800 1111": {false, false}, "+628111129129": {false, true},
		"082125751234": {false, true}, "https://inhope.org": {false, true}, "Unit PPA": {false, true}, "+129": {false, true},
	} {
		if got := [2]bool{contact.Short(v), contact.Everywhere(v)}; got != want {
			t.Errorf("%q: short and everywhere are %v, want %v", v, got, want)
		}
	}
}
