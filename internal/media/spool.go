package media

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"io"
	"os"

	"github.com/jaga-project/jaga"
)

// spool keeps a stream so that it can be read anywhere: in a file without a name,
// encrypted (AES-256 in counter mode) with a key that is in this process only. What
// is left on the disk afterwards is noise.
type spool struct {
	f     *os.File
	block cipher.Block
	size  int64
}

// newSpool reads r to its end, at most limit bytes. Its error is *NotChecked for a
// stream that is longer.
func newSpool(r io.Reader, limit int64) (*spool, error) {
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
	s := &spool{f: f, block: block}
	w := &cipher.StreamWriter{S: s.stream(0), W: f}
	n, err := io.CopyBuffer(w, io.LimitReader(r, limit+1), make([]byte, 1<<20))
	if err == nil && n > limit {
		err = notChecked(jaga.WhyTooBig, "its index is at its end, and it is longer than the %d bytes that are kept to find it", limit)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	s.size = n
	return s, nil
}

// stream is the key stream from the block on.
func (s *spool) stream(block int64) cipher.Stream {
	iv := make([]byte, aes.BlockSize)
	binary.BigEndian.PutUint64(iv[8:], uint64(block))
	return cipher.NewCTR(s.block, iv)
}

// ReadAt decrypts; it may be called concurrently.
func (s *spool) ReadAt(p []byte, off int64) (int, error) {
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
func (s *spool) Close() {
	s.f.Close()
	_ = os.Remove(s.f.Name())
}
