package custody

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"math"
	"strings"
)

// A bundle is a zip file of one exact form: stored entries one after another
// from the first byte, the same fixed date for each, a central directory that
// says the same as the entries do, and nothing before, between or after. A
// reader rebuilds every byte that is not content and compares it, so that no
// two programs can see different things in one bundle.
const (
	zipDate = 0x21 // 1 January 1980
	zipMode = 0o100644 << 16

	maxEntries   = 200_000
	maxNameLen   = 200
	maxDirectory = 64 << 20
)

// entry is one file of a zip.
type entry struct {
	name   string
	crc    uint32
	size   int64
	offset int64 // of its local header
}

// le is a little-endian writer of headers.
type le struct{ bytes.Buffer }

func (b *le) u16(v ...uint16) {
	for _, x := range v {
		_ = binary.Write(b, binary.LittleEndian, x) // a buffer takes everything
	}
}

func (b *le) u32(v ...uint32) {
	for _, x := range v {
		_ = binary.Write(b, binary.LittleEndian, x)
	}
}

func (b *le) u64(v ...uint64) {
	for _, x := range v {
		_ = binary.Write(b, binary.LittleEndian, x)
	}
}

// large reports whether a number does not fit 32 bits in a zip.
func large(n int64) bool { return n >= math.MaxUint32 }

// local is the header before an entry's bytes. Its size and checksum follow
// them, since they are not known before.
func (e entry) local() []byte {
	var b le
	b.u32(0x04034b50)
	b.u16(20, 8, 0, 0, zipDate)
	b.u32(0, 0, 0)
	b.u16(uint16(len(e.name)), 0)
	b.WriteString(e.name)
	return b.Bytes()
}

// descriptor is what follows an entry's bytes.
func (e entry) descriptor() []byte {
	var b le
	b.u32(0x08074b50, e.crc)
	if large(e.size) {
		b.u64(uint64(e.size), uint64(e.size))
	} else {
		b.u32(uint32(e.size), uint32(e.size))
	}
	return b.Bytes()
}

// central is the entry in the directory.
func (e entry) central() []byte {
	var extra le
	size, offset, version := uint32(e.size), uint32(e.offset), uint16(20)
	if large(e.size) || large(e.offset) {
		size, offset, version = math.MaxUint32, math.MaxUint32, 45
		extra.u16(1, 24)
		extra.u64(uint64(e.size), uint64(e.size), uint64(e.offset))
	}
	var b le
	b.u32(0x02014b50)
	b.u16(3<<8|version, version, 8, 0, 0, zipDate)
	b.u32(e.crc, size, size)
	b.u16(uint16(len(e.name)), uint16(extra.Len()), 0, 0, 0)
	b.u32(zipMode, offset)
	b.WriteString(e.name)
	b.Write(extra.Bytes())
	return b.Bytes()
}

// zipEnd is what follows the directory.
func zipEnd(entries int, size, offset int64) []byte {
	var b le
	n, s, o := uint16(entries), uint32(size), uint32(offset)
	if entries >= math.MaxUint16 || large(size) || large(offset) {
		b.u32(0x06064b50)
		b.u64(44)
		b.u16(3<<8|45, 45)
		b.u32(0, 0)
		b.u64(uint64(entries), uint64(entries), uint64(size), uint64(offset))
		b.u32(0x07064b50, 0)
		b.u64(uint64(offset + size))
		b.u32(1)
		n, s, o = math.MaxUint16, math.MaxUint32, math.MaxUint32
	}
	b.u32(0x06054b50)
	b.u16(0, 0, n, n)
	b.u32(s, o)
	b.u16(0)
	return b.Bytes()
}

// zipWriter writes such a file from its first byte to its last.
type zipWriter struct {
	w       io.Writer
	at      int64
	entries []entry
	open    *entry
	crc     hash.Hash32
}

// next ends the entry before and begins another.
func (z *zipWriter) next(name string) error {
	if why := badName(name); why != "" {
		return fmt.Errorf("write bundle: the name %q %s", name, why)
	}
	if len(z.entries) == maxEntries {
		return fmt.Errorf("write bundle: it would have more than %d files", maxEntries)
	}
	if err := z.end(); err != nil {
		return err
	}
	z.open, z.crc = &entry{name: name, offset: z.at}, crc32.NewIEEE()
	return z.raw(z.open.local())
}

