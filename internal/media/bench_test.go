package media

import (
	"bytes"
	"context"
	"fmt"
	"image/jpeg"
	"testing"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/testpic"
	"github.com/jaga-project/jaga/pdq"
)

// BenchmarkMeasure compares, in one run, file to hash by screening (which is what
// most files take), by decoding, and by the standard library's decoder with the
// same hash. x-decoded and x-image/jpeg say how many times longer those take;
// exact hashes are part of the first two.
func BenchmarkMeasure(b *testing.B) {
	for _, size := range [][2]int{{512, 512}, {1600, 1004}, {4000, 3000}} {
		data := testpic.JPEG(testpic.Photo(uint64(size[0]), size[0], size[1]), 85)
		d := NewDecoder(DefaultLimits(), 1)
		run := func(b *testing.B, opts Options) {
			if _, err := d.Measure(context.Background(), bytes.NewReader(data), opts); err != nil {
				b.Fatal(err)
			}
		}
		std := func(b *testing.B) {
			m, err := jpeg.Decode(bytes.NewReader(data))
			if err == nil {
				_, err = pdq.FromImage(m)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
		far := func([]jaga.Signal) bool { return true }
		for _, rotations := range []bool{false, true} {
			name := fmt.Sprintf("%dx%d", size[0], size[1])
			if rotations {
				name += "/rotations"
			}
			b.Run(name, func(b *testing.B) {
				one, other := each(func() { run(b, Options{Rotations: rotations}) }), each(func() { std(b) })
				b.SetBytes(int64(len(data)))
				for b.Loop() {
					run(b, Options{Rotations: rotations, Far: far})
				}
				two := float64(b.Elapsed()) / float64(b.N)
				b.ReportMetric(float64(one)/two, "x-decoded")
				b.ReportMetric(float64(other)/two, "x-image/jpeg")
			})
		}
	}
}

// each is how long fn takes, the least of several runs.
func each(fn func()) time.Duration {
	least := time.Duration(1<<63 - 1)
	for range 7 {
		start := time.Now()
		fn()
		least = min(least, time.Since(start))
	}
	return least
}
