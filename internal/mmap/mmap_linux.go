package mmap

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

// Open maps the file for reading. A file that is cut while it is mapped stops
// the process when it is read, so only files that are replaced by renaming may
// be opened.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() == 0 {
		return &File{}, nil
	}
	data, err := syscall.Mmap(int(f.Fd()), 0, int(info.Size()), syscall.PROT_READ, syscall.MAP_PRIVATE)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", path, err)
	}
	// Look-ups jump; huge pages, where the file system has them, save them a
	// walk through the page tables. It is a hint: failing changes nothing.
	_ = syscall.Madvise(data, syscall.MADV_HUGEPAGE)
	return &File{data, syscall.Munmap}, nil
}

// Huge returns n zeroed bytes of ordinary, garbage-collected memory, which the
// system is asked to keep on huge pages: jumps through them miss the table of
// pages less often, and first touches are far fewer.
func Huge(n int) []byte {
	if n == 0 {
		return nil
	}
	data := make([]byte, n)
	const page = 4096
	skip := -int(uintptr(unsafe.Pointer(unsafe.SliceData(data)))) & (page - 1)
	if whole := (n - skip) &^ (page - 1); whole > 0 {
		// A hint: failing changes nothing.
		_ = syscall.Madvise(data[skip:skip+whole], syscall.MADV_HUGEPAGE)
	}
	return data
}
