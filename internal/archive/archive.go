// Package archive goes through the files in an archive: ZIP, tar, gzip and
// bzip2, and archives within archives. Nothing is written anywhere, and nothing
// is unpacked that the caller does not read.
//
// Archives are hostile until proven otherwise. What all of one archive together
// may unpack to, how many files it may have and how deep archives may lie in each
// other is bounded by [Limits], whatever headers claim. Names are names, never
// paths: nothing is opened by them.
package archive

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// Kind is a form of archives.
type Kind string

// The forms. A gzip or bzip2 file holds one file, which is most often a tar.
const (
	None  Kind = ""
	ZIP   Kind = "zip"
	Tar   Kind = "tar"
	Gzip  Kind = "gzip"
	Bzip2 Kind = "bzip2"
)

// SniffLen is how many bytes from the beginning [Sniff] looks at.
const SniffLen = 512

// Sniff tells from its first bytes whether a file is an archive. Documents that
// are ZIP files inside, such as those of office programs, are.
func Sniff(head []byte) Kind {
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return ZIP
	case bytes.HasPrefix(head, []byte("\x1f\x8b\x08")):
		return Gzip
	case len(head) >= 10 && bytes.HasPrefix(head, []byte("BZh")) && head[3] >= '1' && head[3] <= '9' &&
		(bytes.Equal(head[4:10], []byte("1AY&SY")) || bytes.Equal(head[4:10], []byte("\x17\x72\x45\x38\x50\x90"))):
		return Bzip2
	case len(head) >= 262 && string(head[257:262]) == "ustar":
		return Tar
	}
	return None
}

// Limits bound what one archive may cost, with all that lies in it.
type Limits struct {
	// Depth is how many archives may lie in each other; 1 is the outermost only.
	Depth int
	// Files is how many files all together may have.
	Files int
	// Bytes is how many all files together may unpack to, and Ratio how many
	// times the size of the outermost archive. Less than 64 MiB is always allowed.
	Bytes, Ratio int64
	// Memory is the largest ZIP file within an archive. It has to be in memory,
	// because its directory is at its end.
	Memory int64
}

// DefaultLimits are those of the command line. Backups of telephones are within
// them; a few kilobytes that unpack to gigabytes are not.
func DefaultLimits() Limits {
	return Limits{Depth: 4, Files: 100_000, Bytes: 64 << 30, Ratio: 200, Memory: 128 << 20}
}

// always is how much may be unpacked of the smallest archive.
const always = 64 << 20

// directory is how large the directory of a ZIP file may be; a file takes at
// least 46 bytes there (APPNOTE.TXT, 4.3.12), and some 200 in memory.
const directory = 32 << 20

var (
	// ErrLimit is returned when an archive costs more than [Limits] allow.
	ErrLimit = errors.New("the archive unpacks to more than is allowed")
	// ErrDepth is given for an archive that lies too deep in others.
	ErrDepth = errors.New("archives lie too deep in each other")
	// ErrEncrypted is given for a file that takes a password.
	ErrEncrypted = errors.New("it takes a password")
	// ErrUnsupported is given for a file that was packed in an unknown way.
	ErrUnsupported = errors.New("packed in a way that is not supported")
	// ErrDamaged is returned when an archive breaks the rules of its form.
	ErrDamaged = errors.New("the archive is damaged")
)

// Visit is called for each file, in the order of the archive. r is good during
// the call only, and need not be read. Where the file cannot be read at all err
// says why and r is nil. An error ends the walk.
type Visit func(name string, r io.Reader, err error) error

// Walk goes through the archive of size bytes in r. Folders, links and devices
// are no files. Names of files in inner archives are joined with "!".
//
// The error is that of visit or of ctx, or says why the archive was not gone
// through to its end: it wraps [ErrLimit], [ErrDamaged] or an error of r. Files
// that were visited before that were there.
func Walk(ctx context.Context, r io.ReaderAt, size int64, lim Limits, visit Visit) error {
	w := &walk{ctx: ctx, lim: lim, visit: visit, left: max(always, min(lim.Bytes, mul(size, lim.Ratio)))}
	head := make([]byte, SniffLen)
	n, err := r.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read archive: %w", err)
	}
	if Sniff(head[:n]) == ZIP {
		return w.zip("", r, size, 1)
	}
	return w.stream("", io.NewSectionReader(r, 0, size), Sniff(head[:n]), 1)
}

func mul(a, b int64) int64 {
	if a > 0 && b > 1<<62/a {
		return 1 << 62
	}
	return a * b
}

type walk struct {
	ctx   context.Context
	lim   Limits
	visit Visit
	left  int64 // bytes that may still be unpacked
	files int
}

// meter counts what is unpacked.
type meter struct {
	w *walk
	r io.Reader
}

func (m meter) Read(p []byte) (int, error) {
	if err := m.w.ctx.Err(); err != nil {
		return 0, err
	}
	if m.w.left <= 0 {
		return 0, ErrLimit
	}
	n, err := m.r.Read(p[:min(int64(len(p)), m.w.left)])
	m.w.left -= int64(n)
	return n, err
}

