package casework

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/sealed"
)

// keys are those of an installation, each derived for one use (RFC 5869).
type keys struct {
	*sealed.Key        // seals what people write
	index       []byte // digests of words and of what findings are joined by
	draw        []byte // which cases get a second review
}

func newKeys(secret []byte) (k *keys, err error) {
	if len(secret) < 16 {
		return nil, &jaga.Error{Code: jaga.CodeInvalid, Field: "key", Msg: "open cases: the key of the installation has fewer than 16 bytes"}
	}
	k = &keys{}
	if k.Key, err = sealed.New(secret, "jaga cases seal"); err != nil {
		return nil, err
	}
	if k.index, err = sealed.Derive(secret, "jaga cases index"); err != nil {
		return nil, err
	}
	k.draw, err = sealed.Derive(secret, "jaga cases draw")
	return k, err
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
