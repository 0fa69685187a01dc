package report

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Thousands prints a number with commas between thousands.
func Thousands(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// reflow breaks a page's paragraphs and list items at 80 columns; tables,
// headings, pictures, comments and code stay as they are.
func reflow(text string) string {
	var out strings.Builder
	code := false
	for line := range strings.Lines(text) {
		body := strings.TrimSuffix(line, "\n")
		fence := strings.HasPrefix(body, "```")
		code = code != fence
		if code || fence || body == "" || strings.ContainsAny(body[:1], "#|!<") {
			out.WriteString(line)
			continue
		}
		indent, column := "", 0
		if strings.HasPrefix(body, "* ") {
			indent = "  "
		}
		for i, word := range strings.Fields(body) {
			n := utf8.RuneCountInString(word)
			switch {
			case i == 0:
			case column+1+n > 80 && word != "%":
				out.WriteString("\n" + indent)
				column = len(indent)
			default:
				out.WriteByte(' ')
				column++
			}
			out.WriteString(word)
			column += n
		}
		out.WriteByte('\n')
	}
	return out.String()
}

// Page collects a page of Markdown.
type Page struct{ b strings.Builder }

// F appends formatted text.
func (p *Page) F(format string, args ...any) { fmt.Fprintf(&p.b, format, args...) }

// Text returns the page, its paragraphs broken at 80 columns.
func (p *Page) Text() string { return reflow(p.b.String()) }
