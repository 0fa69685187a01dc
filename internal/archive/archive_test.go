package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
)

// packed is a file for an archive.
type packed struct{ name, text string }

func zipOf(t testing.TB, files ...packed) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, f := range files {
		w, err := z.Create(f.name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, f.text); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarOf(t testing.TB, files ...packed) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		if err := w.WriteHeader(&tar.Header{Name: f.name, Mode: 0o600, Size: int64(len(f.text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, f.text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipOf(t testing.TB, name string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Name = name
	if _, err := z.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// seen walks and lists what was visited: names with lengths, or with reasons.
func seen(data []byte, lim Limits) (out []string, err error) {
	err = Walk(context.Background(), bytes.NewReader(data), int64(len(data)), lim, func(name string, r io.Reader, why error) error {
		if why != nil {
			out = append(out, fmt.Sprintf("%s: %v", name, why))
			return nil
		}
		n, err := io.Copy(io.Discard, r)
		out = append(out, fmt.Sprintf("%s %d", name, n))
		if err != nil {
			return err
		}
		return nil
	})
	return out, err
}

func TestEveryForm(t *testing.T) {
	t.Parallel()
	files := []packed{{"a.jpg", "one"}, {"folder/b.jpg", "three"}}
	want := []string{"a.jpg 3", "folder/b.jpg 5"}
	zipped, tarred := zipOf(t, files...), tarOf(t, files...)
	// A bzip2 file of the 4 bytes "abc\n"; the standard library only reads it.
	bz := []byte("\x42\x5a\x68\x39\x31\x41\x59\x26\x53\x59\xad\x67\x55\xd6\x00\x00\x00\xc1\x00\x00\x10\x38\x00\x20\x00\x21\x9a\x68\x33\x4d\x13\x3c\x5d\xc9\x14\xe1\x42\x42\xb5\x9d\x57\x58")
	for name, c := range map[string]struct {
		data []byte
		want []string
	}{
		"zip":         {zipped, want},
		"tar":         {tarred, want},
		"tar.gz":      {gzipOf(t, "x.tar", tarred), want},
		"one gzip":    {gzipOf(t, "../c.jpg", []byte("four")), []string{"c.jpg 4"}},
		"no name":     {gzipOf(t, "", []byte("four")), []string{"content 4"}},
		"bzip2":       {bz, []string{"content 4"}},
		"zip in tar":  {tarOf(t, packed{"in.zip", string(zipped)}, packed{"c", "c"}), []string{"in.zip!a.jpg 3", "in.zip!folder/b.jpg 5", "c 1"}},
		"tgz in zip":  {zipOf(t, packed{"in.tgz", string(gzipOf(t, "", tarred))}), []string{"in.tgz!a.jpg 3", "in.tgz!folder/b.jpg 5"}},
		"gzip in tar": {tarOf(t, packed{"p.jpg.gz", string(gzipOf(t, "p.jpg", []byte("xy")))}), []string{"p.jpg.gz!p.jpg 2"}},
		"empty zip":   {zipOf(t), nil},
		"empty files": {zipOf(t, packed{"e", ""}), []string{"e 0"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := seen(c.data, DefaultLimits())
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("%q, %v; want %q", got, err, c.want)
			}
		})
	}
}

// What is no file is not handed over, and a name that climbs is only a name.
func TestOnlyFiles(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range []*tar.Header{
		{Name: "dir/", Typeflag: tar.TypeDir, Mode: 0o700},
		{Name: "link", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"},
		{Name: "device", Typeflag: tar.TypeChar},
		{Name: "../../up.jpg", Typeflag: tar.TypeReg},
	} {
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := seen(b.Bytes(), DefaultLimits())
	if err != nil || !slices.Equal(got, []string{"../../up.jpg 0"}) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	zeros := strings.Repeat("\x00", always+1<<20)
	nested := zipOf(t, packed{"0", "x"})
	for range 6 {
		nested = zipOf(t, packed{"z", string(nested)})
	}
	many := make([]packed, 30)
	for i := range many {
		many[i] = packed{fmt.Sprint(i), ""}
	}
	few := DefaultLimits()
	few.Files = 20
	small := DefaultLimits()
	small.Memory = 50
	for name, c := range map[string]struct {
		data []byte
		lim  Limits
		want string // of the last visit, or empty
		err  error
	}{
		"a ZIP bomb":       {zipOf(t, packed{"a", "x"}, packed{"bomb", zeros}), DefaultLimits(), fmt.Sprintf("bomb %d", always-1), ErrLimit},
		"a gzip bomb":      {gzipOf(t, "bomb", []byte(zeros)), DefaultLimits(), fmt.Sprintf("bomb %d", always), ErrLimit},
		"a bomb in a bomb": {zipOf(t, packed{"in.zip", string(zipOf(t, packed{"bomb", zeros}))}), DefaultLimits(), "", ErrLimit},
		"many files":       {zipOf(t, many...), few, "19 0", ErrLimit},
		"many in a tar":    {tarOf(t, many...), few, "19 0", ErrLimit},
		"too deep":         {nested, DefaultLimits(), "z!z!z!z: archives lie too deep in each other", nil},
		"a large ZIP file": {tarOf(t, packed{"in.zip", string(zipOf(t, packed{"a", "b"}))}), small, "in.zip: the archive unpacks to more than is allowed: a ZIP file of more than 50 bytes within an archive", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := seen(c.data, c.lim)
			last := ""
			if len(got) > 0 {
				last = got[len(got)-1]
			}
			if !errors.Is(err, c.err) || c.want != "" && last != c.want {
				t.Errorf("last %q, %v; want %q, %v", last, err, c.want, c.err)
			}
		})
	}
}

// A directory that is larger than any true one is not read into memory.
func TestDirectoryIsBounded(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	name := strings.Repeat("n", 60_000)
	for i := range directory/60_000 + 20 {
		if _, err := z.CreateHeader(&zip.FileHeader{Name: fmt.Sprint(name, i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := seen(b.Bytes(), DefaultLimits()); !errors.Is(err, ErrLimit) || len(got) != 0 {
		t.Errorf("%d files, %v", len(got), err)
	}
}

// What cannot be read is told, and what stands behind it is still there.
func TestUnreadableFiles(t *testing.T) {
	t.Parallel()
	data := zipOf(t, packed{"secret", "abc"}, packed{"strange", "abc"}, packed{"fine", "abc"})
	// The general purpose flags and the method of the central directory, from
	// which the library takes them (APPNOTE.TXT, 4.3.12).
	entry := func(n int) int {
		at := 0
		for range n + 1 {
			at += bytes.Index(data[at:], []byte("PK\x01\x02")) + 4
		}
		return at - 4
	}
	data[entry(0)+8] |= 1
	data[entry(1)+10] = 99
	got, err := seen(data, DefaultLimits())
	want := []string{"secret: it takes a password", "strange: packed in a way that is not supported", "fine 3"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}

	inner := zipOf(t, packed{"x", "abc"})
	got, err = seen(tarOf(t, packed{"broken.zip", string(inner[:len(inner)-10])}, packed{"fine", "abc"}), DefaultLimits())
	if err != nil || len(got) != 2 || !strings.Contains(got[0], "damaged") || got[1] != "fine 3" {
		t.Errorf("%q, %v", got, err)
	}
	whole := tarOf(t, packed{"a", "abc"}, packed{"b", strings.Repeat("b", 2000)})
	if got, err = seen(whole[:2000], DefaultLimits()); len(got) != 2 || err == nil {
		t.Errorf("cut off: %q, %v", got, err)
	}
}

func TestWalkStops(t *testing.T) {
	t.Parallel()
	data := zipOf(t, packed{"a", "1"}, packed{"b", "2"})
	ctx, cancel := context.WithCancel(context.Background())
	n := 0
	err := Walk(ctx, bytes.NewReader(data), int64(len(data)), DefaultLimits(), func(string, io.Reader, error) error {
		n++
		cancel()
		return nil
	})
	if n != 1 || !errors.Is(err, context.Canceled) {
		t.Errorf("%d files, %v", n, err)
	}
	enough := errors.New("enough")
	err = Walk(context.Background(), bytes.NewReader(data), int64(len(data)), DefaultLimits(), func(string, io.Reader, error) error { return enough })
	if !errors.Is(err, enough) {
		t.Error(err)
	}
}

func FuzzWalk(f *testing.F) {
	f.Add(zipOf(f, packed{"a", "b"}))
	f.Add(tarOf(f, packed{"a", "b"}))
	f.Add(gzipOf(f, "a", tarOf(f, packed{"in.zip", string(zipOf(f, packed{"a", "b"}))})))
	f.Fuzz(func(t *testing.T, data []byte) {
		lim := Limits{Depth: 3, Files: 50, Bytes: 1 << 20, Ratio: 10, Memory: 1 << 16}
		n := 0
		_ = Walk(context.Background(), bytes.NewReader(data), int64(len(data)), lim, func(_ string, r io.Reader, err error) error {
			if n++; n > lim.Files {
				t.Fatalf("%d files", n)
			}
			if (r == nil) != (err != nil) {
				t.Fatal("neither a file nor a reason")
			}
			if r != nil {
				_, err = io.Copy(io.Discard, io.LimitReader(r, 1<<16))
				return err
			}
			return nil
		})
	})
}
