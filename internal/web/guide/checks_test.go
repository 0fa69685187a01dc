package guide_test

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/web/guide"
)

// found is what people found out, as a test has it.
type found struct{ atomic.Pointer[guide.Checks] }

func (f *found) HelpChecks() *guide.Checks { return f.Load() }

func openFound(t *testing.T, day string) (*guide.Guide, *found) {
	t.Helper()
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		t.Fatal(err)
	}
	f := &found{}
	f.Store(&guide.Checks{})
	g, err := guide.New(guide.Options{Checks: f, Now: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	return g, f
}

// way returns how a page shows a row, or "".
func wayOf(body, id string) string {
	_, rest, _ := strings.Cut(body, `<div class="way" id="`+id+`"`)
	out, _, _ := strings.Cut(rest, "</div>")
	return out
}

// TestReadersSeeChecksAtOnce: an answer, its age, silence and a change.
func TestReadersSeeChecksAtOnce(t *testing.T) {
	t.Parallel()
	g, f := openFound(t, "2026-12-24")
	says := func(want, lack string) {
		t.Helper()
		if got := wayOf(get(t, g, "/guide/en/help"), "id-sapa-129"); !strings.Contains(got, want) || lack != "" && strings.Contains(got, lack) {
			t.Errorf("the row says %s, want %q", got, want)
		}
	}
	says("Not tried yet.", "got no answer")
	f.Store(&guide.Checks{"id-sapa-129": {Checked: "2026-12-01"}})
	says("Tried by a person on 1 December 2026.", "Not tried yet.")
	f.Store(&guide.Checks{"id-sapa-129": {Checked: "2026-06-01"}})
	says("The last check is too old: 1 June 2026.", "Tried by a person")
	f.Store(&guide.Checks{"id-sapa-129": {Failed: 1, FailedOn: "2026-12-20"}})
	says("got no answer on 20 December 2026. Try another one too.", "")
	f.Store(&guide.Checks{"id-sapa-129": {Value: "14444", Source: "https://example.org/new", Dated: "2026-12"}})
	says(`href="tel:14444"`, "129")
	says("example.org</a>, December 2026", "antaranews")
	f.Store(&guide.Checks{})
	says(`href="tel:129"`, "14444")
}

// TestWhatDoesNotAnswerIsNotFirst: it is still there, behind the others, and
// the bar of every page leads elsewhere.
func TestWhatDoesNotAnswerIsNotFirst(t *testing.T) {
	t.Parallel()
	g, f := openFound(t, "2026-12-24")
	f.Store(&guide.Checks{"id-sapa-129-whatsapp": {Failed: 1, FailedOn: "2026-12-20"}})
	if got := shown(get(t, g, "/guide/id/help")); !strings.HasPrefix(got, "| id-sapa-129-whatsapp id-sapa-129 ") {
		t.Errorf("one call alone changes the order: %s", got)
	}
	f.Store(&guide.Checks{"id-sapa-129-whatsapp": {Failed: 2, FailedOn: "2026-12-20"}})
	if got := shown(get(t, g, "/guide/id/help")); !strings.HasPrefix(got, "| id-sapa-129 id-sapa-129-whatsapp ") {
		t.Errorf("what does not answer is first: %s", got)
	}
	bar := func(path string) string {
		_, bar, _ := strings.Cut(get(t, g, path), `<nav class="bar"`)
		return bar
	}
	if b := bar("/guide/id/t/d"); strings.Contains(b[:strings.Index(b, "</nav>")], "wa.me") || !strings.Contains(b, "/guide/id/help") {
		t.Error("the bar still leads to what does not answer")
	}
	f.Store(&guide.Checks{"id-sapa-129-whatsapp": {Failed: 2, FailedOn: "2026-12-20"}, "id-sapa-129": {Failed: 3, FailedOn: "2026-12-20"}})
	body := get(t, g, "/guide/id/help")
	if got := shown(body); strings.HasPrefix(got, "| id-sapa") || !strings.Contains(got, " id-sapa-129") {
		t.Errorf("a service that does not answer at all: %s", got)
	}
	if strings.Contains(wayOf(body, "id-sapa-129"), "btn main") {
		t.Error("it is still the main button")
	}
	// The only line of a country goes silent: what is everywhere stands beside
	// it, whatever is chosen.
	f.Store(&guide.Checks{"bd-child-helpline-1098": {Failed: 2, FailedOn: "2026-12-20"}})
	for _, q := range choices() {
		got := shown(get(t, g, "/guide/en/help/bd?"+q))
		if strings.Contains(got, "bd-") && strings.Count(got, " zz-") < 2 {
			t.Errorf("%s shows a silent line alone: %s", q, got)
		}
	}
}

// TestReplacedValuesAreOnNoPage: what a person replaced, and what the file
// forbids, is on no page, whoever hands it in.
func TestReplacedValuesAreOnNoPage(t *testing.T) {
	t.Parallel()
	g, f := openFound(t, "2026-12-24")
	f.Store(&guide.Checks{
		"id-sapa-129-whatsapp":           {Value: "+628120000129", Source: "https://example.org/new", Dated: "2026-12"},
		"id-sapa-129":                    {Value: "0821 2575 1234", Source: "https://example.org/x", Dated: "2026"}, // from the database
		"us-988-suicide-crisis-lifeline": {Retired: true},
		"id-healing119-id":               {Value: "javascript:alert(1)", Source: "https://example.org/x"},
		"id-aduan-konten-komdigi":        {Value: "aduankonten@mail.kominfo.go.id", Source: "https://example.org/x"},
		"fr-3018-e-enfance":              {Value: "3019", Source: "https://example.org/0811-177-2273"},
		"de-nummer-gegen-kummer":         {Value: "082136772273", Source: "https://example.org/x"},
		"zz-inhope":                      {Value: "https://www.example.org/08111772273", Source: "https://example.org/x"},
	})
	squeezed := regexp.MustCompile(`[ .()-]`)
	for _, path := range g.Paths() {
		body := get(t, g, path)
		plain := squeezed.ReplaceAllString(body, "")
		for _, old := range []string{"8111129129", "82125751234", "82136772273", "8111772273", "aduankonten@mail", "javascript:", `href="tel:129"`, `href="tel:988"`, `href="tel:"`, `href=""`, `href="row:`, ">988<"} {
			if strings.Contains(plain, old) {
				t.Errorf("%s holds %s", path, old)
			}
		}
	}
	if body := get(t, g, "/guide/en/crisis"); !strings.Contains(body, `href="https://wa.me/628120000129"`) {
		t.Error("links of texts do not follow a correction")
	}
	if body := get(t, g, "/guide/en/help"); strings.Contains(body, `id="id-sapa-129"`) || !strings.Contains(body, `id="id-sapa-129-whatsapp"`) {
		t.Error("a row whose value may not be shown is shown, or too much is gone")
	}
	// The country whose only line is gone still has ways.
	if got := shown(get(t, g, "/guide/en/help/de")); strings.Contains(got, " de-") || strings.Count(got, " ") < 5 {
		t.Errorf("Germany shows %s", got)
	}
}

// TestDayAndNightOnlyWhereTheSourceSaysSo: hours that nobody knows are never
// shown as open.
func TestDayAndNightOnlyWhereTheSourceSaysSo(t *testing.T) {
	t.Parallel()
	over := replaced(t, "help.toml", "value = \"129\"\nfor = \"anyone\"\nhours = \"24/7\"", "value = \"129\"\nfor = \"anyone\"")
	g, err := guide.New(guide.Options{Overlay: over})
	if err != nil {
		t.Fatal(err)
	}
	always, rest := 0, 0
	for _, path := range g.Paths() {
		if !strings.HasPrefix(path, "/guide/en/help") {
			continue
		}
		body := get(t, g, path)
		for _, m := range regexp.MustCompile(`<div class="way" id="([^"]*)"[^>]*>`).FindAllStringSubmatch(body, -1) {
			said := strings.Contains(wayOf(body, m[1]), "day and night")
			if want := strings.Contains(string(over["help.toml"].Data), fmt.Sprintf("id = %q\n", m[1])) && hours247(string(over["help.toml"].Data), m[1]); said != want {
				t.Errorf("%s: %s says day and night: %v", path, m[1], said)
			}
			if said {
				always++
			} else {
				rest++
			}
		}
	}
	if always == 0 || rest == 0 || !strings.Contains(wayOf(get(t, g, "/guide/en/help"), "id-sapa-129"), "hours not known") {
		t.Error("nothing was looked at")
	}
}

func hours247(file, id string) bool {
	_, rest, _ := strings.Cut(file, fmt.Sprintf("id = %q\n", id))
	row, _, _ := strings.Cut(rest, "[[row]]")
	return strings.Contains(row, `hours = "24/7"`)
}

// TestCountriesWithoutRows: nobody who lives elsewhere finds an empty page.
func TestCountriesWithoutRows(t *testing.T) {
	t.Parallel()
	g := open(t, nil)
	for path, says := range map[string]string{"/guide/en/help/la": "found none", "/guide/en/help/mm": "22 April 2026", "/guide/en/help/tl": "Timor-Leste", "/guide/en/help/zz": "My country is not here", "/guide/id/help/zz": "Negaraku tidak ada di sini"} {
		body := get(t, g, path)
		for _, want := range []string{says, "UNICEF", "takeitdown.ncmec.org", "report.cybertip.org", "inhope.org", "childhelplineinternational.org/helplines", "/now\""} {
			if !strings.Contains(body, want) {
				t.Errorf("%s does not hold %s", path, want)
			}
		}
	}
	if strings.Contains(get(t, g, "/guide/en/help/zz"), "found none") {
		t.Error("it is said that somebody looked where nobody did")
	}
	for _, country := range []string{"la", "zz", "ca"} {
		if !strings.Contains(get(t, g, "/guide/en/help"), `href="/guide/en/help/`+country+`"`) {
			t.Errorf("the list of countries does not lead to %s", country)
		}
	}
}

// TestShortCodesAreMarked where they stand.
func TestShortCodesAreMarked(t *testing.T) {
	t.Parallel()
	g := open(t, nil)
	for path, rows := range map[string]map[string]bool{
		"/guide/en/help":    {"id-sapa-129": true, "id-polri": true, "id-sapa-129-whatsapp": false, "zz-inhope": false},
		"/guide/en/help/ca": {"ca-kids-help-phone": false, "ca-kids-help-phone-sms": true},
		"/guide/en/help/gb": {"gb-childline-uk": false},
	} {
		body := get(t, g, path)
		for id, want := range rows {
			if w := wayOf(body, id); w == "" || strings.Contains(w, "only inside") != want {
				t.Errorf("%s: %s is marked: %v", path, id, !want)
			}
		}
	}
}

// TestOverlayKeepsWhatIsForbidden: a file of an operator's that lists nothing
// as superseded cannot bring a value back, however it is written.
func TestOverlayKeepsWhatIsForbidden(t *testing.T) {
	t.Parallel()
	for _, by := range []string{"+62 821-2575-1234", "(0821) 2575 1234", "0062 821 2575 1234"} {
		over := replaced(t, "help.toml", `value = "129"`, fmt.Sprintf("value = %q", by))
		text := string(over["help.toml"].Data)
		over["help.toml"].Data = []byte(text[:strings.Index(text, "[[superseded]]")])
		if _, err := guide.New(guide.Options{Overlay: over}); err == nil || !strings.Contains(err.Error(), "replaced") {
			t.Errorf("%s: %v", by, err)
		}
	}
}

// TestChecksWhileReading changes what is known of rows while pages are read: a
// page shows a number that holds, and no other.
func TestChecksWhileReading(t *testing.T) {
	t.Parallel()
	g, f := openFound(t, "2026-12-24")
	numbers := []string{"628120000001", "628120000002"}
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
				f.Store(&guide.Checks{"id-sapa-129-whatsapp": {Value: "+" + numbers[i%2], Source: "https://example.org/new", Dated: "2026-12"}})
			}
		}
	})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for range 25 {
				body := get(t, g, "/guide/en/crisis")
				if !strings.Contains(body, "wa.me/"+numbers[0]) && !strings.Contains(body, "wa.me/"+numbers[1]) && !strings.Contains(body, "wa.me/628111129129") {
					t.Error("a page shows no number to write to")
				}
			}
		})
	}
	readers.Wait()
	close(done)
	wg.Wait()
}
