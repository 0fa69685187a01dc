package law

import "time"

var aboutReport = map[Priority]Text{
	P1: {"a report where a child may be in danger now", "laporan saat anak mungkin dalam bahaya sekarang"},
	P2: {"a report of abuse that goes on, or of a child who can be found", "laporan kekerasan yang masih berlangsung, atau anak yang dapat ditemukan"},
	P3: {"any other report", "laporan lainnya"},
}

// What else profiles are asked about.
var (
	aboutUrgent    = Text{"an urgent order to take content down", "perintah mendesak untuk menurunkan konten"}
	aboutStandard  = Text{"any other order to take content down", "perintah lain untuk menurunkan konten"}
	aboutQuestion  = Text{"a question of an authority", "pertanyaan otoritas"}
	aboutLetter    = Text{"a preservation letter", "surat permintaan penyimpanan"}
	aboutBreach    = Text{"notice of a breach of personal data", "pemberitahuan kebocoran data pribadi"}
	aboutContent   = Text{"keeping content", "penyimpanan konten"}
	aboutReference = Text{"keeping references of reports", "penyimpanan nomor laporan"}
	aboutTexts     = map[What]Text{
		Words:    {"keeping what is written on a case", "penyimpanan tulisan pada kasus"},
		Reports:  {"keeping the words of reports by people", "penyimpanan kata-kata laporan orang"},
		Views:    {"keeping who looked at files", "penyimpanan catatan siapa melihat berkas"},
		Messages: {"keeping messages to the team", "penyimpanan pesan kepada tim"},
	}
	aboutPrivate = Text{"scanning private messages", "pemindaian pesan pribadi"}
)

// Disagreement is a question on which profiles do not say the same.
type Disagreement struct {
	About Text
	Conflict
}

// Disagreements lists the questions on which the profiles do not say the same at a
// time, for a person to see before a case depends on it.
func (s Set) Disagreements(at time.Time) (out []Disagreement) {
	add := func(about Text, list []Conflict) {
		for _, c := range list {
			out = append(out, Disagreement{about, c})
		}
	}
	for _, p := range Priorities() {
		add(aboutReport[p], s.Report(p, at).Conflicts)
	}
	add(aboutUrgent, s.Order(true, at).Conflicts)
	add(aboutStandard, s.Order(false, at).Conflicts)
	add(aboutQuestion, s.By(Question, "", at).Conflicts)
	add(aboutLetter, s.By(Preservation, "", at).Conflicts)
	add(aboutBreach, s.By(Breach, "", at).Conflicts)
	add(aboutContent, s.KeepUntil(Content, at, false).Conflicts)
	add(aboutReference, s.KeepUntil(Reference, at, false).Conflicts)
	for _, what := range Texts() {
		add(aboutTexts[what], s.KeepUntil(what, at, false).Conflicts)
	}
	_, private := s.MayScanPrivate(at)
	add(aboutPrivate, private)
	return out
}

// OfCase are the conflicts that concern a case: its report, of a priority, and
// keeping its content.
func (s Set) OfCase(p Priority, at time.Time) (out []Disagreement) {
	for _, c := range s.Report(p, at).Conflicts {
		out = append(out, Disagreement{aboutReport[p], c})
	}
	for _, c := range s.KeepUntil(Content, at, false).Conflicts {
		out = append(out, Disagreement{aboutContent, c})
	}
	return out
}
