package report

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Files are written pages and plots, by their path from the top of the
// repository.
type Files map[string][]byte

// Write writes the files below root.
func (f Files) Write(root string) error {
	for name, data := range f {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("write a page: %w", err)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			return fmt.Errorf("write a page: %w", err)
		}
	}
	return nil
}

// Check compares the files with those below root, and names each that differs
// with the command that writes it again.
func (f Files) Check(root, command string) error {
	var errs []error
	for name, want := range f {
		got, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			errs = append(errs, fmt.Errorf("read a page: %w", err))
		} else if !bytes.Equal(got, want) {
			errs = append(errs, fmt.Errorf("%s is not what the results give; run %s", name, command))
		}
	}
	return errors.Join(errs...)
}
