package guide_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/web/guide"
)

// TestCheckFindsInTaps breaks every rule on the check by taps once.
func TestCheckFindsInTaps(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct{ file, old, by, want string }{
		{"en/taps.toml", "They want money.", "They were careless.", `"careless" may not be said`},
		{"id/taps.toml", "Dia mau uang.", "Ini aib.", `"aib" may not be said`},
		{"en/taps.toml", "They want money.", "It is illegal.", `"illegal" may not be said`},
		{"en/taps.toml", "Do not pay.", "It stays forever.", `"forever" may not be said`},
		{"en/taps.toml", "They want money.", "Call 0821 2575 1234.", "leads nowhere any more"},
		{"en/taps.toml", "They want money.", "Call 555123.", "the number 555123 is not in the help directory"},
		{"id/taps.toml", `"why/want/money" = "Dia mau uang."`, "", `no text "why/want/money"`},
		{"en/taps.toml", `"why/want/money" = "They want money."`, "", `no text "why/want/money"`},
		{"en/taps.toml", `"a/what/threat" = "Someone makes threats"`, "", `the question "what" has no words`},
		{"en/taps.toml", `"looks/threat" = "It looks like someone uses threats to get something"`, "", `nothing in slot "looks"`},
		{"en/taps.toml", `"power/unsure" = `, `"power/nobody" = `, `nothing in slot "power"`},
		{"en/taps.toml", "It is hard to say no to them.", "Intergenerational dependencies occasionally necessitate professional intervention, notwithstanding reservations.", "power/family reads like grade"},
		{"en/taps.toml", "Someone is nice, but it feels wrong", "Somebody establishes inappropriate familiarity, accompanied by considerable uncertainty regarding underlying motivations, intentions and subsequent expectations of reciprocity", "ask/what/me reads like grade"},
		{"en/taps.toml", "* A teacher, or the nurse at school.\n* A grown-up at home, if you feel safe with them.", "* Your mum.\n* A teacher.", "number 1 to tell may be at home (mum)"},
		{"id/taps.toml", "* Tetangga yang kamu percaya.", "* Nenekmu, nenek.", "number 2 to tell may be at home (nenek)"},
		{"en/taps.toml", "3. Say: “Someone has a picture of me.”", "", "do/held/child: 2 steps, want 3"},
		{"taps.toml", "unless = { what = [\"saw\"] }", "unless = { what = [\"saw\"] }\n\n[[question]]\nid = \"more\"\nanswers = [\"yes\", \"unsure\"]", `the question "more" has no words`},
		{"taps.toml", `pick = "tell/{tell}/{reader}"`, `pick = "tell/{also}/{reader}"`, `nothing in slot "tell"`},
		{"taps.toml", `set = { tell = "open" }`, `set = { tell = "shut" }`, `nothing in slot "tell"`},
	} {
		faults := open(t, replaced(t, c.file, c.old, c.by)).Check(now)
		if !slices.ContainsFunc(faults, func(err error) bool { return strings.Contains(err.Error(), c.want) }) {
			t.Errorf("%s with %q: %v, want %q", c.file, c.by, faults, c.want)
		}
	}
	// One question more than a reader may be asked.
	over := replaced(t, "taps.toml", "[[question]]\nid = \"trust\"", "[[question]]\nid = \"again\"\nanswers = [\"yes\", \"no\", \"unsure\"]\n\n[[question]]\nid = \"trust\"")
	for _, lang := range []string{"en", "id"} {
		maps.Copy(over, replaced(t, lang+"/taps.toml", `"q/trust"`, "\"q/again\" = \"And now?\"\n\"a/again/yes\" = \"a\"\n\"a/again/no\" = \"b\"\n\"a/again/unsure\" = \"c\"\n\"q/trust\""))
	}
	if faults := open(t, over).Check(now); !slices.ContainsFunc(faults, func(err error) bool { return strings.Contains(err.Error(), "more than 9 taps") }) {
		t.Errorf("ten questions: %v", faults)
	}
}

// TestNewRefusesTaps hands in files that no check can be made of.
func TestNewRefusesTaps(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, old, by, want string }{
		{"taps.toml", "[[question]]\nid = \"safe\"", "[[question]]\nid = \"safe\"\ncolour = \"red\"", "taps.toml"},
		{"taps.toml", `want = ["camera"] }`, `want = ["picture"] }`, `want is never "picture"`},
		{"taps.toml", `slot = "home"`, `slot = "attic"`, `no slot "attic"`},
		{"en/taps.toml", "[110](row:id-polri)", "[110](row:nobody)", "no such row"},
		{"en/taps.toml", "A secret that hurts", "<b>A</b> secret that hurts", "HTML is not taken over"},
		{"id/taps.toml", `"safe/child" = "Ibu atau ayahku aman"`, "", `no text "safe/child"`},
	} {
		_, err := guide.New(guide.Options{Overlay: replaced(t, c.file, c.old, c.by)})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.file) {
			t.Errorf("%s with %q: %v, want %q", c.file, c.by, err, c.want)
		}
	}
}
