package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"sync"
	"time"

	"github.com/jaga-project/jaga/internal/sealed"
)

// ceremonyLife is how long a sign-in that goes to and fro may take.
const ceremonyLife = 10 * time.Minute

// sealer hands the state of a sign-in that is under way to the browser, sealed
// with a key that only this process has. So nobody fills a table by beginning
// sign-ins; whatever was finished once is remembered until it would have ended
// anyway, so that it is not finished twice. After a restart people begin anew.
type sealer struct {
	key  *sealed.Key
	mu   *sync.Mutex
	used map[[32]byte]time.Time // digest of what was used → its end
}

func newSealer() sealer {
	var key [32]byte
	_, _ = rand.Read(key[:]) // never fails (crypto/rand)
	own, err := sealed.New(key[:], "jaga sign-in")
	if err != nil {
		panic(err) // the key has the right length
	}
	return sealer{own, &sync.Mutex{}, map[[32]byte]time.Time{}}
}

type ceremony struct {
	Until int64           `json:"u"` // microseconds
	Data  json.RawMessage `json:"d"`
}

// close seals the value for a purpose, which open must name again.
func (s sealer) close(now time.Time, purpose string, v any) (string, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	plain, err := json.Marshal(ceremony{now.Add(ceremonyLife).UnixMicro(), data})
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(s.key.Seal(purpose, plain)), nil
}

// open reads what close made, once.
func (s sealer) open(now time.Time, purpose, text string, v any) error {
	bad := denied("this sign-in: it took too long or was done already, it")
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return bad
	}
	plain, err := s.key.Open(purpose, raw)
	if err != nil {
		return bad
	}
	var in ceremony
	if err := json.Unmarshal(plain, &in); err != nil || in.Until <= now.UnixMicro() {
		return bad
	}
	if !s.first(now, sha256.Sum256(raw), time.UnixMicro(in.Until)) {
		return bad
	}
	return json.Unmarshal(in.Data, v)
}

// first reports whether this is the first use, and remembers it.
func (s sealer) first(now time.Time, digest [32]byte, until time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for d, end := range s.used {
		if end.Before(now) {
			delete(s.used, d)
		}
	}
	if _, again := s.used[digest]; again {
		return false
	}
	s.used[digest] = until
	return true
}
