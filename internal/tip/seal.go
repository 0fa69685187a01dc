package tip

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/jaga-project/jaga"
)

// keys seals and makes digests, each with a key of its own that is derived from
// the installation's (RFC 5869). It is safe for concurrent use.
type keys struct {
	aead cipher.AEAD
	mac  []byte
}

func newKeys(secret []byte) (*keys, error) {
	if len(secret) < 16 {
		return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "key", Msg: "open reports: the key of the installation has fewer than 16 bytes"}
	}
	seal, err := hkdf.Key(sha256.New, secret, nil, "jaga tip seal", 32)
	if err != nil {
		return nil, fmt.Errorf("derive the keys of reports: %w", err)
	}
	k := &keys{}
	if k.mac, err = hkdf.Key(sha256.New, secret, nil, "jaga tip digest", 32); err != nil {
		return nil, fmt.Errorf("derive the keys of reports: %w", err)
	}
	block, err := aes.NewCipher(seal)
	if err != nil {
		return nil, err
	}
	k.aead, err = cipher.NewGCM(block)
	return k, err
}

func (k *keys) seal(purpose string, plain []byte) []byte {
	nonce := make([]byte, k.aead.NonceSize(), k.aead.NonceSize()+len(plain)+k.aead.Overhead())
	_, _ = rand.Read(nonce) // never fails, see crypto/rand
	return k.aead.Seal(nonce, nonce, plain, []byte(purpose))
}

func (k *keys) open(purpose string, sealed []byte) ([]byte, error) {
	if n := k.aead.NonceSize(); len(sealed) >= n {
		if plain, err := k.aead.Open(nil, sealed[:n], sealed[n:], []byte(purpose)); err == nil {
			return plain, nil
		}
	}
	return nil, jaga.Errorf(jaga.CodeUnavailable, "the sealed text does not open: it is damaged, or of another installation")
}

// digest is a keyed digest of parts, 128 bits of HMAC-SHA-256 in hexadecimal
// digits: enough that two different reports never meet.
func (k *keys) digest(parts ...string) string {
	h := hmac.New(sha256.New, k.mac)
	for _, p := range parts {
		_, _ = h.Write([]byte(strconv.Itoa(len(p)) + ":" + p))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
