//go:build !wasm

package jaga_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/jaga-project/jaga"

// floors gives every package its floor. An import goes to a lower floor only,
// so one reads the tree from the bottom up and never in circles. A package
// inside another one's folder, without an entry of its own, belongs to it.
var floors = map[string]int{
	"":                     0,
	"pdq":                  0,
	"hamming":              0,
	"pdq/jpeg":             0,
	"internal/testpic":     0,
	"internal/testsound":   0,
	"vpdq":                 1,
	"convo/indicator":      0,
	"convo/text":           0,
	"convo/pack":           1,
	"convo/eval":           1,
	"convo/model":          1,
	"convo":                1,
	"convo/script":         1,
	"convo/packs":          1,
	"chroma":               1,
	"weblist":              1,
	"custody":              1,
	"internal/listfmt":     2,
	"internal/engine":      2,
	"internal/chatfile":    2,
	"internal/taxonomy":    1,
	"internal/sealed":      2,
	"internal/need":        3,
	"internal/jail":        3,
	"internal/durable":     3,
	"internal/datadir":     4,
	"internal/mmap":        3,
	"internal/archive":     3,
	"internal/report":      3,
	"internal/chatlook":    3,
	"internal/contact":     3,
	"internal/law":         3,
	"internal/look":        4,
	"internal/store":       3,
	"internal/outbound":    3,
	"internal/media":       3,
	"internal/vault":       3,
	"internal/evidence":    4,
	"internal/storetest":   4,
	"internal/browsertest": 4,
	"internal/bank":        4,
	"internal/helpcheck":   4,
	"internal/auth":        4,
	"internal/action":      4,
	"internal/plugin":      4,
	"internal/policy":      4,
	"internal/agreed":      4,
	"internal/tsatest":     3,
	"internal/sealto":      3,
	"internal/damagetable": 3,
	"internal/proof":       4,
	"internal/slip":        3,
	"internal/casework":    4,
	"internal/takedown":    5,
	"internal/tell":        4,
	"internal/spread":      4,
	"internal/tip":         5,
	"internal/intake":      5,
	"internal/converse":    5,
	"internal/trouble":     5,
	"internal/live":        6,
	"internal/web":         7,
	"internal/web/api":     7,
	"internal/web/hma":     7,
	"internal/web/console": 7,
	"internal/web/guide":   7,
	"cmd":                  8,
	"bench":                8,
	"scripts":              8,
	"tools":                8,
}

// sameFloor lists the imports inside a floor that are meant: a package and
// the part of it that has a folder of its own.
var sameFloor = map[string][]string{
	"pdq/jpeg": {"pdq"},
	"pdq":      {""},
	// Flushing a folder to the disk is one system call of everybody's.
	"internal/vault": {"internal/durable"},
	// What runs confined is tested with programs that may not be there, and
	// decoders of media run in the jail.
	"internal/media": {"internal/jail"},
	// convo is one library in parts: the format of packs, the detector, the
	// test language on top of it, and the packs, which carry such tests.
	"convo":        {"convo/pack", "convo/model"},
	"convo/model":  {"convo/eval"},
	"convo/script": {"convo", "convo/pack"},
	"convo/packs":  {"convo", "convo/pack", "convo/script"},
}

// pureFloor is the highest floor whose packages also run in a browser.
const pureFloor = 2

