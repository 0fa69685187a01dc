package vault

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/jaga-project/jaga"
)

// keySize is the size of a vault key in bytes.
const keySize = 32

// keyPrefix begins a line that holds a key.
const keyPrefix = "jaga-vault-key-1:"

// Keys are the vault keys of an installation. The first is the current one,
// with which files are sealed; the others still open what was sealed before.
// The zero value holds no key.
type Keys struct{ list []vaultKey }

type vaultKey struct {
	id     string
	secret [keySize]byte
}

// NewKeys makes one key.
func NewKeys() Keys { return Keys{[]vaultKey{newKey()}} }

func newKey() vaultKey {
	var k vaultKey
	_, _ = rand.Read(k.secret[:]) // never fails (crypto/rand)
	k.id = idOf(k.secret)
	return k
}

// idOf names a key in headers. It follows from the key, so that a key can never
// stand under the id of another.
func idOf(secret [keySize]byte) string {
	return hex.EncodeToString(derive(secret[:], nil, "jaga vault key id", 8))
}

// derive is HKDF-SHA-256 (RFC 5869).
func derive(secret, salt []byte, info string, size int) []byte {
	out, err := hkdf.Key(sha256.New, secret, salt, info, size)
	if err != nil {
		panic(err) // the sizes are constants well below the limit
	}
	return out
}

// ParseKeys reads a key file: one key a line, the current one first. Empty lines
// and lines that begin with # are skipped. Errors never hold a key.
func ParseKeys(text string) (Keys, error) {
	bad := func(line int, why string) (Keys, error) {
		return Keys{}, &jaga.Error{Code: jaga.CodeInvalid, Field: "vault key", Msg: fmt.Sprintf("line %d %s", line, why),
			Hint: "restore the file of the vault key from a backup"}
	}
	var out Keys
	n := 0
	for line := range strings.Lines(text) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		digits, ok := strings.CutPrefix(line, keyPrefix)
		if !ok {
			return bad(n, "does not begin with "+keyPrefix)
		}
		b, err := hex.DecodeString(digits)
		if err != nil || len(b) != keySize {
			return bad(n, "does not hold 64 hexadecimal digits")
		}
		k := vaultKey{secret: [keySize]byte(b)}
		if k.secret == [keySize]byte{} {
			return bad(n, "holds a key of zeros")
		}
		k.id = idOf(k.secret)
		if out.index(k.id) >= 0 {
			return bad(n, "holds a key a second time")
		}
		out.list = append(out.list, k)
	}
	if len(out.list) == 0 {
		return bad(n, "is the end, and there was no key")
	}
	return out, nil
}

// Text is the key file. It is a secret.
func (k Keys) Text() string {
	var b strings.Builder
	b.WriteString("# Vault keys of this Jaga installation. Whoever has one can open evidence.\n# The first is the current one.\n")
	for _, key := range k.list {
		b.WriteString(keyPrefix + hex.EncodeToString(key.secret[:]) + "\n")
	}
	return b.String()
}

// String names the keys by their ids, so that a key does not come into a log.
func (k Keys) String() string { return "vault keys " + strings.Join(k.IDs(), ", ") }

// GoString is String, for %#v.
func (k Keys) GoString() string { return k.String() }

// IDs returns the ids of the keys, the current one first.
func (k Keys) IDs() (ids []string) {
	for _, key := range k.list {
		ids = append(ids, key.id)
	}
	return ids
}

// Current is the id of the current key, "" when there is none.
func (k Keys) Current() string {
	if len(k.list) == 0 {
		return ""
	}
	return k.list[0].id
}

// Rotated returns the keys with a new current one in front of them.
func (k Keys) Rotated() Keys { return Keys{append([]vaultKey{newKey()}, k.list...)} }

// OnlyCurrent returns the current key alone. What was wrapped with the others
// does not open any more.
func (k Keys) OnlyCurrent() Keys { return Keys{slices.Clone(k.list[:min(1, len(k.list))])} }

func (k Keys) index(id string) int {
	return slices.IndexFunc(k.list, func(key vaultKey) bool { return key.id == id })
}
