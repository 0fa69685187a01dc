package tell

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
)

// keys seals what is written, and makes the digests of numbers and PINs. It is
// safe for concurrent use.
type keys struct {
	aead cipher.AEAD
	mac  []byte
	work int
}

// workDefault is how often the digest of a PIN is iterated (PBKDF2): some tens
// of milliseconds, which a writer does not notice.
const workDefault = 100_000

func newKeys(secret []byte, work int) (*keys, error) {
	// One installation key serves several purposes; these derive ours
	// (RFC 5869).
	seal, err := hkdf.Key(sha256.New, secret, nil, "jaga tell seal", 32)
	if err != nil {
		return nil, fmt.Errorf("derive the keys of messages: %w", err)
	}
	mac, err := hkdf.Key(sha256.New, secret, nil, "jaga tell digest", 32)
	if err != nil {
		return nil, fmt.Errorf("derive the keys of messages: %w", err)
	}
	block, err := aes.NewCipher(seal)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	if work <= 0 {
		work = workDefault
	}
	return &keys{aead, mac, work}, nil
}

// place says where a sealed text belongs: it opens nowhere else.
func place(what string, thread, seq int64) []byte {
	return []byte(what + " " + strconv.FormatInt(thread, 10) + " " + strconv.FormatInt(seq, 10))
}

func (k *keys) seal(at []byte, text string) []byte {
	// The sealed text is as long as its next multiple of 256 bytes, so that
	// its length tells little.
	plain := make([]byte, (len(text)+1+255)/256*256)
	copy(plain, text)
	plain[len(text)] = 1 // then zeros
	nonce := make([]byte, k.aead.NonceSize(), k.aead.NonceSize()+len(plain)+k.aead.Overhead())
	_, _ = rand.Read(nonce) // never fails, see crypto/rand
	return k.aead.Seal(nonce, nonce, plain, at)
}

var errSealed = errors.New("the sealed message does not open: it is damaged, or of another installation")

func (k *keys) open(at, sealed []byte) (string, error) {
	n := k.aead.NonceSize()
	if len(sealed) < n {
		return "", errSealed
	}
	plain, err := k.aead.Open(nil, sealed[:n], sealed[n:], at)
	if err != nil {
		return "", errSealed
	}
	for i := len(plain) - 1; i >= 0; i-- {
		if plain[i] != 0 {
			return string(plain[:i]), nil
		}
	}
	return "", errSealed
}

// digest is a keyed digest of parts.
func (k *keys) digest(parts ...string) []byte {
	h := hmac.New(sha256.New, k.mac)
	for _, p := range parts {
		_, _ = h.Write([]byte(strconv.Itoa(len(p)) + ":" + p))
	}
	return h.Sum(nil)
}

// pin is what is kept of a PIN. It is slow, so that trying costs something also
// for somebody who has a copy of the database and the key.
func (k *keys) pin(number, pin string) ([]byte, error) {
	slow, err := pbkdf2.Key(sha256.New, pin, k.digest("salt", number), k.work, 32)
	if err != nil {
		return nil, fmt.Errorf("digest of a PIN: %w", err)
	}
	return k.digest("pin", number, string(slow)), nil
}

// seed is what number and PIN of a form follow from: the same form that is sent
// twice has the same ones.
func (k *keys) seed(token string) (out [16]byte) {
	copy(out[:], k.digest("slip", token))
	return out
}
