//go:build !linux

package mmap

import "os"

// Open reads the file.
func Open(path string) (*File, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return &File{data: data}, nil
}

// Huge returns n zeroed bytes.
func Huge(n int) []byte { return make([]byte, n) }
