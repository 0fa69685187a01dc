package custody

import (
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"
)

// Sheet is what a custody sheet tells.
type Sheet struct {
	Facts       Facts
	Checkpoint  Checkpoint
	Fingerprint string
	Records     iter.Seq2[Record, error]
}

// words of the sheets, by language.
var sheetWords = map[string]map[string]string{
	"en": {
		"title":   "Custody sheet",
		"intro":   "This sheet says for people what the records in this bundle say for programs. The records are in data/records.jsonl, and jaga verify checks them. Where sheet and records differ, the records count.",
		"bundle":  "This bundle",
		"about":   "About",
		"more":    "and %d more, which data/facts.json lists",
		"ref":     "Your reference",
		"made":    "Made at",
		"by":      "Made by",
		"log":     "Custody log",
		"size":    "Records in the log",
		"root":    "Root of the log",
		"key":     "Fingerprint of the signing key",
		"tools":   "Programs",
		"files":   "Files",
		"nofiles": "This bundle holds records only, no files.",
		"name":    "Name",
		"bytes":   "Bytes",
		"subject": "Subject",
		"sealed":  "Encrypted to the receiver. Inside:",
		"came":    "How it came in",
		"method":  "method",
		"source":  "source",
		"clock":   "clock",
		"records": "What was done, in order",
		"no":      "No.",
		"at":      "Time (UTC)",
		"who":     "Who",
		"what":    "What",
		"detail":  "Details",
		"other":   "An act of another version of Jaga.",
		"end":     "Compare the fingerprint with the one that the sender tells you by another way. Not every act of the log is about this subject: numbers that are missing here belong to other matters.",
	},
	"id": {
		"title":   "Lembar penjagaan bukti",
		"intro":   "Lembar ini menyampaikan kepada orang apa yang disampaikan catatan dalam paket ini kepada program. Catatannya ada di data/records.jsonl, dan jaga verify memeriksanya. Bila lembar dan catatan berbeda, catatanlah yang berlaku.",
		"bundle":  "Paket ini",
		"about":   "Tentang",
		"more":    "dan %d lainnya, yang terdaftar di data/facts.json",
		"ref":     "Nomor rujukan Anda",
		"made":    "Dibuat pada",
		"by":      "Dibuat oleh",
		"log":     "Catatan penjagaan",
		"size":    "Jumlah catatan",
		"root":    "Akar catatan",
		"key":     "Sidik jari kunci penanda tangan",
		"tools":   "Program",
		"files":   "Berkas",
		"nofiles": "Paket ini hanya berisi catatan, tanpa berkas.",
		"name":    "Nama",
		"bytes":   "Bita",
		"subject": "Perihal",
		"sealed":  "Dienkripsi untuk penerima. Isinya:",
		"came":    "Cara diperoleh",
		"method":  "cara",
		"source":  "sumber",
		"clock":   "jam",
		"records": "Apa yang dilakukan, berurutan",
		"no":      "No.",
		"at":      "Waktu (UTC)",
		"who":     "Siapa",
		"what":    "Apa",
		"detail":  "Rincian",
		"other":   "Tindakan dari versi Jaga yang lain.",
		"end":     "Bandingkan sidik jari dengan yang disampaikan pengirim lewat jalan lain. Tidak semua tindakan dalam catatan adalah tentang perihal ini: nomor yang tidak ada di sini termasuk urusan lain.",
	},
}

// WriteSheet writes the sheet in a language of [SheetLanguages], as a page that
// needs nothing else and prints well, or as plain text.
func WriteSheet(w io.Writer, lang string, page bool, s Sheet) error {
	words, ok := sheetWords[lang]
	if !ok {
		return fmt.Errorf("write sheet: there is none in %q", lang)
	}
	p := &sheetWriter{w: w, lang: lang, words: words}
	if page {
		p.page(s)
	} else {
		p.plain(s)
	}
	if p.err != nil {
		return fmt.Errorf("write sheet: %w", p.err)
	}
	return nil
}

type sheetWriter struct {
	w     io.Writer
	lang  string
	words map[string]string
	err   error
}

func (p *sheetWriter) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