// file hands one file over, or goes on into it when it is an archive.
func (w *walk) file(name string, r io.Reader, depth int) error {
	if w.files++; w.files > w.lim.Files {
		return fmt.Errorf("%w: more than %d files", ErrLimit, w.lim.Files)
	}
	b := bufio.NewReaderSize(meter{w, r}, 64<<10)
	head, err := b.Peek(SniffLen)
	if err != nil && !errors.Is(err, io.EOF) {
		return w.cannot(name, err)
	}
	kind := Sniff(head)
	if kind == None {
		return w.visit(name, b, nil)
	}
	if depth >= w.lim.Depth {
		return w.visit(name, nil, ErrDepth)
	}
	if kind != ZIP {
		return w.inner(name, w.stream(name+"!", b, kind, depth+1))
	}
	data, err := io.ReadAll(io.LimitReader(b, w.lim.Memory+1))
	if err != nil {
		return w.cannot(name, err)
	}
	if int64(len(data)) > w.lim.Memory {
		return w.visit(name, nil, fmt.Errorf("%w: a ZIP file of more than %d bytes within an archive", ErrLimit, w.lim.Memory))
	}
	return w.inner(name, w.zip(name+"!", bytes.NewReader(data), int64(len(data)), depth+1))
}

// cannot tells of a file that could not be read, and ends the walk when nothing
// after it could be either.
func (w *walk) cannot(name string, err error) error {
	if w.over(err) {
		return err
	}
	return w.visit(name, nil, because(err))
}

// inner tells of an inner archive that was not gone through to its end.
func (w *walk) inner(name string, err error) error {
	if err == nil || w.over(err) || !errors.Is(err, ErrDamaged) {
		return err
	}
	return w.visit(name, nil, err)
}

// over reports whether an error ends the walk.
func (w *walk) over(err error) bool {
	return errors.Is(err, ErrLimit) || w.ctx.Err() != nil
}

// because gives an error of a decoder one of ours.
func because(err error) error {
	switch {
	case errors.Is(err, zip.ErrAlgorithm):
		return ErrUnsupported
	case errors.Is(err, ErrLimit), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	return fmt.Errorf("%w: %w", ErrDamaged, err)
}

// stream goes through an archive that is read from its beginning to its end.
func (w *walk) stream(prefix string, r io.Reader, kind Kind, depth int) error {
	switch kind {
	case Tar:
		return w.tar(prefix, r, depth)
	case Gzip:
		z, err := gzip.NewReader(r)
		if err != nil {
			return because(err)
		}
		return w.packed(prefix, nameIn(z.Name), z, depth)
	case Bzip2:
		return w.packed(prefix, "content", bzip2.NewReader(r), depth)
	}
	return fmt.Errorf("%w: it is of no known form", ErrDamaged)
}

// nameIn is the name that a gzip file gives what it holds.
func nameIn(name string) string {
	if name = path.Base(strings.ReplaceAll(name, `\`, "/")); name == "." || name == "/" || name == ".." {
		return "content"
	}
	return name
}

// packed goes on with the one file that a gzip or bzip2 file holds. A tar in it is
// the archive that was meant.
func (w *walk) packed(prefix, name string, r io.Reader, depth int) error {
	b := bufio.NewReaderSize(r, 64<<10)
	head, err := b.Peek(SniffLen)
	if err != nil && !errors.Is(err, io.EOF) {
		return because(err)
	}
	if Sniff(head) == Tar {
		return w.tar(prefix, meter{w, b}, depth)
	}
	return w.file(prefix+name, b, depth)
}

func (w *walk) tar(prefix string, r io.Reader, depth int) error {
	t := tar.NewReader(r)
	for {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		h, err := t.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return because(err)
		case h.Typeflag != tar.TypeReg && h.Typeflag != tar.TypeGNUSparse:
			continue
		}
		if err := w.file(prefix+h.Name, t, depth); err != nil {
			return err
		}
	}
}

func (w *walk) zip(prefix string, r io.ReaderAt, size int64, depth int) error {
	limited := &limitedAt{r: r, left: directory}
	z, err := zip.NewReader(limited, size)
	if err != nil {
		return because(err)
	}
	limited.left = -1 // from here on the meter counts
	for _, f := range z.File {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		if !f.Mode().IsRegular() {
			continue
		}
		if f.Flags&1 != 0 { // APPNOTE.TXT, 4.4.4
			if w.files++; w.files > w.lim.Files {
				return fmt.Errorf("%w: more than %d files", ErrLimit, w.lim.Files)
			}
			err = w.visit(prefix+f.Name, nil, ErrEncrypted)
		} else if in, openErr := f.Open(); openErr != nil {
			err = w.visit(prefix+f.Name, nil, because(openErr))
		} else {
			err = w.file(prefix+f.Name, in, depth)
			in.Close()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// limitedAt bounds how much may be read; less than 0 is no bound.
type limitedAt struct {
	r    io.ReaderAt
	left int64
}

func (l *limitedAt) ReadAt(p []byte, off int64) (int, error) {
	if l.left < 0 {
		return l.r.ReadAt(p, off)
	}
	if int64(len(p)) > l.left {
		return 0, fmt.Errorf("%w: its directory is larger than %d bytes", ErrLimit, directory)
	}
	l.left -= int64(len(p))
	return l.r.ReadAt(p, off)
}
