//go:build unix

package main

import (
	"os"
	"syscall"
)

// lockFile takes the only lock on the file, or fails at once. It is released
// when the file is closed or the process ends, however it ends.
func lockFile(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