func sheetTime(us int64) string {
	return time.UnixMicro(us).UTC().Format("2006-01-02 15:04:05") + " UTC"
}

// facts lists the pairs of the first part.
func (p *sheetWriter) facts(s Sheet) (pairs [][2]string) {
	add := func(word, value string) {
		if value != "" {
			pairs = append(pairs, [2]string{p.words[word], value})
		}
	}
	add("about", s.Facts.About(p.words["more"]))
	add("ref", s.Facts.Reference)
	add("made", sheetTime(s.Facts.MadeAt))
	add("by", s.Facts.MadeBy)
	add("log", s.Facts.Origin)
	add("size", fmt.Sprint(s.Checkpoint.Size))
	add("root", base64.StdEncoding.EncodeToString(s.Checkpoint.Root[:]))
	add("key", s.Fingerprint)
	var tools []string
	for _, t := range s.Facts.Tools {
		tools = append(tools, t.Name+" "+t.Version)
	}
	add("tools", strings.Join(tools, ", "))
	return pairs
}

// file lists the lines about a file.
func (p *sheetWriter) file(f FileFact) (lines []string) {
	lines = []string{
		fmt.Sprintf("%s: %s · %s: %d %s", p.words["subject"], f.Subject, p.words["bytes"], f.Bytes, f.Media),
		"SHA-256: " + f.SHA256, "SHA-512: " + f.SHA512,
	}
	if f.Content != nil {
		lines = append(lines, fmt.Sprintf("%s %d %s", p.words["sealed"], f.Content.Bytes, strings.ToLower(p.words["bytes"])), "SHA-256: "+f.Content.SHA256, "SHA-512: "+f.Content.SHA512)
	}
	if a := f.Source; a != nil {
		line := fmt.Sprintf("%s: %s, %s · %s: %s · %s: %s · %s %s", p.words["came"], sheetTime(a.At), a.By, p.words["method"], a.Method, p.words["source"], a.Source, a.Tool.Name, a.Tool.Version)
		if a.TimeSource != "" {
			line += " · " + p.words["clock"] + ": " + a.TimeSource
		}
		lines = append(lines, line)
	}
	return lines
}

func (p *sheetWriter) meaning(r Record) string {
	if said, ok := Meaning(p.lang, r.Action); ok {
		return said
	}
	return p.words["other"]
}

// details lists the facts of a record by their words.
func (p *sheetWriter) details(r Record) string {
	m := r.Details()
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, DetailWord(p.lang, k)+": "+m[k])
	}
	return strings.Join(parts, "; ")
}

func (p *sheetWriter) plain(s Sheet) {
	rule := strings.Repeat("=", 72)
	p.printf("%s\n%s\n\n%s\n\n%s\n\n", strings.ToUpper(p.words["title"]), rule, wrapped(p.words["intro"]), strings.ToUpper(p.words["bundle"]))
	for _, f := range p.facts(s) {
		p.printf("%s:\n    %s\n", f[0], safe(f[1]))
	}
	p.printf("\n%s\n\n", strings.ToUpper(p.words["files"]))
	for i, f := range s.Facts.Files {
		p.printf("%d. %s\n", i+1, safe(f.Name))
		for _, line := range p.file(f) {
			p.printf("    %s\n", safe(line))
		}
	}
	if len(s.Facts.Files) == 0 {
		p.printf("%s\n", p.words["nofiles"])
	}
	p.printf("\n%s\n\n", strings.ToUpper(p.words["records"]))
	for r, err := range s.Records {
		if err != nil {
			p.err = err
			return
		}
		p.printf("%d  %s  %s\n    %s  [%s]\n    %s: %s\n", r.Seq, sheetTime(r.At), safe(r.Actor), p.meaning(r), safe(r.Action), p.words["subject"], safe(r.Subject))
		if d := p.details(r); d != "" {
			p.printf("    %s\n", safe(d))
		}
	}
	p.printf("\n%s\n", wrapped(p.words["end"]))
}

// safe keeps control characters and marks that turn the direction of text from
// making one line look like another.
func safe(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < 0x20, r >= 0x7f && r < 0xa0, r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x2069, r == 0xfeff:
			return '\uFFFD'
		}
		return r
	}, s)
}

