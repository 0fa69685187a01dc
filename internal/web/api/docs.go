package api

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed docs/page.html docs/api.css
var docsFiles embed.FS

// docsPolicy allows the page its own style sheet and nothing else: it has no
// script, so nothing that gets into it can run.
const docsPolicy = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// docsPage is what the page shows; all of it is from the OpenAPI document.
type docsPage struct {
	URL     string // where people reach the server
	Version string
	Intro   template.HTML
	Groups  []docsGroup
	Errors  docsTable
	Codes   []docsRow
}

type docsGroup struct {
	Name, About string
	Ops         []docsOp
}

type docsOp struct {
	ID, Method, Path, Summary, Scope string
	About                            template.HTML
	Params                           []docsRow
	Bodies                           []docsTable
	Curl                             string
	Answers                          []docsAnswer
	Problems                         []docsRow
}

type docsTable struct {
	Kind string
	Rows []docsRow
}

type docsRow struct {
	Name, Where, Type, About string
	Required                 bool
}

type docsAnswer struct {
	Status, About, Kind, Example string
}

// serveDocs writes the page once and serves it. It needs no key, as the
// OpenAPI document needs none.
func (s *server) serveDocs() error {
	t, err := template.ParseFS(docsFiles, "docs/page.html")
	if err != nil {
		return err
	}
	var page bytes.Buffer
	if err := t.Execute(&page, s.docs()); err != nil {
		return err
	}
	css, err := docsFiles.ReadFile("docs/api.css")
	if err != nil {
		return err
	}
	serve := func(path, kind string, data []byte) {
		s.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Set("Content-Type", kind)
			h.Set("Cache-Control", "no-cache")
			h.Set("Content-Security-Policy", docsPolicy)
			h.Set("Referrer-Policy", "no-referrer")
			_, _ = w.Write(data)
		})
	}
	serve("/docs", "text/html; charset=utf-8", page.Bytes())
	serve("/docs/api.css", "text/css; charset=utf-8", css)
	return nil
}

func (s *server) docs() docsPage {
	doc := s.api.OpenAPI()
	page := docsPage{URL: cmp.Or(s.PublicURL, "http://127.0.0.1:8474"), Version: doc.Info.Version, Intro: prose(doc.Info.Description), Errors: docsTable{Rows: fieldRows(doc.Components.Schemas, schemaOf[huma.ErrorModel](doc.Components.Schemas))}}
	ops := operations(doc)
	slices.SortFunc(ops, func(a, b described) int {
		return slices.Index(s.order, a.OperationID) - slices.Index(s.order, b.OperationID)
	})
	for _, tag := range doc.Tags {
		g := docsGroup{Name: tag.Name, About: tag.Description}
		for _, op := range ops {
			if op.Tags[0] == tag.Name {
				g.Ops = append(g.Ops, docsOperation(doc, op))
			}
		}
		page.Groups = append(page.Groups, g)
	}
	for _, status := range []int{400, 401, 403, 404, 406, 409, 413, 415, 422, 500, 503} {
		page.Codes = append(page.Codes, docsRow{Name: fmt.Sprint(status), About: meaning(status)})
	}
	return page
}

func docsOperation(doc *huma.OpenAPI, op described) docsOp {
	r := doc.Components.Schemas
	out := docsOp{ID: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary, Scope: string(scopeOf(op.Operation)), About: prose(op.Description), Curl: curl(op)}
	for _, p := range op.Parameters {
		out.Params = append(out.Params, docsRow{p.Name, p.In, typeWords(p.Schema), p.Description, p.Required})
	}
	if op.RequestBody != nil {
		for _, kind := range slices.Sorted(maps.Keys(op.RequestBody.Content)) {
			out.Bodies = append(out.Bodies, docsTable{kind, fieldRows(r, op.RequestBody.Content[kind].Schema)})
		}
	}
	for _, status := range slices.Sorted(maps.Keys(op.Responses)) {
		resp := op.Responses[status]
		if status >= "400" {
			out.Problems = append(out.Problems, docsRow{Name: status, About: resp.Description})
			continue
		}
		a := docsAnswer{Status: status, About: resp.Description, Kind: strings.Join(slices.Sorted(maps.Keys(resp.Content)), ", ")}
		if m := resp.Content["application/json"]; m != nil {
			a.Example = indented(m.Example)
		}
		out.Answers = append(out.Answers, a)
	}
	return out
}

