package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"time"

	"github.com/jaga-project/jaga"
	"github.com/jaga-project/jaga/internal/store"
)

// Service checks and makes secrets. It is safe for concurrent use.
type Service struct {
	db *store.DB
	// local is the key of [Service.LocalKey], which no database holds.
	local       string
	localDigest []byte

	seal   sealer
	limits *limiter
	argon  argonGate
	site   site
}

// New returns a service on the database. Passkeys and sign-in at a provider
// need to know where people reach the server; see [Service.Reach].
func New(db *store.DB) *Service {
	s := &Service{db: db, seal: newSealer(), limits: newLimiter(), argon: newArgonGate()}
	s.local, s.localDigest = newSecret(KeyPrefix + "local_")
	return s
}

// LocalActor is who holds the key of [Service.LocalKey].
const LocalActor = "local"

// LocalKey returns the key with which commands on the same machine, of the same
// user, ask the running process. It has every scope, exists in memory only and
// ends with the process.
func (s *Service) LocalKey() string { return s.local }

// newSecret returns a secret of 256 random bits with the prefix, and its
// digest.
func newSecret(prefix string) (secret string, digest []byte) {
	var raw [32]byte
	_, _ = rand.Read(raw[:]) // never fails (crypto/rand)
	secret = prefix + base64.RawURLEncoding.EncodeToString(raw[:])
	return secret, digestOf(secret)
}

// digestOf is what is stored and looked up. A look-up by digest needs no
// constant-time comparison: whoever can choose digests would have to invert
// SHA-256.
func digestOf(secret string) []byte {
	d := sha256.Sum256([]byte(secret))
	return d[:]
}

// denied is the one answer to every secret that is not good, so that it does
// not tell what was wrong with it.
func denied(what string) error {
	return &jaga.Error{Code: jaga.CodeDenied, Msg: what + " is not valid, or no longer"}
}

func keyActor(id int64) string    { return "key:" + strconv.FormatInt(id, 10) }
func personActor(id int64) string { return "person:" + strconv.FormatInt(id, 10) }

func micros(d time.Duration) int64 { return d.Microseconds() }
