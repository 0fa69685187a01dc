package guide_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/jaga-project/jaga/internal/browsertest"
	"github.com/jaga-project/jaga/internal/web/guide"
)

// odd adds rows with hours that are hard to reckon: over midnight, over the end
// of the week, in a zone of half hours, with a weekend of its own.
func odd(t *testing.T) fstest.MapFS {
	t.Helper()
	data, err := os.ReadFile("content/help.toml")
	if err != nil {
		t.Fatal(err)
	}
	add := func(id, country, channel, value, whom, hours, zone string) {
		data = fmt.Appendf(data, "\n[[row]]\nid = %q\ncountry = %q\nname = %q\nkind = \"listen\"\nchannel = %q\nvalue = %q\nfor = %q\nhours = %q\nzone = %q\nsource = \"https://example.org\"\nread = \"2026-11-23\"\nsure = \"high\"\n", id, country, id, channel, value, whom, hours, zone)
	}
	add("id-night", "id", "sms", "4321", "child", "daily 20:00–04:00", "Asia/Jakarta")
	add("id-south", "id", "phone", "4322", "adult", "sun-thu 08:15–16:45", "Asia/Jayapura")
	add("ca-night", "ca", "phone", "4323", "over18", "mon-sat 22:30–06:15", "America/St_Johns")
	return fstest.MapFS{"help.toml": {Data: data}}
}

// hand is a clock that a test sets.
type hand struct{ at atomic.Int64 }

func (h *hand) now() time.Time { return time.UnixMilli(h.at.Load()).UTC() }

