package datadir_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/datadir"
)

func TestOpenMakesOneIdentityAndKeepsIt(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a", "b")
	if _, err := datadir.Open(path, false); jaga.CodeOf(err) != jaga.CodeNotFound {
		t.Fatalf("a missing directory: %v", err)
	}
	d, err := datadir.Open(path, true)
	if err != nil || !d.Created {
		t.Fatalf("created %v, error %v", d != nil && d.Created, err)
	}
	first := d.Identity
	if key, err := first.Key(); err != nil || key == [32]byte{} {
		t.Errorf("index key %x, error %v", key, err)
	}
	if _, err := datadir.Open(path, true); jaga.CodeOf(err) != jaga.CodeConflict || !strings.Contains(err.Error(), "another process") {
		t.Errorf("a second holder: %v", err)
	}
	d.Close()
	d, err = datadir.Open(path, false)
	if err != nil || d.Created || d.Identity != first {
		t.Fatalf("identity changed, error %v", err)
	}
	d.Close()
	if info, err := os.Stat(filepath.Join(path, "identity.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("identity.json: %v, error %v", info.Mode(), err)
	}
}

func TestOpenRefusesOtherPeoplesDirectories(t *testing.T) {
	t.Parallel()
	path := t.TempDir()
	if err := os.WriteFile(filepath.Join(path, "holiday.jpg"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := datadir.Open(path, true)
	if jaga.CodeOf(err) != jaga.CodeConflict || !strings.Contains(err.Error(), "holiday.jpg") {
		t.Errorf("error %v", err)
	}
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, "identity.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := datadir.Open(broken, true); jaga.CodeOf(err) != jaga.CodeInvalid {
		t.Errorf("a broken identity: %v", err)
	}
	newer := t.TempDir()
	if err := os.WriteFile(filepath.Join(newer, "identity.json"), []byte(`{"format":2,"id":"x"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := datadir.Open(newer, true); jaga.CodeOf(err) != jaga.CodeConflict {
		t.Errorf("a newer identity: %v", err)
	}
}
