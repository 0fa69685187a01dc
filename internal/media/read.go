package media

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"sync/atomic"
)

// read is what reading a file tells.
type read struct {
	typ  Type
	size int64
	// played says that nothing but the head was read.
	played bool
	// changed says that the file was found to be too long to be kept for
	// decoding, and then was not.
	changed bool
	// crowded says that the file is not in memory, because others fill the room.
	crowded bool
	// held is how many bytes of the room it takes.
	held int64
}

// room bounds the bytes of files that are in memory at a time, however many
// come in at once. The zero value has no room.
type room struct {
	used atomic.Int64
	most int64
}

// take takes n bytes, if there are so many.
func (r *room) take(n int64) bool {
	if r.used.Add(n) > r.most {
		r.used.Add(-n)
		return false
	}
	return true
}

func (r *room) give(n int64) { r.used.Add(-n) }

// roomPiece is in what pieces files of unknown size take their room: small
// enough that thousands of small files fit in at once.
const roomPiece = 64 << 10

// read reads r to its end through the digest and keeps in buf what may be
// decoded. Of the rest the head says enough, so it is not kept, however long it
// is; nor is a file of which it is known beforehand that it is over the limit.
func (d *Decoder) read(ctx context.Context, buf *bytes.Buffer, r io.Reader, digest io.Writer) (f read, err error) {
	known, ok := sizeOf(r)
	in := io.TeeReader(stoppable{ctx, r}, digest)
	if f.size, err = io.Copy(buf, io.LimitReader(in, SniffLen)); err != nil {
		return f, err
	}
	f.typ = Sniff(buf.Bytes())
	if f.played = isPlayed(f.typ); f.played {
		return f, nil // it goes through, whatever its length
	}
	_, keep := codecOf(f.typ)
	keep = keep || byFFmpeg(f.typ)
	long := ok && known > d.limits.Bytes
	if keep && !long {
		first := int64(roomPiece)
		if ok {
			first = max(1, known-f.size+1) // one byte more, to see its end
		}
		if err := d.keep(buf, in, first, &f); err != nil {
			return f, err
		}
	}
	n, err := io.Copy(io.Discard, in)
	f.size += n
	f.changed = keep && long && f.size <= d.limits.Bytes
	return f, err
}

// stoppable ends a long read when its context does.
type stoppable struct {
	ctx context.Context
	r   io.Reader
}

func (s stoppable) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(p)
}

// keep reads into buf up to one byte over the limit, piece by piece, for as long
// as there is room.
func (d *Decoder) keep(buf *bytes.Buffer, in io.Reader, piece int64, f *read) error {
	for f.size <= d.limits.Bytes {
		piece = min(piece, d.limits.Bytes+1-f.size)
		if !d.room.take(piece) {
			f.crowded = true
			return nil
		}
		f.held += piece
		buf.Grow(int(piece) + bytes.MinRead)
		n, err := io.Copy(buf, io.LimitReader(in, piece))
		f.size += n
		if err != nil || n < piece {
			return err
		}
		piece = roomPiece
	}
	return nil
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
