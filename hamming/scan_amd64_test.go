//go:build !purego

package hamming

import (
	"os"
	"testing"
	"unsafe"
)

// TestLevel keeps a run that was made for AVX-512 from going by without.
func TestLevel(t *testing.T) {
	names := [...]string{noVectors: "portable", avx2: "vector", avx512: "avx512"}
	t.Logf("level %s", names[vectors])
	if want := os.Getenv("JAGA_TEST_LEVEL"); want != "" && want != names[vectors] {
		t.Errorf("the level is %s; JAGA_TEST_LEVEL asks for %s", names[vectors], want)
	}
}

func kernels() []kernel {
	k := []kernel{{"scan", scan}}
	if vectors >= avx2 {
		k = append(k, kernel{"AVX2", func(out *[block]uint32, next []uint16, key uint16, limit int) int {
			return scanAVX2(out, unsafe.SliceData(next), len(next), key, limit)
		}})
	}
	if vectors >= avx512 {
		k = append(k, kernel{"AVX-512", func(out *[block]uint32, next []uint16, key uint16, limit int) int {
			return scanAVX512(out, unsafe.SliceData(next), len(next), key, limit)
		}})
	}
	return k
}
