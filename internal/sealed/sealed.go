// Package sealed seals texts for the database under keys of the installation.
//
// One secret of the installation serves several uses. Each use has keys of its
// own, by HKDF with SHA-256 (RFC 5869) and the name of the use, so that what one
// part of the program sealed opens in no other. Texts are sealed by AES-256-GCM
// with a random nonce, bound to the place where they stand.
package sealed

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"

	"github.com/jaga-project/jaga"
)

// Derive returns 32 bytes that are a key of the secret for one use.
func Derive(secret []byte, use string) ([]byte, error) {
	key, err := hkdf.Key(sha256.New, secret, nil, use, 32)
	if err != nil {
		return nil, fmt.Errorf("derive the key of %s: %w", use, err)
	}
	return key, nil
}

// Key seals and opens texts of one use. It is immutable and safe for concurrent
// use.
type Key struct{ aead cipher.AEAD }

// New returns the key of the secret for a use.
func New(secret []byte, use string) (*Key, error) {
	own, err := Derive(secret, use)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(own)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &Key{aead}, nil
}

// Seal returns the sealed text, 28 bytes longer than the plain one. place says
// where it stands, such as a table and a row: it opens nowhere else.
func (k *Key) Seal(place string, plain []byte) []byte {
	return k.aead.Seal(nil, nil, plain, []byte(place))
}

// Open returns the plain text. The error, with code unavailable, does not tell
// damage from another key or place.
func (k *Key) Open(place string, text []byte) ([]byte, error) {
	plain, err := k.aead.Open(nil, nil, text, []byte(place))
	if err != nil {
		return nil, &jaga.Error{Code: jaga.CodeUnavailable, Msg: "the sealed text does not open: it is damaged, or of another installation"}
	}
	return plain, nil
}
