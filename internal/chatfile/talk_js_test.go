//go:build !wasm

package chatfile_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/internal/need"
)

// TestTalkGoldenJS runs TestTalkGolden compiled for js/wasm: what a browser
// answers is what a server answers, byte for byte.
func TestTalkGoldenJS(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("compiles for js/wasm")
	}
	if _, err := exec.LookPath("node"); err != nil {
		need.Missing(t, "node", "node is not here")
	}
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	runner := filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "go_js_wasm_exec")
	cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-exec", runner, "-run", "^TestTalkGolden$", "-v", ".")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0", "GOFLAGS=")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestTalkGolden") {
		t.Errorf("under js/wasm: %v\n%s", err, out)
	}
}