// only says who may import what, and why nobody else.
var only = []struct {
	imports string // an import path, or a prefix ending in /
	owners  []string
	why     string
}{
	{"modernc.org/sqlite", []string{"internal/store", "bench"}, "another database driver must touch one package only"},
	{"github.com/jackc/pgx/", []string{"internal/store", "internal/storetest"}, "another database driver must touch one package only"},
	{"github.com/riverqueue/", []string{"internal/store"}, "jobs are written through Tx.Enqueue, inside the transaction"},
	{"github.com/pressly/goose/", []string{"internal/store"}, "the schema is the store's"},
	{"database/sql", []string{"internal/store", "internal/storetest", "bench"}, "transactions go through the store, which writes the custody record with them"},
	{"github.com/minio/", []string{"internal/vault"}, "another object store must touch one package only"},
	{"os/exec", []string{"internal/media", "internal/need", "internal/storetest", "bench", "scripts", "tools", "cmd"}, "only the decoder starts programs"},
	{"github.com/landlock-lsm/", []string{"internal/jail"}, "what confines hostile files' decoders is decided in one place"},
	{"github.com/elastic/", []string{"internal/jail"}, "what confines hostile files' decoders is decided in one place"},
	{"image/gif", []string{"internal/media", "internal/testpic"}, "hostile files are decoded in one place, under limits"},
	{"image/png", []string{"internal/media", "internal/testpic", "internal/web/guide/picture", "bench", "scripts"}, "hostile files are decoded in one place, under limits"},
	{"image/jpeg", []string{"internal/media", "internal/testpic", "bench"}, "hostile files are decoded in one place, under limits"},
	{"filippo.io/age", []string{"internal/sealto", "internal/vault"}, "what is encrypted, and to whom, is decided in few places"},
	{"filippo.io/age/", []string{"internal/vault"}, "how evidence is sealed is decided in one place"},
	{"golang.org/x/image/", []string{"internal/media", "internal/testpic", "bench"}, "hostile files are decoded in one place, under limits"},
	{"html/template", []string{"internal/web"}, "pages are rendered in one place, so that hostile text is escaped in one place"},
	{"github.com/danielgtaylor/huma/", []string{"internal/web"}, "the framework of the API is a detail of it"},
	{"github.com/coder/websocket", []string{"internal/web", "internal/live", "cmd"}, "sockets are a way into the API, and one to streams of pictures"},
	{"github.com/spf13/", []string{"cmd"}, "the command line is the outermost layer"},
	{"github.com/vbauerster/mpb/", []string{"cmd"}, "only a command has a terminal"},
	{"github.com/go-webauthn/", []string{"internal/auth"}, "who somebody is, is found out in one place"},
	{"github.com/coreos/go-oidc/", []string{"internal/auth"}, "who somebody is, is found out in one place"},
	{"golang.org/x/oauth2", []string{"internal/auth"}, "who somebody is, is found out in one place"},
	{"golang.org/x/crypto/argon2", []string{"internal/auth"}, "passwords are hashed in one place, under one limit"},
	{"github.com/yuin/goldmark", []string{"internal/web/guide"}, "texts become HTML in one place, so that what they may hold is decided in one place"},
	{"github.com/yuin/goldmark/", []string{"internal/web/guide"}, "texts become HTML in one place, so that what they may hold is decided in one place"},
	{"cel.dev/", []string{"internal/policy"}, "the language of rules touches one package only"},
	{"unsafe", []string{"chroma", "pdq", "hamming", "internal/engine", "internal/mmap", "internal/store"}, "memory safety is what keeps hostile input harmless"},
}

// pureForbidden are imports that a package of a pure floor has no use for:
// its answers come from its arguments alone, so they can be tested, replayed
// as evidence, and run in a browser.
var pureForbidden = []string{"os", "net", "net/http", "log", "log/slog", "os/exec", "os/signal", "syscall", "database/sql", "plugin", "math/rand"}

// pureModules are the modules outside the standard library that packages of
// pure floors may use.
var pureModules = map[string][]string{
	"custody":    {"golang.org/x/mod/"},
	"convo/text": {"golang.org/x/text/"},
	// What a host is called in ASCII is decided by large tables of Unicode.
	"weblist": {"golang.org/x/net/idna"},
}

type pkg struct {
	ImportPath     string
	Dir            string
	GoFiles        []string
	CgoFiles       []string
	IgnoredGoFiles []string
	TestGoFiles    []string
	XTestGoFiles   []string
	Imports        []string
}

func (p pkg) rel() string {
	return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
}

// listed is every package of the module; the go command answers in well under
// a second.
func listed(t *testing.T) []pkg {
	t.Helper()
	out, err := exec.Command("go", "list", "-e", "-json=ImportPath,Dir,GoFiles,CgoFiles,IgnoredGoFiles,TestGoFiles,XTestGoFiles,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(p.rel(), "bin/") { // built by scripts, not kept
			all = append(all, p)
		}
	}
}

