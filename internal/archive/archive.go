// Package archive looks into ZIP, tar and gzip files without unpacking them: it
// hands out the files inside one after the other, as streams. Nothing is written,
// so names of files mean nothing but themselves.
//
// Archives are hostile until proven otherwise. How deep they lie in each other, how
// many files they hold, and how much comes out of how little is bounded by [Limits];
// what is over a limit, encrypted or damaged is reported, never left out silently.
package archive

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"path"
	"strings"

	"github.com/jaga-project/jaga"
)

// Limits bound what one outermost archive may cost.
type Limits struct {
	Depth   int   // archives inside archives; 1 is none inside the outermost
	Entries int   // files, of all archives together
	Bytes   int64 // that come out, of all archives together
	Ratio   int64 // bytes that come out for each that is stored, beyond the first 16 MiB
	Inner   int64 // bytes of a ZIP file inside another archive, which is held in memory
}

// DefaultLimits are generous for what people keep, and end bombs within a minute.
func DefaultLimits() Limits {
	return Limits{Depth: 4, Entries: 100_000, Bytes: 64 << 30, Ratio: 200, Inner: 128 << 20}
}

// ratioFree is how much may come out before the ratio counts. Small files of one
// colour or letter are packed better than any limit that stops a bomb.
const ratioFree = 16 << 20

// mostDirectory is the largest directory of a ZIP file, which is read as a whole:
// some 200,000 files.
const mostDirectory = 16 << 20

// Separator stands between the name of an archive and that of a file in it.
const Separator = "!"

// Visitor is told what is inside.
type Visitor interface {
	// File is a file; r ends with an error of type *[Refused] where it is over a
	// limit, and with another where it is damaged.
	File(name string, r io.Reader) error
	// Refused is a file, or the rest of an archive, that cannot be looked at.
	Refused(name string, why *Refused)
}

// Refused says why something was not looked at.
type Refused struct {
	Why    jaga.Why
	Detail string
}

// Error returns reason and detail.
func (r *Refused) Error() string { return string(r.Why) + ": " + r.Detail }

func refused(why jaga.Why, detail string) *Refused { return &Refused{why, detail} }

// Is reports whether a file is an archive of a kind that is walked, by its first
// bytes; 512 are enough.
func Is(head []byte) bool { return kind(head) != "" }

func kind(head []byte) string {
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return "zip"
	case bytes.HasPrefix(head, []byte("\x1f\x8b\x08")):
		return "gzip"
	case len(head) >= 512 && string(head[257:262]) == "ustar":
		return "tar"
	}
	return ""
}

// Walk visits the files of the archive, and of the archives in it. name is that of
// the archive and goes before those of the files. The error is the visitor's or that
// of ctx; everything else is told to the visitor.
func Walk(ctx context.Context, at io.ReaderAt, size int64, name string, lim Limits, v Visitor) error {
	w := &walker{ctx: ctx, lim: lim, v: v}
	head := make([]byte, min(512, size))
	if _, err := at.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		v.Refused(name, refused(jaga.WhyUnreadable, "it could not be read"))
		return nil
	}
	switch kind(head) {
	case "zip":
		return w.zip(at, size, name, 1)
	case "":
		v.Refused(name, refused(jaga.WhyUnsupported, "it is no archive of a known kind"))
		return nil
	}
	return w.stream(&counter{r: io.NewSectionReader(at, 0, size)}, name, 1)
}

// walker is one walk.
type walker struct {
	ctx     context.Context
	lim     Limits
	v       Visitor
	entries int
	bytes   int64
	over    bool // there is nothing left of a limit that is for all together
}

// entry counts a file in; ok is false when there were too many.
func (w *walker) entry(name string) (ok bool, err error) {
	if err := w.ctx.Err(); err != nil {
		return false, err
	}
	if w.over {
		return false, nil
	}
	if w.entries++; w.entries > w.lim.Entries {
		w.over = true
		w.v.Refused(name, refused(jaga.WhyTooBig, "it holds too many files; this one and those behind it were not looked at"))
		return false, nil
	}
	return true, nil
}

