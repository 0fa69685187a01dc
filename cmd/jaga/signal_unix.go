//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// ignoreFileSize makes a file that reaches the process's size limit an error
// of that write, like a full disk, and not the end of the process.
func ignoreFileSize() { signal.Ignore(syscall.SIGXFSZ) }
