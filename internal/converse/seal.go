package converse

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
)

// sealer seals text at rest with AES-256-GCM under a key of the installation.
// What is sealed for one purpose does not open for another. It is safe for
// concurrent use.
type sealer struct{ aead cipher.AEAD }

func newSealer(secret []byte) (*sealer, error) {
	// One installation key serves several purposes; this derives ours
	// (RFC 5869).
	key, err := hkdf.Key(sha256.New, secret, nil, "jaga conversations", 32)
	if err != nil {
		return nil, fmt.Errorf("derive the key of conversations: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return &sealer{aead}, nil
}

func (s *sealer) seal(purpose string, plain []byte) []byte {
	nonce := make([]byte, s.aead.NonceSize(), s.aead.NonceSize()+len(plain)+s.aead.Overhead())
	_, _ = rand.Read(nonce) // never fails, see crypto/rand
	return s.aead.Seal(nonce, nonce, plain, []byte(purpose))
}

var errSealed = errors.New("the sealed text does not open: it is damaged, or of another installation")

func (s *sealer) open(purpose string, sealed []byte) ([]byte, error) {
	n := s.aead.NonceSize()
	if len(sealed) < n {
		return nil, errSealed
	}
	plain, err := s.aead.Open(nil, sealed[:n], sealed[n:], []byte(purpose))
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}
