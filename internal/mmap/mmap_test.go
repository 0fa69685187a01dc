package mmap_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/jaga-project/jaga/internal/mmap"
)

func TestOpen(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "some content"} {
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := mmap.Open(path)
		if err != nil || string(f.Bytes()) != text {
			t.Fatalf("%q, error %v", f.Bytes(), err)
		}
		if err := f.Close(); err != nil || f.Close() != nil {
			t.Errorf("close: %v", err)
		}
	}
	if _, err := mmap.Open(filepath.Join(t.TempDir(), "absent")); !os.IsNotExist(err) {
		t.Errorf("an absent file: %v", err)
	}
}

func TestHugeIsZeroedAndWritable(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 4095, 10_000, 5 << 20} {
		b := mmap.Huge(n)
		if len(b) != n {
			t.Fatalf("length %d, want %d", len(b), n)
		}
		for i, v := range b {
			if v != 0 {
				t.Fatal("not zeroed")
			}
			b[i] = 1
		}
	}
}
