package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/jaga-project/jaga"
)

// file is one file to be checked. Err says why it, or the folder it names,
// could not even be looked at.
type file struct {
	seq  int
	path string
	info fs.FileInfo // nil when err is set
	err  error
}

// walkFiles calls send for every regular file under the paths, in lexical
// order, until it fails. Links below a path are not followed, so no file comes
// twice and none from outside; devices, sockets and pipes are no files. leave
// names files that the scan itself writes.
func walkFiles(paths []string, leave map[string]bool, send func(file) error) error {
	seq := 0
	send = func(next func(file) error) func(file) error {
		return func(f file) error {
			f.seq = seq
			seq++
			return next(f)
		}
	}(send)
	for _, root := range paths {
		if info, err := os.Stat(root); err == nil && !info.IsDir() && !info.Mode().IsRegular() {
			if err := send(file{path: root, err: errors.New("it is no regular file")}); err != nil {
				return err
			}
			continue
		}
		// A link given on the command line is meant.
		if target, err := filepath.EvalSymlinks(root); err == nil && target != filepath.Clean(root) {
			if info, err := os.Stat(target); err == nil && info.Mode().IsRegular() {
				if err := send(file{path: root, info: info}); err != nil {
					return err
				}
				continue
			}
			root = target
		}
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return send(file{path: path, err: err})
			}
			if !d.Type().IsRegular() {
				return nil
			}
			if abs, err := filepath.Abs(path); err == nil && leave[abs] {
				return nil
			}
			info, err := d.Info()
			return send(file{path: path, info: info, err: err})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// countFiles counts what the walk will find, so that the time left is known
// while the slower part is under way. An error only ends the counting; the
// walk itself reports it.
func countFiles(ctx context.Context, paths []string, leave map[string]bool, n *atomic.Int64, all *atomic.Bool) {
	err := walkFiles(paths, leave, func(file) error {
		n.Add(1)
		return ctx.Err()
	})
	all.Store(err == nil)
}

// checkPaths refuses a path that is not there before anything starts.
func checkPaths(paths []string) error {
	for _, p := range paths {
		if _, err := os.Stat(p); err != nil {
			return errorf(jaga.CodeNotFound, "", "scan: %w", err)
		}
	}
	return nil
}
