//go:build !purego

package hamming

import "unsafe"

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
