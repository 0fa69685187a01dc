package guide_test

import (
	"bytes"
	"compress/zlib"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"
)

// pdf reads of a PDF that Chromium has printed what a test wants to know: the
// number of its pages and the letters on them. It knows this one producer.
type pdf struct {
	pages int
	text  string // without spaces, which are not kept at the end of a line
}

var (
	pdfObject = regexp.MustCompile(`(?s)(\d+) 0 obj\s(.*?)endobj`)
	pdfFont   = regexp.MustCompile(`/(F\d+) (\d+) 0 R`)
	pdfToUni  = regexp.MustCompile(`/ToUnicode (\d+) 0 R`)
	pdfShow   = regexp.MustCompile(`/(F\d+) [\d.]+ Tf|<([0-9A-Fa-f]+)>`)
	pdfChars  = regexp.MustCompile(`(?s)beginbfchar(.*?)endbfchar`)
	pdfRanges = regexp.MustCompile(`(?s)beginbfrange(.*?)endbfrange`)
	pdfHex    = regexp.MustCompile(`<([0-9A-Fa-f]+)>`)
)

func readPDF(t *testing.T, data []byte) pdf {
	t.Helper()
	objects := map[string][]byte{}
	for _, m := range pdfObject.FindAllSubmatch(data, -1) {
		objects[string(m[1])] = m[2]
	}
	stream := func(body []byte) string {
		_, packed, ok := bytes.Cut(body, []byte("stream\n"))
		if !ok {
			return ""
		}
		r, err := zlib.NewReader(bytes.NewReader(packed))
		if err != nil {
			return ""
		}
		out, _ := io.ReadAll(r) // what comes after the stream is no fault
		return string(out)
	}
	fonts := map[string]map[string]string{} // glyph to letters, by the name of the font
	for _, body := range objects {
		for _, f := range pdfFont.FindAllSubmatch(body, -1) {
			if m := pdfToUni.FindSubmatch(objects[string(f[2])]); m != nil {
				fonts[string(f[1])] = letters(stream(objects[string(m[1])]))
			}
		}
	}
	var p pdf
	var text strings.Builder
	for _, body := range objects {
		head, _, _ := bytes.Cut(body, []byte("stream"))
		if regexp.MustCompile(`/Type /Page\b`).Match(head) {
			p.pages++
		}
		s := stream(body)
		if !strings.Contains(s, " Tf") {
			continue
		}
		var font map[string]string
		for _, m := range pdfShow.FindAllStringSubmatch(s, -1) {
			if m[1] != "" {
				font = fonts[m[1]]
				continue
			}
			for i := 0; i+4 <= len(m[2]); i += 4 {
				text.WriteString(font[strings.ToUpper(m[2][i:i+4])])
			}
		}
	}
	p.text = squeezed(strings.NewReplacer("ﬁ", "fi", "ﬂ", "fl", "ﬀ", "ff").Replace(text.String())) // fonts join letters
	return p
}

// letters reads a table of glyphs and the letters they stand for.
func letters(table string) map[string]string {
	out := map[string]string{}
	number := func(h string) int { n, _ := strconv.ParseUint(h, 16, 32); return int(n) }
	decode := func(h string, add int) string {
		var units []uint16
		for i := 0; i+4 <= len(h); i += 4 {
			units = append(units, uint16(number(h[i:i+4]))) //nolint:gosec // four digits
		}
		if len(units) > 0 {
			units[len(units)-1] += uint16(add) //nolint:gosec // within a font
		}
		return string(utf16.Decode(units))
	}
	code := func(n int) string { return strings.ToUpper(strconv.FormatUint(uint64(n)+0x10000, 16)[1:]) } //nolint:gosec // a glyph
	for _, m := range pdfChars.FindAllStringSubmatch(table, -1) {
		h := pdfHex.FindAllStringSubmatch(m[1], -1)
		for i := 0; i+1 < len(h); i += 2 {
			out[code(number(h[i][1]))] = decode(h[i+1][1], 0)
		}
	}
	for _, m := range pdfRanges.FindAllStringSubmatch(table, -1) {
		h := pdfHex.FindAllStringSubmatch(m[1], -1)
		for i := 0; i+2 < len(h); i += 3 {
			for n := number(h[i][1]); n <= number(h[i+1][1]); n++ {
				out[code(n)] = decode(h[i+2][1], n-number(h[i][1]))
			}
		}
	}
	return out
}