// zip walks a ZIP file.
func (w *walker) zip(at io.ReaderAt, size int64, name string, depth int) error {
	if !directoryFits(at, size) {
		w.v.Refused(name, refused(jaga.WhyTooBig, "its directory is too large, or missing"))
		return nil
	}
	z, err := zip.NewReader(at, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		w.v.Refused(name, refused(jaga.WhyDamaged, "its directory is damaged"))
		return nil
	}
	for _, f := range z.File {
		if f.FileInfo().IsDir() {
			continue
		}
		inner := name + Separator + f.Name
		if ok, err := w.entry(inner); !ok {
			return err
		}
		if f.Flags&1 != 0 {
			w.v.Refused(inner, refused(jaga.WhyUnreadable, "it is encrypted"))
			continue
		}
		r, err := f.Open()
		if err != nil {
			w.v.Refused(inner, refused(jaga.WhyUnsupported, "it is packed in a way that is not known, or damaged"))
			continue
		}
		err = w.file(inner, r, func() int64 { return int64(min(f.CompressedSize64, 1<<62)) }, depth)
		_ = r.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// directoryFits reports whether the directory of a ZIP file is there and small
// enough to be read (APPNOTE.TXT, 4.3.16: the record at the end).
func directoryFits(at io.ReaderAt, size int64) bool {
	const least, comment = 22, 1<<16 - 1
	tail := make([]byte, min(size, least+comment))
	if _, err := at.ReadAt(tail, size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return false
	}
	i := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if i < 0 || i+least > len(tail) {
		return false
	}
	end := size - int64(len(tail)) + int64(i)
	length, off := int64(binary.LittleEndian.Uint32(tail[i+12:])), int64(binary.LittleEndian.Uint32(tail[i+16:]))
	if off == 1<<32-1 || length == 1<<32-1 { // ZIP64: the true ones stand in a record before
		j := bytes.LastIndex(tail[:i], []byte("PK\x06\x06"))
		if j < 0 || j+56 > i {
			return false
		}
		length, off = int64(binary.LittleEndian.Uint64(tail[j+40:])), int64(binary.LittleEndian.Uint64(tail[j+48:]))
	}
	// The reader begins where either of them says.
	return length >= 0 && off >= 0 && length <= mostDirectory && end-off <= mostDirectory
}

// stream walks a file that begins like a tar or gzip file.
func (w *walker) stream(in *counter, name string, depth int) error {
	b := bufio.NewReaderSize(in, 64<<10)
	head, _ := b.Peek(512)
	if kind(head) == "tar" {
		return w.tar(b, func() int64 { return in.n }, name, depth)
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		w.v.Refused(name, refused(jaga.WhyDamaged, "it is damaged"))
		return nil
	}
	stored := func() int64 { return in.n }
	out := bufio.NewReaderSize(&bounded{w: w, r: z, stored: stored}, 64<<10)
	if head, _ := out.Peek(512); kind(head) == "tar" {
		return w.tar(out, nil, name, depth)
	}
	inner := name + Separator + gunzipped(name, z.Name)
	if ok, err := w.entry(inner); !ok {
		return err
	}
	return w.open(inner, out, depth)
}

// gunzipped is what the only file in a gzip file is called.
func gunzipped(name, stated string) string {
	if stated != "" {
		return stated
	}
	base := path.Base(strings.ReplaceAll(name, `\`, "/"))
	if i := strings.LastIndex(base, Separator); i >= 0 {
		base = base[i+1:]
	}
	return strings.TrimSuffix(base, ".gz")
}

// tar walks a tar file. stored is nil when what comes out is bounded already.
func (w *walker) tar(r io.Reader, stored func() int64, name string, depth int) error {
	t := tar.NewReader(r)
	for {
		h, err := t.Next()
		var over *Refused
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &over):
			w.v.Refused(name, over)
			return nil
		case err != nil && !errors.Is(err, tar.ErrInsecurePath):
			if w.ctx.Err() != nil {
				return w.ctx.Err()
			}
			w.v.Refused(name, refused(jaga.WhyDamaged, "it is damaged, and what is behind the damage was not looked at"))
			return nil
		}
		if h.Typeflag != tar.TypeReg && h.Typeflag != tar.TypeGNUSparse {
			continue // folders and links have no content
		}
		inner := name + Separator + h.Name
		if ok, err := w.entry(inner); !ok {
			return err
		}
		if stored != nil || h.Typeflag == tar.TypeGNUSparse {
			err = w.file(inner, t, stored, depth)
		} else {
			err = w.open(inner, bufio.NewReaderSize(t, 4096), depth)
		}
		if err != nil {
			return err
		}
	}
}

// file visits what comes out of an archive, counted.
func (w *walker) file(name string, r io.Reader, stored func() int64, depth int) error {
	return w.open(name, bufio.NewReaderSize(&bounded{w: w, r: r, stored: stored}, 4096), depth)
}

// open visits a file, and what is inside if it is an archive itself.
func (w *walker) open(name string, r *bufio.Reader, depth int) error {
	head, _ := r.Peek(512)
	k := kind(head)
	if k == "" {
		return w.v.File(name, r)
	}
	if depth >= w.lim.Depth {
		w.v.Refused(name, refused(jaga.WhyTooBig, "archives lie too deep in each other"))
		return nil
	}
	if k != "zip" {
		return w.stream(&counter{r: r}, name, depth+1)
	}
	data, err := io.ReadAll(io.LimitReader(r, w.lim.Inner+1))
	var over *Refused
	switch {
	case errors.As(err, &over):
		w.v.Refused(name, over)
		return nil
	case w.ctx.Err() != nil:
		return w.ctx.Err()
	case err != nil:
		w.v.Refused(name, refused(jaga.WhyDamaged, "it is damaged"))
		return nil
	case int64(len(data)) > w.lim.Inner:
		w.v.Refused(name, refused(jaga.WhyTooBig, "it is too large to be looked into inside another archive"))
		return nil
	}
	return w.zip(bytes.NewReader(data), int64(len(data)), name, depth+1)
}

// counter counts what is read.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// bounded ends with *Refused where more comes out than is allowed.
type bounded struct {
	w      *walker
	r      io.Reader
	stored func() int64 // nil is not known
	n      int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if err := b.w.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := b.r.Read(p)
	b.n += int64(n)
	b.w.bytes += int64(n)
	switch {
	case b.w.bytes > b.w.lim.Bytes:
		b.w.over = true
		return 0, refused(jaga.WhyTooBig, "more comes out of the archive than is allowed")
	case b.stored != nil && b.n > ratioFree && b.n > b.w.lim.Ratio*max(1, b.stored()):
		return 0, refused(jaga.WhyTooBig, "far more comes out of it than is stored, as with files that are made to fill memory")
	}
	return n, err
}
