package hamming

import "unsafe"

func makeU32(n int, alloc func(int) []byte) []uint32 {
	if alloc == nil || n == 0 {
		return make([]uint32, n)
	}
	return unsafe.Slice((*uint32)(unsafe.Pointer(unsafe.SliceData(alloc(4*n)))), n)
}

func makeU16(n int, alloc func(int) []byte) []uint16 {
	if alloc == nil || n == 0 {
		return make([]uint16, n)
	}
	return unsafe.Slice((*uint16)(unsafe.Pointer(unsafe.SliceData(alloc(2*n)))), n)
}