func openAt(t *testing.T, over fs.FS, h *hand) *guide.Guide {
	t.Helper()
	g, err := guide.New(guide.Options{Overlay: over, Now: h.now})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

var piece = regexp.MustCompile(`<div class="ways">|<div class="later"|<section class="card"[^>]*>|<div class="way" id="([^"]*)"([^>]*)>`)

// shown lists the ways that a help page shows, a | before every country and a
// ? before those whose hours are not known.
func shown(body string) string {
	var b strings.Builder
	for _, m := range piece.FindAllStringSubmatch(body, -1) {
		switch {
		case strings.HasPrefix(m[0], `<div class="ways"`):
			b.WriteString("|")
		case strings.HasPrefix(m[0], `<div class="later"`):
			b.WriteString("?")
		case m[1] != "" && !strings.HasSuffix(m[2], " hidden"):
			b.WriteString(" " + m[1])
		}
	}
	return b.String()
}

// choices are all that a reader can choose, as addresses say it.
func choices() []string {
	var out []string
	for _, a := range []string{"", "y", "g"} {
		for _, c := range []string{"", "w", "p", "s", "o", "v"} {
			for _, n := range []string{"", "1"} {
				out = append(out, fmt.Sprintf("a=%s&c=%s&n=%s", a, c, n))
			}
		}
	}
	return out
}

// TestNobodyIsLeftAlone looks at every country with every choice: there are
// always two services, what is not known is never taken for closed, and an
// empty choice is said kindly.
func TestNobodyIsLeftAlone(t *testing.T) {
	t.Parallel()
	var clock hand
	g := openAt(t, odd(t), &clock)
	n := 0
	for _, day := range []string{"2026-11-25T03:00:00Z", "2026-11-28T23:30:00Z"} {
		at, err := time.Parse(time.RFC3339, day)
		if err != nil {
			t.Fatal(err)
		}
		clock.at.Store(at.UnixMilli())
		for _, path := range g.Paths() {
			if !strings.HasPrefix(path, "/guide/en/help") || day[9] == '8' && !strings.HasSuffix(path, "/help") && !strings.HasSuffix(path, "/de") {
				continue // most look the same at all hours
			}
			whole := get(t, g, path)
			everywhere := shown(whole)[strings.LastIndex(shown(whole), "|"):]
			for _, q := range choices() {
				body := get(t, g, path+"?"+q)
				got := shown(body)
				names := map[string]bool{}
				for part := range strings.SplitSeq(body, `<section class="card"`) {
					head, rest, _ := strings.Cut(part, "</h3>")
					if strings.Contains(rest, `class="way"`) && !strings.Contains(strings.SplitN(head, ">", 2)[0], "hidden") {
						names[head[strings.LastIndex(head, ">")+1:]] = true
					}
				}
				if len(names) < 2 {
					t.Errorf("%s?%s shows %v alone", path, q, names)
				}
				if none := strings.Contains(body, `<p class="note none">`); none {
					n++
					if !strings.Contains(body, "It is not because of you.") || strings.ReplaceAll(got[strings.LastIndex(got, "|"):], "?", "") != strings.ReplaceAll(everywhere, "?", "") {
						t.Errorf("%s?%s leaves nothing of the country and shows %s", path, q, got)
					}
				}
				if strings.Contains(q, "n=1") {
					without := shown(get(t, g, path+"?"+strings.TrimSuffix(q, "1")))
					for _, m := range regexp.MustCompile(`<div class="way" id="([^"]*)"([^>]*)>`).FindAllStringSubmatch(body, -1) {
						if !strings.Contains(m[2], "data-h") && strings.HasSuffix(m[2], " hidden") && strings.Contains(without+" ", " "+m[1]+" ") && !strings.Contains(body, `<p class="note none">`) {
							// It may only be hidden where more was shown than was chosen.
							if !strings.Contains(without, everywhere) {
								t.Errorf("%s?%s hides %s, of which the hours are not known", path, q, m[1])
							}
						}
					}
				}
			}
		}
	}
	if n == 0 {
		t.Error("no choice leaves a country empty, so nothing was looked at")
	}
}

// TestChoices says what some choices show.
func TestChoices(t *testing.T) {
	t.Parallel()
	var clock hand
	g := openAt(t, odd(t), &clock)
	at := func(s string) {
		when, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		clock.at.Store(when.UnixMilli())
	}
	at("2026-11-25T03:00:00Z") // Wednesday: 10 in Jakarta, 12 in Jayapura
	for _, c := range []struct{ path, holds, lacks string }{
		{"/guide/en/help?c=w", "| id-sapa-129-whatsapp?", "id-polri"},
		{"/guide/en/help?a=y", "zz-take-it-down", "id-south"},
		{"/guide/en/help?a=g", "id-south", "id-night"},
		{"/guide/en/help?n=1", "id-south", "id-night"},
		{"/guide/en/help?c=x&a=q&n=2", "id-night", "nothing"}, // no choice
		{"/guide/en/help/de?n=1", "|?| zz-take-it-down", "de-nummer"},
	} {
		if got := shown(get(t, g, c.path)); !strings.Contains(got, c.holds) || strings.Contains(got, c.lacks) {
			t.Errorf("%s shows %s, want %q and not %q", c.path, got, c.holds, c.lacks)
		}
	}
	// What is known to be open comes first, the rest under its own heading.
	got := shown(get(t, g, "/guide/en/help?n=1"))
	first, later, _ := strings.Cut(got, "?")
	if !strings.Contains(first, "id-sapa-129 ") || !strings.Contains(later, "id-polri") || strings.Contains(first, "id-polri") {
		t.Error(got)
	}
	if !strings.Contains(get(t, g, "/guide/en/help?n=1"), "<h3 class=\"ask\">Hours not known. You can try.") {
		t.Error("it is not said that the hours are not known")
	}
	at("2026-11-24T20:30:00Z") // 03:30 on the next day in Jakarta: still that night
	if got := shown(get(t, g, "/guide/en/help?n=1&c=s")); !strings.Contains(got, "id-night") {
		t.Errorf("hours over midnight: %s", got)
	}
	if body := get(t, g, "/guide/en/help?c=p&a=y"); !strings.Contains(body, `href="/guide/en/help?a=y" data-k="c"`) || !strings.Contains(body, `data-k="c" data-v="p" aria-current="true"`) {
		t.Error("the choices do not keep each other")
	}
}

// TestHoursAreRefused: hours that nobody can reckon do not get in.
func TestHoursAreRefused(t *testing.T) {
	t.Parallel()
	for by, want := range map[string]string{
		`hours = "always"`: "neither 24/7", `hours = "mon-fri 9-17"`: "neither 24/7", `hours = "fri-mon 09:00–17:00"`: "neither 24/7",
		`hours = "daily 09:00–09:00"`: "neither 24/7", `hours = "daily 09:00–25:00"`: "neither 24/7", `hours = "daily 09:00–17:00"`: "say zone",
		"hours = \"daily 09:00–17:00\"\nzone = \"Asia/Nowhere\"": "no time zone",
	} {
		_, err := guide.New(guide.Options{Overlay: replaced(t, "help.toml", `hours = "24/7"`, by)})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", by, err, want)
		}
	}
}

