package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
)

// Columns seals short personal text in database columns, and makes keyed
// digests of what must be found again without being readable. All of an
// installation come from one secret, so that a digest made by one part of the
// program is found by another. It is immutable and safe for concurrent use.
type Columns struct {
	aead cipher.AEAD
	mac  []byte
}

// NewColumnSecret makes a secret for [NewColumns]. It is kept sealed in the
// vault and does not change when vault keys do: digests would.
func NewColumnSecret() []byte {
	secret := make([]byte, keySize)
	_, _ = rand.Read(secret) // never fails (crypto/rand)
	return secret
}

// NewColumns returns the columns of a secret.
func NewColumns(secret []byte) *Columns {
	block, err := aes.NewCipher(derive(secret, nil, "jaga column seal 1", keySize))
	if err != nil {
		panic(err) // the key has the right size
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // AES has the right block size
	}
	return &Columns{aead, derive(secret, nil, "jaga column digest 1", keySize)}
}

// Seal seals text for a place, such as "case_notes.text:81": table, column and
// row. At another place it does not open.
func (c *Columns) Seal(place string, text []byte) []byte {
	return c.aead.Seal(nil, nil, text, []byte(place))
}

// Open opens what Seal sealed for the place.
func (c *Columns) Open(place string, sealed []byte) ([]byte, error) {
	text, err := c.aead.Open(nil, nil, sealed, []byte(place))
	if err != nil {
		return nil, damaged("column", "a sealed text was changed, or belongs to another place", err)
	}
	return text, nil
}

// Digest is the HMAC-SHA-256 of data for a use, such as "content": what is
// equal has equal digests, and nobody without the secret can make one or try
// values.
func (c *Columns) Digest(use string, data []byte) [32]byte {
	m := hmac.New(sha256.New, c.mac)
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(use)))
	_, _ = m.Write(n[:])
	_, _ = m.Write([]byte(use))
	_, _ = m.Write(data)
	return [32]byte(m.Sum(nil))
}
