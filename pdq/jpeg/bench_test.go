package jpeg

import (
	"bytes"
	"fmt"
	stdjpeg "image/jpeg"
	"testing"

	"github.com/jaga-project/jaga/pdq"
)

// benchFiles are photograph-like files as phones and sites write them: 4:2:0,
// quality 80.
func benchFiles(b *testing.B) map[string][]byte {
	b.Helper()
	out := map[string][]byte{}
	for _, size := range [][2]int{{512, 512}, {1600, 1004}, {4000, 3000}} {
		var buf bytes.Buffer
		if err := stdjpeg.Encode(&buf, photo(uint64(size[0]), size[0], size[1]), &stdjpeg.Options{Quality: 80}); err != nil {
			b.Fatal(err)
		}
		out[fmt.Sprintf("%dx%d", size[0], size[1])] = buf.Bytes()
	}
	return out
}

func BenchmarkScreen(b *testing.B) {
	for name, data := range benchFiles(b) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := Screen(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for name, data := range benchFiles(b) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				img, err := Decode(data, Limits{})
				if err != nil {
					b.Fatal(err)
				}
				_ = img
			}
		})
	}
}

func BenchmarkSum(b *testing.B) {
	for name, data := range benchFiles(b) {
		img, _ := Decode(data, Limits{})
		p := img.Pixels()
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, _ = pdq.Sum(p)
			}
		})
	}
}
