package hamming

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"unsafe"
)

// The snapshot, little-endian:
//
//	page 0   magic "JAGAHX4\n", n (8 bytes), fingerprint of the key (8 bytes),
//	         bytes of an identifier (4 bytes: 3 or 4), CRC-32C of each of the 50
//	         sections, CRC-32C of all that
//	then     the sections, each beginning on a page: codes (32 bytes each),
//	         identifiers, and for each band directory (4), tags (4) and
//	         next bands (2 each, and 64 bytes of zeros that searches may read)
//
// Pages are 4096 bytes; what lies between sections is zero. A snapshot is used
// in place, so that a mapped file costs no reading; nothing in it is believed
// before all checksums have passed.
const (
	snapshotMagic = "JAGAHX4\n"
	page          = 4096
	sections      = 2 + 3*bands
	headLen       = 28 + 4*sections
)

func fingerprint(key Key) uint64 {
	sum := sha256.Sum256(append([]byte("jaga hamming snapshot key\n"), key[:]...))
	return binary.LittleEndian.Uint64(sum[:])
}

// sizes lists the lengths of the sections of n codes with identifiers of width
// bytes, in bytes.
func sizes(n, width int) (s [sections]int) {
	s[0], s[1] = 32*n, width*n
	for b := range bands {
		s[2+3*b], s[3+3*b], s[4+3*b] = 4*(cells+1), 4*n, 2*(n+spare)
	}
	return s
}

func pad(n int) int { return (n + page - 1) / page * page }

func (x *Index) parts() (p [sections][]byte) {
	p[0], p[1] = asBytes(x.codes), x.ids.data
	for i := range x.bands {
		b := &x.bands[i]
		p[2+3*i], p[3+3*i], p[4+3*i] = asBytes(b.dir), asBytes(b.tags), asBytes(b.next[:len(b.next)+spare])
	}
	return p
}

// WriteTo writes a snapshot. It is refused on big-endian machines.
func (x *Index) WriteTo(w io.Writer) (int64, error) {
	if !littleEndian() {
		return 0, fmt.Errorf("write snapshot: not supported on big-endian machines")
	}
	castagnoli := crc32.MakeTable(crc32.Castagnoli)
	parts := x.parts()
	head := make([]byte, 0, page)
	head = append(head, snapshotMagic...)
	head = binary.LittleEndian.AppendUint64(head, uint64(x.Len()))
	head = binary.LittleEndian.AppendUint64(head, fingerprint(x.key))
	head = binary.LittleEndian.AppendUint32(head, uint32(x.ids.width()))
	for _, p := range parts {
		head = binary.LittleEndian.AppendUint32(head, crc32.Checksum(p, castagnoli))
	}
	head = binary.LittleEndian.AppendUint32(head, crc32.Checksum(head, castagnoli))
	var total int64
	zero := make([]byte, page)
	for _, p := range append([][]byte{head}, parts[:]...) {
		for _, piece := range [][]byte{p, zero[:pad(len(p))-len(p)]} {
			n, err := w.Write(piece)
			total += int64(n)
			if err != nil {
				return total, fmt.Errorf("write snapshot: %w", err)
			}
		}
	}
	return total, nil
}

// Load opens a snapshot that was written with the same key. The data are used
// in place: they must begin on an 8-byte boundary, as mapped files do, and stay
// valid and unchanged while the index is in use. Damage of any kind, another
// key or another version are refused.
func Load(key Key, data []byte) (*Index, error) {
	bad := func(format string, args ...any) (*Index, error) {
		return nil, fmt.Errorf("load snapshot: "+format, args...)
	}
	castagnoli := crc32.MakeTable(crc32.Castagnoli)
	switch {
	case !littleEndian():
		return bad("not supported on big-endian machines")
	case len(data) < page:
		return bad("%d bytes are less than its first page", len(data))
	case string(data[:8]) != snapshotMagic:
		return bad("not a snapshot of this version")
	case crc32.Checksum(data[:headLen], castagnoli) != binary.LittleEndian.Uint32(data[headLen:]):
		return bad("its first page is damaged")
	case binary.LittleEndian.Uint64(data[16:]) != fingerprint(key):
		return bad("it was made with another key")
	case uintptr(unsafe.Pointer(unsafe.SliceData(data)))%8 != 0:
		return bad("the data do not begin on an 8-byte boundary")
	}
	for _, b := range data[headLen+4 : page] {
		if b != 0 {
			return bad("its first page is damaged")
		}
	}
	count := binary.LittleEndian.Uint64(data[8:])
	if count >= 1<<32-1 {
		return bad("%d codes are more than one index holds", count)
	}
	width := binary.LittleEndian.Uint32(data[24:])
	if width != 3 && width != 4 {
		return bad("identifiers of %d bytes", width)
	}
	n := int(count)
	var parts [sections][]byte
	at := page
	for i, size := range sizes(n, int(width)) {
		if at+pad(size) > len(data) {
			return bad("it ends within section %d of %d", i+1, sections)
		}
		parts[i] = data[at : at+size]
		if crc32.Checksum(parts[i], castagnoli) != binary.LittleEndian.Uint32(data[28+4*i:]) {
			return bad("section %d of %d is damaged", i+1, sections)
		}
		for _, b := range data[at+size : at+pad(size)] {
			if b != 0 {
				return bad("section %d of %d is damaged after its end", i+1, sections)
			}
		}
		at += pad(size)
	}
	if at != len(data) {
		return bad("%d bytes follow its last section", len(data)-at)
	}
	x := &Index{key: key, perm: newPermutation(key), codes: asSlice[words](parts[0]), ids: ids{parts[1], width == 4}}
	for i := range x.bands {
		b := &x.bands[i]
		b.dir, b.tags, b.next = asSlice[uint32](parts[2+3*i]), asSlice[uint32](parts[3+3*i]), asSlice[uint16](parts[4+3*i])[:n]
		if err := b.check(n); err != nil {
			return bad("band %d: %w", i, err)
		}
	}
	return x, nil
}

// check makes sure that no search can leave the arrays, even if somebody
// computed the checksums of a crafted file.
func (b *band) check(n int) error {
	if b.dir[0] != 0 || b.dir[cells] != uint32(n) {
		return fmt.Errorf("the directory does not span the codes")
	}
	for v := range cells {
		if b.dir[v] > b.dir[v+1] {
			return fmt.Errorf("the directory is out of order")
		}
	}
	for k := range n {
		if int(place(b.tags[k]))<<groupShift(n) >= n {
			return fmt.Errorf("a place lies outside the codes")
		}
	}
	return nil
}

func littleEndian() bool {
	one := uint16(1)
	return *(*byte)(unsafe.Pointer(&one)) == 1
}

func asBytes[T any](s []T) []byte {
	var t T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(t)))
}

func asSlice[T any](b []byte) []T {
	var t T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(t)))
}
