package jpeg

import (
	"bytes"
	"fmt"
	stdjpeg "image/jpeg"
	"strings"
	"testing"
)

// TestDecodeEqualsTurbo: every sample as libjpeg-turbo has it, over
// subsamplings, coding processes, qualities and sizes that end anywhere in a
// block.
func TestDecodeEqualsTurbo(t *testing.T) {
	t.Parallel()
	cjpeg, djpeg := cjpegPath(t), djpegPath(t)
	samplings := []string{"1x1", "2x1", "2x2", "1x2", "4x1", "4x2", "1x4", "2x4", "2x2,2x1,1x2", "2x2,1x1,2x2", "1x1,2x2,1x1"}
	processes := []string{"", "-progressive", "-restart 1", "-optimize", "-progressive -restart 3B", "-grayscale", "-rgb", "-rgb -progressive"}
	sizes := [][2]int{{1, 1}, {2, 3}, {3, 2}, {5, 4}, {7, 9}, {8, 8}, {16, 16}, {17, 33}, {64, 48}, {101, 75}}
	seed := uint64(0)
	for _, sampling := range samplings {
		for _, process := range processes {
			t.Run(fmt.Sprintf("%s %s", sampling, process), func(t *testing.T) {
				t.Parallel()
				for i, size := range sizes {
					quality := []int{1, 10, 35, 60, 75, 85, 95, 98, 100}[(i+int(seed))%9]
					args := append(strings.Fields(process), "-sample", sampling, "-quality", fmt.Sprint(quality))
					m := photo(seed+uint64(i), size[0], size[1])
					if i%3 == 1 {
						m = harsh(seed+uint64(i), size[0], size[1])
					}
					data := encode(t, cjpeg, m, args...)
					sameAsPeer(t, djpeg, data)
					if t.Failed() {
						t.Fatalf("size %v, quality %d", size, quality)
					}
				}
			})
			seed++
		}
	}
}

// TestDecodeEqualsTurboLarge repeats the usual encodings at sizes where rows
// are long.
func TestDecodeEqualsTurboLarge(t *testing.T) {
	t.Parallel()
	cjpeg, djpeg := cjpegPath(t), djpegPath(t)
	for i, args := range []string{"-quality 75", "-quality 92 -sample 1x1", "-quality 85 -progressive", "-quality 80 -sample 2x1 -progressive"} {
		m := photo(uint64(i), 1023+i, 517)
		sameAsPeer(t, djpeg, encode(t, cjpeg, m, strings.Fields(args)...))
	}
}

// TestDecodeStd: files of Go's own encoder, the usual ones in Go programs.
func TestDecodeStd(t *testing.T) {
	t.Parallel()
	djpeg := djpegPath(t)
	for q := 5; q <= 100; q += 19 {
		var buf bytes.Buffer
		if err := stdjpeg.Encode(&buf, photo(uint64(q), 131+q, 77), &stdjpeg.Options{Quality: q}); err != nil {
			t.Fatal(err)
		}
		sameAsPeer(t, djpeg, buf.Bytes())
	}
}
