package custody_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"

	"github.com/jaga-project/jaga/custody"
)

// pack makes a zip as other programs do, with what change does to it.
func pack(t testing.TB, data []byte, change func(*zip.Writer)) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range z.File {
		if err := w.Copy(f); err != nil {
			t.Fatal(err)
		}
	}
	change(w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func put(t testing.TB, w *zip.Writer, h *zip.FileHeader, data string) {
	t.Helper()
	f, err := w.CreateHeader(h)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, data); err != nil {
		t.Fatal(err)
	}
}

// TestZipTricks lists the ways in which a zip can show one thing to one program
// and another to the next, or harm whoever opens it. All are refused before
// anything inside is believed.
func TestZipTricks(t *testing.T) {
	t.Parallel()
	m := testBundle(t, nil)
	end := binary.LittleEndian.Uint32(m.data[len(m.data)-6:]) // where the directory begins
	var again bytes.Buffer
	z := zip.NewWriter(&again)
	if err := z.AddFS(unpack(t, m.data)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	link := &zip.FileHeader{Name: "data/files/l"}
	link.SetMode(fs.ModeSymlink | 0o777)
	for name, data := range map[string][]byte{
		"empty":               {},
		"no zip":              []byte(strings.Repeat("x", 100)),
		"data before":         append([]byte("#!/bin/sh\n"), m.data...),
		"data after":          append(bytes.Clone(m.data), 'x'),
		"another zip after":   append(bytes.Clone(m.data), m.data...),
		"data between":        bytes.Join([][]byte{m.data[:end], []byte("hidden"), m.data[end:]}, nil),
		"a comment":           pack(t, m.data, func(w *zip.Writer) { _ = w.SetComment("hello") }),
		"a name twice":        pack(t, m.data, func(w *zip.Writer) { put(t, w, &zip.FileHeader{Name: "data/facts.json"}, "{}") }),
		"case twins":          pack(t, m.data, func(w *zip.Writer) { put(t, w, &zip.FileHeader{Name: "DATA/facts.json"}, "{}") }),
		"a path out":          pack(t, m.data, func(w *zip.Writer) { put(t, w, &zip.FileHeader{Name: "../../etc/passwd"}, "x") }),
		"an absolute path":    pack(t, m.data, func(w *zip.Writer) { put(t, w, &zip.FileHeader{Name: "/etc/passwd"}, "x") }),
		"a backslash":         pack(t, m.data, func(w *zip.Writer) { put(t, w, &zip.FileHeader{Name: `data\files\x`}, "x") }),
		"a folder":            pack(t, m.data, func(w *zip.Writer) { put(t, w, &zip.FileHeader{Name: "data/files/"}, "") }),
		"a link":              pack(t, m.data, func(w *zip.Writer) { put(t, w, link, "/etc/passwd") }),
		"a bomb":              pack(t, m.data, func(w *zip.Writer) { bomb(t, w) }),
		"an encrypted entry":  pack(t, m.data, func(w *zip.Writer) { put(t, w, &zip.FileHeader{Name: "data/files/x", Flags: 1}, "x") }),
		"packed again":        again.Bytes(),
		"an extra file":       pack(t, m.data, func(w *zip.Writer) { put(t, w, &zip.FileHeader{Name: "data/files/x"}, "x") }),
		"a control character": pack(t, m.data, func(w *zip.Writer) { put(t, w, &zip.FileHeader{Name: "data/files/a\nb"}, "x") }),
		"overlap":             overlap(m.data),
	} {
		r := verifyBytes(t, data, custody.VerifyOptions{Key: m.verifier})
		if r.OK || !has(r, custody.ProblemContainer) {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

// bomb adds an entry that says it is a gigabyte of zeros.
func bomb(t testing.TB, w *zip.Writer) {
	t.Helper()
	var b bytes.Buffer
	f, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	raw, err := w.CreateRaw(&zip.FileHeader{Name: "data/files/x", Method: zip.Deflate, UncompressedSize64: 1 << 30, CompressedSize64: uint64(b.Len())})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := raw.Write(b.Bytes()); err != nil {
		t.Fatal(err)
	}
}

// overlap lets the second entry of the directory point at the first.
func overlap(data []byte) []byte {
	bad := bytes.Clone(data)
	at := int(binary.LittleEndian.Uint32(bad[len(bad)-6:]))
	second := at + 46 + int(binary.LittleEndian.Uint16(bad[at+28:]))
	binary.LittleEndian.PutUint32(bad[second+42:], 0)
	return bad
}

// TestReadFaultIsNoProblem keeps a broken disk apart from a broken bundle.
func TestReadFaultIsNoProblem(t *testing.T) {
	t.Parallel()
	m := testBundle(t, nil)
	for _, at := range []int64{0, 5000, int64(len(m.data) - 30)} {
		_, err := custody.VerifyBundle(badDisk{bytes.NewReader(m.data), at}, int64(len(m.data)), custody.VerifyOptions{})
		if !errors.Is(err, errDisk) {
			t.Errorf("a fault at byte %d: error %v", at, err)
		}
	}
}

var errDisk = errors.New("the disk is broken")

type badDisk struct {
	r  io.ReaderAt
	at int64
}

func (d badDisk) ReadAt(p []byte, off int64) (int, error) {
	if off <= d.at && d.at < off+int64(len(p)) {
		return 0, errDisk
	}
	return d.r.ReadAt(p, off)
}

// FuzzVerifyBundle changes bundles at will: none but the one that was made may
// pass, and nothing may panic.
func FuzzVerifyBundle(f *testing.F) {
	m := testBundle(f, nil)
	f.Add(m.data)
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := custody.VerifyBundle(bytes.NewReader(data), int64(len(data)), custody.VerifyOptions{Key: m.verifier})
		if err != nil {
			t.Fatal(err)
		}
		if r.OK && !bytes.Equal(data, m.data) {
			t.Error("a changed bundle passed")
		}
		for _, p := range r.Problems {
			if p.Where == "" || p.What == "" {
				t.Errorf("%+v does not say where and what", p)
			}
		}
	})
}

// FuzzVerifyFolder changes single files of a bundle that was unpacked.
func FuzzVerifyFolder(f *testing.F) {
	m := testBundle(f, nil)
	files := unpack(f, m.data)
	for name, file := range files {
		f.Add(name, file.Data)
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		changed := unpack(t, m.data)
		before, there := changed[name]
		if !there || !fs.ValidPath(name) {
			return // no file of the bundle
		}
		file := *before
		file.Data = data
		changed[name] = &file
		r, err := custody.VerifyFolder(changed, custody.VerifyOptions{Key: m.verifier})
		if err != nil {
			t.Fatal(err)
		}
		if r.OK != bytes.Equal(data, files[name].Data) {
			t.Errorf("%s: %+v", name, r)
		}
	})
}

func FuzzParseRecord(f *testing.F) {
	r, err := custody.NewRecord(3, 4, custody.Event{Actor: "a", Action: "b.c", Subject: "<d>", Detail: map[string]string{"e": "f"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(r.Bytes())
	f.Fuzz(func(t *testing.T, line []byte) {
		if r, err := custody.ParseRecord(line); err == nil && !bytes.Equal(r.Bytes(), line) {
			t.Errorf("%q is read as %q", line, r.Bytes())
		}
		_, _ = custody.ParseConsistency(string(line))
		custody.SplitNotes(string(line))
	})
}
