package jpeg

import (
	"bytes"
	stdjpeg "image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/jaga-project/jaga/pdq"
)

// benchFiles are photograph-like files as phones and sites write them: 4:2:0,
// quality 85.
var benchSizes = []struct {
	name string
	w, h int
}{{"512x512", 512, 512}, {"1600x1004", 1600, 1004}, {"4000x3000", 4000, 3000}}

func benchFile(b *testing.B, w, h int) []byte {
	b.Helper()
	var buf bytes.Buffer
	if err := stdjpeg.Encode(&buf, photo(uint64(w), w, h), &stdjpeg.Options{Quality: 85}); err != nil {
		b.Fatal(err)
	}
	return buf.Bytes()
}

// median is the middle of the times that several runs of fn take.
func median(fn func()) time.Duration {
	var times []time.Duration
	for range 9 {
		start := time.Now()
		fn()
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	return times[len(times)/2]
}

// turboDecode is how long libjpeg-turbo takes to decode the file: djpeg without
// output, less what it takes for a picture of one block. 0 if it is not
// installed.
func turboDecode(b *testing.B, data []byte) time.Duration {
	b.Helper()
	djpeg, err := exec.LookPath("djpeg")
	if err != nil {
		return 0
	}
	run := func(name string, data []byte) time.Duration {
		path := filepath.Join(b.TempDir(), name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			b.Fatal(err)
		}
		return median(func() {
			if err := exec.Command(djpeg, "-pnm", "-outfile", os.DevNull, path).Run(); err != nil {
				b.Fatal(err)
			}
		})
	}
	return run("file", data) - run("block", benchFile(b, 8, 8))
}

// report adds the ratios of baselines to the time just measured.
func report(b *testing.B, baselines map[string]time.Duration) {
	b.Helper()
	each := float64(b.Elapsed()) / float64(b.N)
	for name, t := range baselines {
		if t > 0 {
			b.ReportMetric(float64(t)/each, name)
		}
	}
}

func baselines(b *testing.B, data []byte) map[string]time.Duration {
	b.Helper()
	return map[string]time.Duration{
		"x-turbo-decode": turboDecode(b, data),
		"x-std-decode": median(func() {
			if _, err := stdjpeg.Decode(bytes.NewReader(data)); err != nil {
				b.Fatal(err)
			}
		}),
	}
}

// BenchmarkScreen is file to hash by the first tier. x-turbo-decode is how many
// times longer libjpeg-turbo takes for decoding alone, x-std-decode the
// standard library.
func BenchmarkScreen(b *testing.B) {
	for _, size := range benchSizes {
		b.Run(size.name, func(b *testing.B) {
			data := benchFile(b, size.w, size.h)
			base := baselines(b, data)
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := Screen(data); err != nil {
					b.Fatal(err)
				}
			}
			report(b, base)
		})
	}
}

// BenchmarkDecode is the second tier without the hash.
func BenchmarkDecode(b *testing.B) {
	for _, size := range benchSizes {
		b.Run(size.name, func(b *testing.B) {
			data := benchFile(b, size.w, size.h)
			base := baselines(b, data)
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				if _, err := Decode(data, Limits{}); err != nil {
					b.Fatal(err)
				}
			}
			report(b, base)
		})
	}
}

// BenchmarkDecodeAndSum is file to hash by the second tier.
func BenchmarkDecodeAndSum(b *testing.B) {
	for _, size := range benchSizes {
		b.Run(size.name, func(b *testing.B) {
			data := benchFile(b, size.w, size.h)
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				img, err := Decode(data, Limits{})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := pdq.Sum(img.Pixels()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
