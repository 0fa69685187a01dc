package mmap

import (
	"fmt"
	"os"
	"syscall"
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

// Anonymous returns n zeroed bytes outside the Go heap, on huge pages where the
// system has them. They are never given back.
func Anonymous(n int) []byte {
	if n == 0 {
		return nil
	}
	data, err := syscall.Mmap(-1, 0, n, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		return make([]byte, n)
	}
	_ = syscall.Madvise(data, syscall.MADV_HUGEPAGE)
	return data
}
