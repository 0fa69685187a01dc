package casework

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/jaga-project/jaga"
)

// Sealer seals what people write. What is sealed for one purpose must not open
// for another. It is safe for concurrent use.
type Sealer interface {
	Seal(purpose string, plain []byte) []byte
	Open(purpose string, sealed []byte) ([]byte, error)
}

// keys are those of an installation, each derived for one use (RFC 5869).
type keys struct {
	aead  cipher.AEAD
	index []byte // digests of words and of what findings are joined by
	draw  []byte // which cases get a second review
}

func newKeys(secret []byte) (*keys, error) {
	if len(secret) < 16 {
		return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "key", Msg: "open cases: the key of the installation has fewer than 16 bytes"}
	}
	derive := func(use string) ([]byte, error) { return hkdf.Key(sha256.New, secret, nil, "jaga cases "+use, 32) }
	k := &keys{}
	seal, err := derive("seal")
	if err != nil {
		return nil, fmt.Errorf("derive the keys of cases: %w", err)
	}
	block, err := aes.NewCipher(seal)
	if err != nil {
		return nil, err
	}
	if k.aead, err = cipher.NewGCM(block); err != nil {
		return nil, err
	}
	if k.index, err = derive("index"); err != nil {
		return nil, err
	}
	k.draw, err = derive("draw")
	return k, err
}

// Seal seals with AES-256-GCM under a random nonce.
func (k *keys) Seal(purpose string, plain []byte) []byte {
	nonce := make([]byte, k.aead.NonceSize(), k.aead.NonceSize()+len(plain)+k.aead.Overhead())
	_, _ = rand.Read(nonce) // never fails, see crypto/rand
	return k.aead.Seal(nonce, nonce, plain, []byte(purpose))
}

// Open opens what Seal made for the same purpose.
func (k *keys) Open(purpose string, sealed []byte) ([]byte, error) {
	n := k.aead.NonceSize()
	if len(sealed) >= n {
		if plain, err := k.aead.Open(nil, sealed[:n], sealed[n:], []byte(purpose)); err == nil {
			return plain, nil
		}
	}
	return nil, &jaga.Error{Code: jaga.CodeUnavailable, Field: purpose, Msg: "the sealed text does not open: it is damaged, or of another installation"}
}

// digest is the keyed digest under which a word, or something to join by, is
// kept: 64 bits of HMAC-SHA-256, enough that two of the words of a language
// hardly ever meet.
func (k *keys) digest(kind, v string) int64 {
	h := hmac.New(sha256.New, k.index)
	_, _ = h.Write([]byte(kind + "\n" + v))
	return int64(binary.BigEndian.Uint64(h.Sum(nil)))
}

// drawn reports whether a case is among the share, in percent, that gets a
// second review. It depends on nothing that anybody can choose or foresee
// without the key, and is the same each time.
func (k *keys) drawn(id int64, percent int) bool {
	h := hmac.New(sha256.New, k.draw)
	_ = binary.Write(h, binary.BigEndian, id)
	return binary.BigEndian.Uint64(h.Sum(nil))%10_000 < uint64(percent)*100
}
