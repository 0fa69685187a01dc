// Package mmap gives a file's content as memory: mapped on Linux, read
// elsewhere.
package mmap

// File is an open file's content. The bytes must not be changed, and not used
// after Close.
type File struct {
	data  []byte
	unmap func([]byte) error
}

// Bytes returns the content.
func (f *File) Bytes() []byte { return f.data }

// Close gives the memory back.
func (f *File) Close() error {
	if f.unmap == nil || f.data == nil {
		return nil
	}
	data := f.data
	f.data = nil
	return f.unmap(data)
}