// home returns the entry of floors that a package belongs to.
func home(rel string) (string, bool) {
	for at := rel; ; at = filepath.ToSlash(filepath.Dir(at)) {
		if at == "." {
			return "", rel == ""
		}
		if _, ok := floors[at]; ok {
			return at, true
		}
	}
}

func TestFloorsImportsGoDown(t *testing.T) {
	t.Parallel()
	for _, p := range listed(t) {
		from, ok := home(p.rel())
		if !ok {
			t.Errorf("%s has no floor: give it one in floors_test.go, as low as its imports allow", p.rel())
			continue
		}
		for _, imp := range p.Imports {
			rel, inside := strings.CutPrefix(imp, module)
			if !inside {
				continue
			}
			rel = strings.TrimPrefix(rel, "/")
			to, ok := home(rel)
			switch {
			case !ok || to == from:
			case floors[to] < floors[from]:
			case floors[to] == floors[from] && slices.Contains(sameFloor[from], to):
			default:
				t.Errorf("%s (floor %d) imports %s (floor %d): imports go to a lower floor only; "+
					"move what both need down, or let the caller above pass it in", name(from), floors[from], name(to), floors[to])
			}
		}
	}
}

func name(rel string) string {
	if rel == "" {
		return "jaga"
	}
	return rel
}

func TestFloorsOwners(t *testing.T) {
	t.Parallel()
	for _, p := range listed(t) {
		for _, imp := range p.Imports {
			for _, rule := range only {
				if imp != rule.imports && !(strings.HasSuffix(rule.imports, "/") && strings.HasPrefix(imp, rule.imports)) {
					continue
				}
				mine := func(owner string) bool { return p.rel() == owner || strings.HasPrefix(p.rel(), owner+"/") }
				if !slices.ContainsFunc(rule.owners, mine) {
					t.Errorf("%s imports %s, which only %s may: %s", name(p.rel()), imp, strings.Join(rule.owners, ", "), rule.why)
				}
			}
		}
	}
}

func TestFloorsPure(t *testing.T) {
	t.Parallel()
	for _, p := range listed(t) {
		at, ok := home(p.rel())
		if !ok || floors[at] > pureFloor {
			continue
		}
		for _, imp := range p.Imports {
			first, _, _ := strings.Cut(imp, "/")
			switch {
			case slices.Contains(pureForbidden, imp):
				t.Errorf("%s imports %s: floors 0 to %d do no input or output, so that they run in a browser and their answers depend on nothing but their arguments", name(p.rel()), imp, pureFloor)
			case strings.HasPrefix(imp, module), !strings.Contains(first, "."):
			case !slices.ContainsFunc(pureModules[at], func(m string) bool { return strings.HasPrefix(imp, m) }):
				t.Errorf("%s imports %s: the public libraries use the standard library alone, so that anybody can take them without taking more", name(p.rel()), imp)
			}
		}
	}
}

// TestFloorsSource reads every file's syntax tree for what imports do not show.
func TestFloorsSource(t *testing.T) {
	t.Parallel()
	fset := token.NewFileSet()
	for _, p := range listed(t) {
		at, _ := home(p.rel())
		for _, f := range slices.Concat(p.GoFiles, p.CgoFiles, p.IgnoredGoFiles) {
			path := filepath.Join(p.Dir, f)
			file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution|parser.ParseComments)
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			if !ast.IsGenerated(file) {
				checkSource(t, fset, file, at, p.rel())
			}
		}
	}
}

