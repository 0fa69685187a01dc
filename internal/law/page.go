package law

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
)

// Write returns a profile as Markdown, in English or Indonesian, for people who
// check it.
func (p *Profile) Write(lang string) []byte {
	var b bytes.Buffer
	w := words[cmp.Or(map[bool]string{true: "id"}[lang == "id"], "en")]
	fmt.Fprintf(&b, "## %s\n\n", p.ID)
	fmt.Fprintf(&b, "%s. %s %d, %s %s.\n", p.Name.In(lang), w["version"], p.Version, w["zone"], p.Zone)
	row := func(what, within string, say Text, f Fact) {
		if f.Mark == Own && f.Source == p.Default.Source {
			f.Source = w["own"]
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s (%s) | %s | %s | %s |\n", what, cmp.Or(within, "–"), cell(say.In(lang)), cell(f.Source), f.SourceDate, f.Mark, f.ValidFrom, cell(f.Reviewer))
	}
	fmt.Fprintf(&b, "\n| %s | %s | %s | %s | %s | %s | %s |\n|---|---|---|---|---|---|---|\n", w["what"], w["number"], w["says"], w["source"], w["mark"], w["from"], w["reviewer"])
	for _, c := range p.Clocks {
		row(strings.TrimSpace(w[string(c.Kind)]+" "+c.For), c.Within.String(), c.Say, c.Fact)
	}
	for _, k := range p.Keep {
		row(w["keep"]+" "+w[string(k.What)], k.For.String(), k.Say, k.Fact)
	}
	row(w["access"], "", p.Access.Say, p.Access.Fact)
	row(w["destroy"], "", p.Destroy.Say, p.Destroy.Fact)
	row(w["scan"], p.Scan.Private, p.Scan.Say, p.Scan.Fact)
	row(w["notice"], "", p.NoticeDelay.Say, p.NoticeDelay.Fact)
	for _, r := range p.Before {
		row(w["before"], "", r.Say, r.Fact)
	}
	for _, r := range p.Notes {
		row(w["note"], "", r.Say, r.Fact)
	}
	fmt.Fprintf(&b, "\n%s:\n\n", w["steps"])
	for i, s := range p.Steps {
		fmt.Fprintf(&b, "%d. ", i+1)
		if len(s.Only) > 0 {
			fmt.Fprintf(&b, "(%s) ", strings.ToUpper(strings.Trim(fmt.Sprint(s.Only), "[]")))
		}
		b.WriteString(s.Do.In(lang))
		if r, ok := p.Receiver(s.To); ok {
			fmt.Fprintf(&b, " → %s", r.Name)
		}
		b.WriteString("\n")
	}
	for _, r := range p.Receivers {
		if (r.Hours != Text{}) {
			fmt.Fprintf(&b, "\n%s: %s. %s\n", r.Name, r.Hours.In(lang), r.OutOfHours.In(lang))
		}
	}
	return b.Bytes()
}

func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

// words are what the page needs besides the profile's own.
var words = map[string]map[string]string{
	"en": {"version": "Version", "zone": "days are counted in", "what": "what", "number": "number", "says": "in words", "source": "source", "mark": "how sure", "from": "valid from", "reviewer": "reviewer",
		"report": "report", "takedown": "order", "question": "question", "letter": "letter", "breach": "breach", "keep": "keep", "content": "content", "reference": "reference", "words": "words", "reports": "words of reports", "views": "who looked", "messages": "messages",
		"access": "access", "destroy": "destroy", "scan": "private messages", "notice": "notices", "before": "before", "note": "note", "steps": "Steps", "own": "no law: a choice of this project"},
	"id": {"version": "Versi", "zone": "hari dihitung menurut", "what": "apa", "number": "angka", "says": "dalam kata", "source": "sumber", "mark": "seberapa pasti", "from": "berlaku sejak", "reviewer": "pemeriksa",
		"report": "laporan", "takedown": "perintah", "question": "pertanyaan", "letter": "surat", "breach": "kebocoran", "keep": "simpan", "content": "konten", "reference": "rujukan", "words": "tulisan", "reports": "kata-kata laporan", "views": "siapa melihat", "messages": "pesan",
		"access": "akses", "destroy": "pemusnahan", "scan": "pesan pribadi", "notice": "pemberitahuan", "before": "sebelum", "note": "catatan", "steps": "Langkah", "own": "bukan hukum: pilihan proyek ini"},
}

// Reviewed reports whether every fact names a reviewer other than the words
// with which profiles begin.
func (p *Profile) Reviewed() bool {
	all := true
	p.each(func(_ string, f *Fact) { all = all && !strings.HasPrefix(f.Reviewer, "not reviewed") })
	return all
}
