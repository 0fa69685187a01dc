package engine

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"unsafe"

	"github.com/jaga-project/jaga"
)

// The snapshot of an exact index, little-endian:
//
//	8  magic "JAGAEX1\n"
//	8  signal type, padded with zeros
//	8  n, number of values
//	8  length of the directory
//	4  CRC-32C of the body, 4 CRC-32C of the 32 bytes above
//	   directory (4 bytes each), entries (4 bytes each), values
//
// A file is used in place; nothing in it is believed before its checksums.
const (
	exactMagic  = "JAGAEX1\n"
	exactHeader = 40
)

// WriteTo writes a snapshot of the index as it is at that moment, with the
// delta folded in.
func (x *Exact) WriteTo(w io.Writer) (int64, error) {
	base := x.folded()
	castagnoli := crc32.MakeTable(crc32.Castagnoli)
	sum := uint32(0)
	parts := [][]byte{u32Bytes(base.dir), u32Bytes(base.ids), base.values}
	for _, p := range parts {
		sum = crc32.Update(sum, castagnoli, p)
	}
	h := make([]byte, 0, exactHeader)
	h = append(h, exactMagic...)
	h = append(h, []byte(x.typ)...)
	h = h[:16]
	h = binary.LittleEndian.AppendUint64(h, uint64(len(base.ids)))
	h = binary.LittleEndian.AppendUint64(h, uint64(len(base.dir)))
	head := crc32.Checksum(h, castagnoli)
	h = binary.LittleEndian.AppendUint32(h, sum)
	h = binary.LittleEndian.AppendUint32(h, head)
	var total int64
	for _, p := range append([][]byte{h}, parts...) {
		n, err := w.Write(p)
		total += int64(n)
		if err != nil {
			return total, fmt.Errorf("write %s snapshot: %w", x.typ, err)
		}
	}
	return total, nil
}

// Compact returns an index with the same contents and an empty delta.
func (x *Exact) Compact() *Exact {
	y := &Exact{typ: x.typ, size: x.size, base: x.folded()}
	y.reset()
	return y
}

func (x *Exact) folded() exactBase {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if len(x.dead) == 0 && x.added == 0 {
		return x.base
	}
	var values []byte
	var ids []uint32
	for i, id := range x.base.ids {
		if _, dead := x.dead[uint32(i)]; !dead {
			values, ids = append(values, x.base.at(i, x.size)...), append(ids, id)
		}
	}
	for k, entries := range x.delta {
		for _, id := range entries {
			values, ids = append(values, k[:x.size]...), append(ids, id)
		}
	}
	return sortExact(values, ids, x.size)
}

// LoadExact opens a snapshot of the type. On little-endian machines the data
// are used in place, so they must stay valid and unchanged while the index is
// in use. A damaged or foreign file is refused.
func LoadExact(typ jaga.SignalType, data []byte) (*Exact, error) {
	bad := func(what string) (*Exact, error) {
		return nil, fmt.Errorf("load %s snapshot: %s", typ, what)
	}
	castagnoli := crc32.MakeTable(crc32.Castagnoli)
	switch {
	case !typ.Exact():
		return bad("not an exact signal type")
	case len(data) < exactHeader:
		return bad("shorter than its header")
	case string(data[:8]) != exactMagic:
		return bad("not a snapshot of this version")
	case crc32.Checksum(data[:32], castagnoli) != binary.LittleEndian.Uint32(data[36:]):
		return bad("the header is damaged")
	case string(bytes.TrimRight(data[8:16], "\x00")) != string(typ):
		return bad("it is of another signal type")
	}
	size := uint64(typ.Size())
	n, cells := binary.LittleEndian.Uint64(data[16:]), binary.LittleEndian.Uint64(data[24:])
	if n > 1<<32-1 || cells > 1<<33 || uint64(len(data)) != exactHeader+4*cells+4*n+size*n {
		return bad("the length does not agree with the header")
	}
	body := data[exactHeader:]
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(data[32:]) {
		return bad("the body is damaged")
	}
	b := exactBase{
		dir: u32s(body[:4*cells]), ids: u32s(body[4*cells : 4*cells+4*n]),
		values: body[4*cells+4*n:], shift: directoryShift(int(n)),
	}
	if uint64(len(b.dir)) != 1<<(64-b.shift)+1 || b.dir[0] != 0 || uint64(b.dir[cells-1]) != n {
		return bad("the directory does not agree with the header")
	}
	for i := 1; i < len(b.dir); i++ {
		if b.dir[i] < b.dir[i-1] {
			return bad("the directory is out of order")
		}
	}
	x := &Exact{typ: typ, size: int(size), base: b}
	x.reset()
	return x, nil
}

func littleEndian() bool {
	one := uint16(1)
	return *(*byte)(unsafe.Pointer(&one)) == 1
}

// u32Bytes gives the little-endian bytes of s, in place where it can.
func u32Bytes(s []uint32) []byte {
	if len(s) == 0 {
		return nil
	}
	if littleEndian() {
		return unsafe.Slice((*byte)(unsafe.Pointer(&s[0])), 4*len(s))
	}
	out := make([]byte, 0, 4*len(s))
	for _, v := range s {
		out = binary.LittleEndian.AppendUint32(out, v)
	}
	return out
}

// u32s reads little-endian numbers, in place where order and alignment allow.
func u32s(b []byte) []uint32 {
	if len(b) == 0 {
		return nil
	}
	if littleEndian() && uintptr(unsafe.Pointer(&b[0]))%4 == 0 {
		return unsafe.Slice((*uint32)(unsafe.Pointer(&b[0])), len(b)/4)
	}
	out := make([]uint32, len(b)/4)
	for i := range out {
		out[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return out
}
