package custody

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"slices"
	"testing"
)

// sparse is a file of which only blocks with something in them are kept.
type sparse struct {
	size   int64
	at     []int64
	blocks [][]byte
}

func (s *sparse) Write(p []byte) (int, error) {
	if slices.ContainsFunc(p, func(b byte) bool { return b != 0 }) {
		s.at, s.blocks = append(s.at, s.size), append(s.blocks, bytes.Clone(p))
	}
	s.size += int64(len(p))
	return len(p), nil
}

func (s *sparse) ReadAt(p []byte, off int64) (int, error) {
	if off >= s.size {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), s.size-off))
	clear(p[:n])
	for i, at := range s.at {
		if from, to := max(off, at), min(off+int64(n), at+int64(len(s.blocks[i]))); from < to {
			copy(p[from-off:to-off], s.blocks[i][from-at:])
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// zeros are written without looking at each of them.
type zeros struct{ *sparse }

func (z zeros) Write(p []byte) (int, error) {
	if len(p) >= 1<<20 {
		z.size += int64(len(p))
		return len(p), nil
	}
	return z.sparse.Write(p)
}

// TestZip64 writes a file of five gigabytes, and one behind it, and has them
// read by this package and by another reader.
func TestZip64(t *testing.T) {
	t.Parallel()
	const large = 5 << 30
	s := &sparse{}
	z := &zipWriter{w: zeros{s}}
	if err := z.next("data/files/large.age"); err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 16<<20)
	for range large / len(block) {
		if _, err := z.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.next("data/files/small.age"); err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write([]byte("a shape")); err != nil {
		t.Fatal(err)
	}
	if err := z.close(); err != nil {
		t.Fatal(err)
	}
	all, err := readZip(s, s.size)
	if err != nil || len(all) != 2 || all[0].size != large || all[1].size != 7 || all[1].offset <= large {
		t.Fatalf("read back %+v, %v", all, err)
	}
	other, err := zip.NewReader(s, s.size)
	if err != nil {
		t.Fatal(err)
	}
	r, err := other.File[1].Open()
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(r); string(b) != "a shape" || err != nil || other.File[0].UncompressedSize64 != large {
		t.Errorf("another reader: %q, %v, %d", b, err, other.File[0].UncompressedSize64)
	}
	// What stands behind four gigabytes is looked at as well.
	s.blocks[len(s.blocks)-1][0]++
	if _, err := readZip(s, s.size); err == nil {
		t.Error("a changed end was not found")
	} else if _, ok := errors.AsType[*formError](err); !ok {
		t.Errorf("found as %v", err)
	}
}
