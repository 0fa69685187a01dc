package chroma

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"unsafe"

	"github.com/jaga-project/jaga"
)

// The snapshot, little-endian:
//
//	page 0   magic "JAGACF1\n", number of words, of recordings and of postings
//	         (8 bytes each), binary logarithm of the number of buckets (4 bytes),
//	         CRC-32C of each of the 6 sections, CRC-32C of all that
//	then     the sections, each beginning on a page: words, first words, and
//	         identifiers of the recordings, directory, postings (4 bytes each),
//	         tags (1 byte each)
//
// Pages are 4096 bytes; what lies between sections is zero. A snapshot is used
// in place, so that a mapped file costs no memory of its own; nothing in it is
// believed before all checksums have passed.
const (
	snapshotMagic = "JAGACF1\n"
	page          = 4096
	sections      = 6
	headLen       = 8 + 3*8 + 4 + 4*sections
)

func pad(n int) int { return (n + page - 1) / page * page }

func (x *Index) parts() [sections][]byte {
	return [sections][]byte{asBytes(x.words), asBytes(x.starts), asBytes(x.ids), asBytes(x.dir), asBytes(x.postings), x.tags}
}

// WriteTo writes a snapshot. It is refused on big-endian machines.
func (x *Index) WriteTo(w io.Writer) (int64, error) {
	if !littleEndian() {
		return 0, jaga.Errorf(jaga.CodeUnavailable, "write snapshot: not supported on big-endian machines")
	}
	castagnoli := crc32.MakeTable(crc32.Castagnoli)
	parts := x.parts()
	head := append(make([]byte, 0, page), snapshotMagic...)
	head = binary.LittleEndian.AppendUint64(head, uint64(len(x.words)))
	head = binary.LittleEndian.AppendUint64(head, uint64(len(x.ids)))
	head = binary.LittleEndian.AppendUint64(head, uint64(len(x.postings)))
	head = binary.LittleEndian.AppendUint32(head, uint32(32-x.shift))
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
				return total, jaga.Errorf(jaga.CodeUnavailable, "write snapshot: %w", err)
			}
		}
	}
	return total, nil
}

// Load opens a snapshot. The data are used in place: they must begin on an
// 8-byte boundary, as mapped files do, and stay valid and unchanged while the
// index is in use. Damage of any kind and other versions are refused.
func Load(data []byte) (*Index, error) {
	bad := func(format string, args ...any) (*Index, error) {
		return nil, jaga.Errorf(jaga.CodeInvalid, "load snapshot of sound: "+format, args...)
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
	case uintptr(unsafe.Pointer(unsafe.SliceData(data)))%8 != 0:
		return bad("the data do not begin on an 8-byte boundary")
	case !zeros(data[headLen+4 : page]):
		return bad("its first page is damaged")
	}
	words, recordings, postings := binary.LittleEndian.Uint64(data[8:]), binary.LittleEndian.Uint64(data[16:]), binary.LittleEndian.Uint64(data[24:])
	bits := binary.LittleEndian.Uint32(data[32:])
	if words > maxWords || recordings > maxWords || postings > words || bits < leastBits || bits > mostBits {
		return bad("its numbers are impossible")
	}
	sizes := [sections]int{4 * int(words), 4 * int(recordings+1), 4 * int(recordings), 4 * (1<<bits + 1), 4 * int(postings), int(postings)}
	var parts [sections][]byte
	at := page
	for i, size := range sizes {
		if size > len(data)-at || pad(size) > len(data)-at {
			return bad("it ends within section %d of %d", i+1, sections)
		}
		parts[i] = data[at : at+size]
		if crc32.Checksum(parts[i], castagnoli) != binary.LittleEndian.Uint32(data[36+4*i:]) {
			return bad("section %d of %d is damaged", i+1, sections)
		}
		if !zeros(data[at+size : at+pad(size)]) {
			return bad("section %d of %d is damaged after its end", i+1, sections)
		}
		at += pad(size)
	}
	if at != len(data) {
		return bad("%d bytes follow its last section", len(data)-at)
	}
	x := &Index{
		words: asWords(parts[0]), starts: asWords(parts[1]), ids: asWords(parts[2]),
		dir: asWords(parts[3]), postings: asWords(parts[4]), tags: parts[5],
		shift: 32 - uint(bits),
	}
	if why := x.check(); why != "" {
		return bad("%s", why)
	}
	return x, nil
}

// check makes sure that no search can leave the arrays, even if somebody
// computed the checksums of a crafted file.
func (x *Index) check() string {
	if !climbs(x.starts, len(x.words)) {
		return "the recordings do not span the words"
	}
	if !climbs(x.dir, len(x.postings)) {
		return "the directory does not span the postings"
	}
	for _, p := range x.postings {
		if int(p) >= len(x.words) {
			return "a place lies outside the words"
		}
	}
	return ""
}

// climbs reports whether the numbers go from 0 to end without falling.
func climbs(s []uint32, end int) bool {
	if s[0] != 0 || int(s[len(s)-1]) != end {
		return false
	}
	for i := range len(s) - 1 {
		if s[i] > s[i+1] {
			return false
		}
	}
	return true
}

func zeros(data []byte) bool {
	for _, b := range data {
		if b != 0 {
			return false
		}
	}
	return true
}

func littleEndian() bool {
	one := uint16(1)
	return *(*byte)(unsafe.Pointer(&one)) == 1
}

func asBytes(s []uint32) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), 4*len(s))
}

func asWords(b []byte) []uint32 {
	return unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/4)
}
