package tip

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/sealed"
)

// keys seals and makes digests, each with a key of its own that is derived from
// the installation's (RFC 5869). It is safe for concurrent use.
type keys struct {
	*sealed.Key
	mac []byte
}

func newKeys(secret []byte) (*keys, error) {
	if len(secret) < 16 {
		return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "key", Msg: "open reports: the key of the installation has fewer than 16 bytes"}
	}
	seal, err := sealed.New(secret, "jaga tip seal")
	if err != nil {
		return nil, err
	}
	mac, err := sealed.Derive(secret, "jaga tip digest")
	return &keys{seal, mac}, err
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
