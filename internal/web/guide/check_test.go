package guide_test

import (
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/web/guide"
)

// open makes the guide that comes with the program, with an operator's files
// over it.
func open(t *testing.T, over fs.FS) *guide.Guide {
	t.Helper()
	g, err := guide.New(guide.Options{Overlay: over})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestTextsKeepTheRules fails when a text says what may not be said, leaves
// out what must be said, is too hard to read, or when a law card is more than
// twelve months old: then somebody has to look at the law again.
func TestTextsKeepTheRules(t *testing.T) {
	t.Parallel()
	for _, err := range open(t, nil).Check(time.Now()) {
		t.Error(err)
	}
}

func TestEveryFormForEveryReaderInEveryLanguage(t *testing.T) {
	t.Parallel()
	g, n := open(t, nil), 0
	for _, lang := range []string{"en", "id"} {
		have := g.Ease(lang)
		for _, who := range []string{"child", "teen", "parent", "teacher", "friend"} {
			for _, f := range jaga.Forms() {
				if have[who+"/"+string(f)].Words < 80 {
					t.Errorf("%s/%s/%s says next to nothing", lang, who, f)
					continue
				}
				n++
			}
		}
	}
	if n != 40 {
		t.Errorf("%d of 40 routes", n)
	}
}

// TestEaseTable shows the table of docs/guide.md, with -v.
func TestEaseTable(t *testing.T) {
	t.Parallel()
	g := open(t, nil)
	en, id := g.Ease("en"), g.Ease("id")
	for _, name := range slices.Sorted(maps.Keys(en)) {
		a, b := en[name], id[name]
		if a.Words == 0 || b.Words == 0 {
			t.Errorf("%s says nothing", name)
		}
		t.Logf("| %s | %d words, grade %.1f | %d words, grade %.1f |", name, a.Words, a.Grade, b.Words, b.Grade)
	}
}

// replaced reads one of our files and replaces a piece of it.
func replaced(t *testing.T, name, old, by string) fstest.MapFS {
	t.Helper()
	data, err := os.ReadFile("content/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), old) {
		t.Fatalf("%s does not hold %q", name, old)
	}
	return fstest.MapFS{name: {Data: []byte(strings.Replace(string(data), old, by, 1))}}
}

// TestCheckFinds breaks every rule once.
func TestCheckFinds(t *testing.T) {
	t.Parallel()
	year := time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		file, old, by string
		now           time.Time
		want          string
	}{
		{file: "en/parent/csam.md", old: "Stay calm.", by: "Your child was careless.", want: `"careless" may not be said`},
		{file: "id/parent/csam.md", old: "Tetap tenang.", by: "Ini aib.", want: `"aib" may not be said`},
		{file: "en/parent/csam.md", old: "Stay calm.", by: "Ask: “Why did you?”", want: `"why did you" may not be said`},
		{file: "en/teen/csam.md", old: "Tell one person.", by: "It is illegal.", want: `"illegal" may not be said`},
		{file: "id/teen/csam.md", old: "Cerita ke satu orang.", by: "Itu tindak pidana.", want: `"tindak pidana" may not be said`},
		{file: "en/teen/csam.md", old: "Tell one person.", by: "It stays for ever.", want: `"for ever" may not be said`},
		{file: "en/texts.toml", old: "It is not your fault.", by: "Cheer up.", want: "first: does not say"},
		{file: "id/texts.toml", old: "karena punya akun", by: "nanti", want: "account: does not say"},
		{file: "en/texts.toml", old: "In danger right now?", by: "It is too late.", want: `"too late" may not be said`},
		{file: "en/texts.toml", old: `"skip" = "Skip to the text"`, by: "", want: `no text "skip"`},
		{file: "id/texts.toml", old: `"skip" = "Langsung ke isi"`, by: "", want: `no text "skip"`},
		{file: "en/child/csam.md", old: "* A strange picture just pops up.", by: "* Circumstances occasionally necessitate immediate intervention.\n* Communication difficulties frequently accompany inappropriate interactions.\n* Unanticipated photographic materials materialise unexpectedly.", want: "reads like grade"},
		{file: "id/child/csam.md", old: "* Ada foto aneh yang tiba-tiba muncul.", by: "* Penyalahgunaan kepercayaan mengakibatkan ketidaknyamanan berkepanjangan.\n* Penyebarluasan dokumentasi mengakibatkan ketidaknyamanan berkepanjangan.\n* Pemberitahuan mencurigakan bermunculan berulang-ulang.", want: "reads like grade"},
		{file: "en/child/csam.md", old: "You can put it away. You can tell.", by: "You can put it away and you can tell and you can go and see if a man or a dog is in the sun with you.", want: "a sentence of 27 words"},
		{file: "en/teen/sextortion.md", old: "1. Stop answering.", by: "1. Block them.", want: "before anything is noted"},
		{file: "id/friend/live_stream.md", old: "2. Catat akun dan jamnya.\n", by: "", want: "before anything is noted"},
		{file: "en/child/csam.md", old: "{keep}", by: "", want: "0 sections {keep}, want one"},
		{file: "en/child/sextortion.md", old: "Giving it does not make them stop.", by: "Be brave.", want: "does not say"},
		{file: "en/teacher/csam.md", old: "Never ask a pupil to show it", by: "Ask a pupil to show it", want: "does not say"},
		{file: "id/parent/live_stream.md", old: "Jangan memberi tahu orang itu.", by: "Beri tahu orang itu.", want: "does not say"},
		{file: "en/teen/live_stream.md", old: "* A [helpline](guide:help).", by: "* Your parents, or a [helpline](guide:help).", want: "may be at home (parents)"},
		{file: "id/child/live_stream.md", old: "* Guru, atau petugas UKS.", by: "* Ibu atau ayah.", want: "may be at home (ibu, ayah)"},
		{file: "en/friend/grooming.md", old: "* A teacher, a school counsellor, or another adult you trust.\n* A [helpline](guide:help).", by: "* Your mum.\n* A [helpline](guide:help) and your dad.", want: "everybody to tell is family"},
		{file: "en/friend/grooming.md", old: "* A [helpline](guide:help).", by: "* A neighbour.", want: "do not include those of the help directory"},
		{file: "en/now.md", old: "the emergency number you know", by: "555123", want: "the number 555123 is not in the help directory"},
		{file: "en/say.md", old: "Silence is fine.", by: "Call 0821 2575 1234.", want: "leads nowhere any more"},
		{file: "en/crisis.md", old: "## If you are worried about someone {do}", by: "", want: "its sections are not those of the other language"},
		{file: "en/sheets/lesson-6-8.md", old: "**7 minutes.**", by: "**9 minutes.**", want: "the steps take 32 minutes, the lesson has 30"},
		{file: "id/sheets/lesson-9-11.md", old: "**Waktu:** 40 menit.", by: "**Waktu:** cukup.", want: "the lesson has 0"},
		{file: "en/sheets/lesson-6-8.md", old: "“Your body is yours. You can say no to a hug.”", by: "“Circumstances occasionally necessitate immediate intervention.”\n* “Communication difficulties accompany inappropriate interactions.”", want: "reads like grade"},
		{file: "en/sheets/lesson-9-11.md", old: "* Do not tell scary cases.", by: "* Say that it is illegal.", want: `"illegal" may not be said`},
		{file: "en/sheets/lesson-12-14.md", old: "{tell}", by: "", want: "no section {tell}"},
		{file: "en/sheets/lesson-15-17.md", old: "do not ask to see it, and do not have it sent to you.", by: "look at it once.", want: "does not say"},
		{file: "id/sheets/lesson-15-17.md", old: "Jangan berjanji merahasiakan.", by: "Rahasiakan saja.", want: "does not say"},
		{file: "en/sheets/poster-6-11.md", old: "At our school:\n\n___", by: "At our school.", want: "no line (___) to write on"},
		{file: "id/sheets/agreement.md", old: ". Di Indonesia: [](row:id-sapa-129)", by: "", want: "names no number of the help directory"},
		{file: "en/sheets/agreement.md", old: "## We grown-ups promise {say}", by: "## First {do}", want: "the first section is not what adults promise"},
		{file: "en/sheets/agreement.md", old: "We do not blame you.", by: "We are fair.", want: "does not say"},
		{file: "en/sheets/agreement.md", old: "* We set up new apps and games side by side.", by: "* Appropriate parental supervision determines application availability.\n* Unsupervised communication necessitates authorisation.\n* Irresponsible participation eliminates accessibility.", want: "reads like grade"},
		{file: "id/sheets/procedure.md", old: "Jangan pernah minta siapa pun memperlihatkan", by: "Boleh minta murid memperlihatkan", want: "does not say"},
		{file: "en/sheets/procedure.md", old: "## Never {avoid}", by: "## Never {signs}", want: "its sections are not those of the other language"},
		{now: year.AddDate(1, 0, 0), want: "more than twelve months old"},
	} {
		over := fstest.MapFS{}
		if c.file != "" {
			over = replaced(t, c.file, c.old, c.by)
		}
		now := year
		if !c.now.IsZero() {
			now = c.now
		}
		faults := open(t, over).Check(now)
		if !slices.ContainsFunc(faults, func(err error) bool { return strings.Contains(err.Error(), c.want) }) {
			t.Errorf("%s with %q: %v, want %q", c.file, c.by, faults, c.want)
		}
	}
}

