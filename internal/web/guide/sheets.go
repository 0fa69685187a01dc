package guide

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// sheet is one page of the teacher pack, made to be printed on A4.
type sheet struct {
	No   string // in addresses
	Name string // of its file in sheets/
	Kind string // lesson, poster, agreement or procedure: how it is laid out
	// All is how hard the whole text may be, Said how hard what is said to
	// children, or signed by them.
	All, Said ease
}

// sheets lists the teacher pack in the order in which a page shows it.
func sheets() []sheet {
	adult, teen, child := easeOf("parent/"), easeOf("teen/"), easeOf("child/")
	return []sheet{
		{"1", "lesson-6-8", "lesson", adult, child},
		{"2", "lesson-9-11", "lesson", adult, child},
		{"3", "lesson-12-14", "lesson", adult, teen},
		{"4", "lesson-15-17", "lesson", adult, teen},
		{"5", "poster-6-11", "poster", child, child},
		{"6", "poster-12-17", "poster", teen, teen},
		{"7", "agreement", "agreement", child, child},
		{"8", "procedure", "procedure", adult, teen},
	}
}

// sheetFolder is where the texts of sheets lie, and begins the names by which
// rules call them.
const sheetFolder = "sheets/"

// sheetOf returns the sheet of a name, without its folder.
func sheetOf(name string) (sheet, bool) {
	for _, s := range sheets() {
		if s.Name == name {
			return s, true
		}
	}
	return sheet{}, false
}

// loadSheets reads the teacher pack of one language.
func (g *Guide) loadSheets(src source, lang string) (map[string]article, error) {
	out := map[string]article{}
	for _, s := range sheets() {
		file := lang + "/" + sheetFolder + s.Name + ".md"
		data, err := src.read(file)
		if err != nil {
			return nil, err
		}
		if out[s.Name], err = g.parse(lang, file, data); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Sheets lists the teacher pack.
func (v *view) Sheets() []sheet { return sheets() }

// Sheet is the sheet of the page.
func (v *view) Sheet() sheet {
	s, _ := sheetOf(v.Name)
	return s
}

// SheetTitle is how a sheet is called.
func (v *view) SheetTitle(name string) string { return v.t.sheets[name].Title }

// minutes are the times that a lesson names.
var minutes = regexp.MustCompile(`(\d+) (?:minutes|menit)`)

// reaches reports whether a text has a link to a number of the help directory.
func (d *directory) reaches(text string) bool {
	for _, m := range rowLink.FindAllStringSubmatch(text, -1) {
		if r, ok := d.row(m[1]); ok && slices.Contains([]string{"phone", "sms", "whatsapp"}, r.Channel) {
			return true
		}
	}
	return false
}

// parts lists the kinds of sections that a kind of sheet must have.
func (s sheet) parts() []string {
	switch s.Kind {
	case "lesson":
		return []string{"do", "say", "tell", "avoid", "keep"}
	case "agreement":
		return []string{"say", "do", "tell", "keep"}
	case "procedure":
		return []string{"do", "avoid", "tell", "keep"}
	}
	return []string{"do", "tell"}
}

// checkSheet looks at what a sheet must hold, so that it does no harm when it
// hangs on a wall or lies in a school bag: somebody to reach who is not family,
// a line for the school's own people, words that children understand.
func (g *Guide) checkSheet(lang string, s sheet, a article, report reporter) {
	for _, kind := range s.parts() {
		sec, ok := a.section(kind)
		if !ok {
			report(a.File, "no section {%s}", kind)
			continue
		}
		if kind == "say" {
			checkEase(lang, a.File, "what is said aloud", s.Said, read(lang, article{File: a.File, LeadText: sec.Text}.prose()), report)
		}
	}
	var whole strings.Builder
	whole.WriteString(string(a.Lead))
	for _, sec := range a.Sections {
		whole.WriteString(string(sec.Body))
	}
	if !g.help.reaches(whole.String()) {
		report(a.File, "it names no number of the help directory to reach")
	}
	if s.Kind != "lesson" && !strings.Contains(whole.String(), "<hr") {
		report(a.File, "no line (___) to write on")
	}
	if s.Kind == "agreement" && (len(a.Sections) == 0 || a.Sections[0].Kind != "say") {
		report(a.File, "the first section is not what adults promise {say}")
	}
	if s.Kind == "lesson" {
		checkMinutes(a, report)
	}
}

// checkMinutes adds up the steps of a lesson: a plan that does not fit into
// its time ends where the children most need an end.
func checkMinutes(a article, report reporter) {
	sum := func(text string) int {
		n := 0
		for _, m := range minutes.FindAllStringSubmatch(text, -1) {
			k, _ := strconv.Atoi(m[1]) // digits alone
			n += k
		}
		return n
	}
	do, _ := a.section("do")
	if total, steps := sum(a.LeadText), sum(do.Text); total == 0 || total != steps {
		report(a.File, "the steps take %d minutes, the lesson has %d", steps, total)
	}
}