func wrapped(s string) string {
	var b strings.Builder
	n := 0
	for f := range strings.FieldsSeq(s) {
		switch {
		case n > 0 && n+1+len(f) > 72:
			b.WriteByte('\n')
			n = 0
		case n > 0:
			b.WriteByte(' ')
			n++
		}
		b.WriteString(f)
		n += len(f)
	}
	return b.String()
}

const sheetStyle = `body{font:16px/1.5 system-ui,"Noto Sans",sans-serif;color:#1b2737;background:#fff;max-width:62rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.6rem;margin:0 0 .5rem}h2{font-size:1.15rem;margin:2rem 0 .5rem;border-bottom:1px solid #7c8891}
p{max-width:42rem}dl{display:grid;grid-template-columns:minmax(9rem,auto) 1fr;gap:.25rem 1rem;margin:0}dt{color:#4a5666}dd{margin:0;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{text-align:left;vertical-align:top;padding:.35rem .6rem .35rem 0;border-bottom:1px solid #ddd9d0;overflow-wrap:anywhere}
td.num,th.num{font-variant-numeric:tabular-nums;white-space:nowrap;overflow-wrap:normal}code{font-size:.85rem;color:#4a5666;overflow-wrap:anywhere}
@media(max-width:40rem){dl{grid-template-columns:1fr}dd{margin-bottom:.5rem}table,tbody,tr,td{display:block}thead{display:none}tr{border-bottom:1px solid #7c8891;padding:.5rem 0}td{border:0;padding:0}}
@media print{body{margin:0;max-width:none;font-size:11pt}tr,dd{break-inside:avoid}thead{display:table-header-group}h2{break-after:avoid}@page{margin:18mm}}`

func (p *sheetWriter) page(s Sheet) {
	e := func(text string) string { return html.EscapeString(safe(text)) }
	title := e(p.words["title"])
	p.printf("<!doctype html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n", p.lang)
	p.printf("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>%s · %s</title>\n<style>\n%s\n</style>\n</head>\n<body>\n<main>\n", title, e(s.Facts.About(p.words["more"])), sheetStyle)
	p.printf("<h1>%s</h1>\n<p>%s</p>\n<h2>%s</h2>\n<dl>\n", title, e(p.words["intro"]), e(p.words["bundle"]))
	for _, f := range p.facts(s) {
		p.printf("<dt>%s</dt><dd>%s</dd>\n", e(f[0]), e(f[1]))
	}
	p.printf("</dl>\n<h2>%s</h2>\n", e(p.words["files"]))
	if len(s.Facts.Files) == 0 {
		p.printf("<p>%s</p>\n", e(p.words["nofiles"]))
	} else {
		p.printf("<dl>\n")
		for _, f := range s.Facts.Files {
			p.printf("<dt>%s</dt><dd>", e(f.Name))
			for i, line := range p.file(f) {
				if i > 0 {
					p.printf("<br>")
				}
				p.printf("%s", e(line))
			}
			p.printf("</dd>\n")
		}
		p.printf("</dl>\n")
	}
	p.printf("<h2 id=\"records\">%s</h2>\n<table aria-labelledby=\"records\">\n<thead><tr><th scope=\"col\" class=\"num\">%s</th><th scope=\"col\">%s</th><th scope=\"col\">%s</th><th scope=\"col\">%s</th><th scope=\"col\">%s</th></tr></thead>\n<tbody>\n",
		e(p.words["records"]), e(p.words["no"]), e(p.words["at"]), e(p.words["who"]), e(p.words["what"]), e(p.words["detail"]))
	for r, err := range s.Records {
		if err != nil {
			p.err = err
			return
		}
		p.printf("<tr><td class=\"num\">%d</td><td>%s</td><td>%s</td><td>%s<br><code>%s</code> · <code>%s</code></td><td>%s</td></tr>\n",
			r.Seq, sheetTime(r.At), e(r.Actor), e(p.meaning(r)), e(r.Action), e(r.Subject), e(p.details(r)))
	}
	p.printf("</tbody>\n</table>\n<p>%s</p>\n</main>\n</body>\n</html>\n", e(p.words["end"]))
}
