package report_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/internal/report"
)

func TestFiles(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	f := report.Files{"docs/a.md": []byte("a"), "docs/img/b.svg": []byte("b")}
	if err := f.Check(root, "make it"); err == nil {
		t.Error("files that are not there pass")
	}
	if err := f.Write(root); err != nil {
		t.Fatal(err)
	}
	if err := f.Check(root, "make it"); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(root, "docs/a.md"), []byte("changed"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Check(root, "make it"); err == nil || !strings.Contains(err.Error(), "docs/a.md") || !strings.Contains(err.Error(), "make it") {
		t.Errorf("a changed page: %v", err)
	}
}
