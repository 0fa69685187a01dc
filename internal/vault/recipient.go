package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/hex"
	"errors"

	"filippo.io/age"
)

// stanzaType names our recipient stanza:
//
//	-> jaga.vault/1 KEYID SALT
//	body: AES-256-GCM of the 16 bytes of the file key, under
//	      HKDF-SHA-256(vault key, SALT, "jaga vault wrap 1"), nonce of zeros,
//	      associated data = the binding
//
// Every wrapping has a salt of its own and so a key of its own; a nonce that is
// always the same is safe with a key that is used once.
const stanzaType = "jaga.vault/1"

const (
	saltSize    = 16
	fileKeySize = 16 // set by age
)

func (k vaultKey) cipher(salt []byte) cipher.AEAD {
	block, err := aes.NewCipher(derive(k.secret[:], salt, "jaga vault wrap 1", keySize))
	if err != nil {
		panic(err) // the key has the right size
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // AES has the right block size
	}
	return aead
}

// wrap returns the stanza of a file key for a binding.
func (k vaultKey) wrap(fileKey []byte, b Binding) *age.Stanza {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails (crypto/rand)
	aead := k.cipher(salt)
	return &age.Stanza{Type: stanzaType, Args: []string{k.id, hex.EncodeToString(salt)},
		Body: aead.Seal(nil, make([]byte, aead.NonceSize()), fileKey, b.data())}
}

// errMoved is the cause when a header was wrapped for another place, or was
// changed; the two cannot be told apart.
var errMoved = errors.New("it was wrapped for another case, file or version, or was changed")

// unlock opens our stanza at one place. It is an age.Identity.
type unlock struct {
	keys Keys
	at   Binding
}

// Unwrap implements age.Identity. Exactly one stanza of ours is in a header.
func (u unlock) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	for _, s := range stanzas {
		if s.Type != stanzaType {
			continue
		}
		if len(s.Args) != 2 {
			return nil, errMoved
		}
		salt, err := hex.DecodeString(s.Args[1])
		if err != nil || len(salt) != saltSize || hex.EncodeToString(salt) != s.Args[1] {
			return nil, errMoved
		}
		i := u.keys.index(s.Args[0])
		if i < 0 {
			return nil, ErrNoKey
		}
		aead := u.keys.list[i].cipher(salt)
		if len(s.Body) != fileKeySize+aead.Overhead() {
			return nil, errMoved
		}
		fileKey, err := aead.Open(nil, make([]byte, aead.NonceSize()), s.Body, u.at.data())
		if err != nil {
			return nil, errMoved
		}
		return fileKey, nil
	}
	return nil, ErrNoKey
}

// ErrNoKey is in the error when the key that a file was sealed with is not there:
// whether the file is whole cannot be said then.
var ErrNoKey = errors.New("the vault key it was sealed with is not among the keys")

// stanzasOf collects the stanzas of a header without opening it. It is an
// age.Identity that fits nothing.
type stanzasOf struct{ list []*age.Stanza }

// Unwrap implements age.Identity.
func (s *stanzasOf) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	s.list = stanzas
	return nil, age.ErrIncorrectIdentity
}
