package action

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"fmt"
	"strconv"

	"github.com/jaga-project/jaga"
)

// sealer seals the secrets of targets with AES-256-GCM, bound to their target,
// so that the database alone signs nothing.
type sealer struct{ aead cipher.AEAD }

func newSealer(key []byte) (sealer, error) {
	own, err := hkdf.Key(sha256.New, key, nil, "jaga webhooks", 32) // RFC 5869
	if err != nil {
		return sealer{}, fmt.Errorf("derive the key of webhooks: %w", err)
	}
	block, err := aes.NewCipher(own)
	if err != nil {
		return sealer{}, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return sealer{aead}, err
}

func purpose(target int64) []byte { return []byte("target " + strconv.FormatInt(target, 10)) }

func (s sealer) seal(target int64, secret string) []byte {
	return s.aead.Seal(nil, nil, []byte(secret), purpose(target))
}

func (s sealer) open(target int64, sealed []byte) (string, error) {
	plain, err := s.aead.Open(nil, nil, sealed, purpose(target))
	if err != nil {
		return "", &jaga.Error{Code: jaga.CodeUnavailable, Field: "secret", Msg: "the secret does not open: it is damaged, or of another installation",
			Hint: "rotate the secret of the target, and give the receiver the new one"}
	}
	return string(plain), nil
}
