package vpdq

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/jaga-project/jaga/hamming"
)

// The snapshot, little-endian:
//
//	8   magic "JAGAVP1\n"
//	4   films, 4 frames, 4 CRC-32C of the tables, 4 CRC-32C of the 20 bytes above
//	    for each film identifier, first place and number of frames, 4 bytes each
//	    for each frame its time in milliseconds, 4 bytes
//	    zeros up to a multiple of 4096
//	    the snapshot of the index of frames
//
// Nothing in it is believed before its checksums.
const (
	snapshotMagic = "JAGAVP1\n"
	snapshotHead  = 24
	page          = 4096
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// WriteTo writes a snapshot.
func (x *Index) WriteTo(w io.Writer) (int64, error) {
	tables := make([]byte, 0, 12*len(x.films)+4*len(x.at))
	for _, f := range x.films {
		for _, n := range []uint32{f.id, f.first, f.n} {
			tables = binary.LittleEndian.AppendUint32(tables, n)
		}
	}
	for _, at := range x.at {
		tables = binary.LittleEndian.AppendUint32(tables, at)
	}
	head := append(make([]byte, 0, page), snapshotMagic...)
	head = binary.LittleEndian.AppendUint32(head, uint32(len(x.films)))
	head = binary.LittleEndian.AppendUint32(head, uint32(len(x.at)))
	head = binary.LittleEndian.AppendUint32(head, crc32.Checksum(tables, castagnoli))
	head = binary.LittleEndian.AppendUint32(head, crc32.Checksum(head, castagnoli))
	head = append(head, tables...)
	head = append(head, make([]byte, padded(len(head))-len(head))...)
	n, err := w.Write(head)
	if err != nil {
		return int64(n), fmt.Errorf("vpdq: write snapshot: %w", err)
	}
	m, err := x.frames.WriteTo(w)
	return int64(n) + m, err
}

func padded(n int) int { return (n + page - 1) / page * page }

// Load opens a snapshot that was written with the same key. The data are used
// in place, as by [hamming.Load], and must stay valid and unchanged. Damage of
// any kind, another key or another version are refused.
func Load(key hamming.Key, data []byte) (*Index, error) {
	damaged := errors.New("vpdq: load snapshot: it is damaged")
	if len(data) < snapshotHead || string(data[:8]) != snapshotMagic {
		return nil, errors.New("vpdq: load snapshot: not a snapshot of this version")
	}
	word := func(at int) uint32 { return binary.LittleEndian.Uint32(data[at:]) }
	if crc32.Checksum(data[:20], castagnoli) != word(20) {
		return nil, damaged
	}
	films, frames := uint64(word(8)), uint64(word(12))
	end := snapshotHead + 12*films + 4*frames
	if end > uint64(len(data)) || uint64(padded(int(end))) > uint64(len(data)) ||
		crc32.Checksum(data[snapshotHead:end], castagnoli) != word(16) {
		return nil, damaged
	}
	for _, b := range data[end:padded(int(end))] {
		if b != 0 {
			return nil, damaged
		}
	}
	x := &Index{films: make([]film, films), at: make([]uint32, frames)}
	at, next := snapshotHead, uint64(0)
	seen := make(map[uint32]bool, films)
	for i := range x.films {
		f := film{word(at), word(at + 4), word(at + 8)}
		if uint64(f.first) != next || seen[f.id] {
			return nil, damaged
		}
		seen[f.id] = true
		next += uint64(f.n)
		x.films[i] = f
		at += 12
	}
	if next != frames {
		return nil, damaged
	}
	for i := range x.at {
		x.at[i] = word(at)
		at += 4
	}
	var err error
	if x.frames, err = hamming.Load(key, data[padded(int(end)):]); err != nil {
		return nil, fmt.Errorf("vpdq: %w", err)
	}
	// Whoever can write a file can write checksums: no identifier may point
	// beyond the tables.
	if uint64(x.frames.Len()) != frames {
		return nil, damaged
	}
	for i := range x.frames.Len() {
		if _, id := x.frames.At(i); uint64(id) >= frames {
			return nil, damaged
		}
	}
	return x, nil
}