// TestNewRefuses hands in files that no page can be made of.
func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, old, by, want string }{
		{"en/now.md", "# In danger right now", "In danger", `the first line is not "# "`},
		{"en/now.md", "{do}", "{done}", `no kind "done"`},
		{"en/crisis.md", "row:id-polri", "row:nobody", "no such row"},
		{"en/crisis.md", "row:id-polri", "javascript:alert(1)", "links begin with"},
		{"en/crisis.md", "row:id-polri", "row:id-unit-ppa-polri", "nothing that a link can lead to"},
		{"en/now.md", "Get away", "<javascript:alert> Get away", "write links as"},
		{"en/now.md", "Get away", "<b>Get</b> away", "HTML is not taken over"},
		{"en/now.md", "Get away", "![](https://example.org/x.png) Get away", "pictures are not shown"},
		{"help.toml", `kind = "listen"`, `kind = "gossip"`, "is none of"},
		{"help.toml", `value = "129"`, `value = "0821-2575-1234"`, "replaced"},
		{"help.toml", `value = "129"`, `value = ""`, "name or value is empty"},
		{"help.toml", `value = "129"`, `colour = "129"`, "help.toml"},
		{"help.toml", `read = "2026-11-23"`, `read = "Monday"`, "is no date"},
		{"help.toml", `source = "https`, `source = "ftp`, "no address of a page"},
		{"help.toml", `id = "id-sapa-129"`, `id = "id-polri"`, "a second id-polri"},
		{"law.toml", `dated = "2026-11-01"`, `dated = "soon"`, "is no date"},
		{"law.toml", `country = "id"`, `country = "xx"`, "xx.md"},
	} {
		_, err := guide.New(guide.Options{Overlay: replaced(t, c.file, c.old, c.by)})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), strings.TrimSuffix(c.file, ".md")) && c.want != "xx.md" {
			t.Errorf("%s with %q: %v, want %q", c.file, c.by, err, c.want)
		}
	}
}

func TestOverlayReplacesSingleFiles(t *testing.T) {
	t.Parallel()
	g := open(t, replaced(t, "en/about.md", "It is made by the Jaga project", "It is kept by a school"))
	if body := get(t, g, "/guide/en/about"); !strings.Contains(body, "It is kept by a school") {
		t.Error("the operator's file is not shown")
	}
	if body := get(t, g, "/guide/id/about"); !strings.Contains(body, "Dibuat oleh proyek Jaga") {
		t.Error("our own file is not shown beside it")
	}
}
