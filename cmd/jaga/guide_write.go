package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/durable"
	"github.com/jaga-project/jaga/internal/web/guide"
)

// partFile takes the place of guide.SumsFile while an export is written: it
// lists what belongs to the guide, so that one that was stopped can be told
// from other people's files, and finished.
const partFile = guide.SumsFile + ".part"

// writeExport writes the files into a folder.
func (a *app) writeExport(ctx context.Context, dir string, files []guide.File, force bool) (guideWritten, error) {
	done := guideWritten{Folder: dir}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return done, err
	}
	root, err := os.OpenRoot(dir) // a link in the folder leads nowhere else
	if err != nil {
		return done, err
	}
	defer func() { _ = root.Close() }()
	before, err := earlier(root)
	if err != nil {
		return done, err
	}
	if other := before.foreign(root.FS(), files); other != "" && !force {
		return done, errorf(jaga.CodeConflict, "choose an empty folder, or write into this one with --force", "%s holds %s, which this command did not write there", printable(dir), printable(other))
	}
	sums := files[len(files)-1].Data
	part := slices.Concat(before.lines(), sums)
	if err := durable.WriteFile(filepath.Join(dir, partFile), part, 0o644); err != nil {
		return done, err
	}
	if err := remove(root, guide.SumsFile); err != nil {
		return done, err
	}

	var written atomic.Int64
	show := a.startProgress("export", "files", func() (int64, int64, bool) { return written.Load(), int64(len(files)), true })
	defer show.end()
	now := map[string]bool{}
	for _, f := range files {
		if ctx.Err() != nil {
			return done, ctx.Err()
		}
		name := filepath.FromSlash(f.Name)
		if at := path.Dir(f.Name); at != "." {
			if err := root.MkdirAll(filepath.FromSlash(at), 0o755); err != nil {
				return done, err
			}
		}
		if f.Name == guide.SumsFile {
			if done.Removed, err = before.removeBut(root, now); err != nil {
				return done, err
			}
		}
		if have, err := root.ReadFile(name); err != nil || !bytes.Equal(have, f.Data) { // a stick wears out by writing
			if err := durable.WriteFile(filepath.Join(dir, name), f.Data, 0o644); err != nil {
				return done, err
			}
		}
		now[f.Name] = true
		done.Files++
		done.Bytes += int64(len(f.Data))
		written.Add(1)
	}
	sum := sha256.Sum256(sums)
	done.Sums = hex.EncodeToString(sum[:])
	return done, remove(root, partFile)
}

// remove removes a file that may be gone already.
func remove(root *os.Root, name string) error {
	if err := root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// export is what an earlier export says that it wrote: the sums that a file
// may have, by its name.
type export map[string][]string

// earlier reads the lists of an earlier export, of a finished one and of one
// that was stopped.
func earlier(root *os.Root) (export, error) {
	out := export{}
	for _, list := range []string{guide.SumsFile, partFile} {
		data, err := root.ReadFile(list)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(data)) {
			sum, name, ok := strings.Cut(strings.TrimSpace(line), "  ")
			if ok && isSafeName(name) {
				out[name] = append(out[name], sum)
			}
		}
	}
	return out, nil
}

// lines is the export as a list again.
func (e export) lines() []byte {
	var b bytes.Buffer
	for name, sums := range e {
		for _, sum := range sums {
			fmt.Fprintf(&b, "%s  %s\n", sum, name)
		}
	}
	return b.Bytes()
}

// foreign returns the first file of the folder that is neither one of an
// earlier export, as that wrote it, nor one of the new, or "".
func (e export) foreign(dir fs.FS, files []guide.File) string {
	found := ""
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() || name == guide.SumsFile && len(e) > 0 || name == partFile:
			return nil
		case strings.HasPrefix(path.Base(name), ".new-") && len(e) > 0: // of an export that was stopped
			return nil
		}
		data, err := fs.ReadFile(dir, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		if slices.Contains(e[name], hex.EncodeToString(sum[:])) || slices.ContainsFunc(files, func(f guide.File) bool { return f.Name == name && bytes.Equal(f.Data, data) }) {
			return nil
		}
		found = name
		return fs.SkipAll
	})
	if err != nil && found == "" {
		return fmt.Sprintf("something that cannot be read (%v)", err)
	}
	return found
}

// removeBut removes the files of an earlier export that are not among the new
// ones and have not been changed.
func (e export) removeBut(root *os.Root, now map[string]bool) (int, error) {
	n := 0
	for name, sums := range e {
		if now[name] {
			continue
		}
		at := filepath.FromSlash(name)
		data, err := root.ReadFile(at)
		if err != nil {
			continue // gone, or no file
		}
		if sum := sha256.Sum256(data); !slices.Contains(sums, hex.EncodeToString(sum[:])) {
			continue // somebody's work
		}
		if err := root.Remove(at); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}
