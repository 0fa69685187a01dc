package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/casework"
	"github.com/jaga-project/jaga/internal/policy"
)

// actionForm is the form of an action's name.
var actionForm = regexp.MustCompile(`^[a-z]+\.[a-z_]+$`)

// TestActionsAreExplained reads the code for the names of all actions that it
// records: each must be explained in words (custody/actions/*.txt), and no word
// may explain an action that nothing records.
func TestActionsAreExplained(t *testing.T) {
	t.Parallel()
	used := map[string]string{} // action, and where
	eachSource(t, func(path string, file *ast.File) { actionsOf(file, path, used) })
	for _, k := range casework.EventKinds() {
		used["case."+string(k)] = "internal/casework/machine.go"
	}
	// Of the steps of a rule, those that need no second person.
	for _, to := range []policy.State{policy.Shadow, policy.Retired} {
		used["rule."+string(to)] = "internal/policy/lifecycle.go"
	}
	if len(used) < 25 {
		t.Fatalf("%d actions were found: the test looks in the wrong place", len(used))
	}
	known := custody.Actions()
	for action, where := range used {
		if !slices.Contains(known, action) {
			t.Errorf("%s: the action %s is explained nowhere; add it to a file in custody/actions", where, action)
		}
	}
	for _, action := range known {
		if used[action] == "" {
			t.Errorf("custody/actions explains %s, which nothing records", action)
		}
	}
}

// eachSource reads the sources of the whole project, but for tests.
func eachSource(t *testing.T, fn func(path string, file *ast.File)) {
	t.Helper()
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err == nil {
			fn(path, file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// actionsOf collects the actions of a file. What stands in the field Action of an
// event must be explained; an action that comes to the field by way of a variable
// is known by being written as a text somewhere.
func actionsOf(file *ast.File, path string, used map[string]string) {
	ast.Inspect(file, func(n ast.Node) bool {
		if kv, ok := n.(*ast.KeyValueExpr); ok {
			if k, ok := kv.Key.(*ast.Ident); ok && k.Name == "Action" {
				if s, ok := textOf(kv.Value); ok && actionForm.MatchString(s) {
					used[s] = path
				}
			}
		}
		if e, ok := n.(ast.Expr); ok {
			if s, ok := textOf(e); ok && slices.Contains(custody.Actions(), s) {
				used[s] = path
			}
		}
		// Calls of the short helpers by which packages make events.
		if c, ok := n.(*ast.CallExpr); ok && helper(c) {
			for _, a := range c.Args {
				if s, ok := textOf(a); ok && actionForm.MatchString(s) {
					used[s] = path
				}
			}
		}
		return true
	})
}

// helper reports whether a call is of a function that makes an event, which
// packages name event or record.
func helper(c *ast.CallExpr) bool {
	name := ""
	switch f := c.Fun.(type) {
	case *ast.Ident:
		name = f.Name
	case *ast.SelectorExpr:
		name = f.Sel.Name
	}
	return slices.Contains([]string{"event", "record", "Event", "Record", "audit", "change"}, name)
}

func textOf(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}
