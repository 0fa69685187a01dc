package tell

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"fmt"
	"strconv"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/sealed"
)

// keys seals what is written, and makes the digests of numbers and PINs. It is
// safe for concurrent use.
type keys struct {
	text *sealed.Key
	mac  []byte
	work int
}

// workDefault is how often the digest of a PIN is iterated (PBKDF2): some tens
// of milliseconds, which a writer does not notice.
const workDefault = 100_000

func newKeys(secret []byte, work int) (*keys, error) {
	text, err := sealed.New(secret, "jaga tell seal")
	if err != nil {
		return nil, err
	}
	mac, err := sealed.Derive(secret, "jaga tell digest")
	if err != nil {
		return nil, err
	}
	if work <= 0 {
		work = workDefault
	}
	return &keys{text, mac, work}, nil
}

// place says where a sealed text belongs: it opens nowhere else.
func place(what string, thread, seq int64) string {
	return what + " " + strconv.FormatInt(thread, 10) + " " + strconv.FormatInt(seq, 10)
}

func (k *keys) seal(at, text string) []byte {
	// The sealed text is as long as its next multiple of 256 bytes, so that
	// its length tells little.
	plain := make([]byte, (len(text)+1+255)/256*256)
	copy(plain, text)
	plain[len(text)] = 1 // then zeros
	return k.text.Seal(at, plain)
}

func (k *keys) open(at string, text []byte) (string, error) {
	plain, err := k.text.Open(at, text)
	if err != nil {
		return "", err
	}
	for i := len(plain) - 1; i >= 0; i-- {
		if plain[i] != 0 {
			return string(plain[:i]), nil
		}
	}
	return "", jaga.Errorf(jaga.CodeUnavailable, "the sealed message has no end: it is damaged")
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
