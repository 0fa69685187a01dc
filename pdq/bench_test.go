package pdq

import (
	"fmt"
	"testing"

	"github.com/jaga-project/jaga/internal/testpic"
)

// passing returns a picture that the guard lets pass at the level.
func passing(b *testing.B, w, h int, f Format, lv level) Pixels {
	for seed := range uint64(100) {
		p := picture(seed, w, h, f)
		var u Buffer
		if !fast(&u, p, lv) {
			break
		}
		if _, _, ok := guarded(&u, p, false, lv); ok {
			return p
		}
	}
	b.Fatalf("no picture of %dx%d takes the fast path", w, h)
	return Pixels{}
}

// BenchmarkSum compares every path with the plain transcription of the
// reference, in the same run: "x" is how many times faster.
//
// fast and portable are pictures that the fast path decides, exact and
// portable-exact the path behind it, photos the mean over pictures as they
// come, whatever path they take.
func BenchmarkSum(b *testing.B) {
	for _, s := range []struct{ w, h, photos int }{{512, 512, 40}, {1024, 768, 40}, {4000, 3000, 2}} {
		name := fmt.Sprintf("%dx%d/", s.w, s.h)
		p := passing(b, s.w, s.h, RGB, best)
		var baseline float64
		b.Run(name+"reference", func(b *testing.B) {
			for b.Loop() {
				reference(p)
			}
			baseline = float64(b.Elapsed()) / float64(b.N)
		})
		run := func(path string, pictures []Pixels, exactOnly bool, lv level) {
			b.Run(name+path, func(b *testing.B) {
				for b.Loop() {
					for _, p := range pictures {
						if _, _, err := sumAt(p, false, exactOnly, nil, lv); err != nil {
							b.Fatal(err)
						}
					}
				}
				each := float64(b.Elapsed()) / float64(b.N) / float64(len(pictures))
				b.ReportMetric(each/1e3, "us/picture")
				if baseline > 0 {
					b.ReportMetric(baseline/each, "x")
				}
			})
		}
		photos := make([]Pixels, s.photos)
		for i := range photos {
			photos[i] = FromStd(testpic.Photo(uint64(i), s.w, s.h))
		}
		run("fast-rgb", []Pixels{p}, false, best)
		run("fast-rgbx", []Pixels{passing(b, s.w, s.h, RGBX, best)}, false, best)
		run("exact", []Pixels{p}, true, best)
		run("photos", photos, false, best)
		run("portable-fast", []Pixels{passing(b, s.w, s.h, RGB, portable)}, false, portable)
		run("portable-exact", []Pixels{p}, true, portable)
		run("portable-photos", photos, false, portable)
	}
}

func BenchmarkFromBuffer(b *testing.B) {
	u := buffers()[0]
	for _, lv := range levels() {
		b.Run(lv.String(), func(b *testing.B) {
			for b.Loop() {
				fromBuffer(u, lv)
			}
		})
		b.Run(lv.String()+"-dihedral", func(b *testing.B) {
			for b.Loop() {
				dihedralFromBuffer(u, lv)
			}
		})
	}
}
