//go:build !linux

package jail

import (
	"context"
	"os"
)

// Main is called before anything else in a program that uses this package. On this
// system it has nothing to do.
func Main(...Worker) {}

func start(context.Context, Spec) (*Process, error) {
	return nil, &Unavailable{"this version confines programs on Linux only"}
}

// Pipe returns a pipe: what is written to w can be read from r.
func Pipe() (r, w *os.File, err error) { return os.Pipe() }

// Output returns a pipe: w is for [Spec.Stdout], and what is written to it can be
// read from r.
func Output() (r, w *os.File, err error) { return os.Pipe() }

// Memory would return a file that is in memory only.
func Memory([]byte) (*os.File, error) {
	return nil, &Unavailable{"this version confines programs on Linux only"}
}

func kill(int) {}

func peak(*os.ProcessState) int64 { return 0 }