// TestScriptFiltersLikeTheServer compares what the script shows with what the
// server shows: all rows, over a week and over the days on which clocks change.
func TestScriptFiltersLikeTheServer(t *testing.T) {
	t.Parallel()
	var clock hand
	g := openAt(t, odd(t), &clock)
	b := browsertest.Start(t, g)
	if _, err := chromedp.Call(b.Ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `{ const D = Date; Date = function () { return new D(window.hand) } }`,
	}); err != nil {
		t.Fatal(err)
	}
	span := func(day string, hours int) (out []int64) {
		from, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		for i := range hours {
			out = append(out, from.Add(time.Duration(i)*time.Hour+time.Duration(i%2)*15*time.Minute).UnixMilli())
		}
		return out
	}
	week := slices.Concat(span("2026-11-22", 7*24), span("2026-10-25", 8), span("2026-11-01", 12), span("2027-03-14", 12), span("2027-03-28", 8))
	paths := g.Paths()
	slices.Sort(paths)
	compared := 0
	for _, path := range paths {
		if !strings.HasPrefix(path, "/guide/en/help") {
			continue
		}
		clock.at.Store(week[0])
		times := week
		if !strings.Contains(get(t, g, path), "data-z") {
			times = times[:2] // nothing on it depends on the hour
		}
		type step struct {
			At    int64
			Query string
		}
		var steps []step
		for _, at := range times {
			steps = append(steps, step{at, "a=&c=&n=1"})
		}
		for _, q := range choices() {
			steps = append(steps, step{times[len(times)-1], q})
		}
		plan, err := json.Marshal(steps)
		if err != nil {
			t.Fatal(err)
		}
		b.Open(path)
		got := browsertest.Value(b, chromedp.Evaluate[[]string](fmt.Sprintf(`%s.map(s => {
			hand = s.At;
			for (const [k, v] of new URLSearchParams(s.Query)) {
				const chip = document.querySelector('.chip[data-k="' + k + '"][data-v="' + v + '"]');
				if (!chip) return "no choice";
				chip.click();
			}
			return [...document.querySelectorAll(".ways, .later, .way")].map(e =>
				e.matches(".ways") ? "|" : e.matches(".later") ? "?" : e.hidden || e.closest(".card").hidden ? "" : " " + e.id).join("")
				+ (document.querySelector(".none").hidden ? "" : " none") + " " + document.querySelector(".shown b").textContent;
		})`, plan)))
		if where := browsertest.Value(b, chromedp.Evaluate[string](`location.href`)); where != b.Base+path {
			t.Errorf("choosing leaves %s in the address", where)
		}
		b.Clean(path)
		for i, s := range steps {
			clock.at.Store(s.At)
			body := get(t, g, path+"?"+s.Query)
			want := shown(body)
			if strings.Contains(body, `<p class="note none">`) {
				want += " none"
			}
			want += " " + regexp.MustCompile(`role="status"[^>]*>[^<]*<b>(\d+)<`).FindStringSubmatch(body)[1]
			if got[i] == "no choice" {
				continue // the page does not offer it
			}
			if compared++; got[i] != want {
				t.Fatalf("%s?%s at %s:\nthe script shows %s\nthe server shows %s", path, s.Query, time.UnixMilli(s.At).UTC(), got[i], want)
			}
		}
	}
	if compared < 1500 {
		t.Errorf("%d comparisons", compared)
	}
	t.Logf("%d comparisons", compared)
}
