package custody

import (
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"strings"
)

// source is where the files of a bundle are read from.
type source interface {
	// list returns the names of the files.
	list() []string
	size(name string) int64
	// open returns the bytes of a file that is in the list.
	open(name string) (io.ReadCloser, error)
	// sum is the checksum that the container states, if it states one.
	sum(name string) (crc uint32, ok bool)
	// ordered is true when the order of the list is part of the form.
	ordered() bool
}

// zipSource is a bundle as one file.
type zipSource struct {
	r      io.ReaderAt
	names  []string
	byName map[string]entry
}

func newZipSource(r io.ReaderAt, size int64) (*zipSource, error) {
	all, err := readZip(r, size)
	if err != nil {
		return nil, err
	}
	z := &zipSource{r: r, byName: map[string]entry{}}
	for _, e := range all {
		z.names, z.byName[e.name] = append(z.names, e.name), e
	}
	return z, nil
}

func (z *zipSource) list() []string         { return z.names }
func (z *zipSource) size(name string) int64 { return z.byName[name].size }
func (z *zipSource) ordered() bool          { return true }

func (z *zipSource) sum(name string) (uint32, bool) { return z.byName[name].crc, true }

func (z *zipSource) open(name string) (io.ReadCloser, error) {
	e := z.byName[name]
	return io.NopCloser(io.NewSectionReader(z.r, e.offset+int64(len(e.local())), e.size)), nil
}

// folderSource is a bundle that was unpacked.
type folderSource struct {
	fsys  fs.FS
	names []string
	sizes map[string]int64
}

func newFolderSource(fsys fs.FS) (*folderSource, error) {
	f := &folderSource{fsys: fsys, sizes: map[string]int64{}}
	seen := map[string]bool{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return &readError{err}
		case d.IsDir():
			return nil
		case !d.Type().IsRegular():
			return &formError{0, fmt.Sprintf("%q is a link or a device; a bundle has files only", name)}
		case len(f.names) == maxEntries:
			return &formError{0, "it has more files than a bundle may have"}
		case badName(name) != "":
			return &formError{0, fmt.Sprintf("the name %q %s", name, badName(name))}
		case seen[strings.ToLower(name)]:
			return &formError{0, fmt.Sprintf("the name %q differs from another in upper and lower case only", name)}
		}
		info, err := d.Info()
		if err != nil {
			return &readError{err}
		}
		seen[strings.ToLower(name)] = true
		f.names, f.sizes[name] = append(f.names, name), info.Size()
		return nil
	})
	return f, err
}

func (f *folderSource) list() []string            { return f.names }
func (f *folderSource) size(name string) int64    { return f.sizes[name] }
func (f *folderSource) ordered() bool             { return false }
func (f *folderSource) sum(string) (uint32, bool) { return 0, false }
func (f *folderSource) open(name string) (io.ReadCloser, error) {
	r, err := f.fsys.Open(name)
	if err != nil {
		return nil, &readError{err}
	}
	return r, nil
}

// faithful reads a file and, at its end, compares the container's checksum.
type faithful struct {
	r    io.Reader
	crc  hash.Hash32
	want uint32
	ok   bool // there is one
}

var errChecksum = errors.New("its checksum is not the one that the container states")

func openFaithful(s source, name string) (io.Reader, func(), error) {
	r, err := s.open(name)
	if err != nil {
		return nil, nil, err
	}
	f := &faithful{r: r, crc: crc32.NewIEEE()}
	f.want, f.ok = s.sum(name)
	return f, func() { _ = r.Close() }, nil
}

func (f *faithful) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	f.crc.Write(p[:n])
	switch {
	case errors.Is(err, io.EOF) && f.ok && f.crc.Sum32() != f.want:
		return n, errChecksum
	case err != nil && !errors.Is(err, io.EOF):
		return n, &readError{err}
	}
	return n, err
}