func checkSource(t *testing.T, fset *token.FileSet, file *ast.File, at, rel string) {
	t.Helper()
	report := func(n ast.Node, format string, args ...any) {
		pos := fset.Position(n.Pos())
		t.Errorf("%s/%s:%d: %s", rel, filepath.Base(pos.Filename), pos.Line, fmt.Sprintf(format, args...))
	}
	names := importNames(file)
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil && d.Name.Name == "init" {
				report(d, "init runs before anybody asked for anything; make it a function or a value")
			}
		case *ast.GenDecl:
			if d.Tok != token.VAR {
				continue
			}
			for _, spec := range d.Specs {
				v := spec.(*ast.ValueSpec)
				if why := mutable(v, names); why != "" && !hasDirective(d, v) {
					report(v, "package variable %s %s: state that everybody can change belongs to a value that somebody owns", v.Names[0].Name, why)
				}
			}
		}
	}
	if floors[at] > pureFloor {
		return
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && names[x.Name] == "time" && slices.Contains([]string{"Now", "Since", "Until", "Sleep", "After", "Tick", "NewTimer", "NewTicker", "AfterFunc"}, s.Sel.Name) {
				report(n, "time.%s: floors 0 to %d read no clock; the caller passes the time in", s.Sel.Name, pureFloor)
			}
		}
		return true
	})
}

// importNames maps the names a file uses to import paths.
func importNames(file *ast.File) map[string]string {
	m := map[string]string{}
	for _, i := range file.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			continue
		}
		as := path[strings.LastIndex(path, "/")+1:]
		if i.Name != nil {
			as = i.Name.Name
		}
		m[as] = path
	}
	return m
}

// hasDirective reports whether the variable is filled by the toolchain, such
// as an embedded file system.
func hasDirective(d *ast.GenDecl, v *ast.ValueSpec) bool {
	for _, g := range []*ast.CommentGroup{d.Doc, v.Doc} {
		if g == nil {
			continue
		}
		for _, c := range g.List {
			if strings.HasPrefix(c.Text, "//go:embed") {
				return true
			}
		}
	}
	return false
}

// mutable says why a package variable looks like state, or "". Tables,
// errors, compiled expressions and interface assertions are values that are
// written once, where they are declared.
func mutable(v *ast.ValueSpec, names map[string]string) string {
	if len(v.Names) == 1 && v.Names[0].Name == "_" {
		return ""
	}
	switch typ := v.Type.(type) {
	case *ast.MapType, *ast.ArrayType, *ast.Ident, *ast.FuncType, *ast.InterfaceType, nil:
	case *ast.SelectorExpr:
		x, ok := typ.X.(*ast.Ident)
		if ok && (names[x.Name] == "sync" || names[x.Name] == "sync/atomic") {
			return "is a " + x.Name + "." + typ.Sel.Name
		}
	case *ast.StarExpr:
		if len(v.Values) == 0 {
			return "is a pointer that is set later"
		}
	case *ast.ChanType:
		return "is a channel"
	}
	if len(v.Values) == 0 {
		if _, array := v.Type.(*ast.ArrayType); !array {
			return "is declared without a value, so something sets it later"
		}
	}
	for _, val := range v.Values {
		if c, ok := val.(*ast.CompositeLit); ok {
			if s, ok := c.Type.(*ast.SelectorExpr); ok && s.Sel.Name != "Pool" { // nobody can see what a pool holds
				if x, ok := s.X.(*ast.Ident); ok && (names[x.Name] == "sync" || names[x.Name] == "sync/atomic") {
					return "is a " + x.Name + "." + s.Sel.Name
				}
			}
		}
		if c, ok := val.(*ast.CallExpr); ok {
			if f, ok := c.Fun.(*ast.Ident); ok && f.Name == "make" {
				return "is made empty, so something fills it later"
			}
		}
	}
	return ""
}

func TestFloorsFileLength(t *testing.T) {
	t.Parallel()
	const limit = 600
	for _, p := range listed(t) {
		for _, f := range slices.Concat(p.GoFiles, p.IgnoredGoFiles, p.TestGoFiles, p.XTestGoFiles) {
			data, err := os.ReadFile(filepath.Join(p.Dir, f))
			if err != nil {
				t.Error(err)
				continue
			}
			if n := strings.Count(string(data), "\n"); n > limit && !strings.Contains(string(data[:min(400, len(data))]), "Code generated") {
				t.Errorf("%s/%s has %d lines, more than %d: one concept a file, small enough to read in one sitting", p.rel(), f, n, limit)
			}
		}
	}
}
