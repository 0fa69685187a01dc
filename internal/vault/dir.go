package vault

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/jaga-project/jaga/internal/durable"
)

// Dir keeps blobs as files. A blob NAME is in the folder of NAME's last two
// characters, which are random in a UUIDv7 where the first are the time.
type Dir struct {
	path string
	mu   sync.Mutex // held while a folder is made
}

// partialPrefix begins the names of files that are being written.
const partialPrefix = "partial-"

// copyBuffer is how much is read at a time.
const copyBuffer = 256 << 10

// OpenDir opens the directory, and makes it for its owner alone where it is
// missing.
func OpenDir(path string) (*Dir, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, blobsDown("open blob directory", err)
	}
	return &Dir{path: path}, nil
}

// Place implements Blobs.
func (d *Dir) Place() string { return "directory " + d.path }

func (d *Dir) folder(name string) string {
	return filepath.Join(d.path, ("0" + name)[len(name)-1:])
}

func (d *Dir) file(name string) string { return filepath.Join(d.folder(name), name) }

// Put implements Blobs: the file is written beside its place under a name that
// nobody else has, flushed to the disk, and put in place by one system call
// that fails where something is; then the folder is flushed.
func (d *Dir) Put(ctx context.Context, name string, r io.Reader) (size int64, err error) {
	if err := checkName(name); err != nil {
		return 0, err
	}
	folder := d.folder(name)
	if err := d.make(folder); err != nil {
		return 0, blobsDown("store blob", err)
	}
	if _, err := os.Lstat(d.file(name)); err == nil {
		return 0, blobTaken(nil)
	}
	f, err := os.CreateTemp(folder, partialPrefix)
	if err != nil {
		return 0, blobsDown("store blob", err)
	}
	defer func() {
		_ = f.Close()
		_ = os.Remove(f.Name())
	}()
	src := &readError{r: contextReader{ctx, r}}
	size, err = io.CopyBuffer(onlyWriter{f}, src, make([]byte, copyBuffer))
	if src.err != nil {
		return 0, src.err // the source's own error, which has its own words
	}
	if err == nil {
		err = f.Sync()
	}
	if err == nil {
		err = f.Close()
	}
	if err == nil {
		err = place(f.Name(), d.file(name))
	}
	if errors.Is(err, fs.ErrExist) {
		return 0, blobTaken(err)
	}
	if err == nil {
		err = durable.SyncDir(folder)
	}
	if err != nil {
		return 0, blobsDown("store blob", err)
	}
	return size, nil
}

// place gives a file its name. A link, unlike a rename, never replaces a file;
// file systems without links are asked first whether there is one.
func place(from, to string) error {
	err := os.Link(from, to)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, err := os.Lstat(to); err == nil {
		return fs.ErrExist
	}
	return os.Rename(from, to)
}

func (d *Dir) make(folder string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, err := os.Stat(folder); err == nil {
		return nil
	}
	if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return durable.SyncDir(d.path)
}

// onlyWriter keeps io.Copy from choosing its own way, with its own buffer.
type onlyWriter struct{ io.Writer }

// readError remembers an error of the source, so that it is told from one of
// the store.
type readError struct {
	r   io.Reader
	err error
}

// Read implements io.Reader.
func (r *readError) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	if err != nil && err != io.EOF {
		r.err = err
	}
	return n, err
}

// fileBlob is an open file.
type fileBlob struct {
	*os.File
	size int64
}

// Size implements Blob.
func (b fileBlob) Size() int64 { return b.size }

// Open implements Blobs.
func (d *Dir) Open(_ context.Context, name string) (Blob, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	f, err := os.Open(d.file(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, noBlob(err)
	}
	if err != nil {
		return nil, blobsDown("open blob", err)
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		_ = f.Close()
		return nil, blobsDown("open blob", err)
	}
	return fileBlob{f, info.Size()}, nil
}

// Remove implements Blobs.
func (d *Dir) Remove(_ context.Context, name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	err := os.Remove(d.file(name))
	if errors.Is(err, fs.ErrNotExist) {
		return d.removePartial(name)
	}
	if err == nil {
		err = durable.SyncDir(d.folder(name))
	}
	if err != nil {
		return blobsDown("remove blob", err)
	}
	return nil
}

// removePartial removes what is left of a broken Put, which lies in the folder
// of the blob's name and not of its own.
func (d *Dir) removePartial(name string) error {
	if !strings.HasPrefix(name, partialPrefix) {
		return nil
	}
	found, err := filepath.Glob(filepath.Join(d.path, "??", name))
	if err == nil {
		for _, f := range found {
			err = errors.Join(err, os.Remove(f))
		}
	}
	if err != nil {
		return blobsDown("remove blob", err)
	}
	return nil
}

// List implements Blobs. Files that are not ours are left alone.
func (d *Dir) List(ctx context.Context, fn func(BlobInfo) error) error {
	folders, err := os.ReadDir(d.path)
	if err != nil {
		return blobsDown("list blobs", err)
	}
	for _, f := range folders {
		if !f.IsDir() || len(f.Name()) != 2 {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		files, err := os.ReadDir(filepath.Join(d.path, f.Name()))
		if err != nil {
			return blobsDown("list blobs", err)
		}
		for _, e := range files {
			info, err := e.Info()
			if errors.Is(err, fs.ErrNotExist) {
				continue // removed meanwhile
			}
			if err != nil {
				return blobsDown("list blobs", err)
			}
			partial := strings.HasPrefix(e.Name(), partialPrefix)
			if !info.Mode().IsRegular() || !validName(e.Name()) || !partial && d.folder(e.Name()) != filepath.Join(d.path, f.Name()) {
				continue
			}
			if err := fn(BlobInfo{e.Name(), info.Size(), info.ModTime(), partial}); err != nil {
				return err
			}
		}
	}
	return nil
}
