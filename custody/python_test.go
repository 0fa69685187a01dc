package custody_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/custody"
	"github.com/jaga-project/jaga/internal/need"
)

// TestIndependentVerifier has a program that shares no line with this package
// check what it writes, so that docs/custody.md is known to be enough.
func TestIndependentVerifier(t *testing.T) {
	t.Parallel()
	need.Tool(t, "python3")
	dir := t.TempDir()
	m := testBundle(t, nil)
	finger, err := custody.Fingerprint(m.verifier)
	if err != nil {
		t.Fatal(err)
	}
	signs := exec.Command("python3", "-c", "import cryptography").Run() == nil
	run := func(data []byte, args ...string) (string, int) {
		path := filepath.Join(dir, fmt.Sprintf("%d.zip", len(data)))
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("python3", append([]string{"../scripts/verify_bundle.py", path}, args...)...)
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatalf("%v: %s", err, out)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	want := 0
	if !signs {
		want = 3
	}
	if out, code := run(m.data, finger); code != want || !strings.Contains(out, "OK 22 records, 2 files") {
		t.Errorf("exit %d: %s", code, out)
	}
	if out, code := run(m.data); code != 3 {
		t.Errorf("without a fingerprint: exit %d: %s", code, out)
	}
	if out, code := run(m.data, strings.Repeat("0", 64)); code != 1 {
		t.Errorf("with another fingerprint: exit %d: %s", code, out)
	}
	at := bytes.Index(m.data, []byte(`"person:1"`))
	bad := bytes.Clone(m.data)
	bad[at+8]++
	if out, code := run(bad, finger); code != 1 {
		t.Errorf("a changed record: exit %d: %s", code, out)
	}
	// With encrypted files: their bytes are checked, and what is inside is not.
	with := content(t, agency(t), nil)
	if out, code := run(with.data, finger); code != 3 || !strings.Contains(out, "what is inside 3 files") || !strings.Contains(out, "OK 3 records, 3 files") {
		t.Errorf("with content: exit %d: %s", code, out)
	}
	clear := content(t, agency(t), func(_ *custody.Contents, files map[string][]byte) { files["1.age"] = []byte("in the clear") })
	if out, code := run(clear.data, finger); code != 1 || !strings.Contains(out, "data/files/1.age: it should be encrypted") {
		t.Errorf("with content in the clear: exit %d: %s", code, out)
	}
	spoilt := bytes.Clone(with.data)
	spoilt[50_000]++
	if out, code := run(spoilt, finger); code != 1 {
		t.Errorf("with content that was changed: exit %d: %s", code, out)
	}
	// Proofs of many shapes, by trees of many sizes.
	for extra := range 20 {
		m := grown(t, extra)
		if out, code := run(m.data, finger); code != want {
			t.Fatalf("%d records more: exit %d: %s", extra, code, out)
		}
	}
}
