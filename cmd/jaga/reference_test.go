package main

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the generated pages instead of comparing them")

// TestConfigReference keeps docs/configuration.md equal to the comments of
// the configuration's structs.
func TestConfigReference(t *testing.T) {
	comparePage(t, "../../docs/configuration.md", configReference(t))
}

// TestCommandReference keeps docs/commands.md equal to the commands' own help.
func TestCommandReference(t *testing.T) {
	root := (&app{}).root()
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	page, err := commandReference(root)
	if err != nil {
		t.Fatal(err)
	}
	comparePage(t, "../../docs/commands.md", page)
}

func comparePage(t *testing.T, path string, want []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is not what the program says; run make gen (-program +page):\n%s", path, diff)
	}
}

// configReference renders the page from config.go and its parts.
func configReference(t *testing.T) []byte {
	t.Helper()
	docs := map[string]string{} // "ServerConfig.Listen"
	names, err := filepath.Glob("config*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if s, ok := spec.Type.(*ast.StructType); ok {
				for _, f := range s.Fields.List {
					if len(f.Names) > 0 {
						docs[spec.Name.Name+"."+f.Names[0].Name] = f.Doc.Text()
					}
				}
			}
			return false
		})
	}

	var b bytes.Buffer
	b.WriteString(`# Configuration

Written from the comments of cmd/jaga/config.go; a test compares them.

Jaga needs no configuration. A value comes from the first of: a flag, an
environment variable, the file, the default. The file is the one named by
--config or JAGA_CONFIG, else jaga.toml in the data directory, where it may be
missing. A setting that does not exist is refused by name, in the file and in
the environment. In the environment, lists are separated by commas, and an empty
variable is as good as none.

`)
	root := reflect.TypeFor[Config]()
	fmt.Fprintf(&b, "## Outside the file\n\n")
	fmt.Fprintf(&b, "* `JAGA_CONFIG`: the configuration file.\n")
	fmt.Fprintf(&b, "* `JAGA_URL` and `JAGA_KEY`: a server elsewhere and an API key for it. Commands that\n  change or show something ask that server, and need no data directory then.\n")
	for f := range root.Fields() {
		doc := strings.TrimSpace(docs["Config."+f.Name])
		if doc == "" {
			t.Errorf("Config.%s has no comment", f.Name)
		}
		if f.Tag.Get("toml") == "-" {
			fmt.Fprintf(&b, "* `%s` (default `%s`): %s\n", f.Tag.Get("env"), f.Tag.Get("default"), oneLine(doc))
			continue
		}
		section, head := f.Type, "[%s]"
		if f.Type.Kind() == reflect.Slice {
			section, head = f.Type.Elem(), "[[%s]]"
		}
		fmt.Fprintf(&b, "\n## "+head+"\n\n%s\n\n", f.Tag.Get("toml"), doc)
		for g := range section.Fields() {
			doc := docs[section.Name()+"."+g.Name]
			if doc == "" {
				t.Errorf("%s.%s has no comment", section.Name(), g.Name)
			}
			key := g.Tag.Get("toml")
			def := g.Tag.Get("default")
			switch {
			case def == "" && g.Type.Kind() == reflect.Bool:
				def = "false"
			case def == "" && g.Type.Kind() == reflect.Slice:
				def = "[]"
			case def == "" && (g.Type.Kind() == reflect.Int || g.Type.Kind() == reflect.Int64):
				def = "0"
			case def == "":
				def = `""`
			}
			if f.Type.Kind() == reflect.Slice {
				fmt.Fprintf(&b, "* `%s` (default `%s`): %s\n", key, def, oneLine(doc))
				continue
			}
			env := "JAGA_" + strings.ToUpper(f.Tag.Get("toml")+"_"+key)
			fmt.Fprintf(&b, "* `%s` (default `%s`, environment `%s`): %s\n", key, def, env, oneLine(doc))
		}
	}
	return b.Bytes()
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