// fieldRows lists the properties of an object.
func fieldRows(r huma.Registry, s *huma.Schema) (rows []docsRow) {
	if s.Ref != "" {
		s = r.SchemaFromRef(s.Ref)
	}
	if s.Type != huma.TypeObject {
		return []docsRow{{Name: "the body itself", Type: typeWords(s), About: s.Description, Required: true}}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		p := s.Properties[name]
		rows = append(rows, docsRow{Name: name, Type: typeWords(p), About: p.Description, Required: slices.Contains(s.Required, name)})
	}
	slices.SortStableFunc(rows, func(a, b docsRow) int {
		switch {
		case a.Required == b.Required:
			return 0
		case a.Required:
			return -1
		}
		return 1
	})
	return rows
}

// typeWords says what a value may be.
func typeWords(s *huma.Schema) string {
	switch {
	case s.Ref != "":
		return strings.TrimPrefix(s.Ref, "#/components/schemas/")
	case s.Type == huma.TypeArray:
		return "list of " + typeWords(s.Items)
	case len(s.Enum) > 0:
		words := make([]string, len(s.Enum))
		for i, e := range s.Enum {
			words[i] = fmt.Sprint(e)
		}
		return strings.Join(words, ", ")
	case s.Format == "binary":
		return "file"
	case s.Format == "date-time":
		return "time"
	case s.Type == huma.TypeString && s.MaxLength != nil:
		return fmt.Sprintf("text of at most %d", *s.MaxLength)
	case s.Type == huma.TypeString:
		return "text"
	case s.Type == huma.TypeBoolean:
		return "true or false"
	case s.Minimum != nil && s.Maximum != nil && s.Default != nil:
		return fmt.Sprintf("%v to %v, %v unless set", *s.Minimum, *s.Maximum, s.Default)
	case s.Minimum != nil && s.Maximum != nil:
		return fmt.Sprintf("%v to %v", *s.Minimum, *s.Maximum)
	}
	return s.Type
}

// curl is a command that uses the operation.
func curl(op described) string {
	address := op.Path
	for _, p := range op.Parameters {
		if p.In == "path" {
			address = strings.ReplaceAll(address, "{"+p.Name+"}", url.PathEscape(fmt.Sprint(exampleOf(nil, p.Schema, 0))))
		}
	}
	lines := []string{`curl -H "Authorization: Bearer $JAGA_KEY"`}
	if op.Method != http.MethodGet && (op.Method != http.MethodPost || op.RequestBody == nil) || op.OperationID == "import-list" {
		lines[0] += " -X " + op.Method
	}
	if op.RequestBody != nil {
		c := op.RequestBody.Content
		switch {
		case c["multipart/form-data"] != nil:
			if op.OperationID == "create-item" {
				lines = append(lines, `-H "Prefer: wait" -F ref=post-4711`)
			}
			lines = append(lines, `-F file=@photo.jpg`)
		case c["application/json"] != nil:
			data, _ := json.Marshal(c["application/json"].Example)
			lines = append(lines, `-H "Content-Type: application/json"`, "-d '"+string(data)+"'")
		default:
			lines = append(lines, `-T list.csv`)
		}
	}
	return strings.Join(append(lines, `"$JAGA_URL`+address+`"`), " \\\n  ")
}

func indented(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return ""
	}
	return strings.TrimSpace(b.String())
}

// prose turns the few marks of a description into HTML: paragraphs, `code`,
// **strong** and *stress*. Everything is escaped first.
func prose(text string) template.HTML {
	var b strings.Builder
	for p := range strings.SplitSeq(text, "\n\n") {
		p = template.HTMLEscapeString(p)
		for _, mark := range [][2]string{{"`", "code"}, {"**", "strong"}, {"*", "em"}} {
			parts := strings.Split(p, mark[0])
			if len(parts)%2 == 0 {
				continue // a mark without its partner is a character
			}
			for i := 1; i < len(parts); i += 2 {
				parts[i] = "<" + mark[1] + ">" + parts[i] + "</" + mark[1] + ">"
			}
			p = strings.Join(parts, "")
		}
		b.WriteString("<p>" + p + "</p>\n")
	}
	return template.HTML(b.String())
}
