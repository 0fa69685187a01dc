package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/jpeg"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/testpic"
	ours "github.com/jaga-project/jaga/pdq/jpeg"
)

// TestPublishedHashes: from file to hash, the reference's own photographs give
// the published hashes, where they stand beside the repository (or where
// JAGA_PDQ_VECTORS says).
func TestPublishedHashes(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("JAGA_PDQ_VECTORS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data", "pdq")
	}
	table, err := os.ReadFile(filepath.Join(dir, "expected.tsv"))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the reference's pictures are not here; set JAGA_PDQ_VECTORS")
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(table)), "\n")[1:]
	if len(lines) < 20 {
		t.Fatalf("%d files in expected.tsv", len(lines))
	}
	for _, line := range lines {
		f := strings.Split(line, "\t")
		data, err := os.ReadFile(filepath.Join(dir, f[0]))
		if err != nil {
			t.Fatal(err)
		}
		m := measure(t, data)
		h, _ := pdqOf(m)
		if h.String() != f[2] || strconv.Itoa(m.Quality) != f[3] || len(m.Skipped) != 0 {
			t.Errorf("%s: %s %d, want %s %s", f[0], h, m.Quality, f[2], f[3])
		}
	}
}

// TestEverythingThatImageJPEGReadsIsRead: our decoder is the only one for JPEG,
// so it must not refuse what the standard library reads: all combinations of
// sampling factors, and the ways to say what the components are.
func TestEverythingThatImageJPEGReadsIsRead(t *testing.T) {
	t.Parallel()
	data := testpic.JPEG(testpic.Photo(1, 33, 21), 80)
	sof := bytes.Index(data, []byte{0xff, 0xc0})
	accepted := 0
	for y := range 25 {
		for cb := range 25 {
			for cr := range 25 {
				bad := bytes.Clone(data)
				for i, v := range []int{y, cb, cr} {
					bad[sof+11+3*i] = byte(v/5<<4 | v%5)
				}
				_, err := jpeg.DecodeConfig(bytes.NewReader(bad))
				if err != nil {
					continue
				}
				accepted++
				if _, _, err := ours.Size(bad); err != nil {
					t.Errorf("sampling %x: %v", []byte{bad[sof+11], bad[sof+14], bad[sof+17]}, err)
				}
			}
		}
	}
	if accepted < 10 {
		t.Errorf("image/jpeg reads %d combinations", accepted)
	}
}

// TestDecodingJPEGEndsWithItsTime: a decoder that is left behind stops by itself,
// so that its slot comes back.
func TestDecodingJPEGEndsWithItsTime(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := decode(ctx, testpic.JPEG(testpic.Photo(1, 640, 480), 85), JPEG, DefaultLimits())
	var not *NotChecked
	if !errors.As(err, &not) || not.Why != jaga.WhyTimeout {
		t.Errorf("error %v", err)
	}
}

// TestJPEGTakesNoMoreMemoryThanAllowed, by what the header claims and by what the
// decoder counts while it allocates.
func TestJPEGTakesNoMoreMemoryThanAllowed(t *testing.T) {
	t.Parallel()
	lim := DefaultLimits()
	lim.Memory = bytesPerPixel * 640 * 480
	data := testpic.JPEG(testpic.Photo(1, 640, 480), 85)
	if _, err := decode(t.Context(), data, JPEG, lim); err != nil {
		t.Errorf("within the limit: %v", err)
	}
	lim.Memory--
	_, err := decode(t.Context(), data, JPEG, lim)
	var not *NotChecked
	if !errors.As(err, &not) || not.Why != jaga.WhyTooManyPix {
		t.Errorf("beyond it: %v", err)
	}
	if why(fmt.Errorf("jpeg: %w", ours.ErrMemory)).Why != jaga.WhyTooManyPix {
		t.Error("the decoder's own limit is another reason")
	}
}