// Write adds bytes to the open entry.
func (z *zipWriter) Write(p []byte) (int, error) {
	z.crc.Write(p)
	z.open.size += int64(len(p))
	return len(p), z.raw(p)
}

func (z *zipWriter) end() error {
	if z.open == nil {
		return nil
	}
	z.open.crc = z.crc.Sum32()
	err := z.raw(z.open.descriptor())
	z.entries, z.open = append(z.entries, *z.open), nil
	return err
}

func (z *zipWriter) close() error {
	if err := z.end(); err != nil {
		return err
	}
	start := z.at
	for _, e := range z.entries {
		if err := z.raw(e.central()); err != nil {
			return err
		}
	}
	return z.raw(zipEnd(len(z.entries), z.at-start, start))
}

func (z *zipWriter) raw(p []byte) error {
	n, err := z.w.Write(p)
	z.at += int64(n)
	if err != nil {
		return fmt.Errorf("write bundle: %w", err)
	}
	return nil
}

// formError says that a file is no zip of the form of a bundle, and where.
type formError struct {
	at   int64 // byte
	what string
}

func (e *formError) Error() string { return fmt.Sprintf("byte %d: %s", e.at, e.what) }

// readZip reads the directory and checks every byte that is not content.
func readZip(r io.ReaderAt, size int64) ([]entry, error) {
	z := &zipReader{r, size}
	count, dirAt, dirSize, err := z.end()
	if err != nil {
		return nil, err
	}
	dir := make([]byte, dirSize)
	if err := z.read(dir, dirAt); err != nil {
		return nil, err
	}
	var all []entry
	at := int64(0) // where the next entry must begin
	seen := map[string]bool{}
	for rest := dir; len(all) < count; {
		here := dirAt + int64(len(dir)-len(rest))
		e, err := parseCentral(rest, here)
		if err != nil {
			return nil, err
		}
		if seen[strings.ToLower(e.name)] {
			return nil, &formError{here, fmt.Sprintf("the name %q is there twice, or differs from another in upper and lower case only", e.name)}
		}
		seen[strings.ToLower(e.name)] = true
		rest = rest[len(e.central()):]
		if e.offset != at {
			return nil, &formError{here, fmt.Sprintf("%q does not begin where the file before it ends", e.name)}
		}
		head, tail := e.local(), e.descriptor()
		if e.size > dirAt-at-int64(len(head)+len(tail)) {
			return nil, &formError{here, fmt.Sprintf("%q is longer than what is there", e.name)}
		}
		if err := z.expect(head, at, e.name+": its header does not say what the directory says"); err != nil {
			return nil, err
		}
		at += int64(len(head)) + e.size
		if err := z.expect(tail, at, e.name+": its length or checksum is not what the directory says"); err != nil {
			return nil, err
		}
		at += int64(len(tail))
		all = append(all, e)
		if len(all) == count && len(rest) > 0 {
			return nil, &formError{here, "the directory has more than it states"}
		}
	}
	if at != dirAt {
		return nil, &formError{at, "there is something between the last file and the directory"}
	}
	return all, nil
}

type zipReader struct {
	r    io.ReaderAt
	size int64
}

func (z *zipReader) read(p []byte, at int64) error {
	if at < 0 || at+int64(len(p)) > z.size {
		return &formError{max(at, 0), "it ends too early"}
	}
	if n, err := z.r.ReadAt(p, at); n < len(p) {
		return &readError{err}
	}
	return nil
}

// readError is a fault of what is read from, not of what was read.
type readError struct{ err error }

func (e *readError) Error() string { return "read bundle: " + e.err.Error() }
func (e *readError) Unwrap() error { return e.err }

func (z *zipReader) expect(want []byte, at int64, what string) error {
	got := make([]byte, len(want))
	if err := z.read(got, at); err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return &formError{at, what}
	}
	return nil
}

