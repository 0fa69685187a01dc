package console_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestPagesHideNothing reads the views of all pages: a field by the name of one that
// every page has would be shown in its place by the frame, such as the number beside
// Home.
func TestPagesHideNothing(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	views := map[string]*ast.StructType{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.TypeSpec); ok {
				if fields, ok := s.Type.(*ast.StructType); ok {
					views[s.Name.Name] = fields
				}
			}
			return true
		})
	}
	common, pages := map[string]bool{}, 0
	for _, f := range views["page"].Fields.List {
		for _, name := range f.Names {
			common[name.Name] = true
		}
	}
	for view, fields := range views {
		isPage := false
		for _, f := range fields.Fields.List {
			if id, ok := f.Type.(*ast.Ident); ok && id.Name == "page" && len(f.Names) == 0 {
				isPage = true
				pages++
			}
		}
		for _, f := range fields.Fields.List {
			for _, name := range f.Names {
				if isPage && common[name.Name] {
					t.Errorf("%s has a field %s, which hides that of the page", view, name.Name)
				}
			}
		}
	}
	if pages < 30 || len(common) < 10 {
		t.Fatalf("%d views and %d common fields were found: the test looks in the wrong place", pages, len(common))
	}
}
