package guide_test

import (
	"cmp"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/jaga-project/jaga/internal/web/guide"
)

// TestHelpSaysHowSureItIs follows a row from "nobody tried it" to "tried too
// long ago".
func TestHelpSaysHowSureItIs(t *testing.T) {
	t.Parallel()
	tried := replaced(t, "help.toml", `read = "2026-11-23"`, "read = \"2026-11-23\"\nchecked = \"2026-12-01\"")
	for _, c := range []struct {
		day        string
		want, lack string
	}{
		{"2026-12-02", "Tried by a person on 1 December 2026.", "The last check is too old"},
		{"2027-05-29", "Tried by a person on 1 December 2026.", "The last check is too old"},
		{"2027-05-31", "The last check is too old: 1 December 2026.", "Tried by a person"},
	} {
		now, err := time.Parse(time.DateOnly, c.day)
		if err != nil {
			t.Fatal(err)
		}
		g, err := guide.New(guide.Options{Overlay: tried, Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		body := get(t, g, "/guide/en/help")
		if !strings.Contains(body, c.want) || strings.Contains(body, c.lack) {
			t.Errorf("on %s the page does not say %q alone", c.day, c.want)
		}
		if !strings.Contains(body, "Not tried yet.") {
			t.Error("the other rows do not say that nobody tried them")
		}
	}
}

func TestHelpInIndonesiaBeginsWithWhatsApp(t *testing.T) {
	t.Parallel()
	g := open(t, nil)
	for _, path := range []string{"/guide/en/help", "/guide/id/help", "/guide/en/help/id"} {
		_, rows, _ := strings.Cut(get(t, g, path), `class="way"`)
		first, _, _ := strings.Cut(rows, "</div>")
		if !strings.Contains(first, `href="https://wa.me/628111129129"`) {
			t.Errorf("%s begins with %s", path, first)
		}
	}
	body := get(t, g, "/guide/id/help")
	for _, want := range []string{`href="tel:129"`, `href="tel:110"`, "healing119.id", "Jangan pernah menangkap layar", "takeitdown.ncmec.org", "siang dan malam", "Januari 2026"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not hold %s", want)
		}
	}
	if !strings.Contains(get(t, g, "/guide/en/help/ca"), `href="sms:686868"`) {
		t.Error("no link to write a text message")
	}
}

// TestLawCards: facts of more than a year are marked where they are read.
func TestLawCards(t *testing.T) {
	t.Parallel()
	at := func(day string) *guide.Guide {
		now, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		g, err := guide.New(guide.Options{Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	const old = "more than a year old"
	for _, card := range []string{"id", "gb", "us", "eu", "ph", "au"} {
		fresh, stale := get(t, at("2026-12-01"), "/guide/en/law/"+card), get(t, at("2027-12-01"), "/guide/en/law/"+card)
		if strings.Contains(fresh, old) || !strings.Contains(stale, old) {
			t.Errorf("%s: the age of the facts is not said", card)
		}
		for _, want := range []string{"Facts as of 1 November 2026", "No lawyer has reviewed this card yet.", "gaps remain", "not legal advice"} {
			if !strings.Contains(fresh, want) {
				t.Errorf("%s does not say %q", card, want)
			}
		}
	}
	body := get(t, at("2026-12-01"), "/guide/id/law/id")
	for _, law := range []string{"UU ITE", "UU 44/2008", "UU 12/2022", "PP 17/2025"} {
		if !strings.Contains(body, law) {
			t.Errorf("the Indonesian card does not name %s", law)
		}
	}
	reviewed, err := guide.New(guide.Options{Overlay: replaced(t, "law.toml", `reviewer = ""`, `reviewer = "A. Lawyer"`)})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(get(t, reviewed, "/guide/en/law/id"), "Reviewed by A. Lawyer.") {
		t.Error("the reviewer is not named")
	}
}

// TestNoRowWithoutSource reads the file itself: a number without a source and
// a date of reading may not be in it.
func TestNoRowWithoutSource(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("content/help.toml")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	rows, gaps := strings.Count(text, "[[row]]"), strings.Count(text, "[[gap]]")
	if rows < 45 || strings.Count(text, "\nsource = \"http") != rows+gaps || strings.Count(text, "\nread = \"20") != rows+gaps {
		t.Errorf("%d rows, %d gaps, %d sources, %d dates", rows, gaps, strings.Count(text, "\nsource = \"http"), strings.Count(text, "\nread = \"20"))
	}
	if strings.Count(text, "[[superseded]]") != 4 {
		t.Error("the four superseded values are not there")
	}
}

// Other places name help lines, too: the report of a chat in a terminal, and
// the console. What they name is in the directory, so that a number that
// changes cannot stay behind there.
func TestOtherPlacesNameTheDirectorysLines(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("content/help.toml")
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, m := range regexp.MustCompile(`(?m)^value = "([^"]+)"`).FindAllStringSubmatch(string(data), -1) {
		values = append(values, plainRoute(m[1]))
	}
	named := regexp.MustCompile(`\b(?:call|telepon) (\d{3,})|WhatsApp ([\d-]{8,})|((?:[a-z]+\.)+org(?:/helplines)?)`)
	for _, place := range []string{"../../chatlook/advice.go", "../console/lang/en.toml", "../console/lang/id.toml", "../console/finding.go"} {
		text, err := os.ReadFile(place)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			if strings.Contains(line, "github.com") || strings.Contains(line, "golang.org") {
				continue
			}
			for _, m := range named.FindAllStringSubmatch(line, -1) {
				if route := plainRoute(cmp.Or(m[1], m[2], m[3])); !slices.Contains(values, route) {
					t.Errorf("%s names %s, which is not in the help directory: %s", place, route, strings.TrimSpace(line))
				}
			}
		}
	}
}

// plainRoute writes a number or address in one way: digits with the country
// code, or the address alone.
func plainRoute(s string) string {
	s = strings.TrimSuffix(strings.TrimPrefix(s, "https://"), "/")
	if strings.ContainsFunc(s, unicode.IsLetter) {
		return s
	}
	s = strings.NewReplacer("-", "", " ", "", "+", "").Replace(s)
	if rest, ok := strings.CutPrefix(s, "08"); ok {
		return "628" + rest // Indonesian mobile numbers
	}
	return s
}
