package main

import (
	"go/ast"
	"regexp"
	"slices"
	"testing"

	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/evidence"
)

// detailForm is the form of the name of a fact in a record.
var detailForm = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// TestDetailsHaveWords reads the code for the names of the facts that it puts
// into custody records: people read each of them by a word (custody/details.txt),
// and no word may be there for a fact that nothing records.
func TestDetailsHaveWords(t *testing.T) {
	t.Parallel()
	used := map[string]string{evidence.CommitKey: "internal/evidence/item.go"} // name, and where
	for _, tally := range []string{"received", "followed", "deleted", "removed"} {
		used[tally] = "internal/tell/tend.go"
	}
	eachSource(t, func(path string, file *ast.File) {
		if makesRecords(file) {
			detailNames(file, path, used)
		}
	})
	if len(used) < 60 {
		t.Fatalf("%d names were found: the test looks in the wrong place", len(used))
	}
	known := custody.DetailNames()
	for name, where := range used {
		if !slices.Contains(known, name) {
			t.Errorf("%s: the detail %s has no word; add it to custody/details.txt", where, name)
		}
	}
	for _, name := range known {
		if used[name] == "" {
			t.Errorf("custody/details.txt has a word for %s, which nothing records", name)
		}
	}
}

// makesRecords reports whether a file makes records: it names the event of one, or
// is of a package whose short helper makes them.
func makesRecords(file *ast.File) (makes bool) {
	ast.Inspect(file, func(n ast.Node) bool {
		x, ok := n.(*ast.SelectorExpr)
		makes = makes || ok && named(x.X, "custody") && x.Sel.Name == "Event"
		return !makes
	})
	return makes || slices.Contains([]string{"bank", "evidence", "look", "policy", "takedown", "tell"}, file.Name.Name)
}

// detailNames collects the names that a file writes into maps of texts, by way of
// records and of what packages make them with.
func detailNames(file *ast.File, path string, used map[string]string) {
	add := func(e ast.Expr) {
		if s, ok := textOf(e); ok && detailForm.MatchString(s) {
			used[s] = path
		}
	}
	keys := func(e ast.Expr) {
		if m, ok := e.(*ast.CompositeLit); ok {
			for _, x := range m.Elts {
				if kv, ok := x.(*ast.KeyValueExpr); ok {
					add(kv.Key)
				}
			}
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			if m, ok := n.Type.(*ast.MapType); ok && named(m.Key, "string") && (named(m.Value, "string") || named(m.Value, "int64")) {
				keys(n)
			}
		case *ast.KeyValueExpr:
			if named(n.Key, "Detail") {
				keys(n.Value)
			}
		case *ast.IndexExpr:
			if named(n.X, "detail") {
				add(n.Index)
			} else if x, ok := n.X.(*ast.SelectorExpr); ok && x.Sel.Name == "Detail" {
				add(n.Index)
			}
		}
		return true
	})
}

func named(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}
