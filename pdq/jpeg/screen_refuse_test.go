package jpeg

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestScreenRefuses(t *testing.T) {
	t.Parallel()
	cjpeg := cjpegPath(t)
	m := photo(1, 600, 200)
	ok := encode(t, cjpeg, m)
	for name, tc := range map[string]struct {
		data []byte
		want error
	}{
		"empty":               {nil, ErrFormat},
		"no picture":          {[]byte("\xff\xd8\xff\xd9"), ErrDamaged},
		"header only":         {ok[:bytes.Index(ok, []byte{0xff, mSOS})], ErrTruncated},
		"narrow":              {encode(t, cjpeg, photo(1, 511, 300)), ErrUnsupported},
		"RGB":                 {encode(t, cjpeg, m, "-rgb"), ErrUnsupported},
		"luma subsampled":     {encode(t, cjpeg, m, "-sample", "1x1,2x2,1x1"), ErrUnsupported},
		"flat":                {encode(t, cjpeg, contrast(m, 0.05, 0)), ErrUnsupported},
		"mirrored":            {encode(t, cjpeg, mirrored(photo(2, 600, 500))), ErrUnsupported},
		"cut":                 {ok[:len(ok)-300], ErrTruncated},
		"cut, long":           {ok[:len(ok)/3], ErrTruncated},
		"cut and ended":       {append(bytes.Clone(ok[:len(ok)-300]), 0xff, mEOI), ErrDamaged},
		"a huge claim":        {replace(ok, mSOF0, 3, 0xff, 0xff, 0xff, 0xff), ErrDamaged},
		"wrong restart":       {bytes.Replace(encode(t, cjpeg, m, "-restart", "1"), []byte{0xff, 0xd1}, []byte{0xff, 0xd2}, 1), ErrDamaged},
		"cut between restart": {cutAt(encode(t, cjpeg, m, "-restart", "1"), "\xff\xd3"), ErrTruncated},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, _, err := Screen(tc.data); !errors.Is(err, tc.want) {
				t.Errorf("got %v, want %v", err, tc.want)
			}
			if _, _, err := ScreenAll(tc.data); !errors.Is(err, tc.want) {
				t.Errorf("all: got %v, want %v", err, tc.want)
			}
		})
	}
}

func cutAt(data []byte, at string) []byte { return data[:strings.Index(string(data), at)] }

// TestScreenEveryCut: no prefix of a file that lacks coded data is screened.
func TestScreenEveryCut(t *testing.T) {
	t.Parallel()
	cjpeg := cjpegPath(t)
	for _, args := range [][]string{{"-quality", "30"}, {"-quality", "30", "-restart", "2"}, {"-quality", "30", "-progressive"}} {
		data := encode(t, cjpeg, photo(3, 520, 300), args...)
		if _, _, err := Screen(data); err != nil {
			t.Fatal(err)
		}
		for n := 0; n < len(data)-3; n += 7 {
			if _, _, err := Screen(data[:n]); n > 2 && !errors.Is(err, ErrTruncated) {
				t.Fatalf("cjpeg %v: %d of %d bytes: %v", args, n, len(data), err)
			}
		}
	}
}

// TestColumnsTouchTwo: from ScreenWidth on, no block touches more than two
// columns of the buffer, which the projection counts on.
func TestColumnsTouchTwo(t *testing.T) {
	t.Parallel()
	for n := ScreenWidth; n < 9000; n += 1 + n/200 {
		for b, p := range project(n) {
			if len(p.weights) > 2 {
				t.Fatalf("width %d, block %d touches %d columns", n, b, len(p.weights))
			}
		}
	}
}

// TestScreenNeedsTheOtherScans: a file that is cut off in a scan without luma is
// as little whole as any other, though its hash is known by then.
func TestScreenNeedsTheOtherScans(t *testing.T) {
	t.Parallel()
	data := encode(t, cjpegPath(t), photo(3, 520, 300), "-quality", "90", "-progressive")
	plain := encode(t, cjpegPath(t), photo(3, 520, 300), "-quality", "90", "-scans", scanScript(t))
	for name, file := range map[string][]byte{"progressive": data, "one by one": plain} {
		if _, _, err := Screen(file); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		last := bytes.LastIndex(file, []byte{0xff, mSOS})
		for _, n := range []int{last, last + 40, (last + len(file)) / 2, len(file) - 2} {
			if _, _, err := Screen(file[:n]); err == nil {
				t.Errorf("%s: %d of %d bytes were answered for", name, n, len(file))
			}
		}
		// Cut in the last scan, with an end marker: what is missing is not
		// looked at. With the whole scan missing it is refused.
		if _, _, err := Screen(append(bytes.Clone(file[:last]), 0xff, mEOI)); err == nil {
			t.Errorf("%s: answered without the last scan", name)
		}
	}
}

// scanScript names a file that makes cjpeg write luma and chroma in scans of
// their own.
func scanScript(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "scans")
	if err := os.WriteFile(name, []byte("0;\n1;\n2;\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
