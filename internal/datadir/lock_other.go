//go:build !unix

package datadir

import (
	"errors"
	"os"
)

// lock relies on the system's refusal to remove a file that is open: whoever
// can remove the old lock may take a new one.
func lock(path string) (*os.File, error) {
	if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
		return nil, errors.Join(ErrInUse, err)
	}
	return os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
}
