package archive_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/archive"
)

// seen notes what a walk tells.
type seen struct {
	files   []string // name=content, or name=error
	refused []string // name: why
}

func (s *seen) File(name string, r io.Reader) error {
	data, err := io.ReadAll(r)
	if over := (*archive.Refused)(nil); errors.As(err, &over) {
		s.Refused(name, over)
		return nil
	}
	if err != nil {
		data = []byte(err.Error())
	}
	if len(data) > 40 {
		data = fmt.Appendf(nil, "%d bytes", len(data))
	}
	s.files = append(s.files, name+"="+string(data))
	return nil
}

func (s *seen) Refused(name string, why *archive.Refused) {
	s.refused = append(s.refused, name+": "+string(why.Why))
}

func walk(t testing.TB, data []byte, lim archive.Limits) seen {
	t.Helper()
	var s seen
	if err := archive.Walk(t.Context(), bytes.NewReader(data), int64(len(data)), "a", lim, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// named is a file to be packed.
type named struct{ name, data string }

func zipped(files ...named) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		e, err := w.Create(f.name)
		if err == nil {
			_, err = io.WriteString(e, f.data)
		}
		if err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func tarred(files ...named) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		err := w.WriteHeader(&tar.Header{Name: f.name, Mode: 0o600, Size: int64(len(f.data))})
		if err == nil {
			_, err = io.WriteString(w, f.data)
		}
		if err != nil {
			panic(err)
		}
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func gzipped(data []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func TestWalk(t *testing.T) {
	t.Parallel()
	two := []named{{"x.jpg", "one"}, {"sub/y", "two"}}
	for name, data := range map[string][]byte{"zip": zipped(two...), "tar": tarred(two...), "tar.gz": gzipped(tarred(two...))} {
		s := walk(t, data, archive.DefaultLimits())
		if !slices.Equal(s.files, []string{"a!x.jpg=one", "a!sub/y=two"}) || len(s.refused) > 0 || !archive.Is(data) {
			t.Errorf("%s: %+v", name, s)
		}
	}
	if s := walk(t, gzipped([]byte("text")), archive.DefaultLimits()); !slices.Equal(s.files, []string{"a!a=text"}) {
		t.Errorf("gzip: %+v", s)
	}
	nested := zipped(named{"b.zip", string(zipped(named{"c.tgz", string(gzipped(tarred(named{"d", "deep"})))}))}, named{"after", "x"})
	if s := walk(t, nested, archive.DefaultLimits()); !slices.Equal(s.files, []string{"a!b.zip!c.tgz!d=deep", "a!after=x"}) || len(s.refused) > 0 {
		t.Errorf("nested: %+v", s)
	}
	if s := walk(t, nested, archive.Limits{Depth: 2, Entries: 10, Bytes: 1 << 20, Ratio: 100, Inner: 1 << 20}); !slices.Equal(s.refused, []string{"a!b.zip!c.tgz: too_big"}) || len(s.files) != 1 {
		t.Errorf("too deep: %+v", s)
	}
	if archive.Is([]byte("plain text")) || archive.Is(nil) {
		t.Error("text is taken for an archive")
	}
}

func TestWalkLimits(t *testing.T) {
	t.Parallel()
	zeros := strings.Repeat("\x00", 32<<20)
	for name, data := range map[string][]byte{
		"zip": zipped(named{"bomb", zeros}, named{"after", "x"}), "gzip": gzipped([]byte(zeros)), "tar.gz": gzipped(tarred(named{"bomb", zeros}))} {
		if s := walk(t, data, archive.DefaultLimits()); len(s.refused) == 0 || !strings.Contains(s.refused[0], "too_big") {
			t.Errorf("%s: %+v", name, s)
		}
	}
	// A bomb does not hide the file behind it.
	if s := walk(t, zipped(named{"bomb", zeros}, named{"after", "x"}), archive.DefaultLimits()); !slices.Equal(s.files, []string{"a!after=x"}) {
		t.Errorf("behind a bomb: %+v", s)
	}
	lim := archive.DefaultLimits()
	lim.Entries = 2
	if s := walk(t, tarred(named{"1", ""}, named{"2", ""}, named{"3", ""}, named{"4", ""}), lim); len(s.files) != 2 || len(s.refused) != 1 {
		t.Errorf("too many: %+v", s)
	}
	lim = archive.DefaultLimits()
	lim.Bytes = 100
	if s := walk(t, zipped(named{"1", strings.Repeat("x", 80)}, named{"2", strings.Repeat("x", 80)}, named{"3", "y"}), lim); len(s.files) != 1 || len(s.refused) != 1 {
		t.Errorf("too much: %+v", s)
	}
	lim = archive.DefaultLimits()
	lim.Inner = 50
	if s := walk(t, zipped(named{"b.zip", string(zipped(named{"x", "y"}))}), lim); len(s.refused) != 1 {
		t.Errorf("too large inside: %+v", s)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	data := zipped(named{"x", "y"})
	if err := archive.Walk(ctx, bytes.NewReader(data), int64(len(data)), "a", lim, &seen{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestWalkDamaged(t *testing.T) {
	t.Parallel()
	whole := zipped(named{"x", strings.Repeat("text ", 100)}, named{"y", "z"})
	locked := bytes.Clone(whole)
	i := bytes.Index(locked, []byte("PK\x01\x02"))
	locked[i+8] |= 1
	if s := walk(t, locked, archive.DefaultLimits()); len(s.refused) != 1 || s.refused[0] != "a!x: "+string(jaga.WhyUnreadable) || len(s.files) != 1 {
		t.Errorf("encrypted: %+v", s)
	}
	for name, data := range map[string][]byte{
		"cut zip": whole[:len(whole)-30], "cut tar": tarred(named{"x", strings.Repeat("y", 5000)})[:1000],
		"cut gzip": gzipped([]byte(strings.Repeat("abc", 100)))[:12],
		"a head":   []byte("PK\x03\x04"),
	} {
		s := walk(t, data, archive.DefaultLimits())
		if len(s.refused) == 0 && !slices.ContainsFunc(s.files, func(f string) bool { return strings.Contains(f, "unexpected") }) {
			t.Errorf("%s: %+v", name, s)
		}
	}
	// A directory said to be larger than is read at once.
	big := bytes.Clone(whole)
	binary.LittleEndian.PutUint32(big[bytes.LastIndex(big, []byte("PK\x05\x06"))+12:], mostDirectory+1)
	if s := walk(t, big, archive.DefaultLimits()); len(s.refused) != 1 {
		t.Errorf("a large directory: %+v", s)
	}
}

const mostDirectory = 16 << 20

func FuzzWalk(f *testing.F) {
	f.Add(zipped(named{"x", "y"}))
	f.Add(gzipped(tarred(named{"x", "y"})))
	f.Add(tarred(named{"b.zip", string(zipped(named{"x", "y"}))}))
	f.Fuzz(func(t *testing.T, data []byte) {
		walk(t, data, archive.Limits{Depth: 3, Entries: 100, Bytes: 1 << 20, Ratio: 10, Inner: 1 << 16})
	})
}
