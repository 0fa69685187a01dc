package hamming

import "unsafe"

// makeSlice returns n zero elements of a type without pointers.
func makeSlice[T any](n int, alloc func(int) []byte) []T {
	if alloc == nil || n == 0 {
		return make([]T, n)
	}
	var t T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(alloc(n*int(unsafe.Sizeof(t)))))), n)
}

// exact returns s, or a copy of it without the room that appending leaves.
func exact[T any](s []T, alloc func(int) []byte) []T {
	if cap(s)-len(s) <= len(s)/64 {
		return s
	}
	c := makeSlice[T](len(s), alloc)
	copy(c, s)
	return c
}
