package media

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/testpic"
)

// allocated is how many bytes fn allocates. Tests that use it are not parallel.
func allocated(fn func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	fn()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestHugeJPEGHeadersAreRefusedBeforeAnythingIsAllocated(t *testing.T) {
	data := testpic.JPEG(testpic.Photo(1, 640, 480), 80)
	sof := bytes.Index(data, []byte{0xff, 0xc0})
	binary.BigEndian.PutUint32(data[sof+5:], 0xffffffff)
	d := NewDecoder(DefaultLimits(), 1)
	var m Measured
	if n := allocated(func() { m, _ = screened(t, d, data, true, true) }); n > 2<<20 {
		t.Errorf("%d bytes allocated", n)
	}
	if m.Screened || why1(t, m) != jaga.WhyTooManyPix {
		t.Errorf("%+v", m.Skipped)
	}
}

// endless is a file of n bytes that begins as head does.
func endless(head string, n int64) io.Reader {
	return io.LimitReader(io.MultiReader(bytes.NewReader([]byte(head)), zeros{}), n)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestMemoryDoesNotGrowWithTheFile: what is not decoded is not kept, and of what
// could be, no more than the limit.
func TestMemoryDoesNotGrowWithTheFile(t *testing.T) {
	const size = 200 << 20
	lim := DefaultLimits()
	for name, c := range map[string]struct {
		head  string
		limit int64
		most  uint64
		why   jaga.Why
	}{
		"video":                   {"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp42", 1 << 40, 64 << 20, jaga.WhyTruncated},
		"of no kind":              {"no kind", 1 << 40, 1 << 20, jaga.WhyNotAnImage},
		"video, over the limit":   {"\x1aE\xdf\xa3", lim.Bytes, 64 << 20, jaga.WhyDamaged},
		"picture, over the limit": {"\xff\xd8\xff\xe0", 4 << 20, 24 << 20, jaga.WhyTooBig},
	} {
		lim.Bytes = c.limit
		d := NewDecoder(lim, 1)
		var m Measured
		n := allocated(func() {
			var err error
			if m, err = d.Measure(t.Context(), endless(c.head, size), Options{}); err != nil {
				t.Fatal(err)
			}
		})
		if n > c.most || m.Bytes != size || len(m.Signals) != 3 || why1(t, m) != c.why {
			t.Errorf("%s: %d bytes allocated; %+v", name, n, m)
		}
	}
}

// TestLongFilesAreNotKept: of a file on disk it is known beforehand that it is
// too long, whatever its kind.
func TestLongFilesAreNotKept(t *testing.T) {
	name := filepath.Join(t.TempDir(), "long.jpg")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lim := DefaultLimits()
	lim.Bytes = 16 << 20
	if _, err := f.WriteString("\xff\xd8\xff\xe0"); err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(100 << 20); err != nil { // a hole, which takes no room
		t.Fatal(err)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	var m Measured
	n := allocated(func() { m, err = NewDecoder(lim, 1).Measure(t.Context(), f, Options{}) })
	if err != nil || n > 1<<20 || m.Bytes != 100<<20 || len(m.Signals) != 3 || why1(t, m) != jaga.WhyTooBig {
		t.Errorf("%d bytes allocated, error %v; %+v", n, err, m)
	}
}

// liar says that it has more bytes than come, as a file does that is cut short
// while it is read, or fewer, as one that grows.
type liar struct {
	io.Reader
	says int
}

func (l liar) Len() int { return l.says }

func TestFilesThatChangeWhileTheyAreRead(t *testing.T) {
	t.Parallel()
	data := files(t)[JPEG]
	lim := DefaultLimits()
	lim.Bytes = 1 << 20
	for says, want := range map[int]jaga.Why{0: "", 10: "", len(data) / 2: "", 1 << 20: "", 1<<20 + 1: jaga.WhyUnreadable, 1 << 30: jaga.WhyUnreadable} {
		m, err := NewDecoder(lim, 1).Measure(t.Context(), liar{bytes.NewReader(data), says}, Options{})
		if err != nil || m.Bytes != int64(len(data)) || len(m.Signals) < 3 {
			t.Fatalf("says %d: %+v, error %v", says, m, err)
		}
		if _, ok := pdqOf(m); ok != (want == "") || want != "" && why1(t, m) != want {
			t.Errorf("says %d: %+v", says, m)
		}
	}
}

// TestEveryHundredthOfEveryFormat: a file cut anywhere, or with a bit turned, is
// hashed or not checked, and cut short it is not hashed.
func TestEveryHundredthOfEveryFormat(t *testing.T) {
	t.Parallel()
	for typ, data := range files(t) {
		for percent := range 100 {
			m := measure(t, data[:len(data)*percent/100])
			if _, ok := pdqOf(m); ok && percent < 90 {
				t.Errorf("%s cut to %d %%: hashed", typ, percent)
			} else if !ok && len(m.Skipped) == 0 {
				t.Errorf("%s cut to %d %%: neither hashed nor not checked", typ, percent)
			}
			if m.Screened {
				t.Errorf("%s cut to %d %%: screened without being asked", typ, percent)
			}
		}
		for i := range 400 {
			bad := slices.Clone(data)
			bad[i*len(data)/400] ^= 1 << (i % 8)
			m := measure(t, bad)
			if _, ok := pdqOf(m); !ok && len(m.Skipped) == 0 {
				t.Errorf("%s, bit %d: neither hashed nor not checked", typ, i)
			}
		}
	}
}

// TestNamesAndTypesAreNotBelieved: content decides; a file has no name here, and
// what follows a picture, or precedes it, does not make it another kind.
func TestNamesAndTypesAreNotBelieved(t *testing.T) {
	t.Parallel()
	photo := testpic.Photo(1, 200, 150)
	for name, c := range map[string]struct {
		data []byte
		typ  Type
		why  jaga.Why // empty: hashed
	}{
		"a picture with text behind it":  {append(testpic.JPEG(photo, 90), "PK\x03\x04 and more"...), JPEG, ""},
		"text before a picture":          {append([]byte("hello "), testpic.JPEG(photo, 90)...), "", jaga.WhyNotAnImage},
		"a page that says it is JPEG":    {[]byte("<img src='data:image/jpeg'>"), "", jaga.WhyNotAnImage},
		"PNG's mark on JPEG's data":      {append([]byte("\x89PNG\r\n\x1a\n"), testpic.JPEG(photo, 90)...), PNG, jaga.WhyDamaged},
		"JPEG's mark alone":              {[]byte("\xff\xd8\xff"), JPEG, jaga.WhyTruncated},
		"JPEG's mark, then nothing good": {append([]byte("\xff\xd8\xff"), bytes.Repeat([]byte{0xff}, 5000)...), JPEG, jaga.WhyTruncated},
	} {
		m := measure(t, c.data)
		if m.Type != c.typ || c.why == "" && len(m.Skipped) > 0 || c.why != "" && why1(t, m) != c.why {
			t.Errorf("%s: %q, %+v", name, m.Type, m.Skipped)
		}
	}
}
