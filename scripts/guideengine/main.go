// Guideengine writes static/engine.js.br of the guide: the engine of its check
// by words as one script, which works from any file server and needs no request
// beside its own. It holds the program for WebAssembly, the packs in their
// compact form, and the source of the worker that runs them.
//
// The same version of Go makes the same bytes. Another version leaves the file
// as it is and says so.
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/andybalholm/brotli"

	"github.com/jaga-project/jaga/convo/packs"
)

const (
	folder = "internal/web/guide"
	target = folder + "/static/engine.js.br"
	// limit is how large the file may be: a megabyte on a slow net is minutes.
	limit = 1 << 20
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "guideengine:", err)
		os.Exit(1)
	}
}

func run() error {
	head := "// Made by scripts/guideengine with " + runtime.Version() + ".\n"
	old, _ := os.ReadFile(target)
	was, _ := io.ReadAll(brotli.NewReader(bytes.NewReader(old)))
	if first, _, ok := strings.Cut(string(was), "\n"); ok && first+"\n" != head && len(os.Args) < 2 {
		fmt.Printf("note: %s was not made again: it says %q, and this is %s; guideengine -force makes it\n", target, first, runtime.Version())
		return nil
	}
	var b bytes.Buffer
	b.WriteString(head)
	if err := script(&b); err != nil {
		return err
	}
	if bytes.Equal(was, b.Bytes()) {
		return nil
	}
	var out bytes.Buffer
	w := brotli.NewWriterOptions(&out, brotli.WriterOptions{Quality: brotli.BestCompression, LGWin: 24})
	if _, err := w.Write(b.Bytes()); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	if out.Len() > limit {
		return fmt.Errorf("the engine has %d bytes, more than %d", out.Len(), limit)
	}
	fmt.Printf("%s: %d bytes of %d\n", target, out.Len(), limit)
	return os.WriteFile(target, out.Bytes(), 0o644)
}

// script writes engine.js.
func script(b *bytes.Buffer) error {
	support, err := os.ReadFile(filepath.Join(runtimeRoot(), "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return err
	}
	worker, err := os.ReadFile(folder + "/engine/worker.js")
	if err != nil {
		return err
	}
	program, err := build()
	if err != nil {
		return err
	}
	core, err := packs.Core()
	if err != nil {
		return err
	}
	b.WriteString("self.jagaEngine={worker:")
	quote(b, []rune(string(support)+string(worker)))
	b.WriteString(",\nwasm:")
	quote(b, latin(program))
	b.WriteString(",\npacks:[")
	for _, p := range core {
		quote(b, latin(p.AppendCompact(nil)))
		b.WriteString(",\n")
	}
	b.WriteString("]};\n")
	return nil
}

func runtimeRoot() string {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// build makes the program. Without inlining it is larger and compresses to less.
func build() ([]byte, error) {
	dir, err := os.MkdirTemp("", "guideengine")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "engine.wasm")
	cmd := exec.Command("go", "build", "-tags=small", "-trimpath", "-buildvcs=false", "-gcflags=all=-l", "-ldflags=-s -w -buildid=", "-o", file, "./"+folder+"/engine/wasm")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=", "GOWASM=", "GOEXPERIMENT=")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return joinData(data)
}

// latin is bytes as the characters of the same number, of which a script can
// hold a string. UTF-8 takes two bytes for half of them, which compression takes
// back.
func latin(data []byte) []rune {
	out := make([]rune, len(data))
	for i, c := range data {
		out[i] = rune(c)
	}
	return out
}

// quote writes a string of JavaScript.
func quote(b *bytes.Buffer, s []rune) {
	b.WriteByte('\'')
	for _, r := range s {
		switch r {
		case '\\', '\'':
			b.WriteByte('\\')
			b.WriteRune(r)
		case '\n':
			b.WriteString(`\n`)
		case '\r':
			b.WriteString(`\r`)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('\'')
}