// end finds the directory by the last bytes of the file.
func (z *zipReader) end() (count int, at, size int64, err error) {
	fail := func(what string) (int, int64, int64, error) { return 0, 0, 0, &formError{max(z.size-22, 0), what} }
	tail := make([]byte, 22)
	if err := z.read(tail, z.size-22); err != nil {
		return fail("it is too short to be a bundle")
	}
	le := binary.LittleEndian
	if le.Uint32(tail) != 0x06054b50 {
		return fail("it does not end as a bundle does: it was cut off, something follows it, or it is no bundle")
	}
	n, dirSize, dirAt, length := uint64(le.Uint16(tail[10:])), uint64(le.Uint32(tail[12:])), uint64(le.Uint32(tail[16:])), int64(22)
	if dirAt == math.MaxUint32 {
		long := make([]byte, 56)
		if err := z.read(long, z.size-98); err != nil {
			return fail("its directory cannot be found")
		}
		n, dirSize, dirAt, length = le.Uint64(long[32:]), le.Uint64(long[40:]), le.Uint64(long[48:]), 98
	}
	if n > maxEntries || dirSize > maxDirectory || dirAt > uint64(z.size) {
		return fail("it has more files than a bundle may have")
	}
	if int64(dirAt)+int64(dirSize)+length != z.size {
		return fail("its directory is not where it should be")
	}
	if err := z.expect(zipEnd(int(n), int64(dirSize), int64(dirAt)), z.size-length, "its end is not as a bundle's is"); err != nil {
		return 0, 0, 0, err
	}
	return int(n), int64(dirAt), int64(dirSize), nil
}

// parseCentral reads one entry of the directory, which must be byte for byte
// what this package would write.
func parseCentral(b []byte, at int64) (e entry, err error) {
	fail := func(what string) (entry, error) { return entry{}, &formError{at, what} }
	if len(b) < 46 || binary.LittleEndian.Uint32(b) != 0x02014b50 {
		return fail("the directory is damaged")
	}
	le := binary.LittleEndian
	nameLen, extraLen := int(le.Uint16(b[28:])), int(le.Uint16(b[30:]))
	switch {
	case le.Uint16(b[8:])&1 != 0:
		return fail("an entry is encrypted; a bundle's are not")
	case le.Uint16(b[10:]) != 0:
		return fail("an entry is compressed; a bundle's are not. If it was unpacked and packed again, verify the unpacked folder")
	case le.Uint32(b[38:])>>16&0o170000 == 0o120000:
		return fail("an entry is a symbolic link; a bundle has none")
	case len(b) < 46+nameLen+extraLen:
		return fail("the directory is damaged")
	}
	e = entry{name: string(b[46 : 46+nameLen]), crc: le.Uint32(b[16:]), size: int64(le.Uint32(b[24:])), offset: int64(le.Uint32(b[42:]))}
	if why := badName(e.name); why != "" {
		return fail(fmt.Sprintf("the name %q %s", e.name, why))
	}
	if extra := b[46+nameLen : 46+nameLen+extraLen]; extraLen == 28 {
		e.size, e.offset = int64(le.Uint64(extra[4:])), int64(le.Uint64(extra[20:]))
	}
	if e.size < 0 || e.offset < 0 || !bytes.HasPrefix(b, e.central()) {
		return fail(fmt.Sprintf("the entry of %q is not as a bundle's is", e.name))
	}
	return e, nil
}

// badName says why a bundle may not hold a file of this name, or "". What is
// allowed is the same file on every system: letters, digits, dot, dash and
// underscore, in folders.
func badName(name string) string {
	if name == "" || len(name) > maxNameLen {
		return fmt.Sprintf("has not 1 to %d characters", maxNameLen)
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "" || part[0] == '.' || part[len(part)-1] == '.' {
			return "leads out of the bundle, or has a part that begins or ends with a dot"
		}
		for _, c := range []byte(part) {
			if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_') {
				return "has characters other than letters, digits, dot, dash and underscore"
			}
		}
		base, _, _ := strings.Cut(strings.ToLower(part), ".")
		switch {
		case base == "con", base == "prn", base == "aux", base == "nul",
			len(base) == 4 && (strings.HasPrefix(base, "com") || strings.HasPrefix(base, "lpt")) && base[3] >= '0' && base[3] <= '9':
			return "is the name of a device on some systems"
		}
	}
	return ""
}
