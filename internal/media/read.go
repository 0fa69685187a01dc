package media

import (
	"bytes"
	"io"
	"io/fs"
)

// read is what reading a file tells.
type read struct {
	typ  Type
	size int64
	// changed says that the file was found to be too long to be kept for
	// decoding, and then was not.
	changed bool
}

// read reads r to its end through the digest and keeps in buf what may be
// decoded. Of the rest the head says enough, so it is not kept, however long it
// is; nor is a file of which it is known beforehand that it is over the limit.
func (d *Decoder) read(buf *bytes.Buffer, r io.Reader, digest io.Writer) (f read, err error) {
	known, ok := sizeOf(r)
	in := io.TeeReader(r, digest)
	if f.size, err = io.Copy(buf, io.LimitReader(in, SniffLen)); err != nil {
		return f, err
	}
	f.typ = Sniff(buf.Bytes())
	_, keep := codecOf(f.typ)
	long := ok && known > d.limits.Bytes
	if keep && !long {
		if ok {
			buf.Grow(int(known) - buf.Len() + bytes.MinRead)
		}
		n, err := io.Copy(buf, io.LimitReader(in, d.limits.Bytes+1-f.size))
		if f.size += n; err != nil {
			return f, err
		}
	}
	n, err := io.Copy(io.Discard, in)
	f.size += n
	f.changed = keep && long && f.size <= d.limits.Bytes
	return f, err
}

// sizeOf returns how many bytes r has, if it knows. The file may change while it
// is read, so this is a hint.
func sizeOf(r io.Reader) (n int64, ok bool) {
	switch r := r.(type) {
	case interface{ Len() int }: // in memory
		return int64(r.Len()), true
	case interface{ Stat() (fs.FileInfo, error) }:
		if info, err := r.Stat(); err == nil && info.Mode().IsRegular() {
			return info.Size(), true
		}
	}
	return 0, false
}
