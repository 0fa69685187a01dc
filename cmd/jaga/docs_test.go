//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"image/jpeg"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jaga-project/jaga/internal/datadir"
	"github.com/jaga-project/jaga/internal/need"
)

// TestDocs runs the shell blocks of README.md and docs/, page by page, each in
// a fresh home with a freshly built jaga. A page finds a picture photo.jpg and
// a smaller one of the same scene, photo-small.jpg, as its readers have some
// of their own.
//
// A block that is not run says why in the line before it:
//
//	<!-- no-test: needs a mail server -->
func TestDocs(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	need.Tool(t, "curl")
	bin := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", filepath.Join(bin, "jaga"), ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, page := range append(pages, "../../README.md") {
		blocks := shellBlocks(t, page)
		if len(blocks) == 0 {
			continue
		}
		ran++
		t.Run(filepath.Base(page), func(t *testing.T) { runPage(t, bin, blocks) })
	}
	if ran == 0 {
		t.Error("no page has a shell block: the test looks in the wrong place")
	}
}

// block is one shell block and the line it starts at.
type block struct {
	line int
	text string
}

var noTest = regexp.MustCompile(`^<!-- no-test: \S.* -->$`)

func shellBlocks(t *testing.T, page string) (blocks []block) {
	t.Helper()
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var open *block
	before, n := "", 0
	for line := range strings.Lines(string(data)) {
		n++
		line = strings.TrimRight(line, "\n")
		switch {
		case open == nil && line == "```sh":
			open = &block{line: n + 1}
			if noTest.MatchString(before) {
				open.line = 0
			}
		case open != nil && line == "```":
			if open.line > 0 {
				blocks = append(blocks, *open)
			}
			open = nil
		case open != nil:
			open.text += line + "\n"
		}
		before = line
	}
	return blocks
}

// runPage runs the blocks of a page in one shell, so that what one sets the
// next can use.
func runPage(t *testing.T, bin string, blocks []block) {
	dir := t.TempDir()
	for name, width := range map[string]int{"photo.jpg": 800, "photo-small.jpg": 300} {
		var b bytes.Buffer
		if err := jpeg.Encode(&b, scene(7, width, width*3/4, false), &jpeg.Options{Quality: 85}); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	addr := freeAddress(t)
	environ := []string{"HOME=" + dir, "TMPDIR=" + t.TempDir(), "LANG=C.UTF-8", "JAGA_SERVER_LISTEN=" + addr,
		"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH")}
	environ = append(environ, pageServer(t, bin, blocks)...)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-eu")
	cmd.Dir = dir
	cmd.Env = environ
	ownGroup(cmd)
	var script strings.Builder
	for _, b := range blocks {
		text := strings.ReplaceAll(b.text, "127.0.0.1:8474", addr)
		fmt.Fprintf(&script, "echo '# block at line %d' >&2\n%s", b.line, text)
	}
	script.WriteString("echo '# end' >&2\n")
	cmd.Stdin = strings.NewReader(script.String())
	var out lockedBuffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = time.Second
	cmd.Cancel = func() error { return killGroup(cmd) }
	err := cmd.Run()
	_ = killGroup(cmd) // a server that a block started
	if err != nil && !strings.Contains(out.String(), "\n# end\n") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// pageServer starts a server for a page whose readers have one, and returns
// what tells the page of it: pages that speak of $JAGA_URL are such.
func pageServer(t *testing.T, bin string, blocks []block) []string {
	t.Helper()
	if !slices.ContainsFunc(blocks, func(b block) bool { return strings.Contains(b.text, "$JAGA_URL") }) {
		return nil
	}
	data := filepath.Join(t.TempDir(), "data")
	run := func(args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(bin, "jaga"), args...)
		cmd.Env = append(os.Environ(), "JAGA_DATA="+data, "JAGA_SERVER_HMA_OPEN_NETWORKS=127.0.0.0/8,::1/128", "JAGA_LOG_LEVEL=warn")
		return cmd
	}
	serve := run("serve", "--listen", "127.0.0.1:0")
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = serve.Process.Kill()
		_ = serve.Wait()
	})
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		at, err := datadir.ReadServer(data)
		if err == nil && run("status").Run() == nil {
			return []string{"JAGA_URL=" + at.URL, "JAGA_KEY=" + at.Key, "JAGA_DATA=" + data}
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server for the page did not start: %v", err)
		}
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestShellBlocks keeps the reader of pages from silently finding nothing.
func TestShellBlocks(t *testing.T) {
	t.Parallel()
	page := filepath.Join(t.TempDir(), "page.md")
	text := "a\n```sh\none\ntwo\n```\n<!-- no-test: not here -->\n```sh\nthree\n```\n```go\nfour\n```\n"
	if err := os.WriteFile(page, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	got := shellBlocks(t, page)
	if len(got) != 1 || got[0] != (block{3, "one\ntwo\n"}) {
		t.Errorf("blocks %+v", got)
	}
}

// ownGroup and killGroup end what a page left running.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func killGroup(cmd *exec.Cmd) error {
	if cmd.Process == nil {
		return nil
	}
	return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
}
