package media

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/jaga-project/jaga"
)

// Spool keeps a stream so that it can be read anywhere: in a file without a name,
// encrypted (AES-256 in counter mode) with a key that is in this process only. What
// is left on the disk afterwards is noise. It may be read concurrently.
type Spool struct {
	f     *os.File
	block cipher.Block
	size  int64
}

// newSpool reads r to its end, at most limit bytes. Its error is *NotChecked for a
// stream that is longer.
func newSpool(r io.Reader, limit int64) (*Spool, error) {
	s, err := NewSpool(io.LimitReader(r, limit+1))
	if err == nil && s.size > limit {
		s.Close()
		return nil, notChecked(jaga.WhyTooBig, "its index is at its end, and it is longer than the %d bytes that are kept to find it", limit)
	}
	return s, err
}

// NewSpool reads r to its end and keeps it in the folder for temporary files. An
// error of r is returned as it is, and then nothing is kept. Close must be called.
func NewSpool(r io.Reader) (*Spool, error) {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("keep stream: %w", err)
	}
	f, err := os.CreateTemp("", "jaga-*")
	if err != nil {
		return nil, fmt.Errorf("keep stream: %w", err)
	}
	// Where an open file cannot be removed, Close removes it.
	_ = os.Remove(f.Name())
	s := &Spool{f: f, block: block}
	if err := s.fill(r); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Size is how many bytes are kept.
func (s *Spool) Size() int64 { return s.size }

// Reader reads from the beginning.
func (s *Spool) Reader() io.Reader { return io.NewSectionReader(s, 0, s.size) }

// fill writes r, encrypted.
func (s *Spool) fill(r io.Reader) error {
	keys, b := s.stream(0), make([]byte, 256<<10)
	for {
		n, err := io.ReadFull(r, b)
		keys.XORKeyStream(b[:n], b[:n])
		if _, werr := s.f.Write(b[:n]); werr != nil {
			return fmt.Errorf("keep stream: %w", werr)
		}
		s.size += int64(n)
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// stream is the key stream from the block on.
func (s *Spool) stream(block int64) cipher.Stream {
	iv := make([]byte, aes.BlockSize)
	binary.BigEndian.PutUint64(iv[8:], uint64(block))
	return cipher.NewCTR(s.block, iv)
}

// ReadAt decrypts; it may be called concurrently.
func (s *Spool) ReadAt(p []byte, off int64) (int, error) {
	n, err := s.f.ReadAt(p, off)
	c := s.stream(off / aes.BlockSize)
	if skip := off % aes.BlockSize; skip > 0 {
		b := make([]byte, skip)
		c.XORKeyStream(b, b)
	}
	c.XORKeyStream(p[:n], p[:n])
	return n, err
}

// Close forgets all of it.
func (s *Spool) Close() {
	s.f.Close()
	_ = os.Remove(s.f.Name())
}
