package guide

import (
	"bytes"
	"fmt"
	"html/template"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// article is one Markdown file: a title, what leads in, and sections.
type article struct {
	File     string
	Title    string
	Lead     template.HTML
	LeadText string
	Sections []section
}

// section is what stands under one heading.
type section struct {
	Kind  string // one of kinds, or "" for plain text
	Title string
	Body  template.HTML
	Text  string // the words alone, a line a sentence or item
	ID    string
}

// kinds lists what a section may be marked as, with {kind} after its heading.
func kinds() []string { return []string{"signs", "do", "tell", "avoid", "keep", "say"} }

// section returns the first section of a kind.
func (a article) section(kind string) (section, bool) {
	for _, s := range a.Sections {
		if s.Kind == kind {
			return s, true
		}
	}
	return section{}, false
}

// words returns all that the article says.
func (a article) words() string {
	var b strings.Builder
	b.WriteString(a.Title + "\n" + a.LeadText)
	for _, s := range a.Sections {
		b.WriteString(s.Title + "\n" + s.Text)
	}
	return b.String()
}

// prose is what the article says without its headings.
func (a article) prose() string {
	var b strings.Builder
	b.WriteString(a.LeadText)
	for _, s := range a.Sections {
		b.WriteString("\n" + s.Text)
	}
	return b.String()
}

var heading = regexp.MustCompile(`^(.*?)\s*(?:\{([a-z]+)\})?$`)

// parse reads an article. A file begins with "# Title"; "## Heading {kind}"
// begins a section.
func (g *Guide) parse(lang, file string, data []byte) (article, error) {
	a := article{File: file}
	blocks := strings.Split("\n"+strings.ReplaceAll(string(data), "\r\n", "\n"), "\n## ")
	title, lead, _ := strings.Cut(strings.TrimSpace(blocks[0]), "\n")
	a.Title = strings.TrimSpace(strings.TrimPrefix(title, "# "))
	if !strings.HasPrefix(title, "# ") || a.Title == "" {
		return a, fmt.Errorf(`%s: the first line is not "# " and a title`, file)
	}
	var err error
	if a.Lead, a.LeadText, err = g.markdown(lang, lead); err != nil {
		return a, fmt.Errorf("%s: %w", file, err)
	}
	for i, block := range blocks[1:] {
		head, body, _ := strings.Cut(block, "\n")
		m := heading.FindStringSubmatch(strings.TrimSpace(head))
		s := section{Title: m[1], Kind: m[2], ID: fmt.Sprintf("s%d", i+1)}
		if s.Title == "" {
			return a, fmt.Errorf("%s: a section has no heading", file)
		}
		if s.Kind != "" && !slices.Contains(kinds(), s.Kind) {
			return a, fmt.Errorf("%s: section %q: no kind %q; there are %s", file, s.Title, s.Kind, strings.Join(kinds(), ", "))
		}
		if s.Body, s.Text, err = g.markdown(lang, body); err != nil {
			return a, fmt.Errorf("%s: section %q: %w", file, s.Title, err)
		}
		a.Sections = append(a.Sections, s)
	}
	return a, nil
}

// markdown renders a piece of Markdown without any HTML that stands in it,
// and returns its words as well. Links go to other pages of the guide
// (guide:notes) and to rows of the help directory (row:id-sapa-129). A link
// without words, [](row:id-sapa-129), says what the row says: what is printed
// then changes with the directory.
func (g *Guide) markdown(lang, md string) (template.HTML, string, error) {
	src := []byte(md)
	parser := goldmark.New()
	doc := parser.Parser().Parse(text.NewReader(src))
	var fault error
	var words strings.Builder
	err := ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		switch n := n.(type) {
		case *ast.Link:
			if entering {
				to, err := g.target(lang, string(n.Destination))
				if err != nil {
					fault = err
				}
				if id, ok := strings.CutPrefix(string(n.Destination), "row:"); ok && !n.HasChildren() {
					row, _ := g.help.row(id)
					n.AppendChild(n, ast.NewString([]byte(row.Shown())))
				}
				n.Destination = []byte(to)
			}
		case *ast.HTMLBlock, *ast.RawHTML:
			fault = fmt.Errorf("HTML is not taken over; write Markdown")
		case *ast.AutoLink:
			fault = fmt.Errorf("write links as [words](https://…)") // a bare address would go around target
		case *ast.Image:
			fault = fmt.Errorf("pictures are not shown")
		case *ast.Text:
			if entering {
				words.Write(n.Segment.Value(src))
				if n.SoftLineBreak() || n.HardLineBreak() {
					words.WriteByte(' ')
				}
			}
		case *ast.String:
			if entering {
				words.Write(n.Value)
			}
		case *ast.Paragraph, *ast.TextBlock, *ast.Heading:
			if !entering {
				words.WriteByte('\n')
			}
		}
		return ast.WalkContinue, nil
	})
	if err == nil {
		err = fault
	}
	if err != nil {
		return "", "", err
	}
	var b bytes.Buffer
	if err := parser.Renderer().Render(&b, src, doc); err != nil {
		return "", "", err
	}
	return template.HTML(b.String()), words.String(), nil //nolint:gosec // made by goldmark, which passes no HTML through
}

// target turns the destination of a link into an address.
func (g *Guide) target(lang, to string) (string, error) {
	kind, name, _ := strings.Cut(to, ":")
	switch kind {
	case "guide":
		return base + "/" + lang + "/" + name, nil // whether it is there is looked at when all pages are known
	case "row":
		row, ok := g.help.row(name)
		if !ok || !rowID.MatchString(name) {
			return "", fmt.Errorf("link %q: the help directory has no such row", to)
		}
		if row.Link() == "" {
			return "", fmt.Errorf("link %q: the row has nothing that a link can lead to", to)
		}
		return to, nil // see rowLink
	case "https":
		return to, nil
	}
	return "", fmt.Errorf("link %q: links begin with guide:, row: or https: as their scheme", to)
}
